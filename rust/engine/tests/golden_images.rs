//! Golden images: compares each effect with the images in `tests/golden/images`. Runs the whole pipeline with a real model on
//! the CPU, of images and of frames as cameras have them, on the GPU, and on the GPU with the model on the CPU.
//!
//! `cases.json` lists the images and the bounds of their mean FLIP. `docs/quality.md` has the measured values. A failed test
//! writes the image, the expected image and a map of their differences to `tests/output`.

mod planes;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use cyclorama_engine::effects::cpu::Planes;
use cyclorama_engine::effects::{Background, Blending, BlurStrength, Fit, Image, Layout, Size};
use cyclorama_engine::{
    Backend, Clock, ComputeContext, CpuEngine, Engine, EngineError, GpuContext, OnCpu, PowerPreference,
    Stills,
};
use cyclorama_quality::{self as quality, Flip, ImagePair, PixelsPerDegree, flip};
use cyclorama_testing::{model, needs_gpu, root};
use image::{DynamicImage, ImageFormat, RgbImage, RgbaImage};
use planes::to_i420;
use pollster::block_on;
use serde::Deserialize;

#[derive(Deserialize)]
struct Golden {
    model: String,
    frame: String,
    /// The largest mean FLIP of an image for each backend.
    bounds: BTreeMap<String, f64>,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    effect: Effect,
    shows: Shows,
    /// Bounds of this case, instead of the common ones.
    #[serde(default)]
    bounds: BTreeMap<String, f64>,
}

/// An effect with the options of the npm package.
#[derive(Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase", rename_all_fields = "camelCase", deny_unknown_fields)]
enum Effect {
    Blur {
        strength: String,
    },
    Image {
        source: String,
        fit: String,
        #[serde(default)]
        mirror: bool,
        light_wrap: Option<f32>,
        #[serde(default)]
        match_brightness: bool,
    },
    Color {
        color: String,
    },
    Transparent,
}

#[derive(Clone, Copy, PartialEq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Shows {
    /// The person of the frame over the background.
    Person,
    /// A placeholder frame, made without a frame.
    Background,
    /// A placeholder frame, made from the frame.
    #[serde(rename = "hidden frame")]
    HiddenFrame,
}

impl Golden {
    fn load() -> Self {
        let text = std::fs::read_to_string(folder().join("cases.json")).expect("the list of cases exists");
        serde_json::from_str(&text).expect("the list of cases has this structure")
    }
}

impl Golden {
    fn bound(&self, case: &Case, backend: &str) -> f64 {
        *case.bounds.get(backend).unwrap_or(&self.bounds[backend])
    }

    /// The largest difference of this image that passes every test.
    fn loosest_bound(&self, case: &Case) -> f64 {
        self.bounds.keys().map(|backend| self.bound(case, backend)).fold(0.0, f64::max)
    }
}

impl Effect {
    fn background(&self) -> Background {
        match self {
            Self::Transparent => Background::Transparent,
            Self::Blur { strength } => {
                let strength = match strength.as_str() {
                    "low" => BlurStrength::Low,
                    "medium" => BlurStrength::Medium,
                    "high" => BlurStrength::High,
                    other => panic!("unknown blur {other:?}"),
                };
                Background::Blur { radius: strength.radius() }
            }
            Self::Image { source, fit, mirror, .. } => {
                let fit = match fit.as_str() {
                    "cover" => Fit::Cover,
                    "contain" => Fit::Contain,
                    "fill" => Fit::Fill,
                    other => panic!("unknown fit {other:?}"),
                };
                let layout = Layout { mirror: *mirror, ..fit.into() };
                Background::Image { image: read(source), layout }
            }
            Self::Color { color } => {
                let digits = color.strip_prefix('#').expect("a color is #rrggbb");
                let [_, rgb @ ..] =
                    u32::from_str_radix(digits, 16).expect("a color is #rrggbb").to_be_bytes();
                Background::Color(rgb)
            }
        }
    }

