//! A small mask enlarged along the frame's own edges: joint bilateral upsampling.
//!
//! Each pixel of half the frame's size takes the mean of the mask's nearest pixels, weighted by how near they are and
//! how like its own colour theirs is. Source: Kopf, Cohen, Lischinski, Uyttendaele, "Joint Bilateral Upsampling", 2007.
//! On the demo's clip it does less for an outline than [`guided`](crate::guided), at many times the work (`docs/quality.md`): it
//! is there to compare with.

pub(crate) mod cpu;
#[cfg(test)]
mod test;

use crate::gpu::{Kernel, linear_sampler, shader, stored_texture, uniform, view};
use crate::memo::Memo;
use crate::{Size, StageEncoder};

const LABEL: &str = "bilateral";

/// The size at which a frame's mask is made: half of its own.
fn working_size(frame: Size) -> Size {
    Size { width: frame.width.div_ceil(2), height: frame.height.div_ceil(2) }
}

/// Enlarges the mask along the frame's edges.
pub(crate) struct BilateralPass {
    device: wgpu::Device,
    sampler: wgpu::Sampler,
    upsample: Kernel,
    made: Memo<(wgpu::Buffer, Size, wgpu::Texture), (wgpu::TextureView, wgpu::BindGroup)>,
}

impl BilateralPass {
    pub fn new(device: &wgpu::Device) -> Self {
        let module = shader(device, LABEL, include_str!("bilateral.wgsl"));
        Self {
            device: device.clone(),
            sampler: linear_sampler(device),
            upsample: Kernel::new(device, LABEL, &module, "upsample"),
            made: Memo::default(),
        }
    }

    /// Records the pass for four f32 a pixel of the mask, RGB and probability, and a checked frame. Returns the coefficients of a
    /// [`Matte`](crate::Matte).
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
        let groups = [working_size.width.div_ceil(8), working_size.height.div_ceil(8)];
        upsample.dispatch(&mut encoder.compute(LABEL), resources, groups);
        coefficients.clone()
    }
}
