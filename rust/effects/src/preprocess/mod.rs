//! From a frame to the network's input.

pub mod cpu;
#[cfg(test)]
mod test;

use crate::gpu::{Kernel, check_sampled, check_storage, compute, scratch, shader, storage, uniform, view};
use crate::memo::Memo;
use crate::{EffectError, Size};

const LABEL: &str = "preprocess";

/// Scales a frame straight into the network's input tensor: the stage `preprocess`.
///
/// The filter is a tent that widens with the reduction (Pillow's `Image.resize(..., BILINEAR)`), on the sRGB-encoded
/// values that the networks were trained on. The frame's shape is ignored (it is stretched), as in that training.
pub struct Preprocess {
    device: wgpu::Device,
    rows: Kernel,
    columns: Kernel,
    sized: Memo<(Size, Size), SizedResources>,
    bound: Memo<Bound, [wgpu::BindGroup; 2]>,
}

/// What depends on the sizes of frame and input alone.
struct SizedResources {
    sizes: wgpu::Buffer,
    narrowed: wgpu::Buffer,
}

/// What the bind groups are made for: frame, tensor buffer, its offset and the input's size.
type Bound = (wgpu::Texture, wgpu::Buffer, u64, Size);

impl Preprocess {
    /// Compiles the two compute pipelines.
    pub fn new(device: &wgpu::Device) -> Self {
        let source = concat!(include_str!("../tent.wgsl"), include_str!("preprocess.wgsl"));
        let module = shader(device, LABEL, source);
        let kernel = |entry| Kernel::new(device, LABEL, &module, entry);
        Self {
            device: device.clone(),
            rows: kernel("rows"),
            columns: kernel("columns"),
            sized: Memo::default(),
            bound: Memo::default(),
        }
    }

    /// Records one compute pass that scales `frame` to `input` and writes it to `tensor` as f32
    /// `[1, height, width, 3]`, RGB in `[0, 1]`, tightly packed.
    ///
    /// `frame` is any texture that a linear filter can read, with `TEXTURE_BINDING`; its alpha is ignored. The buffer
    /// behind `tensor` has the usage `STORAGE`. The buffers and bind groups behind the pass, which hold on to `frame`
    /// and to the tensor's buffer, are kept for the next call and made anew when the arguments change.
    ///
    /// # Errors
    /// A size of zero or above [`Size::MAX_SIDE`], a texture or buffer that cannot be bound, a binding too small for
    /// the input, or an intermediate result (`input.width` x frame height x 16 bytes) above the device's limit.
    pub fn encode(
        &mut self,
        encoder: &mut wgpu::CommandEncoder,
        frame: &wgpu::Texture,
        tensor: &wgpu::BufferBinding<'_>,
        input: Size,
    ) -> Result<(), EffectError> {
        let Self { device, rows, columns, sized, bound } = self;
        let frame_size = check_sampled("frame", frame)?;
        input.check("network input", Size::MAX_SIDE)?;
        let tensor_bytes = input.pixels() as u64 * 12;
        check_storage(device, "network input", tensor, tensor_bytes)?;
        let narrowed_bytes = u64::from(input.width) * u64::from(frame_size.height) * 16;
        let limit = device.limits().max_storage_buffer_binding_size;
        if narrowed_bytes > limit {
            let what = "narrowed frame";
            return Err(EffectError::IntermediateTooLarge { what, needed: narrowed_bytes, limit });
        }

        let SizedResources { sizes, narrowed } = sized.get((frame_size, input), || SizedResources {
            // Kept in sync with `Sizes` in `preprocess.wgsl`.
            sizes: uniform(device, LABEL, &[frame_size.width, frame_size.height, input.width, input.height]),
            narrowed: scratch(device, LABEL, narrowed_bytes),
        });
        let key = (frame.clone(), tensor.buffer.clone(), tensor.offset, input);
        let [rows_resources, columns_resources] = bound.get(key, || {
            let frame = view(frame);
            let sizes = (0, sizes.as_entire_binding());
            let frame = (1, wgpu::BindingResource::TextureView(&frame));
            let narrowed = (2, narrowed.as_entire_binding());
            let tensor = (3, storage(tensor.buffer, tensor.offset, tensor_bytes));
            [rows.bind(&[sizes.clone(), frame, narrowed.clone()]), columns.bind(&[sizes, narrowed, tensor])]
        });

        let mut pass = compute(encoder, LABEL);
        let across = input.width.div_ceil(8);
        rows.dispatch(&mut pass, rows_resources, [across, frame_size.height.div_ceil(8)]);
        columns.dispatch(&mut pass, columns_resources, [across, input.height.div_ceil(8)]);
        Ok(())
    }
}
