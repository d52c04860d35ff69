//! What a user sees of each effect, beside the pictures in `tests/golden/images`: the whole chain with a real network, on
//! the processor, on the GPU, and on both with the network on the processor.
//!
//! `cases.json` lists the pictures and the bounds of their mean FLIP; `docs/quality.md` says how near they come. Where a
//! picture is not as it should be, it is left in `tests/output` with the one expected and a map of their differences.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use cyclorama_engine::effects::{Background, Blending, BlurStrength, Fit, Layout, Picture, Size};
use cyclorama_engine::{Backend, Engine, EngineError, Gpu, Graphics, OnCpu, PowerPreference, Stills};
use cyclorama_quality::{Flip, Image, ImagePair, PixelsPerDegree, flip};
use cyclorama_testing::{model, needs_gpu, root};
use image::{DynamicImage, ImageFormat, RgbImage, RgbaImage};
use pollster::block_on;
use serde::Deserialize;

#[derive(Deserialize)]
struct Golden {
    model: String,
    frame: String,
    /// The largest mean FLIP of a picture that each backend makes.
    bounds: BTreeMap<String, f64>,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    effect: Effect,
    shows: Shows,
    /// Bounds of its own, where it cannot come as near.
    #[serde(default)]
    bounds: BTreeMap<String, f64>,
}

/// An effect as the npm package takes it.
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
    /// The person of the frame before the background.
    Person,
    /// The picture that hides a frame, made without one.
    Background,
    /// The same, made from the frame.
    #[serde(rename = "hidden frame")]
    HiddenFrame,
}

impl Golden {
    fn load() -> Self {
        let text = std::fs::read_to_string(folder().join("cases.json")).expect("the list of cases is there");
        serde_json::from_str(&text).expect("the list of cases reads as described here")
    }
}

impl Golden {
    fn bound(&self, case: &Case, backend: &str) -> f64 {
        *case.bounds.get(backend).unwrap_or(&self.bounds[backend])
    }

