//! Edge refinement with joint bilateral upsampling.
//!
//! Each pixel at half the frame's size is the mean of the mask's nearest pixels, weighted by distance and by similarity of
//! color. Source: Kopf, Cohen, Lischinski, Uyttendaele, "Joint Bilateral Upsampling", 2007. On the demo's clip it improves
//! outlines less than [`guided`](crate::guided), at many times the cost (`docs/quality.md`). It exists for comparison.

pub(crate) mod cpu;
#[cfg(test)]
mod test;

use crate::gpu::{ComputePipeline, TILE, linear_sampler, shader, stored_texture, uniform, view};
use crate::memo::Memo;
use crate::wgsl::constants;
use crate::{Size, StageEncoder};

const LABEL: &str = "bilateral";

/// Pixels of the mask to each side of the nearest that count.
const RADIUS: usize = 2;
/// Standard deviation of the weight of a color difference, in the unit of colors in `[0, 1]`.
const COLOR_DEVIATION: f32 = 0.1;
/// Standard deviation of the weight of a distance, in pixels of the mask.
const DEVIATION: f32 = 1.5;

pub(crate) fn source() -> String {
    constants!(TILE, RADIUS, COLOR_DEVIATION, DEVIATION) + include_str!("bilateral.wgsl")
}

/// The size of the upsampled mask: half the frame's.
fn working_size(frame: Size) -> Size {
    Size { width: frame.width.div_ceil(2), height: frame.height.div_ceil(2) }
}

/// Upsamples the mask along the frame's edges.
pub(crate) struct BilateralPass {
    device: wgpu::Device,
    sampler: wgpu::Sampler,
    upsample: ComputePipeline,
    made: Memo<(wgpu::Buffer, Size, wgpu::Texture), (wgpu::TextureView, wgpu::BindGroup)>,
}

impl BilateralPass {
    pub fn new(device: &wgpu::Device) -> Self {
        let module = shader(device, LABEL, &source());
        Self {
            device: device.clone(),
            sampler: linear_sampler(device),
            upsample: ComputePipeline::new(device, LABEL, &module, "upsample"),
            made: Memo::default(),
        }
    }

    /// Records the pass for four f32 a pixel of the mask, RGB and probability, and a checked frame. Returns the coefficients
    /// of a [`Matte`](crate::Matte).
    pub fn encode(
        &mut self,
        encoder: &mut StageEncoder<'_>,
        pixels: &wgpu::Buffer,
        size: Size,
        frame: &wgpu::Texture,
    ) -> wgpu::TextureView {
        let Self { device, sampler, upsample, made } = self;
        let working_size = working_size(Size::of(frame));
        let (coefficients, resources) = made.get((pixels.clone(), size, frame.clone()), || {
            let format = wgpu::TextureFormat::Rgba16Float;
            let coefficients = stored_texture(device, LABEL, working_size, format);
            let resources = upsample.bind(&[
                (0, uniform(device, LABEL, &[size.width, size.height]).as_entire_binding()),
                (1, pixels.as_entire_binding()),
                (2, wgpu::BindingResource::Sampler(sampler)),
                (3, wgpu::BindingResource::TextureView(&view(frame))),
                (4, wgpu::BindingResource::TextureView(&coefficients)),
            ]);
            (coefficients, resources)
        });
        let groups = [working_size.width.div_ceil(TILE), working_size.height.div_ceil(TILE)];
        upsample.dispatch(&mut encoder.compute(LABEL), resources, groups);
        coefficients.clone()
    }
}
