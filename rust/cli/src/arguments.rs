use std::{fmt, path::PathBuf, str::FromStr};

use clap::{ArgGroup, Args, Parser, Subcommand, ValueEnum};
use cyclorama_engine::effects::{Blending, Refinement, Size};
use cyclorama_quality::PixelsPerDegree;

use crate::effect::{Effect, FitName, Position};

/// Virtual backgrounds for images
#[derive(Parser)]
#[command(name = "cyclorama", version, arg_required_else_help = false)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    Segment(SegmentArguments),
    Evaluate(EvaluateArguments),
    Compare(CompareArguments),
    Bench(BenchArguments),
    Models(ModelsArguments),
}

const EXAMPLES: &str = "\
Examples:
  Write the segmentation mask, at the model's resolution:
    cyclorama segment portrait.jpg --mask mask.png

  Blur or replace the background:
    cyclorama segment portrait.jpg --output blurred.png
    cyclorama segment portrait.jpg --output beach.jpg --effect image:beach.jpg

  Cut out the people in a folder of images, on the CPU with another model:
    cyclorama segment images/ --output cutouts/ --effect transparent --backend cpu --model segm_full_v679

Exit status: 0 on success, 1 if processing failed, 2 if an argument, an image or the model is invalid.";

/// Segment people in images and replace the background
#[derive(Args)]
#[command(after_help = EXAMPLES, group(ArgGroup::new("result").required(true).multiple(true).args(["mask", "output"])))]
pub(crate) struct SegmentArguments {
    /// Images (PNG, JPEG, WebP) or folders of images
    #[arg(value_name = "IMAGE", required = true)]
    pub images: Vec<PathBuf>,

    /// Output mask (8-bit grayscale PNG, model resolution). Use a folder for several images
    #[arg(long, value_name = "PATH")]
    pub mask: Option<PathBuf>,

    /// Output image with the new background (PNG, JPEG, WebP). Use a folder for several images
    #[arg(long, value_name = "PATH")]
    pub output: Option<PathBuf>,

    /// Background: blur[:low|medium|high|RADIUS], color:#rrggbb, image:PATH or transparent. RADIUS is in pixels of an
    /// image 720 pixels high
    #[arg(long, default_value = "blur", requires = "output")]
    pub effect: Effect,

    /// How a background image fits the image's shape
    #[arg(long, value_enum, default_value_t = FitName::Cover)]
    pub fit: FitName,

    /// Position of a background image: the fractions of the cropped or empty space at its left and above it
    #[arg(long, value_name = "X,Y", default_value = "0.5,0.5")]
    pub position: Position,

    /// Mirror a background image horizontally
    #[arg(long)]
    pub mirror: bool,

    /// Strength of the light wrap: light of a background image or color on the person's edges, from 0 to 1
    #[arg(long, value_name = "STRENGTH", default_value_t = Blending::default().light_wrap, value_parser = light_wrap, requires = "output")]
    pub light_wrap: f32,

    /// Match the brightness of a background image to the image
    #[arg(long, requires = "output")]
    pub match_brightness: bool,

    #[command(flatten)]
    pub model: ModelArguments,

    /// Mask refinement
    #[arg(long, value_enum, default_value_t = RefinementName::Guided, requires = "output")]
    pub refine: RefinementName,

    /// Print sizes, timings and output files as JSON
    #[arg(long)]
    pub json: bool,
}

const EVALUATE_EXAMPLES: &str = "\
Examples:
  Evaluate a folder of images against a folder of masks, and write a sheet of the worst results:
    cyclorama evaluate images/ masks/ --json report.json --sheet worst.png

  Evaluate the frames of a clip on the CPU, then without mask refinement and temporal smoothing:
    cyclorama evaluate frames/ masks/ --sequence --backend cpu --markdown report.md
    cyclorama evaluate frames/ masks/ --sequence --backend cpu --refine none --no-temporal-smoothing

Exit status: 0 if at least one pair was evaluated, 1 if processing failed, 2 if an argument, all pairs or the model are
invalid.";

