//! Upload of mattes from memory to the GPU.

use super::cpu;
use super::pass::Matte;
use crate::Size;
use crate::gpu::uploaded_texture;
use crate::image::to_unorm8;
use crate::memo::Memo;

const LABEL: &str = "matte";

/// Uploads the mattes of [`cpu::Matting`](crate::cpu::Matting) to the GPU, for devices without compute shaders.
pub struct MatteUpload {
    device: wgpu::Device,
    queue: wgpu::Queue,
    textures: Memo<[Size; 2], Matte>,
    /// Staging memory, reused for the next upload.
    bytes: Vec<u8>,
}

impl MatteUpload {
    /// Creates an uploader without textures.
    pub fn new(device: &wgpu::Device, queue: &wgpu::Queue) -> Self {
        Self { device: device.clone(), queue: queue.clone(), textures: Memo::default(), bytes: Vec::new() }
    }

    /// Returns the matte as textures, which the queue's next submission fills. The next matte of the same sizes reuses
    /// them.
    pub fn upload(&mut self, matte: &cpu::Matte) -> Matte {
        let Self { device, queue, textures, bytes } = self;
        let textures = textures.get([matte.size, matte.mask], || {
            let texture = |size, format| uploaded_texture(device, LABEL, size, format);
            // The formats of the compute shaders that make mattes on the GPU.
            Matte {
                coefficients: texture(matte.size, wgpu::TextureFormat::Rgba16Float),
                foreground: texture(matte.mask, wgpu::TextureFormat::Rgba8Unorm),
                background: texture(matte.mask, wgpu::TextureFormat::Rgba8Unorm),
            }
        });

        let coefficients = matte.coefficients.as_flattened().iter();
        bytes.clear();
        bytes.extend(coefficients.flat_map(|value| half::f16::from_f32(*value).to_le_bytes()));
        write(queue, &textures.coefficients, bytes);
        bytes.clear();
        bytes.extend(matte.foreground.as_flattened().iter().copied().map(to_unorm8));
        write(queue, &textures.foreground, bytes);
        bytes.clear();
        bytes.extend(matte.background.iter().flat_map(|&[r, g, b]| [r, g, b, 1.0].map(to_unorm8)));
        write(queue, &textures.background, bytes);
        textures.clone()
    }
}

/// Fills a texture with tightly packed texels.
fn write(queue: &wgpu::Queue, view: &wgpu::TextureView, bytes: &[u8]) {
    let texture = view.texture();
    let layout = wgpu::TexelCopyBufferLayout {
        offset: 0,
        bytes_per_row: Some(bytes.len() as u32 / texture.height()),
        rows_per_image: None,
    };
    queue.write_texture(texture.as_image_copy(), bytes, layout, texture.size());
}
