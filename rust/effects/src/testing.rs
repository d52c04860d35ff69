//! Helpers of the stages' tests: a device, test images, and the metric that compares two images.

use std::path::Path;
use std::sync::OnceLock;

use cyclorama_testing::needs_gpu;
use wgpu::util::DeviceExt;

use crate::image::to_unorm8;
use crate::planes::Planes;
use crate::{Image, Matte, MatteUpload, MattingOptions, Refinement, Size, cpu};

/// Sizes of typical frames and edge cases: usual, odd, portrait, tiny.
pub const SIZES: [Size; 6] =
    [size(320, 180), size(97, 61), size(90, 161), size(1, 1), size(2, 33), size(1280, 720)];

pub const fn size(width: u32, height: u32) -> Size {
    Size { width, height }
}

pub struct TestDevice {
    pub instance: wgpu::Instance,
    pub device: wgpu::Device,
    pub queue: wgpu::Queue,
}

/// The device of all tests.
pub fn gpu() -> &'static TestDevice {
    static GPU: OnceLock<TestDevice> = OnceLock::new();
    needs_gpu();
    GPU.get_or_init(TestDevice::new)
}

impl TestDevice {
    pub fn new() -> Self {
        needs_gpu();
        let instance = wgpu::Instance::new(wgpu::InstanceDescriptor::new_without_display_handle());
        let adapter = pollster::block_on(instance.request_adapter(&wgpu::RequestAdapterOptions::default()))
            .expect("no GPU adapter: install a Vulkan driver (Debian: mesa-vulkan-drivers)");
        let (device, queue) = pollster::block_on(adapter.request_device(&wgpu::DeviceDescriptor::default()))
            .expect("the adapter has no device");
        Self { instance, device, queue }
    }

    pub fn texture(&self, image: &Image) -> wgpu::Texture {
        let descriptor = wgpu::TextureDescriptor {
            label: None,
            size: image.size().extent(),
            mip_level_count: 1,
            sample_count: 1,
            dimension: wgpu::TextureDimension::D2,
            format: wgpu::TextureFormat::Rgba8Unorm,
            usage: wgpu::TextureUsages::TEXTURE_BINDING | wgpu::TextureUsages::COPY_DST,
            view_formats: &[],
        };
        let texture = self.device.create_texture(&descriptor);
        self.write(&texture, image);
        texture
    }

    /// Writes an image to a texture of its size.
    pub fn write(&self, texture: &wgpu::Texture, image: &Image) {
        let size = image.size();
        let layout = wgpu::TexelCopyBufferLayout {
            offset: 0,
            bytes_per_row: Some(size.width * 4),
            rows_per_image: None,
        };
        self.queue.write_texture(texture.as_image_copy(), image.pixels(), layout, size.extent());
    }

    /// Uploads a matte of the CPU twin, with the rounding of its textures.
    pub fn matte(&self, matte: &cpu::Matte) -> Matte {
        MatteUpload::new(&self.device, &self.queue).upload(matte)
    }

    pub fn output(&self, size: Size, format: wgpu::TextureFormat) -> wgpu::TextureView {
        crate::gpu::render_target(&self.device, "output", size, format)
    }

    /// Creates a storage buffer that holds `values` after `offset` bytes of other values.
    pub fn buffer(&self, values: &[f32], offset: usize) -> wgpu::Buffer {
        let mut contents = vec![-1000.0; offset / 4];
        contents.extend(values);
        self.device.create_buffer_init(&wgpu::util::BufferInitDescriptor {
            label: None,
            contents: bytemuck::cast_slice(&contents),
            usage: wgpu::BufferUsages::STORAGE | wgpu::BufferUsages::COPY_SRC,
        })
    }

    pub fn submit<T>(&self, record: impl FnOnce(&mut wgpu::CommandEncoder) -> T) -> T {
        let mut encoder = self.device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        let recorded = record(&mut encoder);
        self.queue.submit([encoder.finish()]);
        recorded
    }

    pub fn read_buffer(&self, buffer: &wgpu::Buffer) -> Vec<u8> {
        let staging = self.staging(buffer.size());
        self.submit(|encoder| encoder.copy_buffer_to_buffer(buffer, 0, &staging, 0, buffer.size()));
        self.map(&staging)
    }

    /// Returns the texels of a texture, rows tightly packed.
    pub fn read_texture(&self, view: &wgpu::TextureView) -> Vec<u8> {
        let texture = view.texture();
        let texel = texture.format().block_copy_size(None).expect("a plain color format");
        let row = (texture.width() * texel) as usize;
        let padded = row.next_multiple_of(wgpu::COPY_BYTES_PER_ROW_ALIGNMENT as usize);
        let staging = self.staging(padded as u64 * u64::from(texture.height()));
        let layout = wgpu::TexelCopyBufferLayout {
            offset: 0,
            bytes_per_row: Some(padded as u32),
            rows_per_image: None,
        };
        let target = wgpu::TexelCopyBufferInfo { buffer: &staging, layout };
        self.submit(|encoder| {
            encoder.copy_texture_to_buffer(texture.as_image_copy(), target, texture.size());
        });
        self.map(&staging).chunks_exact(padded).flat_map(|padded| &padded[..row]).copied().collect()
    }

    /// Returns the pixels of a texture of 8-bit levels or of halves.
    pub fn read_image(&self, view: &wgpu::TextureView) -> Image {
        let mut pixels = self.read_texture(view);
        if view.texture().format() == wgpu::TextureFormat::Rgba16Float {
            let halves = pixels.as_chunks().0.iter();
            pixels = halves.map(|half| to_unorm8(half::f16::from_le_bytes(*half).to_f32())).collect();
        }
        Image::new(Size::of(view.texture()), pixels).unwrap()
    }

