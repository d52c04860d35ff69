//! The GPU pass of the stage `bilateral`.

use super::{COLOR_DEVIATION, DEVIATION, RADIUS, working_size};
use crate::gpu::wgsl::{constants, include_wgsl};
use crate::gpu::{ComputePipeline, Shader, TILE, linear_sampler, stored_texture, uniform, view};
use crate::memo::Memo;
use crate::{Size, StageEncoder};

const LABEL: &str = "bilateral";

pub(crate) fn source() -> String {
    constants!(TILE, RADIUS, COLOR_DEVIATION, DEVIATION) + include_wgsl!("bilateral.wgsl")
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
        Self {
            device: device.clone(),
            sampler: linear_sampler(device),
            upsample: ComputePipeline::new(&Shader::new(device, LABEL, source), "upsample"),
            made: Memo::default(),
        }
    }

    /// Compiles the pipeline on the first call.
    pub fn compile(&self) {
        self.upsample.compile();
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
