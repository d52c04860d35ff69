//! The network's mask, made calm: where nothing moves it has no reason to change.
//!
//! Each pixel becomes a mix of what the network says now and what was believed before. How much the present counts
//! depends on two things. Where the picture changed around the pixel, something moved, and the past is of another
//! place: the present counts, so that a moving hand leaves no ghost. Where the network is certain (near 0 or 1) it counts
//! more than where it wavers near one half. The shares hold for thirty frames a second and are raised to the power of
//! the time that went by. A frame that differs all over from the one before continues nothing. Where the
//! [`gate`](crate::gate) is shut all is background at once, and the frame after begins anew.
//!
//! The past stands in for no frame: a mask is made for each, and what it takes from before is what was background or
//! person at a place that looks the same.

pub(crate) mod cpu;
#[cfg(test)]
mod test;

use std::time::Duration;

use bytemuck::{Pod, Zeroable};

use crate::gpu::{Kernel, scratch, shader, storage};
use crate::matting::Segmentation;
use crate::memo::Memo;
use crate::{Size, StageEncoder};

const LABEL: &str = "steady";

/// After so long nothing of before counts.
const FORGOTTEN: Duration = Duration::from_secs(1);

/// The time since the frame before in thirtieths of a second, if there is a frame to continue. Not less than a quarter:
/// with two frames at one time the second would be given no weight at all.
fn thirtieths(since: Option<Duration>) -> Option<f32> {
    since.filter(|since| *since <= FORGOTTEN).map(|since| (since.as_secs_f32() * 30.0).max(0.25))
}

/// Mixes the mask of each frame with those before.
pub(crate) struct SteadyPass {
    device: wgpu::Device,
    queue: wgpu::Queue,
    compare: Kernel,
    average: Kernel,
    steady: Kernel,
    sized: Memo<Size, SizedResources>,
    bound: Memo<Bound, Resources>,
    /// The size of the frame before.
    before: Option<Size>,
}

/// What depends on the mask's size alone.
struct SizedResources {
    moment: wgpu::Buffer,
    /// RGB and probability of the last frame.
    pixels: wgpu::Buffer,
    changes: wgpu::Buffer,
    mean_change: wgpu::Buffer,
}

/// What the bind groups are made for: the buffers of guide and probability with their offsets, that of the verdicts, and the
/// mask's size.
type Bound = (wgpu::Buffer, u64, wgpu::Buffer, u64, wgpu::Buffer, Size);

struct Resources {
    compare: wgpu::BindGroup,
    average: wgpu::BindGroup,
    steady: wgpu::BindGroup,
}

/// Kept in sync with `Moment` in `steady.wgsl`.
#[derive(Clone, Copy, Pod, Zeroable)]
#[repr(C)]
struct Moment {
    size: [u32; 2],
    thirtieths: f32,
    alone: u32,
}

impl SteadyPass {
    pub fn new(device: &wgpu::Device, queue: &wgpu::Queue) -> Self {
        let module = shader(device, LABEL, include_str!("steady.wgsl"));
        let kernel = |entry| Kernel::new(device, LABEL, &module, entry);
        Self {
            device: device.clone(),
            queue: queue.clone(),
            compare: kernel("compare"),
            average: kernel("average"),
            steady: kernel("steady"),
            sized: Memo::default(),
            bound: Memo::default(),
            before: None,
        }
    }

    /// Begins anew with the next frame.
    pub fn forget(&mut self) {
        self.before = None;
    }

    /// Records the pass for a checked segmentation and what the gate said of its mask; `since` as in
    /// [`Matting::encode`](crate::Matting::encode).
    ///
    /// Returns a buffer of four f32 a pixel: RGB of the frame and the probability of a person. It is the same one until
    /// the size changes.
    pub fn encode(
        &mut self,
        encoder: &mut StageEncoder<'_>,
        segmentation: &Segmentation<'_>,
        verdicts: &wgpu::Buffer,
        since: Option<Duration>,
    ) -> wgpu::Buffer {
        let Self { device, queue, compare, average, steady, sized, bound, before } = self;
        let Segmentation { guide, probability, size } = segmentation;
        let SizedResources { moment, pixels, changes, mean_change } =
            sized.get(*size, || SizedResources::new(device, *size));
        let thirtieths = thirtieths(since).filter(|_| *before == Some(*size));
        let key = (
            guide.buffer.clone(),
            guide.offset,
            probability.buffer.clone(),
            probability.offset,
            verdicts.clone(),
            *size,
        );
        let resources = bound.get(key, || {
            let moment = (0, moment.as_entire_binding());
            let guide = (1, storage(guide.buffer, guide.offset, size.pixels() as u64 * 12));
            let probability = (2, storage(probability.buffer, probability.offset, size.pixels() as u64 * 4));
            let pixels = (3, pixels.as_entire_binding());
            let changes = (4, changes.as_entire_binding());
            let mean_change = (5, mean_change.as_entire_binding());
            let verdicts = (6, verdicts.as_entire_binding());
            Resources {
                compare: compare.bind(&[moment.clone(), guide.clone(), pixels.clone(), changes.clone()]),
                average: average.bind(&[moment.clone(), changes.clone(), mean_change.clone()]),
                steady: steady.bind(&[moment, guide, probability, pixels, changes, mean_change, verdicts]),
            }
        });

        let now = Moment {
            size: [size.width, size.height],
            thirtieths: thirtieths.unwrap_or(0.0),
            alone: thirtieths.is_none().into(),
        };
        queue.write_buffer(moment, 0, bytemuck::bytes_of(&now));
        let groups = (size.pixels() as u32).div_ceil(64);
        let mut pass = encoder.compute(LABEL);
        if thirtieths.is_some() {
            compare.dispatch(&mut pass, &resources.compare, [groups, 1]);
            average.dispatch(&mut pass, &resources.average, [1, 1]);
        }
        steady.dispatch(&mut pass, &resources.steady, [groups, 1]);
        *before = Some(*size);
        pixels.clone()
    }
}

impl SizedResources {
    fn new(device: &wgpu::Device, size: Size) -> Self {
        let pixels = size.pixels() as u64;
        Self {
            moment: device.create_buffer(&wgpu::BufferDescriptor {
                label: Some(LABEL),
                size: size_of::<Moment>() as u64,
                usage: wgpu::BufferUsages::UNIFORM | wgpu::BufferUsages::COPY_DST,
                mapped_at_creation: false,
            }),
            pixels: scratch(device, LABEL, pixels * 16),
            changes: scratch(device, LABEL, pixels * 4),
            mean_change: scratch(device, LABEL, 4),
        }
    }
}
