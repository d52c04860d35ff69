//! Brightness matching: the gain of a background image for a scene with one light.
//!
//! An image taken at noon looks pasted behind a person in a dim room, and vice versa. The gain is the mean luma of
//! the frame divided by that of the image, clamped to `[0.5, 2]`. The frame's luma is taken from the mean colors at the
//! points of a grid, whose windows together cover every pixel of the mask. A sum of single pixels would flicker with every
//! movement, and so would the background.

pub(crate) mod cpu;
#[cfg(test)]
mod test;

use crate::gpu::{FullscreenPass, linear_sampler, render_target};
use crate::matte::Matte;
use crate::memo::Memo;
use crate::wgsl::constants;
use crate::{Size, StageEncoder};

const LABEL: &str = "brightness";

/// Points of the grid across and down.
const GRID: [u32; 2] = [16, 9];
/// Weights of red, green and blue in the luma of ITU-R BT.709.
const LUMA: [f32; 3] = [0.2126, 0.7152, 0.0722];
/// The smallest and the greatest gain.
const RANGE: [f32; 2] = [0.5, 2.0];

pub(crate) fn source() -> String {
    constants!(GRID, LUMA, RANGE) + include_str!("brightness.wgsl")
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
            pass: FullscreenPass::new(device, LABEL, &source(), "gain", format),
            gain: render_target(device, LABEL, Size { width: 1, height: 1 }, format),
            bound: Memo::default(),
        }
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
