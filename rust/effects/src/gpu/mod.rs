//! What the GPU passes share, and the [`Compositor`] that joins them.

pub(crate) mod compositor;
mod pipeline;
mod scaled_background;
pub(crate) mod segmentation;
pub(crate) mod stage;
#[cfg(test)]
mod test;
pub(crate) mod wgsl;

use wgpu::util::DeviceExt;

pub(crate) use self::pipeline::{ComputePipeline, FullscreenPass, Shader};
use self::wgsl::include_wgsl;
use crate::{EffectError, Size, StageEncoder};

/// Threads of a workgroup of a compute shader over a line of pixels.
pub(crate) const LINE: u32 = 64;

/// Width and height of a workgroup of a compute shader over a rectangle of pixels.
pub(crate) const TILE: u32 = 8;

/// The vertex shader of every [`FullscreenPass`], for the source of its stage.
pub(crate) const FULLSCREEN: &str = include_wgsl!("../fullscreen.wgsl");

/// Records a pass that clears `target` to one color.
pub(crate) fn clear(
    encoder: &mut StageEncoder<'_>,
    label: &str,
    target: &wgpu::TextureView,
    color: wgpu::Color,
) {
    encoder.render(label, target, color);
}

/// Creates a uniform buffer that holds `value`.
pub(crate) fn uniform(device: &wgpu::Device, label: &str, value: &impl bytemuck::NoUninit) -> wgpu::Buffer {
    device.create_buffer_init(&wgpu::util::BufferInitDescriptor {
        label: Some(label),
        contents: bytemuck::bytes_of(value),
        usage: wgpu::BufferUsages::UNIFORM,
    })
}

/// Creates a buffer that compute shaders write and read.
pub(crate) fn scratch(device: &wgpu::Device, label: &str, bytes: u64) -> wgpu::Buffer {
    device.create_buffer(&wgpu::BufferDescriptor {
        label: Some(label),
        size: bytes,
        usage: wgpu::BufferUsages::STORAGE
            | if cfg!(test) { wgpu::BufferUsages::COPY_SRC } else { wgpu::BufferUsages::empty() },
        mapped_at_creation: false,
    })
}

/// Tests read intermediate results back; nothing else does.
const READ_BACK: wgpu::TextureUsages =
    if cfg!(test) { wgpu::TextureUsages::COPY_SRC } else { wgpu::TextureUsages::empty() };

/// Creates a texture that one pass renders and another samples.
pub(crate) fn render_target(
    device: &wgpu::Device,
    label: &str,
    size: Size,
    format: wgpu::TextureFormat,
) -> wgpu::TextureView {
    sampled_texture(device, label, size, format, wgpu::TextureUsages::RENDER_ATTACHMENT)
}

/// Creates a texture that a compute shader writes and a pass samples.
pub(crate) fn stored_texture(
    device: &wgpu::Device,
    label: &str,
    size: Size,
    format: wgpu::TextureFormat,
) -> wgpu::TextureView {
    sampled_texture(device, label, size, format, wgpu::TextureUsages::STORAGE_BINDING)
}

/// Creates a texture that is written from memory and that a pass samples.
pub(crate) fn uploaded_texture(
    device: &wgpu::Device,
    label: &str,
    size: Size,
    format: wgpu::TextureFormat,
) -> wgpu::TextureView {
    sampled_texture(device, label, size, format, wgpu::TextureUsages::COPY_DST)
}

fn sampled_texture(
    device: &wgpu::Device,
    label: &str,
    size: Size,
    format: wgpu::TextureFormat,
    written_by: wgpu::TextureUsages,
) -> wgpu::TextureView {
    let texture = device.create_texture(&wgpu::TextureDescriptor {
        label: Some(label),
        size: size.extent(),
        mip_level_count: 1,
        sample_count: 1,
        dimension: wgpu::TextureDimension::D2,
        format,
        usage: written_by | wgpu::TextureUsages::TEXTURE_BINDING | READ_BACK,
        view_formats: &[],
    });
    view(&texture)
}

/// Creates a view of a whole texture.
pub(crate) fn view(texture: &wgpu::Texture) -> wgpu::TextureView {
    texture.create_view(&wgpu::TextureViewDescriptor::default())
}

/// Creates a sampler with a linear filter, clamped to the edge.
pub(crate) fn linear_sampler(device: &wgpu::Device) -> wgpu::Sampler {
    sampler(device, "linear, clamped", wgpu::FilterMode::Linear)
}

/// Creates a sampler of the nearest texel, clamped to the edge.
pub(crate) fn nearest_sampler(device: &wgpu::Device) -> wgpu::Sampler {
    sampler(device, "nearest, clamped", wgpu::FilterMode::Nearest)
}

fn sampler(device: &wgpu::Device, label: &str, filter: wgpu::FilterMode) -> wgpu::Sampler {
    device.create_sampler(&wgpu::SamplerDescriptor {
        label: Some(label),
        mag_filter: filter,
        min_filter: filter,
        ..Default::default()
    })
}

impl Size {
    pub(crate) fn of(texture: &wgpu::Texture) -> Self {
        Self { width: texture.width(), height: texture.height() }
    }

    pub(crate) fn extent(self) -> wgpu::Extent3d {
        wgpu::Extent3d { width: self.width, height: self.height, depth_or_array_layers: 1 }
    }
}

/// Checks that a caller's texture can be sampled with a linear filter, and returns its size.
pub(crate) fn check_sampled(what: &'static str, texture: &wgpu::Texture) -> Result<Size, EffectError> {
    let size = Size::of(texture);
    size.check(what, Size::MAX_SIDE)?;
    if texture.dimension() != wgpu::TextureDimension::D2
        || texture.depth_or_array_layers() != 1
        || texture.sample_count() != 1
    {
        return Err(EffectError::TextureShape { what });
    }
    let format = texture.format();
    if format.sample_type(None, None) != Some(wgpu::TextureSampleType::Float { filterable: true }) {
        return Err(EffectError::TextureFormat { what, format });
    }
    let needed = wgpu::TextureUsages::TEXTURE_BINDING;
    if !texture.usage().contains(needed) {
        return Err(EffectError::TextureUsage { what, needed });
    }
    Ok(size)
}

/// Checks that `needed` bytes at the binding's offset can be bound as a storage buffer.
pub(crate) fn check_storage(
    device: &wgpu::Device,
    what: &'static str,
    binding: &wgpu::BufferBinding<'_>,
    needed: u64,
) -> Result<(), EffectError> {
    let wgpu::BufferBinding { buffer, offset, size } = binding;
    if !buffer.usage().contains(wgpu::BufferUsages::STORAGE) {
        return Err(EffectError::BufferUsage { what });
    }
    let alignment = device.limits().min_storage_buffer_offset_alignment;
    if offset % u64::from(alignment) != 0 {
        return Err(EffectError::BindingOffset { what, offset: *offset, alignment });
    }
    let rest = buffer.size().saturating_sub(*offset);
    let found = size.map_or(rest, |size| rest.min(size.get()));
    if found < needed {
        return Err(EffectError::BindingTooSmall { what, needed, found });
    }
    Ok(())
}

/// Binds exactly `bytes` of a checked binding.
pub(crate) fn storage<'a>(buffer: &'a wgpu::Buffer, offset: u64, bytes: u64) -> wgpu::BindingResource<'a> {
    wgpu::BindingResource::Buffer(wgpu::BufferBinding { buffer, offset, size: wgpu::BufferSize::new(bytes) })
}