    fn blending(&self) -> Blending {
        let mut blending = Blending::default();
        if let Self::Image { light_wrap, match_brightness, .. } = self {
            blending.light_wrap = light_wrap.unwrap_or(blending.light_wrap);
            blending.match_brightness = *match_brightness;
        }
        blending
    }
}

fn folder() -> PathBuf {
    root().join("tests/golden/images")
}

fn read(name: &str) -> Image {
    let path = folder().join(name);
    let image = image::open(&path)
        .unwrap_or_else(|error| panic!("{}: {error}; `npm run golden-images` makes it", path.display()))
        .into_rgba8();
    let size = Size { width: image.width(), height: image.height() };
    Image::new(size, image.into_raw()).expect("an image has as many bytes as its pixels take")
}

fn golden(case: &Case) -> Image {
    read(&format!("{}.png", case.name))
}

fn compare(a: &Image, b: &Image) -> Flip {
    let [a, b] = [a, b].map(|image| {
        let Size { width, height } = image.size();
        quality::Image::new(width, height, image.pixels()).expect("an image has pixels")
    });
    flip(&ImagePair::new(&a, &b).expect("the frame's size"), PixelsPerDegree::default())
}

/// A backend that makes the images.
trait Renderer {
    fn set_blending(&mut self, blending: Blending) -> Result<(), EngineError>;
    fn show(&mut self, frame: &Image, background: &Background) -> Result<Image, EngineError>;
    fn hide(
        &mut self,
        frame: Option<&Image>,
        size: Size,
        background: &Background,
    ) -> Result<Image, EngineError>;
}

impl Renderer for Stills {
    fn set_blending(&mut self, blending: Blending) -> Result<(), EngineError> {
        self.set_blending(blending)
    }

    fn show(&mut self, frame: &Image, background: &Background) -> Result<Image, EngineError> {
        block_on(self.composite(frame, background, None)).map(|(image, _)| image)
    }

    fn hide(
        &mut self,
        frame: Option<&Image>,
        size: Size,
        background: &Background,
    ) -> Result<Image, EngineError> {
        block_on(self.hide(frame, size, background))
    }
}

/// The engine for GPUs without compute shaders.
impl Renderer for Engine<OnCpu> {
    fn set_blending(&mut self, blending: Blending) -> Result<(), EngineError> {
        self.set_blending(blending)
    }

    fn show(&mut self, frame: &Image, background: &Background) -> Result<Image, EngineError> {
        self.set_background(background)?;
        let output = target(self, frame.size());
        block_on(self.segment(frame, None, Clock::Cpu))?.composite(&output)?;
        download(self, &output, background)
    }

    fn hide(
        &mut self,
        frame: Option<&Image>,
        size: Size,
        background: &Background,
    ) -> Result<Image, EngineError> {
        self.set_background(background)?;
        let frame = frame.map(|frame| self.gpu_context().upload(frame, None)).transpose()?;
        let output = target(self, size);
        Self::hide(self, frame.as_ref(), &output)?;
        download(self, &output, background)
    }
}

/// The engine on the CPU, with frames in I420.
impl Renderer for CpuEngine {
    fn set_blending(&mut self, blending: Blending) -> Result<(), EngineError> {
        self.set_blending(blending)
    }

    fn show(&mut self, frame: &Image, background: &Background) -> Result<Image, EngineError> {
        self.set_background(background)?;
        let (frame, mut output, mut alpha) = (to_i420(frame), Planes::default(), Vec::new());
        self.segment(&frame, None)?.composite(&mut output, &mut alpha)?;
        Ok(to_image(&output, &alpha))
    }

    fn hide(
        &mut self,
        frame: Option<&Image>,
        size: Size,
        background: &Background,
    ) -> Result<Image, EngineError> {
        self.set_background(background)?;
        let frame = frame.map(to_i420);
        let (mut output, mut alpha) = (Planes::default(), Vec::new());
        Self::hide(self, frame.as_ref(), size, &mut output, &mut alpha)?;
        Ok(to_image(&output, &alpha))
    }
}