/// Evaluate masks against ground truth: area, outline, halo, flicker and timings
///
/// An image and its ground-truth mask have the same name up to the extension, and the same size. The command compares the
/// alpha matte that the compositor uses, at the image's size. It lists, counts and skips pairs that it cannot use.
#[derive(Args)]
#[command(after_help = EVALUATE_EXAMPLES)]
pub(crate) struct EvaluateArguments {
    /// Folder of images (PNG, JPEG, WebP)
    #[arg(value_name = "IMAGES")]
    pub images: PathBuf,

    /// Folder of ground-truth masks, in which all pixels but black ones belong to the person
    #[arg(value_name = "MASKS")]
    pub masks: PathBuf,

    /// Read the gray levels of ground-truth masks as alpha instead of a binary mask
    #[arg(long)]
    pub soft_masks: bool,

    /// Treat the images as the frames of a clip, sorted by name: apply temporal smoothing and measure flicker
    #[arg(long)]
    pub sequence: bool,

    /// Frame rate of a sequence
    #[arg(long, value_name = "RATE", default_value_t = 30.0, value_parser = frame_rate, requires = "sequence")]
    pub frame_rate: f64,

    /// Disable the temporal smoothing of a sequence
    #[arg(long, requires = "sequence")]
    pub no_temporal_smoothing: bool,

    /// Mask refinement
    #[arg(long, value_enum, default_value_t = RefinementName::Guided)]
    pub refine: RefinementName,

    #[command(flatten)]
    pub model: ModelArguments,

    /// Output report (JSON)
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,

    /// Output report (Markdown)
    #[arg(long, value_name = "FILE")]
    pub markdown: Option<PathBuf>,

    /// Output sheet of the twelve images with the worst masks (PNG). Each row shows image, ground truth, segmentation mask,
    /// alpha matte and composite
    #[arg(long, value_name = "FILE")]
    pub sheet: Option<PathBuf>,
}

const COMPARE_EXAMPLES: &str = "\
Examples:
  Compare two images and write a map of their differences:
    cyclorama compare found.png expected.png --map difference.png

  Compare the images of two folders by name, with a limit:
    cyclorama compare found/ expected/ --max-flip 0.01 --map differences/ --json

Exit status: 0 on success, 1 if a difference exceeds --max-flip or processing failed, 2 if an argument or an image is
invalid.";

/// Compare images by their perceptual difference
///
/// The mean of FLIP (Andersson et al. 2020) is 0 for images that look identical and 1 for the largest possible difference.
/// The largest difference is that of any channel of any pixel, in levels of 0 to 255. Images with transparency are
/// compared on black and on white.
#[derive(Args)]
#[command(after_help = COMPARE_EXAMPLES)]
pub(crate) struct CompareArguments {
    /// Image (PNG, JPEG, WebP) or folder of images
    #[arg(value_name = "A")]
    pub a: PathBuf,

    /// Image of the same size, or folder of images with the same names
    #[arg(value_name = "B")]
    pub b: PathBuf,

    /// Fail if the mean FLIP of a pair exceeds this value
    #[arg(long, value_name = "MEAN", value_parser = max_flip)]
    pub max_flip: Option<f64>,

    /// Output map of the differences (PNG), from black (none) through red and yellow to white. Use a folder for folders
    #[arg(long, value_name = "PATH")]
    pub map: Option<PathBuf>,

    /// Image pixels per degree of the viewer's field of view [default: 67]
    #[arg(long, value_name = "NUMBER", value_parser = pixels_per_degree)]
    pub pixels_per_degree: Option<PixelsPerDegree>,

    /// Print the results as JSON
    #[arg(long)]
    pub json: bool,
}

fn max_flip(text: &str) -> Result<f64, String> {
    text.parse()
        .ok()
        .filter(|limit| (0.0..=1.0).contains(limit))
        .ok_or("expected a number from 0 to 1".into())
}

fn pixels_per_degree(text: &str) -> Result<PixelsPerDegree, String> {
    let number = text.parse().map_err(|_| "expected a number")?;
    PixelsPerDegree::new(number).map_err(|error| error.to_string())
}

