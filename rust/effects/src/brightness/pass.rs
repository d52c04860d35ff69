//! The GPU pass of the stage `brightness`.

use super::{GRID, LUMA, RANGE};
use crate::gpu::wgsl::{constants, include_wgsl};
use crate::gpu::{FULLSCREEN, FullscreenPass, Shader, linear_sampler, render_target};
use crate::matte::pass::Matte;
use crate::memo::Memo;
use crate::{Size, StageEncoder};

const LABEL: &str = "brightness";

pub(crate) fn source() -> String {
    constants!(GRID, LUMA, RANGE) + FULLSCREEN + include_wgsl!("brightness.wgsl")
}

/// Computes the gain of a background image.
pub(crate) struct BrightnessPass {
    sampler: wgpu::Sampler,
    columns: FullscreenPass,
    gain: FullscreenPass,
    lumas: wgpu::TextureView,
    result: wgpu::TextureView,
    bound: Memo<(Matte, wgpu::TextureView), Resources>,
}

struct Resources {
    columns: wgpu::BindGroup,
    gain: wgpu::BindGroup,
}

impl BrightnessPass {
    pub fn new(device: &wgpu::Device) -> Self {
        // Filterable and renderable wherever the blur's textures are.
        let format = wgpu::TextureFormat::Rgba16Float;
        let shader = Shader::new(device, LABEL, source);
        let pass = |entry| FullscreenPass::new(&shader, entry, format);
        let target = |width| render_target(device, LABEL, Size { width, height: 1 }, format);
        Self {
            sampler: linear_sampler(device),
            columns: pass("columns"),
            gain: pass("gain"),
            lumas: target(GRID[0]),
            result: target(1),
            bound: Memo::default(),
        }
    }

    /// Compiles the pipelines on the first call.
    pub fn compile(&self) {
        self.columns.compile();
        self.gain.compile();
    }

    /// Records the passes for the light map of a background image. Returns a texture of one pixel: the gain.
    pub fn encode(
        &mut self,
        encoder: &mut StageEncoder<'_>,
        matte: &Matte,
        light_map: &wgpu::TextureView,
    ) -> wgpu::TextureView {
        let Self { sampler, columns, gain, lumas, result, bound } = self;
        let resources = bound.get((matte.clone(), light_map.clone()), || Resources {
            columns: columns.bind(&[
                (0, wgpu::BindingResource::Sampler(sampler)),
                (1, wgpu::BindingResource::TextureView(&matte.foreground)),
                (2, wgpu::BindingResource::TextureView(&matte.background)),
                (3, wgpu::BindingResource::TextureView(light_map)),
            ]),
            gain: gain.bind(&[(4, wgpu::BindingResource::TextureView(lumas))]),
        });
        columns.draw(encoder, "brightness/columns", lumas, &resources.columns);
        gain.draw(encoder, "brightness/gain", result, &resources.gain);
        result.clone()
    }
}
