//! Upload of mattes from memory to the GPU.

use fearless_simd::{Level, Simd, dispatch, f32x4, prelude::*};

use super::cpu;
use super::pass::Matte;
use crate::Size;
use crate::gpu::uploaded_texture;
use crate::lanes::{store, to_samples};
use crate::memo::Memo;

const LABEL: &str = "matte";

/// Uploads the mattes of [`cpu::Matting`](crate::cpu::Matting) to the GPU, for devices without compute shaders.
pub struct MatteUpload {
    device: wgpu::Device,
    queue: wgpu::Queue,
    textures: Memo<[Size; 2], Matte>,
    /// Texels to upload, whose memory the next upload reuses.
    halves: Vec<[u16; 4]>,
    levels: Vec<[u8; 4]>,
}

impl MatteUpload {
    /// Creates an uploader without textures.
    pub fn new(device: &wgpu::Device, queue: &wgpu::Queue) -> Self {
        Self {
            device: device.clone(),
            queue: queue.clone(),
            textures: Memo::default(),
            halves: Vec::new(),
            levels: Vec::new(),
        }
    }

    /// Returns the matte as textures, which the queue's next submission fills. The next matte of the same sizes reuses
    /// them.
    pub fn upload(&mut self, matte: &cpu::Matte) -> Matte {
        let Self { device, queue, textures, halves, levels } = self;
        let textures = textures.get([matte.size, matte.mask], || {
            let texture = |size, format| uploaded_texture(device, LABEL, size, format);
            // The formats of the compute shaders that make mattes on the GPU.
            Matte {
                coefficients: texture(matte.size, wgpu::TextureFormat::Rgba16Float),
                foreground: texture(matte.mask, wgpu::TextureFormat::Rgba8Unorm),
                background: texture(matte.mask, wgpu::TextureFormat::Rgba8Unorm),
            }
        });

        halves.clear();
        halves.extend(matte.coefficients.iter().map(|pixel| pixel.map(to_half)));
        write(queue, &textures.coefficients, halves);
        levels.resize(matte.foreground.len(), [u8::MAX; 4]);
        dispatch!(Level::new(), simd => to_levels(simd, &matte.foreground, levels));
        write(queue, &textures.foreground, levels);
        dispatch!(Level::new(), simd => to_levels(simd, &matte.background, levels));
        write(queue, &textures.background, levels);
        textures.clone()
    }
}

/// Fills a texture with tightly packed texels.
fn write(queue: &wgpu::Queue, view: &wgpu::TextureView, texels: &[impl bytemuck::NoUninit]) {
    let (texture, bytes) = (view.texture(), bytemuck::cast_slice(texels));
    let layout = wgpu::TexelCopyBufferLayout {
        offset: 0,
        bytes_per_row: Some(size_of_val(texels) as u32 / texture.height()),
        rows_per_image: None,
    };
    queue.write_texture(texture.as_image_copy(), bytes, layout, texture.size());
}

/// Rounds pixels in `[0, 1]` to 8 bits, opaque if they have no alpha.
#[inline(always)]
fn to_levels<S: Simd, const N: usize>(simd: S, pixels: &[[f32; N]], levels: &mut [[u8; 4]]) {
    for (pixels, levels) in pixels.chunks(4).zip(levels.chunks_mut(4)) {
        let quads = std::array::from_fn(|i| {
            let mut channels = [1.0; 4];
            channels[..N].copy_from_slice(pixels.get(i).unwrap_or(&[0.0; N]));
            f32x4::load_array(simd, channels) * 255.0
        });
        store(to_samples(quads), levels.as_flattened_mut());
    }
}

/// Converts to a half float, rounded to the nearest, and infinite beyond the range. Has no branches, so that the compiler
/// converts vectors: WebAssembly has no instruction for it.
fn to_half(value: f32) -> u16 {
    const INFINITY: u32 = 0x7c00;
    /// The bits of 2^-14, the smallest normal half float.
    const NORMAL: u32 = 113 << 23;
    let bits = value.to_bits();
    let magnitude = bits & 0x7fff_ffff;
    // The exponent's bias is less by 112, and the mantissa shorter by 13 bits: rounds to the nearest, ties to even.
    let normal = magnitude.wrapping_sub(112 << 23).wrapping_add(0xfff + (magnitude >> 13 & 1)) >> 13;
    // Next to one half, floats have the distance of subnormal half floats: the addition rounds.
    let subnormal = (f32::from_bits(magnitude) + 0.5).to_bits().wrapping_sub(0.5_f32.to_bits());
    let half = if magnitude < NORMAL { subnormal } else { normal.min(INFINITY) };
    (half | bits >> 16 & 0x8000) as u16
}

#[cfg(test)]
mod test {
    use super::*;

    #[test]
    fn halves_are_those_of_the_half_crate() {
        let special = [
            0.0,
            -0.0,
            65_519.0,
            65_520.0,
            1e9,
            f32::INFINITY,
            6.1e-5,
            6.0e-5,
            5.96e-8,
            2.98e-8,
            2.99e-8,
            1e-30,
        ];
        // All exponents, and mantissas around the middle of two halves.
        let bits = (0..255_u32 << 8)
            .flat_map(|high| [0, 0xfff, 0x1000, 0x1001].map(|low| f32::from_bits(high << 15 | low)));
        for value in special.into_iter().chain(bits).flat_map(|value| [value, -value]) {
            assert_eq!(to_half(value), half::f16::from_f32(value).to_bits(), "{value}");
        }
    }
}
