//! The GPU pass of the stage `mask_check`.

use super::{CONTRAST, MaskStatus, SHOWN, WHOLE};
use crate::gpu::wgsl::{constants, include_wgsl};
use crate::gpu::{ComputePipeline, LINE, Shader, scratch, storage, uniform};
use crate::memo::Memo;
use crate::{Size, StageEncoder};

const LABEL: &str = "mask_check";

// The codes of `MaskStatus` on the GPU.
const VALID: u32 = MaskStatus::Valid as u32;
const NOT_FINITE: u32 = MaskStatus::NotFinite as u32;
const CONSTANT: u32 = MaskStatus::Constant as u32;
const EVERYWHERE: u32 = MaskStatus::Everywhere as u32;

/// Threads that share the mask. A single workgroup would leave most of a GPU idle.
const PARTS: u32 = 64 * LINE;
/// Bytes of `Range` in the shader.
pub(crate) const RANGE_BYTES: u64 = 12;

pub(crate) fn source() -> String {
    let constants = constants!(LINE, PARTS, SHOWN, CONTRAST, WHOLE, VALID, NOT_FINITE, CONSTANT, EVERYWHERE);
    constants + include_wgsl!("mask_check.wgsl")
}

impl MaskStatus {
    /// Decodes a `u32` of [`Matting::status_buffer`](crate::Matting::status_buffer).
    ///
    /// An unknown code comes from a GPU that computes wrongly and counts as not finite.
    pub fn from_code(code: u32) -> Self {
        match code {
            VALID => Self::Valid,
            CONSTANT => Self::Constant,
            EVERYWHERE => Self::Everywhere,
            _ => Self::NotFinite,
        }
    }
}

/// Checks the mask of each frame.
pub(crate) struct MaskCheckPass {
    device: wgpu::Device,
    measure: ComputePipeline,
    classify: ComputePipeline,
    parts: wgpu::Buffer,
    /// The status of the last mask and of the previous one, two u32.
    statuses: wgpu::Buffer,
    bound: Memo<(wgpu::Buffer, u64, Size), Resources>,
}

struct Resources {
    measure: wgpu::BindGroup,
    classify: wgpu::BindGroup,
}

impl MaskCheckPass {
    pub fn new(device: &wgpu::Device) -> Self {
        let shader = Shader::new(device, LABEL, source);
        Self {
            device: device.clone(),
            measure: ComputePipeline::new(&shader, "measure"),
            classify: ComputePipeline::new(&shader, "classify"),
            parts: scratch(device, LABEL, u64::from(PARTS) * RANGE_BYTES),
            statuses: device.create_buffer(&wgpu::BufferDescriptor {
                label: Some(LABEL),
                size: 8,
                usage: wgpu::BufferUsages::STORAGE | wgpu::BufferUsages::COPY_SRC,
                mapped_at_creation: false,
            }),
            bound: Memo::default(),
        }
    }

    /// Compiles the pipelines on the first call.
    pub fn compile(&self) {
        self.measure.compile();
        self.classify.compile();
    }

    /// The buffer that the check writes. It never changes.
    pub fn statuses(&self) -> &wgpu::Buffer {
        &self.statuses
    }

    /// Records the pass for a checked binding.
    pub fn encode(
        &mut self,
        encoder: &mut StageEncoder<'_>,
        probability: &wgpu::BufferBinding<'_>,
        size: Size,
    ) {
        let Self { device, measure, classify, parts, statuses, bound } = self;
        let wgpu::BufferBinding { buffer, offset, .. } = probability;
        let resources = bound.get(((*buffer).clone(), *offset, size), || {
            let pixels = size.pixels() as u32;
            let parts = (3, parts.as_entire_binding());
            Resources {
                measure: measure.bind(&[
                    (0, uniform(device, LABEL, &pixels).as_entire_binding()),
                    (1, storage(buffer, *offset, u64::from(pixels) * 4)),
                    parts.clone(),
                ]),
                classify: classify.bind(&[(2, statuses.as_entire_binding()), parts]),
            }
        });
        let mut pass = encoder.compute(LABEL);
        measure.dispatch(&mut pass, &resources.measure, [PARTS / LINE, 1]);
        classify.dispatch(&mut pass, &resources.classify, [1, 1]);
    }
}
