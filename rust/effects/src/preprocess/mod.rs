//! From a frame to the network's input.

pub mod cpu;
#[cfg(test)]
mod test;

use crate::gpu::{Kernel, check_sampled, check_storage, linear_sampler, shader, storage, uniform, view};
use crate::memo::Memo;
use crate::{EffectError, Size, StageEncoder};

const LABEL: &str = "preprocess";

/// Scales a frame straight into the network's input tensor: the stage `preprocess`.
///
/// The filter is a tent that widens with the reduction (Pillow's `Image.resize(..., BILINEAR)`), on the sRGB-encoded
/// values that the networks were trained on. The frame's shape is ignored (it is stretched), as in that training.
pub struct Preprocess {
    device: wgpu::Device,
    sampler: wgpu::Sampler,
    scale: Kernel,
    sizes: Memo<(Size, Size), wgpu::Buffer>,
    bound: Memo<Bound, wgpu::BindGroup>,
}

/// What the bind group is made for: frame, tensor buffer, its offset and the input's size.
type Bound = (wgpu::Texture, wgpu::Buffer, u64, Size);

impl Preprocess {
    /// Compiles the pipeline.
    pub fn new(device: &wgpu::Device) -> Self {
        let source = concat!(include_str!("../tent.wgsl"), include_str!("preprocess.wgsl"));
        Self {
            device: device.clone(),
            sampler: linear_sampler(device),
            scale: Kernel::new(device, LABEL, &shader(device, LABEL, source), "scale"),
            sizes: Memo::default(),
            bound: Memo::default(),
        }
    }

    /// Records one compute pass that scales `frame` to `input` and writes it to `tensor` as f32
    /// `[1, height, width, 3]`, RGB in `[0, 1]`, tightly packed.
    ///
    /// `frame` is any texture that a linear filter can read, with `TEXTURE_BINDING`; its alpha is ignored. The buffer
    /// behind `tensor` has the usage `STORAGE`. The bind group behind the pass, which holds on to `frame` and to the
    /// tensor's buffer, is kept for the next call and made anew when the arguments change.
    ///
    /// # Errors
    /// A size of zero or above [`Size::MAX_SIDE`], a texture or buffer that cannot be bound, or a binding too small for
    /// the input.
    pub fn encode<'a>(
        &mut self,
        encoder: impl Into<StageEncoder<'a>>,
        frame: &wgpu::Texture,
        tensor: &wgpu::BufferBinding<'_>,
        input: Size,
    ) -> Result<(), EffectError> {
        let Self { device, sampler, scale, sizes, bound } = self;
        let frame_size = check_sampled("frame", frame)?;
        input.check("network input", Size::MAX_SIDE)?;
        let tensor_bytes = input.pixels() as u64 * 12;
        check_storage(device, "network input", tensor, tensor_bytes)?;

        let sizes = sizes.get((frame_size, input), || {
            // Kept in sync with `Sizes` in `preprocess.wgsl`.
            uniform(device, LABEL, &[frame_size.width, frame_size.height, input.width, input.height])
        });
        let resources = bound.get((frame.clone(), tensor.buffer.clone(), tensor.offset, input), || {
            scale.bind(&[
                (0, sizes.as_entire_binding()),
                (1, wgpu::BindingResource::Sampler(sampler)),
                (2, wgpu::BindingResource::TextureView(&view(frame))),
                (3, storage(tensor.buffer, tensor.offset, tensor_bytes)),
            ])
        });
        let groups = [input.width.div_ceil(8), input.height.div_ceil(8)];
        scale.dispatch(&mut encoder.into().last().compute(LABEL), resources, groups);
        Ok(())
    }
}
