//! The GPU pass of the stage `preprocess`.

use bytemuck::{Pod, Zeroable};

use crate::gpu::wgsl::{constants, include_wgsl};
use crate::gpu::{
    ComputePipeline, Shader, TILE, check_sampled, check_storage, linear_sampler, storage, uniform, view,
};
use crate::memo::Memo;
use crate::{EffectError, Size, StageEncoder};

const LABEL: &str = "preprocess";

pub(crate) fn source() -> String {
    constants!(TILE) + include_wgsl!("../tent.wgsl") + include_wgsl!("preprocess.wgsl")
}

/// `Sizes` of the shader.
#[derive(Clone, Copy, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct Sizes {
    pub frame: [u32; 2],
    pub input: [u32; 2],
}

/// Scales a frame into the model's input tensor: the stage `preprocess`.
///
/// The filter is a tent that widens with the reduction (Pillow's `Image.resize(..., BILINEAR)`), on sRGB-encoded values.
/// The frame is stretched to the input's aspect ratio. Both are as in the models' training.
pub struct Preprocess {
    device: wgpu::Device,
    sampler: wgpu::Sampler,
    scale: ComputePipeline,
    sizes: Memo<(Size, Size), wgpu::Buffer>,
    bound: Memo<Bound, wgpu::BindGroup>,
}

/// The key of the bind group: frame, tensor buffer, its offset and the input's size.
type Bound = (wgpu::Texture, wgpu::Buffer, u64, Size);

impl Preprocess {
    /// Compiles the pipeline.
    pub fn new(device: &wgpu::Device) -> Self {
        let scale = ComputePipeline::new(&Shader::new(device, LABEL, source), "scale");
        scale.compile();
        Self {
            device: device.clone(),
            sampler: linear_sampler(device),
            scale,
            sizes: Memo::default(),
            bound: Memo::default(),
        }
    }

    /// Records one compute pass that scales `frame` to `input` and writes it to `tensor` as f32
    /// `[1, height, width, 3]`, RGB in `[0, 1]`, tightly packed.
    ///
    /// `frame` is a texture that a linear filter can read, with `TEXTURE_BINDING`. Its alpha is ignored. The buffer of
    /// `tensor` has the usage `STORAGE`. The next call with the same arguments reuses the bind group, which keeps `frame`
    /// and the tensor's buffer alive.
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
        input.check("model input", Size::MAX_SIDE)?;
        let tensor_bytes = input.pixels() as u64 * 12;
        check_storage(device, "model input", tensor, tensor_bytes)?;

        let sizes = sizes.get((frame_size, input), || {
            let sizes =
                Sizes { frame: [frame_size.width, frame_size.height], input: [input.width, input.height] };
            uniform(device, LABEL, &sizes)
        });
        let resources = bound.get((frame.clone(), tensor.buffer.clone(), tensor.offset, input), || {
            scale.bind(&[
                (0, sizes.as_entire_binding()),
                (1, wgpu::BindingResource::Sampler(sampler)),
                (2, wgpu::BindingResource::TextureView(&view(frame))),
                (3, storage(tensor.buffer, tensor.offset, tensor_bytes)),
            ])
        });
        let groups = [input.width.div_ceil(TILE), input.height.div_ceil(TILE)];
        scale.dispatch(&mut encoder.into().last().compute(LABEL), resources, groups);
        Ok(())
    }
}
