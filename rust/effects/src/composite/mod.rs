//! The person laid over a background.

pub mod cpu;
#[cfg(test)]
mod test;

use crate::gpu::{FullscreenPass, linear_sampler, view};
use crate::memo::Memo;

const LABEL: &str = "composite";

/// What is behind the person.
#[derive(Clone, PartialEq)]
pub(crate) enum Behind {
    /// The blurred background, premultiplied by its weight, of any size.
    Blur(wgpu::TextureView),
    /// A picture of the frame's size.
    Image(wgpu::TextureView),
    /// A uniform buffer that holds RGBA as four f32 in `[0, 1]`.
    Color(wgpu::Buffer),
    /// Nothing.
    Nothing,
}

/// Mixes frame and background by the matte at full size.
pub(crate) struct CompositePass {
    sampler: wgpu::Sampler,
    over_blur: FullscreenPass,
    over_image: FullscreenPass,
    over_color: FullscreenPass,
    over_nothing: FullscreenPass,
    bound: Memo<(wgpu::Texture, wgpu::TextureView, Behind), wgpu::BindGroup>,
}

impl CompositePass {
    pub fn new(device: &wgpu::Device, output: wgpu::TextureFormat) -> Self {
        let source = concat!(include_str!("../matte/soft_step.wgsl"), include_str!("composite.wgsl"));
        let pass = |entry| FullscreenPass::new(device, LABEL, source, entry, output);
        Self {
            sampler: linear_sampler(device),
            over_blur: pass("over_blur"),
            over_image: pass("over_image"),
            over_color: pass("over_color"),
            over_nothing: pass("over_nothing"),
            bound: Memo::default(),
        }
    }

    /// Records the pass for a checked frame and output of the same size.
    pub fn encode(
        &mut self,
        encoder: &mut wgpu::CommandEncoder,
        frame: &wgpu::Texture,
        matte: &wgpu::TextureView,
        behind: &Behind,
        output: &wgpu::TextureView,
    ) {
        let pass = match behind {
            Behind::Blur(_) => &self.over_blur,
            Behind::Image(_) => &self.over_image,
            Behind::Color(_) => &self.over_color,
            Behind::Nothing => &self.over_nothing,
        };
        let resources = self.bound.get((frame.clone(), matte.clone(), behind.clone()), || {
            let frame = view(frame);
            let mut resources = vec![
                (0, wgpu::BindingResource::Sampler(&self.sampler)),
                (1, wgpu::BindingResource::TextureView(&frame)),
                (2, wgpu::BindingResource::TextureView(matte)),
            ];
            match behind {
                Behind::Blur(picture) | Behind::Image(picture) => {
                    resources.push((3, wgpu::BindingResource::TextureView(picture)));
                }
                Behind::Color(color) => resources.push((4, color.as_entire_binding())),
                Behind::Nothing => {}
            }
            pass.bind(&resources)
        });
        pass.draw(encoder, LABEL, output, resources);
    }
}
