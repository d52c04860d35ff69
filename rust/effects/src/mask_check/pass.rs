//! The GPU pass of the stage `mask_check`.

use super::{CONTRAST, MaskStatus, SHOWN, WHOLE};
use crate::gpu::wgsl::constants;
use crate::gpu::{ComputePipeline, Shader, storage, uniform};
use crate::memo::Memo;
use crate::{Size, StageEncoder};

const LABEL: &str = "mask_check";

// The codes of `MaskStatus` on the GPU.
const VALID: u32 = MaskStatus::Valid as u32;
const NOT_FINITE: u32 = MaskStatus::NotFinite as u32;
const CONSTANT: u32 = MaskStatus::Constant as u32;
const EVERYWHERE: u32 = MaskStatus::Everywhere as u32;

pub(crate) fn source() -> String {
    let constants = constants!(SHOWN, CONTRAST, WHOLE, VALID, NOT_FINITE, CONSTANT, EVERYWHERE);
    constants + include_str!("mask_check.wgsl")
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
    classify: ComputePipeline,
    /// The status of the last mask and of the previous one, two u32.
    statuses: wgpu::Buffer,
    bound: Memo<(wgpu::Buffer, u64, Size), wgpu::BindGroup>,
}

impl MaskCheckPass {
    pub fn new(device: &wgpu::Device) -> Self {
        Self {
            device: device.clone(),
            classify: ComputePipeline::new(&Shader::new(device, LABEL, source), "classify"),
            statuses: device.create_buffer(&wgpu::BufferDescriptor {
                label: Some(LABEL),
                size: 8,
                usage: wgpu::BufferUsages::STORAGE | wgpu::BufferUsages::COPY_SRC,
                mapped_at_creation: false,
            }),
            bound: Memo::default(),
        }
    }

    /// Compiles the pipeline on the first call.
    pub fn compile(&self) {
        self.classify.compile();
    }

    /// The buffer that the check writes. It never changes.
    pub fn statuses(&self) -> &wgpu::Buffer {
        &self.statuses
    }

    /// Records the pass, one dispatch of one workgroup, for a checked binding.
    pub fn encode(
        &mut self,
        encoder: &mut StageEncoder<'_>,
        probability: &wgpu::BufferBinding<'_>,
        size: Size,
    ) {
        let Self { device, classify, statuses, bound } = self;
        let wgpu::BufferBinding { buffer, offset, .. } = probability;
        let resources = bound.get(((*buffer).clone(), *offset, size), || {
            let pixels = size.pixels() as u32;
            classify.bind(&[
                (0, uniform(device, LABEL, &pixels).as_entire_binding()),
                (1, storage(buffer, *offset, u64::from(pixels) * 4)),
                (2, statuses.as_entire_binding()),
            ])
        });
        classify.dispatch(&mut encoder.compute(LABEL), resources, [1, 1]);
    }
}
