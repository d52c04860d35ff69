//! The person laid over a background.

pub mod cpu;
#[cfg(test)]
mod test;

use crate::gpu::{FullscreenPass, linear_sampler, nearest_sampler, view};
use crate::matte::Matte;
use crate::memo::Memo;
use crate::{Size, StageEncoder, matte};

const LABEL: &str = "composite";

/// Pixels along the longer side of a background picture that is reduced to its light.
const GLOW_SIDE: u32 = 32;

/// The size to which the background picture of a frame is reduced for its light.
pub(crate) fn glow_size(frame: Size) -> Size {
    let longer = frame.width.max(frame.height);
    let side = |length: u32| (GLOW_SIDE * length / longer).max(1);
    Size { width: side(frame.width), height: side(frame.height) }
}

/// What is behind the person.
#[derive(Clone, PartialEq)]
pub(crate) enum Behind {
    /// The blurred background, of any size.
    Blur(wgpu::TextureView),
    /// A picture of the frame's size, and the same reduced to its light.
    Image { picture: wgpu::TextureView, glow: wgpu::TextureView },
    /// The same with the gain of its brightness.
    BrightenedImage { picture: wgpu::TextureView, glow: wgpu::TextureView, gain: wgpu::TextureView },
    /// The colour of the look.
    Color,
    /// Nothing.
    Nothing,
}

/// Mixes frame and background by the matte at full size.
pub(crate) struct CompositePass {
    linear: wgpu::Sampler,
    nearest: wgpu::Sampler,
    over_blur: FullscreenPass,
    over_image: FullscreenPass,
    over_brightened_image: FullscreenPass,
    over_color: FullscreenPass,
    over_nothing: FullscreenPass,
    bound: Memo<(wgpu::Texture, Matte, Behind, wgpu::Buffer), wgpu::BindGroup>,
}

impl CompositePass {
    pub fn new(device: &wgpu::Device, output: wgpu::TextureFormat) -> Self {
        let source = [matte::SHADER, include_str!("composite.wgsl")].concat();
        let pass = |entry| FullscreenPass::new(device, LABEL, &source, entry, output);
        Self {
            linear: linear_sampler(device),
            nearest: nearest_sampler(device),
            over_blur: pass("over_blur"),
            over_image: pass("over_image"),
            over_brightened_image: pass("over_brightened_image"),
            over_color: pass("over_color"),
            over_nothing: pass("over_nothing"),
            bound: Memo::default(),
        }
    }

    /// Records the pass for a checked frame and output of the same size. `look` is a uniform buffer as `Look` in
    /// `composite.wgsl`.
    pub fn encode(
        &mut self,
        encoder: &mut StageEncoder<'_>,
        frame: &wgpu::Texture,
        matte: &Matte,
        behind: &Behind,
        look: &wgpu::Buffer,
        output: &wgpu::TextureView,
    ) {
        let pass = match behind {
            Behind::Blur(_) => &self.over_blur,
            Behind::Image { .. } => &self.over_image,
            Behind::BrightenedImage { .. } => &self.over_brightened_image,
            Behind::Color => &self.over_color,
            Behind::Nothing => &self.over_nothing,
        };
        let key = (frame.clone(), matte.clone(), behind.clone(), look.clone());
        let resources = self.bound.get(key, || {
            let texture = |binding, view| (binding, wgpu::BindingResource::TextureView(view));
            let frame = view(frame);
            let mut resources = vec![
                (0, wgpu::BindingResource::Sampler(&self.linear)),
                (9, wgpu::BindingResource::Sampler(&self.nearest)),
                texture(1, &frame),
                texture(2, &matte.coefficients),
            ];
            let colors = [texture(3, &matte.foreground), texture(4, &matte.background)];
            let look = (8, look.as_entire_binding());
            match behind {
                Behind::Blur(picture) => resources.push(texture(5, picture)),
                Behind::Image { picture, glow } => {
                    resources.extend([texture(5, picture), texture(6, glow), look]);
                }
                Behind::BrightenedImage { picture, glow, gain } => {
                    resources.extend([texture(5, picture), texture(6, glow), texture(7, gain), look]);
                }
                Behind::Color => resources.push(look),
                Behind::Nothing => {}
            }
            if !matches!(behind, Behind::Blur(_)) {
                resources.extend(colors);
            }
            pass.bind(&resources)
        });
        pass.draw(encoder, LABEL, output, resources);
    }
}