fn to_image(planes: &Planes, alpha: &[u8]) -> Image {
    let mut pixels = vec![0; planes.size().pixels() * 4];
    planes.write_rgba((!alpha.is_empty()).then_some(alpha), &mut pixels);
    Image::new(planes.size(), pixels).expect("four bytes for each pixel")
}

/// The colors of an image after a conversion to I420 and back.
fn through_i420(image: &Image) -> Image {
    let alpha: Vec<u8> = image.pixels().iter().skip(3).step_by(4).copied().collect();
    to_image(&to_i420(image), &alpha)
}

fn target(engine: &Engine<OnCpu>, size: Size) -> wgpu::TextureView {
    let usage = wgpu::TextureUsages::RENDER_ATTACHMENT | wgpu::TextureUsages::COPY_SRC;
    let texture = engine.gpu_context().texture(size, usage).expect("a size within the limits");
    texture.create_view(&wgpu::TextureViewDescriptor::default())
}

fn download(
    engine: &Engine<OnCpu>,
    output: &wgpu::TextureView,
    background: &Background,
) -> Result<Image, EngineError> {
    let image = block_on(engine.gpu_context().download(output.texture()))?;
    Ok(if matches!(background, Background::Transparent) { image.unpremultiply() } else { image })
}

fn stills(backend: Backend, golden: &Golden) -> Stills {
    block_on(Stills::new(backend, &model(&golden.model))).expect("a model that the set-up installs")
}

/// Makes the image of each case.
fn render(mut renderer: impl Renderer, golden: &Golden) -> Vec<Image> {
    let frame = read(&golden.frame);
    let image = |case: &Case| {
        let background = case.effect.background();
        let image = match case.shows {
            Shows::Person => {
                renderer.set_blending(case.effect.blending()).expect("a strength in range");
                renderer.show(&frame, &background)
            }
            Shows::Background => renderer.hide(None, frame.size(), &background),
            Shows::HiddenFrame => renderer.hide(Some(&frame), frame.size(), &background),
        };
        image.unwrap_or_else(|error| panic!("{}: {error}", case.name))
    };
    golden.cases.iter().map(image).collect()
}

fn encode(image: Image) -> DynamicImage {
    let Size { width, height } = image.size();
    RgbaImage::from_raw(width, height, image.into_pixels()).expect("four bytes for each pixel").into()
}

fn save(path: &Path, image: &DynamicImage) {
    image
        .save_with_format(path, ImageFormat::Png)
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
}

/// The folder for a backend's failed images.
fn output(backend: &str) -> PathBuf {
    root().join("tests/output/golden-images").join(backend)
}

/// Writes the images of a failed case, and returns a message with their path.
fn write_failure(backend: &str, case: &Case, found: Image, expected: Image, flip: &Flip) -> String {
    let folder = output(backend);
    std::fs::create_dir_all(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let folder = folder.canonicalize().expect("the folder exists");
    let Size { width, height } = found.size();
    let map = RgbImage::from_raw(width, height, flip.heat_map()).expect("three bytes for each pixel").into();
    for (part, image) in [("found", encode(found)), ("expected", encode(expected)), ("flip", map)] {
        save(&folder.join(format!("{}-{part}.png", case.name)), &image);
    }
    format!("{}: mean FLIP {:.6}, see {}/{0}-*.png", case.name, flip.mean, folder.display())
}

#[expect(
    clippy::print_stdout,
    reason = "the differences are a result of this test: docs/quality.md has them"
)]
fn agree_on(name: &str, renderer: impl Renderer, golden_images: &Golden, expect: fn(&Case) -> Image) {
    // The images of an earlier run.
    std::fs::remove_dir_all(output(name)).ok();
    let mut failures = Vec::new();
    for (case, found) in golden_images.cases.iter().zip(render(renderer, golden_images)) {
        let expected = expect(case);
        let flip = compare(&found, &expected);
        println!("| {} | {name} | {:.6} |", case.name, flip.mean);
        if flip.mean > golden_images.bound(case, name) {
            failures.push(write_failure(name, case, found, expected, &flip));
        }
    }
    assert!(failures.is_empty(), "on {name}, above the bound:\n{}", failures.join("\n"));
}