const BENCH_EXAMPLES: &str = "\
Examples:
  Run all benchmarks and write JSON:
    cyclorama bench --json > report.json

  Benchmark one model on the GPU with a given image and frame size:
    cyclorama bench me.jpg --model selfie_segmentation --backend wgpu --input 1920x1200

  Compare a model file with a built-in model, in about a minute:
    cyclorama bench --model mine.tflite,selfie_segmentation --input 720p --rounds 3

Exit status: 0 if at least one configuration was measured, 1 if none was or processing failed, 2 if an argument, the
image or a model name is invalid.";

/// Benchmark whole frames and their stages, for every model and backend
///
/// Frames are crops of one image that simulate a moving camera. Configurations alternate round by round, so that thermal
/// throttling affects all of them. Each configuration runs one unmeasured frame before the measured ones. A configuration
/// that fails is reported with its error.
#[derive(Args)]
#[command(after_help = BENCH_EXAMPLES)]
pub(crate) struct BenchArguments {
    /// Image that frames are cropped from (PNG, JPEG, WebP) [default: a photo of an astronaut]
    #[arg(value_name = "IMAGE")]
    pub image: Option<PathBuf>,

    /// Names from `cyclorama models`, or paths of .tflite files [default: all available models]
    #[arg(long, value_name = "NAME|PATH", value_delimiter = ',')]
    pub model: Vec<String>,

    /// Backends
    #[arg(long, value_enum, value_delimiter = ',', default_values_t = BenchBackend::value_variants().to_vec())]
    pub backend: Vec<BenchBackend>,

    /// Storage precision of weights on the GPU [default: both if the adapter supports float16]
    #[arg(long, value_enum, value_delimiter = ',')]
    pub precision: Vec<PrecisionName>,

    /// Mask refinements
    #[arg(long, value_enum, value_delimiter = ',', default_values_t = [RefinementName::Guided, RefinementName::None])]
    pub refine: Vec<RefinementName>,

    /// Frame sizes: 720p for 1280x720 and so on, or a size such as 640x480
    #[arg(long, value_name = "SIZE", value_delimiter = ',', default_values_t = [360, 720, 1080].map(InputSize::wide))]
    pub input: Vec<InputSize>,

    /// Formats of the frames in memory, for the backend `cpu`
    #[arg(long, value_enum, value_delimiter = ',', default_values_t = FrameFormat::value_variants().to_vec())]
    pub format: Vec<FrameFormat>,

    /// Clock that times the stages on the GPU
    #[arg(long, value_enum, default_value_t = ClockName::Auto)]
    pub clock: ClockName,

    /// Number of rounds
    #[arg(long, value_name = "NUMBER", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub rounds: u32,

    /// Frames per configuration and round
    #[arg(long, value_name = "NUMBER", default_value_t = 4, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub frames: u32,

    /// Frames per configuration before the first round
    #[arg(long, value_name = "NUMBER", default_value_t = 3, value_parser = clap::value_parser!(u32).range(0..=1000))]
    pub warm_up: u32,

    #[command(flatten)]
    pub folder: ModelFolder,

    /// Print the report as JSON
    #[arg(long)]
    pub json: bool,
}

/// List the built-in models
#[derive(Args)]
pub(crate) struct ModelsArguments {
    #[command(flatten)]
    pub folder: ModelFolder,

    /// Print the manifest and the path of each file as JSON
    #[arg(long)]
    pub json: bool,
}

/// The model and its backend.
#[derive(Args)]
pub(crate) struct ModelArguments {
    /// Name from `cyclorama models`, or path of a .tflite file
    #[arg(
        long = "model",
        id = "model",
        value_name = "NAME|PATH",
        default_value = "selfie_segmentation_landscape"
    )]
    pub name: String,

    /// Backend: `webgpu` or `cpu`
    #[arg(long, value_enum, default_value_t = BackendName::Webgpu)]
    pub backend: BackendName,

    #[command(flatten)]
    pub folder: ModelFolder,
}

#[derive(Args)]
pub(crate) struct ModelFolder {
    /// Folder of .tflite files [default: models/ in this folder, a parent folder or the source checkout]
    #[arg(long, value_name = "DIR", env = "CYCLORAMA_MODELS", hide_env_values = true)]
    pub models: Option<PathBuf>,
}

