//! The background of a frame, blurred without the person in it.

pub(crate) mod cpu;
mod kernel;
#[cfg(test)]
mod test;

use bytemuck::{Pod, Zeroable};

use crate::Size;
use crate::gpu::{FullscreenPass, linear_sampler, render_target, uniform, view};
use crate::matte::{self, Matte};
use crate::memo::Memo;
use kernel::{REACH, Reduction, gaussian};

/// Filterable and renderable in WebGPU and, with an extension that all have, WebGL2; 8 bits would band where weights
/// are small.
const FORMAT: wgpu::TextureFormat = wgpu::TextureFormat::Rgba16Float;

/// A Gaussian blur of the background at reduced size, in three passes: reduce, across, down.
pub(crate) struct BlurPass {
    device: wgpu::Device,
    sampler: wgpu::Sampler,
    reduce: FullscreenPass,
    gauss: FullscreenPass,
    sized: Memo<(Size, f32), SizedResources>,
    bound: Memo<(wgpu::Texture, Matte, f32), wgpu::BindGroup>,
}

/// What depends on the frame's size and the radius alone.
struct SizedResources {
    reduction: wgpu::Buffer,
    /// Holds the reduced frame, then, once that is blurred across, the result.
    result: wgpu::TextureView,
    blurred_across: wgpu::TextureView,
    across: wgpu::BindGroup,
    down: wgpu::BindGroup,
}

/// Kept in sync with `Reduction` in `blur.wgsl`.
#[derive(Clone, Copy, Pod, Zeroable)]
#[repr(C)]
struct ReductionUniform {
    size: [u32; 2],
    taps: u32,
    padding: u32,
}

/// Kept in sync with `Gaussian` in `blur.wgsl`.
#[derive(Clone, Copy, Pod, Zeroable)]
#[repr(C)]
struct GaussianUniform {
    step: [f32; 2],
    centre_weight: f32,
    pairs: u32,
    taps: [[f32; 4]; REACH / 2],
}

impl GaussianUniform {
    fn new(deviation: f32, step: [f32; 2]) -> Self {
        let weights = gaussian(deviation);
        let mut taps = [[0.0; 4]; REACH / 2];
        let mut pairs = 0;
        for (i, (tap, pair)) in taps.iter_mut().zip(weights[1..].chunks_exact(2)).enumerate() {
            let weight = pair[0] + pair[1];
            if weight > 0.0 {
                *tap = [2.0 * i as f32 + 1.0 + pair[1] / weight, weight, 0.0, 0.0];
                pairs = i as u32 + 1;
            }
        }
        Self { step, centre_weight: weights[0], pairs, taps }
    }
}

impl BlurPass {
    pub fn new(device: &wgpu::Device) -> Self {
        let source = [matte::SHADER, include_str!("blur.wgsl")].concat();
        Self {
            device: device.clone(),
            sampler: linear_sampler(device),
            reduce: FullscreenPass::new(device, "blur", &source, "reduce", FORMAT),
            gauss: FullscreenPass::new(device, "blur", &source, "gauss", FORMAT),
            sized: Memo::default(),
            bound: Memo::default(),
        }
    }

    /// Records the passes for a checked frame, its matte and a checked radius.
    ///
    /// Returns the blurred background: the squares of its colours, premultiplied by its weight, which is in alpha and
    /// vanishes deep inside the person.
    pub fn encode(
        &mut self,
        encoder: &mut wgpu::CommandEncoder,
        frame: &wgpu::Texture,
        matte: &Matte,
        radius: f32,
    ) -> wgpu::TextureView {
        let Self { device, sampler, reduce, gauss, sized, bound } = self;
        let frame_size = Size::of(frame);
        let sized = sized
            .get((frame_size, radius), || SizedResources::new(device, sampler, gauss, frame_size, radius));
        let reduce_resources = bound.get((frame.clone(), matte.clone(), radius), || {
            reduce.bind(&[
                (0, sized.reduction.as_entire_binding()),
                (1, wgpu::BindingResource::Sampler(sampler)),
                (2, wgpu::BindingResource::TextureView(&view(frame))),
                (3, wgpu::BindingResource::TextureView(&matte.coefficients)),
                (4, wgpu::BindingResource::TextureView(&matte.background)),
            ])
        });
        reduce.draw(encoder, "blur/reduce", &sized.result, reduce_resources);
        gauss.draw(encoder, "blur/across", &sized.blurred_across, &sized.across);
        gauss.draw(encoder, "blur/down", &sized.result, &sized.down);
        sized.result.clone()
    }
}

impl SizedResources {
    fn new(
        device: &wgpu::Device,
        sampler: &wgpu::Sampler,
        gauss: &FullscreenPass,
        frame: Size,
        radius: f32,
    ) -> Self {
        let Reduction { size, taps, deviation: [across, down] } = Reduction::new(frame, radius);
        let reduction = ReductionUniform { size: [size.width, size.height], taps, padding: 0 };
        let result = render_target(device, "blur", size, FORMAT);
        let blurred_across = render_target(device, "blur", size, FORMAT);
        let bind = |kernel: GaussianUniform, source: &wgpu::TextureView| {
            gauss.bind(&[
                (0, uniform(device, "blur", &kernel).as_entire_binding()),
                (1, wgpu::BindingResource::Sampler(sampler)),
                (2, wgpu::BindingResource::TextureView(source)),
            ])
        };
        Self {
            reduction: uniform(device, "blur", &reduction),
            across: bind(GaussianUniform::new(across, [1.0 / size.width as f32, 0.0]), &result),
            down: bind(GaussianUniform::new(down, [0.0, 1.0 / size.height as f32]), &blurred_across),
            result,
            blurred_across,
        }
    }
}