/// With `REMAKE_GOLDEN_IMAGES` in the environment, as in `npm run golden-images`, the images are made again.
#[test]
fn golden_images_on_cpu() {
    if std::env::var_os("REMAKE_GOLDEN_IMAGES").is_some() {
        let golden = Golden::load();
        for (case, image) in golden.cases.iter().zip(render(stills(Backend::Cpu, &golden), &golden)) {
            save(&folder().join(format!("{}.png", case.name)), &encode(image));
        }
    }
    let golden = Golden::load();
    agree_on("cpu", stills(Backend::Cpu, &golden), &golden, self::golden);
}

/// A placeholder frame without a frame has full colors.
#[test]
fn golden_images_on_cpu_in_i420() {
    let golden = Golden::load();
    let engine = block_on(CpuEngine::new(&model(&golden.model))).expect("a model that the set-up installs");
    agree_on("cpu, I420", engine, &golden, |case| match case.shows {
        Shows::Background => self::golden(case),
        Shows::Person | Shows::HiddenFrame => through_i420(&self::golden(case)),
    });
}

#[test]
fn golden_images_on_gpu() {
    needs_gpu();
    let gpu = block_on(ComputeContext::request()).expect("a Vulkan, Metal or DX12 adapter");
    let golden = Golden::load();
    agree_on("wgpu", stills(Backend::Gpu(gpu), &golden), &golden, self::golden);
}

#[test]
fn golden_images_on_gpu_and_cpu() {
    needs_gpu();
    let instance = wgpu::Instance::new(wgpu::InstanceDescriptor::new_without_display_handle());
    let gpu = block_on(GpuContext::request(instance, None, PowerPreference::default()))
        .expect("a Vulkan, Metal or DX12 adapter");
    let limits = gpu.device().limits();
    assert_eq!(
        (limits.max_compute_workgroups_per_dimension, limits.max_storage_buffers_per_shader_stage),
        (0, 0)
    );
    let golden = Golden::load();
    let engine = block_on(Engine::on_cpu(gpu, &model(&golden.model), GpuContext::IMAGE_FORMAT));
    agree_on("cpu and wgpu", engine.expect("a model that the set-up installs"), &golden, self::golden);
}

/// Makes an image of the size of `image` from the pixels that `change` returns for each `x` and `y`.
fn changed(image: &Image, change: impl Fn(usize, usize) -> [u8; 4]) -> Image {
    let Size { width, .. } = image.size();
    let pixels =
        (0..image.size().pixels()).map(|index| change(index % width as usize, index / width as usize));
    Image::new(image.size(), pixels.collect::<Vec<_>>().into_flattened()).expect("as many pixels as before")
}

/// Each image is damaged in visible ways. The bounds must find every one of them.
#[test]
#[expect(
    clippy::print_stdout,
    reason = "the differences are a result of this test: docs/quality.md has them"
)]
fn golden_images_bounds_find_visible_damage() {
    let golden_images = Golden::load();
    let frame = read(&golden_images.frame);
    for case in &golden_images.cases {
        let image = golden(case);
        let loosest = golden_images.loosest_bound(case);
        let pixels = image.pixels().as_chunks::<4>().0;
        let width = image.size().width as usize;
        let shifted = changed(&image, |x, y| pixels[y * width + (x + 1).min(width - 1)]);
        // Five levels are 2 % of the scale.
        let tinted = changed(&image, |x, y| {
            let [r, g, b, alpha] = pixels[y * width + x];
            [if r < 128 { r + 5 } else { r - 5 }, g, b, alpha]
        });
        let plain = pixels.iter().all(|pixel| pixel == &pixels[0]);
        let damaged = [
            ("shifted by a pixel", shifted, plain),
            ("2 % of red", tinted, false),
            ("the frame", frame.clone(), false),
        ];
        for (what, damaged, unchanged) in damaged {
            let Flip { mean, .. } = compare(&damaged, &image);
            println!("| {} | {what} | {mean:.6} |", case.name);
            assert!(unchanged || mean > loosest, "{}: {what} is not found: {mean}", case.name);
        }
    }
}