/// The refinements of [`Refinement`].
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum RefinementName {
    /// Bilinear upsampling
    None,
    /// Joint bilateral upsampling along the image's edges
    Bilateral,
    /// Guided filter: edge refinement by the image's colors
    Guided,
}

impl From<RefinementName> for Refinement {
    fn from(name: RefinementName) -> Self {
        match name {
            RefinementName::None => Self::None,
            RefinementName::Bilateral => Self::Bilateral,
            RefinementName::Guided => Self::Guided,
        }
    }
}

fn light_wrap(text: &str) -> Result<f32, String> {
    let light_wrap = text.parse().map_err(|_| format!("expected a number from 0 to 1, not {text:?}"))?;
    let blending = Blending { light_wrap, ..Blending::default() };
    blending.check().map(|()| light_wrap).map_err(|error| error.to_string())
}

fn frame_rate(text: &str) -> Result<f64, String> {
    let rate = text.parse().ok().filter(|rate| (1.0..=1000.0).contains(rate));
    rate.ok_or_else(|| "expected a frame rate from 1 to 1000".to_owned())
}

#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum BackendName {
    Webgpu,
    Cpu,
}

/// The backends of the model and of the effects.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum BenchBackend {
    /// Model and effects on the GPU
    Wgpu,
    /// Model and effects on the CPU, like `segment --backend cpu`
    Cpu,
    /// Model on the CPU, effects on the GPU, like browsers without WebGPU
    #[value(name = "cpu+wgpu")]
    CpuAndWgpu,
}

/// The format of a frame in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum FrameFormat {
    /// Planes of luma and of halved chroma, as cameras deliver them
    I420,
    /// Interleaved pixels, as canvases and image files have them
    Rgba,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum PrecisionName {
    /// float16, if that changes no weight
    F16,
    /// float32
    F32,
}

/// The clock that times the stages on the GPU.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ClockName {
    /// `gpu` if the adapter supports timestamps, otherwise `completed`. Also `completed` on software adapters, whose
    /// timestamps exclude the work of their threads
    Auto,
    /// GPU timestamps; no timings if the adapter does not support them
    Gpu,
    /// Wall clock until the GPU has completed each stage
    Completed,
}

/// The size of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct InputSize(pub Size);

impl InputSize {
    /// The 16:9 size of this height.
    const fn wide(height: u32) -> Self {
        Self(Size { width: height * 16 / 9, height })
    }
}

impl fmt::Display for InputSize {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Size { width, height } = self.0;
        if *self == Self::wide(height) {
            write!(formatter, "{height}p")
        } else {
            write!(formatter, "{width}x{height}")
        }
    }
}

impl FromStr for InputSize {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let side = |text: &str| text.parse().ok().filter(|side| (16..=Size::MAX_SIDE).contains(side));
        let size = match text.strip_suffix('p') {
            Some(height) => {
                side(height).filter(|height| side(&(height * 16 / 9).to_string()).is_some()).map(Self::wide)
            }
            None => text
                .split_once('x')
                .and_then(|(width, height)| Some(Self(Size { width: side(width)?, height: side(height)? }))),
        };
        let largest = Size::MAX_SIDE;
        size.ok_or_else(|| {
            format!("expected a height such as 720p or a size such as 1280x720 with sides of 16 to {largest} pixels, not {text:?}")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_parsed_and_displayed() {
        for (text, width, height) in
            [("360p", 640, 360), ("720p", 1280, 720), ("1080p", 1920, 1080), ("640x480", 640, 480)]
        {
            let size: InputSize = text.parse().unwrap();
            assert_eq!((size.0.width, size.0.height), (width, height));
            assert_eq!(size.to_string(), text);
        }
        for text in
            ["", "p", "720", "0p", "15x15", "1280x", "x720", "99999p", "4294967295p", "1280x720x3", "-1x20"]
        {
            let error = text.parse::<InputSize>().unwrap_err();
            assert!(error.contains("1280x720"), "{text}: {error}");
        }
    }
}
