//! The GPU pass of the stage `temporal_smoothing`.

use std::time::Duration;

use bytemuck::{Pod, Zeroable};

use super::{CHANGE, CUT, MOVING, STILL, STRIDE, frame_steps};
use crate::gpu::wgsl::{constants, include_wgsl};
use crate::gpu::{ComputePipeline, LINE, Shader, scratch, storage};
use crate::memo::Memo;
use crate::{Segmentation, Size, StageEncoder};

const LABEL: &str = "temporal_smoothing";

pub(crate) fn source() -> String {
    constants!(LINE, CHANGE, CUT, STRIDE, STILL, MOVING) + include_wgsl!("temporal_smoothing.wgsl")
}

/// Mixes the mask of each frame with those before.
pub(crate) struct TemporalSmoothingPass {
    device: wgpu::Device,
    queue: wgpu::Queue,
    compare: ComputePipeline,
    average: ComputePipeline,
    smooth: ComputePipeline,
    sized: Memo<Size, SizedResources>,
    bound: Memo<Bound, Resources>,
    /// The mask's size of the previous frame, whose history `sized` holds.
    history: Option<Size>,
}

/// Resources for one size of mask.
struct SizedResources {
    params: wgpu::Buffer,
    /// RGB and smoothed probability of the last frame: the history.
    pixels: wgpu::Buffer,
    changes: wgpu::Buffer,
    mean_change: wgpu::Buffer,
}

/// The key of the bind groups: the buffers of guide and probability with their offsets, the buffer of the statuses, and the
/// mask's size.
type Bound = (wgpu::Buffer, u64, wgpu::Buffer, u64, wgpu::Buffer, Size);

struct Resources {
    compare: wgpu::BindGroup,
    average: wgpu::BindGroup,
    smooth: wgpu::BindGroup,
}

/// `FrameParams` of the shader.
#[derive(Clone, Copy, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct FrameParams {
    pub size: [u32; 2],
    pub frame_steps: f32,
    pub reset: u32,
}

impl TemporalSmoothingPass {
    pub fn new(device: &wgpu::Device, queue: &wgpu::Queue) -> Self {
        let shader = Shader::new(device, LABEL, source);
        let pipeline = |entry| ComputePipeline::new(&shader, entry);
        Self {
            device: device.clone(),
            queue: queue.clone(),
            compare: pipeline("compare"),
            average: pipeline("average"),
            smooth: pipeline("smooth_mask"),
            sized: Memo::default(),
            bound: Memo::default(),
            history: None,
        }
    }

    /// Compiles the pipelines on the first call, and those that mix with the history on the first call with `smoothed`.
    pub fn compile(&self, smoothed: bool) {
        self.smooth.compile();
        if smoothed {
            self.compare.compile();
            self.average.compile();
        }
    }

    /// Drops the history: the next frame starts without it.
    pub fn reset(&mut self) {
        self.history = None;
    }

    /// Records the pass for a checked segmentation and the statuses of its mask and the previous one. `since` is that of
    /// [`Matting::encode`](crate::Matting::encode).
    ///
    /// Returns a buffer of four f32 a pixel: RGB of the frame and the smoothed probability of a person. The buffer stays the
    /// same until the size changes.
    pub fn encode(
        &mut self,
        encoder: &mut StageEncoder<'_>,
        segmentation: &Segmentation<'_>,
        statuses: &wgpu::Buffer,
        since: Option<Duration>,
    ) -> wgpu::Buffer {
        let Self { device, queue, compare, average, smooth, sized, bound, history } = self;
        let Segmentation { guide, probability, size } = segmentation;
        let SizedResources { params, pixels, changes, mean_change } =
            sized.get(*size, || SizedResources::new(device, *size));
        let frame_steps = frame_steps(since).filter(|_| *history == Some(*size));
        let key = (
            guide.buffer.clone(),
            guide.offset,
            probability.buffer.clone(),
            probability.offset,
            statuses.clone(),
            *size,
        );
        let resources = bound.get(key, || {
            let params = (0, params.as_entire_binding());
            let guide = (1, storage(guide.buffer, guide.offset, size.pixels() as u64 * 12));
            let probability = (2, storage(probability.buffer, probability.offset, size.pixels() as u64 * 4));
            let pixels = (3, pixels.as_entire_binding());
            let changes = (4, changes.as_entire_binding());
            let mean_change = (5, mean_change.as_entire_binding());
            let statuses = (6, statuses.as_entire_binding());
            Resources {
                compare: compare.bind(&[params.clone(), guide.clone(), pixels.clone(), changes.clone()]),
                average: average.bind(&[params.clone(), changes.clone(), mean_change.clone()]),
                smooth: smooth.bind(&[params, guide, probability, pixels, changes, mean_change, statuses]),
            }
        });

        let values = FrameParams {
            size: [size.width, size.height],
            frame_steps: frame_steps.unwrap_or(0.0),
            reset: frame_steps.is_none().into(),
        };
        queue.write_buffer(params, 0, bytemuck::bytes_of(&values));
        let groups = (size.pixels() as u32).div_ceil(LINE);
        let mut pass = encoder.compute(LABEL);
        if frame_steps.is_some() {
            compare.dispatch(&mut pass, &resources.compare, [groups, 1]);
            average.dispatch(&mut pass, &resources.average, [1, 1]);
        }
        smooth.dispatch(&mut pass, &resources.smooth, [groups, 1]);
        *history = Some(*size);
        pixels.clone()
    }
}

impl SizedResources {
    fn new(device: &wgpu::Device, size: Size) -> Self {
        let pixels = size.pixels() as u64;
        Self {
            params: device.create_buffer(&wgpu::BufferDescriptor {
                label: Some(LABEL),
                size: size_of::<FrameParams>() as u64,
                usage: wgpu::BufferUsages::UNIFORM | wgpu::BufferUsages::COPY_DST,
                mapped_at_creation: false,
            }),
            pixels: scratch(device, LABEL, pixels * 16),
            changes: scratch(device, LABEL, pixels * 4),
            mean_change: scratch(device, LABEL, 4),
        }
    }
}