    /// The largest difference of this picture that no test finds.
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
                    other => panic!("no blur is called {other:?}"),
                };
                Background::Blur { radius: strength.radius() }
            }
            Self::Image { source, fit, mirror, .. } => {
                let fit = match fit.as_str() {
                    "cover" => Fit::Cover,
                    "contain" => Fit::Contain,
                    "fill" => Fit::Fill,
                    other => panic!("no fit is called {other:?}"),
                };
                let layout = Layout { mirror: *mirror, ..fit.into() };
                Background::Image { picture: read(source), layout }
            }
            Self::Color { color } => {
                let digits = color.strip_prefix('#').expect("a colour is #rrggbb");
                let [_, rgb @ ..] =
                    u32::from_str_radix(digits, 16).expect("a colour is #rrggbb").to_be_bytes();
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

fn read(name: &str) -> Picture {
    let path = folder().join(name);
    let image = image::open(&path)
        .unwrap_or_else(|error| panic!("{}: {error}; `npm run golden-images` makes it", path.display()))
        .into_rgba8();
    let size = Size { width: image.width(), height: image.height() };
    Picture::new(size, image.into_raw()).expect("an image has as many bytes as its pixels take")
}

fn golden(case: &Case) -> Picture {
    read(&format!("{}.png", case.name))
}

fn compare(a: &Picture, b: &Picture) -> Flip {
    let [a, b] = [a, b].map(|picture| {
        let Size { width, height } = picture.size();
        Image::new(width, height, picture.pixels()).expect("a picture has pixels")
    });
    flip(&ImagePair::new(&a, &b).expect("the frame's size"), PixelsPerDegree::default())
}

/// What makes the pictures.
trait Backdrop {
    fn set_blending(&mut self, blending: Blending) -> Result<(), EngineError>;
    fn show(&mut self, frame: &Picture, background: &Background) -> Result<Picture, EngineError>;
    fn hide(
        &mut self,
        frame: Option<&Picture>,
        size: Size,
        background: &Background,
    ) -> Result<Picture, EngineError>;
}

impl Backdrop for Stills {
    fn set_blending(&mut self, blending: Blending) -> Result<(), EngineError> {
        self.set_blending(blending)
    }

    fn show(&mut self, frame: &Picture, background: &Background) -> Result<Picture, EngineError> {
        block_on(self.composite(frame, background, None)).map(|(picture, _)| picture)
    }

    fn hide(
        &mut self,
        frame: Option<&Picture>,
        size: Size,
        background: &Background,
    ) -> Result<Picture, EngineError> {
        block_on(self.hide(frame, size, background))
    }
}

/// The engine that is for frames where a GPU has no compute shaders.
impl Backdrop for Engine<OnCpu> {
    fn set_blending(&mut self, blending: Blending) -> Result<(), EngineError> {
        self.set_blending(blending)
    }

    fn show(&mut self, frame: &Picture, background: &Background) -> Result<Picture, EngineError> {
        self.set_background(background)?;
        let output = target(self, frame.size());
        let segmented = block_on(self.segment(frame, None))?;
        self.composite(segmented, &output)?;
        download(self, &output, background)
    }

    fn hide(
        &mut self,
        frame: Option<&Picture>,
        size: Size,
        background: &Background,
    ) -> Result<Picture, EngineError> {
        self.set_background(background)?;
        let frame = frame.map(|frame| self.graphics().upload(frame, None)).transpose()?;
        let output = target(self, size);
        Self::hide(self, frame.as_ref(), &output)?;
        download(self, &output, background)
    }
}

fn target(engine: &Engine<OnCpu>, size: Size) -> wgpu::TextureView {
    let usage = wgpu::TextureUsages::RENDER_ATTACHMENT | wgpu::TextureUsages::COPY_SRC;
    let texture = engine.graphics().texture(size, usage).expect("a size within the limits");
    texture.create_view(&wgpu::TextureViewDescriptor::default())
}

fn download(
    engine: &Engine<OnCpu>,
    output: &wgpu::TextureView,
    background: &Background,
) -> Result<Picture, EngineError> {
    let picture = block_on(engine.graphics().download(output.texture()))?;
    Ok(if matches!(background, Background::Transparent) { picture.straightened() } else { picture })
}

fn stills(backend: Backend, golden: &Golden) -> Stills {
    block_on(Stills::new(backend, &model(&golden.model))).expect("a network that is part of the set-up")
}

/// What a backend makes of each case.
fn render(mut backdrop: impl Backdrop, golden: &Golden) -> Vec<Picture> {
    let frame = read(&golden.frame);
    let picture = |case: &Case| {
        let background = case.effect.background();
        let picture = match case.shows {
            Shows::Person => {
                backdrop.set_blending(case.effect.blending()).expect("a strength in range");
                backdrop.show(&frame, &background)
            }
            Shows::Background => backdrop.hide(None, frame.size(), &background),
            Shows::HiddenFrame => backdrop.hide(Some(&frame), frame.size(), &background),
        };
        picture.unwrap_or_else(|error| panic!("{}: {error}", case.name))
    };
    golden.cases.iter().map(picture).collect()
}

fn encode(picture: Picture) -> DynamicImage {
    let Size { width, height } = picture.size();
    RgbaImage::from_raw(width, height, picture.into_pixels()).expect("four bytes for each pixel").into()
}

fn save(path: &Path, image: &DynamicImage) {
    image
        .save_with_format(path, ImageFormat::Png)
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
}

/// Where a backend's pictures that are not as they should be are left.
fn output(backend: &str) -> PathBuf {
    root().join("tests/output/golden-images").join(backend)
}

/// Leaves what there is to look at, and says where.
fn leave(backend: &str, case: &Case, found: Picture, expected: Picture, flip: &Flip) -> String {
    let folder = output(backend);
    std::fs::create_dir_all(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let folder = folder.canonicalize().expect("the folder is there");
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
fn agree_on(name: &str, backdrop: impl Backdrop, golden_images: &Golden) {
    // Of an earlier run, if there was one.
    std::fs::remove_dir_all(output(name)).ok();
    let mut failures = Vec::new();
    for (case, found) in golden_images.cases.iter().zip(render(backdrop, golden_images)) {
        let expected = golden(case);
        let flip = compare(&found, &expected);
        println!("| {} | {name} | {:.6} |", case.name, flip.mean);
        if flip.mean > golden_images.bound(case, name) {
            failures.push(leave(name, case, found, expected, &flip));
        }
    }
    assert!(failures.is_empty(), "on {name}, above its bound:\n{}", failures.join("\n"));
}

/// With `REMAKE_GOLDEN_IMAGES` in the environment the pictures are made anew, as `npm run golden-images` asks for.
#[test]
fn golden_images_on_cpu() {
    if std::env::var_os("REMAKE_GOLDEN_IMAGES").is_some() {
        let golden = Golden::load();
        for (case, picture) in golden.cases.iter().zip(render(stills(Backend::Cpu, &golden), &golden)) {
            save(&folder().join(format!("{}.png", case.name)), &encode(picture));
        }
    }
    let golden = Golden::load();
    agree_on("cpu", stills(Backend::Cpu, &golden), &golden);
}

#[test]
fn golden_images_on_gpu() {
    needs_gpu();
    let gpu = block_on(Gpu::request()).expect("a Vulkan, Metal or DX12 adapter");
    let golden = Golden::load();
    agree_on("wgpu", stills(Backend::Gpu(gpu), &golden), &golden);
}

#[test]
fn golden_images_on_gpu_and_cpu() {
    needs_gpu();
    let instance = wgpu::Instance::new(wgpu::InstanceDescriptor::new_without_display_handle());
    let graphics = block_on(Graphics::request(instance, None, PowerPreference::default()))
        .expect("a Vulkan, Metal or DX12 adapter");
    let limits = graphics.device().limits();
    assert_eq!(
        (limits.max_compute_workgroups_per_dimension, limits.max_storage_buffers_per_shader_stage),
        (0, 0)
    );
    let golden = Golden::load();
    let engine = block_on(Engine::on_cpu(graphics, &model(&golden.model), Graphics::PICTURE_FORMAT));
    agree_on("cpu and wgpu", engine.expect("a network that is part of the set-up"), &golden);
}

/// A picture of whatever `change` makes of each of its pixels, given with its `x` and `y`.
fn changed(picture: &Picture, change: impl Fn(usize, usize) -> [u8; 4]) -> Picture {
    let Size { width, .. } = picture.size();
    let pixels =
        (0..picture.size().pixels()).map(|index| change(index % width as usize, index / width as usize));
    Picture::new(picture.size(), pixels.collect::<Vec<_>>().into_flattened())
        .expect("as many pixels as before")
}

/// A bound that lets something be seen is none: each picture is spoiled in ways that have to be found.
#[test]
#[expect(
    clippy::print_stdout,
    reason = "the differences are a result of this test: docs/quality.md has them"
)]
fn golden_images_bounds_find_what_can_be_seen() {
    let golden_images = Golden::load();
    let frame = read(&golden_images.frame);
    for case in &golden_images.cases {
        let picture = golden(case);
        let loosest = golden_images.loosest_bound(case);
        let pixels = picture.pixels().as_chunks::<4>().0;
        let width = picture.size().width as usize;
        let aside = changed(&picture, |x, y| pixels[y * width + (x + 1).min(width - 1)]);
        // Five levels are 2 % of the scale.
        let tinted = changed(&picture, |x, y| {
            let [r, g, b, alpha] = pixels[y * width + x];
            [if r < 128 { r + 5 } else { r - 5 }, g, b, alpha]
        });
        let plain = pixels.iter().all(|pixel| pixel == &pixels[0]);
        let spoiled = [
            ("a pixel aside", aside, plain),
            ("2 % of red", tinted, false),
            ("the frame", frame.clone(), false),
        ];
        for (what, spoiled, unchanged) in spoiled {
            let Flip { mean, .. } = compare(&spoiled, &picture);
            println!("| {} | {what} | {mean:.6} |", case.name);
            assert!(unchanged || mean > loosest, "{what} is not found in {}: {mean}", case.name);
        }
    }
}
