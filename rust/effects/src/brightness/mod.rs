//! How bright a background picture is shown, so that the person looks lit by it.
//!
//! A picture taken at noon behind somebody in a dim room looks pasted, and the other way round. The gain is the mean luma of
//! the whole frame by that of the picture, at least a half and at most two. The frame's is taken over the mean colours
//! around a grid of places, which between them see every pixel of the mask: a sum of single pixels would tremble with every
//! movement, and the background with it.

pub(crate) mod cpu;
#[cfg(test)]
mod test;

use crate::gpu::{FullscreenPass, linear_sampler, render_target};
use crate::matte::Matte;
use crate::memo::Memo;
use crate::{Size, StageEncoder};

const LABEL: &str = "brightness";

/// Measures the gain of a background picture.
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
        let source = include_str!("brightness.wgsl");
        Self {
            sampler: linear_sampler(device),
            pass: FullscreenPass::new(device, LABEL, source, "gain", format),
            gain: render_target(device, LABEL, Size { width: 1, height: 1 }, format),
            bound: Memo::default(),
        }
    }

    /// Records the pass for a background picture reduced to its light, and returns a texture of one pixel: the gain.
    pub fn encode(
        &mut self,
        encoder: &mut StageEncoder<'_>,
        matte: &Matte,
        glow: &wgpu::TextureView,
    ) -> wgpu::TextureView {
        let Self { sampler, pass, gain, bound } = self;
        let resources = bound.get((matte.clone(), glow.clone()), || {
            pass.bind(&[
                (0, wgpu::BindingResource::Sampler(sampler)),
                (1, wgpu::BindingResource::TextureView(&matte.foreground)),
                (2, wgpu::BindingResource::TextureView(&matte.background)),
                (3, wgpu::BindingResource::TextureView(glow)),
            ])
        });
        pass.draw(encoder, LABEL, gain, resources);
        gain.clone()
    }
}
