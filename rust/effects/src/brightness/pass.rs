//! The GPU pass of the stage `brightness`.

use super::{GRID, LUMA, RANGE};
use crate::gpu::wgsl::constants;
use crate::gpu::{FULLSCREEN, FullscreenPass, Shader, linear_sampler, render_target};
use crate::matte::pass::Matte;
use crate::memo::Memo;
use crate::{Size, StageEncoder};

const LABEL: &str = "brightness";

pub(crate) fn source() -> String {
    constants!(GRID, LUMA, RANGE) + FULLSCREEN + include_str!("brightness.wgsl")
}

/// Computes the gain of a background image.
pub(crate) struct BrightnessPass {
    sampler: wgpu::Sampler,
    pass: FullscreenPass,
    gain: wgpu::TextureView,
    bound: Memo<(Matte, wgpu::TextureView), wgpu::BindGroup>,
}

impl BrightnessPass {
    pub fn new(device: &wgpu::Device) -> Self {
        // Filterable and renderable wherever the blur's textures are.
        let format = wgpu::TextureFormat::Rgba16Float;
        Self {
            sampler: linear_sampler(device),
            pass: FullscreenPass::new(&Shader::new(device, LABEL, source), "gain", format),
            gain: render_target(device, LABEL, Size { width: 1, height: 1 }, format),
            bound: Memo::default(),
        }
    }

    /// Compiles the pipeline on the first call.
    pub fn compile(&self) {
        self.pass.compile();
    }

    /// Records the pass for the light map of a background image. Returns a texture of one pixel: the gain.
    pub fn encode(
        &mut self,
        encoder: &mut StageEncoder<'_>,
        matte: &Matte,
        light_map: &wgpu::TextureView,
    ) -> wgpu::TextureView {
        let Self { sampler, pass, gain, bound } = self;
        let resources = bound.get((matte.clone(), light_map.clone()), || {
            pass.bind(&[
                (0, wgpu::BindingResource::Sampler(sampler)),
                (1, wgpu::BindingResource::TextureView(&matte.foreground)),
                (2, wgpu::BindingResource::TextureView(&matte.background)),
                (3, wgpu::BindingResource::TextureView(light_map)),
            ])
        });
        pass.draw(encoder, LABEL, gain, resources);
        gain.clone()
    }
}