    fn staging(&self, size: u64) -> wgpu::Buffer {
        self.device.create_buffer(&wgpu::BufferDescriptor {
            label: None,
            size,
            usage: wgpu::BufferUsages::MAP_READ | wgpu::BufferUsages::COPY_DST,
            mapped_at_creation: false,
        })
    }

    fn map(&self, staging: &wgpu::Buffer) -> Vec<u8> {
        staging.map_async(wgpu::MapMode::Read, .., |mapped| mapped.unwrap());
        self.device.poll(wgpu::PollType::wait_indefinitely()).unwrap();
        staging.get_mapped_range(..).unwrap().to_vec()
    }
}

/// Binds a buffer from `offset` to its end.
pub fn binding(buffer: &wgpu::Buffer, offset: u64) -> wgpu::BufferBinding<'_> {
    wgpu::BufferBinding { buffer, offset, size: None }
}

/// Makes an opaque image of gradients and hard edges with noise, different for each seed.
pub fn scene(size: Size, seed: u32) -> Image {
    let mut state = seed;
    let Size { width, height } = size;
    Image::from_rows(size, |y, row| {
        for (x, pixel) in row.iter_mut().enumerate() {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let noise = (state >> 27) as usize;
            let stripe = if (x + seed as usize * 7) / 24 % 2 == y / 16 % 2 { 200 } else { 20 };
            let ramp = |at: usize, length: u32| at * 223 / length as usize + noise;
            *pixel = [ramp(x, width) as u8, ramp(y, height) as u8, (stripe + noise) as u8, u8::MAX];
        }
    })
}

/// Makes a smooth image, whose chroma can be stored at half size.
pub fn gradients(size: Size) -> Image {
    let Size { width, height } = size;
    Image::from_rows(size, |y, row| {
        for (x, pixel) in row.iter_mut().enumerate() {
            let (across, down) = (x as f32 / width as f32, y as f32 / height as f32);
            let level = |value: f32| (40.0 + 180.0 * value) as u8;
            *pixel = [level(across), level(down), level(0.5 + 0.4 * (9.0 * across).sin()), 255];
        }
    })
}

pub fn plain(size: Size, color: [u8; 4]) -> Image {
    Image::from_rows(size, |_, row| row.fill(color))
}

/// Makes probabilities of a person: a disc with a soft edge in the center of the mask.
pub fn disc(size: Size) -> Vec<f32> {
    let Size { width, height } = size;
    let [cx, cy] = [width as f32 / 2.0, height as f32 / 2.0];
    let radius = cx.min(cy) * 0.7;
    let probability = |i: u32| {
        let [x, y] = [(i % width) as f32 + 0.5 - cx, (i / width) as f32 + 0.5 - cy];
        ((radius - x.hypot(y)) / 4.0 + 0.5).clamp(0.0, 1.0)
    };
    (0..width * height).map(probability).collect()
}

/// Scales a frame to the model's input.
pub fn guide(frame: &Image, mask: Size) -> Vec<f32> {
    cpu::Preprocess::default().resize(&Planes::from_image(frame), mask).unwrap().to_vec()
}

/// Makes the CPU twin's matte of a first frame. The mask is not checked, so that masks of one pixel can be tested too.
pub fn matte(frame: &Image, probability: &[f32], mask: Size, refinement: Refinement) -> cpu::Matte {
    let mut matting = cpu::Matting::default();
    matting.set_options(MattingOptions { refinement, temporal_smoothing: false });
    let guide = guide(frame, mask);
    let mut matte = cpu::Matte::default();
    matting.refine(&Planes::from_image(frame), &guide, probability, mask, None, &mut matte);
    matte
}

/// Fails if two images differ by more than `mean` levels (of 256) in the mean of all channels, or by more than `max` in
/// one. Then it writes both and ten times their difference to `tests/output` of the workspace.
#[track_caller]
pub fn assert_close(name: &str, found: &Image, expected: &Image, mean: f64, max: u8) {
    assert_eq!(found.size(), expected.size(), "{name}: sizes");
    let pairs = found.pixels().iter().zip(expected.pixels());
    let differences: Vec<u8> = pairs.map(|(a, b)| a.abs_diff(*b)).collect();
    let found_mean = differences.iter().map(|d| f64::from(*d)).sum::<f64>() / differences.len() as f64;
    let found_max = differences.iter().copied().max().unwrap_or(0);
    if found_mean <= mean && found_max <= max {
        return;
    }
    let opaque = |(i, d): (usize, &u8)| if i % 4 == 3 { u8::MAX } else { d.saturating_mul(10) };
    let visible = differences.iter().enumerate().map(opaque).collect();
    let difference = Image::new(found.size(), visible).unwrap();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/output");
    std::fs::create_dir_all(&folder).unwrap();
    for (part, image) in [("found", found), ("expected", expected), ("difference", &difference)] {
        let Size { width, height } = image.size();
        let path = folder.join(format!("effects-{}-{part}.png", name.replace([' ', '/'], "-")));
        image::save_buffer(&path, image.pixels(), width, height, image::ColorType::Rgba8).unwrap();
    }
    panic!(
        "{name}: differs by {found_mean:.3} (mean) and {found_max} (max) levels, allowed {mean} and {max}: see {}",
        folder.display()
    );
}
