//! From a frame to the network's input.

pub mod cpu;
#[cfg(test)]
mod test;

use crate::gpu::{bind, check_sampled, check_storage, storage, uniform, view};
use crate::memo::Memo;
use crate::{EffectError, Size};

const LABEL: &str = "preprocess";

/// Scales a frame straight into the network's input tensor: the stage `preprocess`.
///
/// The filter is a tent that widens with the reduction (Pillow's `Image.resize(..., BILINEAR)`), on the sRGB-encoded
/// values that the networks were trained on. The frame's shape is ignored (it is stretched), as in that training.
pub struct Preprocess {
    device: wgpu::Device,
    rows: wgpu::ComputePipeline,
    columns: wgpu::ComputePipeline,
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
        let module = device.create_shader_module(wgpu::ShaderModuleDescriptor {
            label: Some(LABEL),
            source: wgpu::ShaderSource::Wgsl(source.into()),
        });
        let pipeline = |entry| {
            device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
                label: Some(LABEL),
                layout: None,
                module: &module,
                entry_point: Some(entry),
                compilation_options: wgpu::PipelineCompilationOptions::default(),
                cache: None,
            })
        };
        Self {
            device: device.clone(),
            rows: pipeline("rows"),
            columns: pipeline("columns"),
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
            narrowed: device.create_buffer(&wgpu::BufferDescriptor {
                label: Some(LABEL),
                size: narrowed_bytes,
                usage: wgpu::BufferUsages::STORAGE,
                mapped_at_creation: false,
            }),
        });
        let key = (frame.clone(), tensor.buffer.clone(), tensor.offset, input);
        let [rows_resources, columns_resources] = bound.get(key, || {
            let frame = view(frame);
            [
                bind(
                    device,
                    &rows.get_bind_group_layout(0),
                    &[
                        (0, sizes.as_entire_binding()),
                        (1, wgpu::BindingResource::TextureView(&frame)),
                        (2, narrowed.as_entire_binding()),
                    ],
                ),
                bind(
                    device,
                    &columns.get_bind_group_layout(0),
                    &[
                        (0, sizes.as_entire_binding()),
                        (2, narrowed.as_entire_binding()),
                        (3, storage(tensor.buffer, tensor.offset, tensor_bytes)),
                    ],
                ),
            ]
        });

        let mut pass = encoder
            .begin_compute_pass(&wgpu::ComputePassDescriptor { label: Some(LABEL), timestamp_writes: None });
        pass.set_pipeline(rows);
        pass.set_bind_group(0, rows_resources, &[]);
        pass.dispatch_workgroups(input.width.div_ceil(8), frame_size.height.div_ceil(8), 1);
        pass.set_pipeline(columns);
        pass.set_bind_group(0, columns_resources, &[]);
        pass.dispatch_workgroups(input.width.div_ceil(8), input.height.div_ceil(8), 1);
        Ok(())
    }
}
