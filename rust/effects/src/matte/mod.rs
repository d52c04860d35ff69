//! From the network's probabilities to a matte: what the effects sample to tell the person from the background.

pub(crate) mod cpu;
#[cfg(test)]
mod test;

use crate::gpu::{FullscreenPass, check_storage, render_target, storage, uniform};
use crate::memo::Memo;
use crate::{EffectError, Size};

const LABEL: &str = "matte";
const WHAT: &str = "person probability";

/// What the network says about a frame: for each pixel of a grid over the whole frame, how probably it is the person.
#[derive(Debug, Clone)]
pub struct Mask<'a> {
    /// f32 `[1, height, width, 1]` in `[0, 1]`, tightly packed, in a buffer with the usage `STORAGE`. Values that are
    /// not finite count as background, so that what a broken network says hides rather than shows.
    pub probability: wgpu::BufferBinding<'a>,
    /// The grid's width and height.
    pub size: Size,
}

/// Writes probabilities to a texture at mask resolution, `R8Unorm`: the one format of a single channel that WebGPU and
/// WebGL2 both render to and filter without an extension.
pub(crate) struct MattePass {
    device: wgpu::Device,
    pass: FullscreenPass,
    sized: Memo<Size, (wgpu::Buffer, wgpu::TextureView)>,
    bound: Memo<(wgpu::Buffer, u64, Size), wgpu::BindGroup>,
}

impl MattePass {
    pub fn new(device: &wgpu::Device) -> Self {
        let source = include_str!("matte.wgsl");
        Self {
            device: device.clone(),
            pass: FullscreenPass::new(device, LABEL, source, "matte", wgpu::TextureFormat::R8Unorm),
            sized: Memo::default(),
            bound: Memo::default(),
        }
    }

    /// Checks that `mask` can be bound and its matte rendered.
    pub fn check(&self, mask: &Mask<'_>) -> Result<(), EffectError> {
        mask.size.check("mask", self.device.limits().max_texture_dimension_2d)?;
        check_storage(&self.device, WHAT, &mask.probability, mask.size.pixels() as u64 * 4)
    }

    /// Records the pass for a checked mask and returns the matte.
    pub fn encode(&mut self, encoder: &mut wgpu::CommandEncoder, mask: &Mask<'_>) -> wgpu::TextureView {
        let Self { device, pass, sized, bound } = self;
        let Mask { probability, size } = mask;
        let (width, matte) = sized.get(*size, || {
            let matte = render_target(device, LABEL, *size, wgpu::TextureFormat::R8Unorm);
            (uniform(device, LABEL, &size.width), matte)
        });
        let key = (probability.buffer.clone(), probability.offset, *size);
        let resources = bound.get(key, || {
            let bytes = size.pixels() as u64 * 4;
            pass.bind(&[
                (0, width.as_entire_binding()),
                (1, storage(probability.buffer, probability.offset, bytes)),
            ])
        });
        pass.draw(encoder, LABEL, matte, resources);
        matte.clone()
    }
}
