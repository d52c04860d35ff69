use std::{fmt, path::PathBuf, str::FromStr};

use clap::{ArgGroup, Args, Parser, Subcommand, ValueEnum};
use cyclorama_engine::effects::{Blending, Refinement, Size};
use cyclorama_quality::PixelsPerDegree;

use crate::effect::{Effect, FitName, Position};

/// Virtual backgrounds for pictures
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
  The probability of a person at each pixel of the network's own resolution:
    cyclorama segment portrait.jpg --mask mask.png

  A blurred background, and a beach:
    cyclorama segment portrait.jpg --output blurred.png
    cyclorama segment portrait.jpg --output beach.jpg --effect image:beach.jpg

  The people of a folder of pictures, cut out on the CPU by another network:
    cyclorama segment pictures/ --output cutouts/ --effect transparent --backend cpu --model segm_full_v679

Exit status: 0 if all went well, 1 if something failed on the way, 2 if the arguments, a picture or the model are at
fault.";

/// Find the people in pictures, and put another background behind them
#[derive(Args)]
#[command(after_help = EXAMPLES, group(ArgGroup::new("result").required(true).multiple(true).args(["mask", "output"])))]
pub(crate) struct SegmentArguments {
    /// Pictures (PNG, JPEG, WebP) or folders of them
    #[arg(value_name = "IMAGE", required = true)]
    pub images: Vec<PathBuf>,

    /// Where the person mask goes: 8-bit grey PNG at the network's resolution. A folder if there are several pictures
    #[arg(long, value_name = "PATH")]
    pub mask: Option<PathBuf>,

    /// Where the picture with the new background goes (PNG, JPEG, WebP). A folder if there are several pictures
    #[arg(long, value_name = "PATH")]
    pub output: Option<PathBuf>,

    /// blur[:low|medium|high|RADIUS], color:#rrggbb, image:PATH or transparent; a RADIUS is in pixels of a picture
    /// 720 pixels high
    #[arg(long, default_value = "blur", requires = "output")]
    pub effect: Effect,

    /// How an image background is laid onto the picture's shape
    #[arg(long, value_enum, default_value_t = FitName::Cover)]
    pub fit: FitName,

    /// Where an image background lies: the shares of what is cut off it, or left over around it, to its left and above
    /// it
    #[arg(long, value_name = "X,Y", default_value = "0.5,0.5")]
    pub position: Position,

    /// Flip an image background left to right
    #[arg(long)]
    pub mirror: bool,

    /// How much light of an image or colour falls onto the person's edges, from 0 to 1
    #[arg(long, value_name = "STRENGTH", default_value_t = Blending::default().light_wrap, value_parser = light_wrap, requires = "output")]
    pub light_wrap: f32,

    /// Make an image background as bright as the picture
    #[arg(long, requires = "output")]
    pub match_brightness: bool,

    #[command(flatten)]
    pub network: NetworkArguments,

    /// How the mask is made to follow the picture's edges
    #[arg(long, value_enum, default_value_t = RefinementName::Guided, requires = "output")]
    pub refine: RefinementName,

    /// Print sizes, times and the files written as JSON
    #[arg(long)]
    pub json: bool,
}

const EVALUATE_EXAMPLES: &str = "\
Examples:
  Figures for a folder of pictures whose masks are in another, and the worst of them to look at:
    cyclorama evaluate pictures/ masks/ --json report.json --sheet worst.png

  A clip, given as its frames, on the CPU, and the same without what is done to the network's masks:
    cyclorama evaluate frames/ masks/ --sequence --backend cpu --markdown report.md
    cyclorama evaluate frames/ masks/ --sequence --backend cpu --refine none --no-steady

Exit status: 0 if anything could be evaluated, 1 if something failed on the way, 2 if the arguments, all of the pairs
or the model are at fault.";

/// Measure masks beside true ones: area, outline, halo, flicker and time
///
/// A picture and its true mask have the same name up to the extension, and the same size. What is compared is the
/// weight that each pixel of the picture is composited with, at the picture's size. Pairs that cannot be used are
/// listed, counted and skipped.
#[derive(Args)]
#[command(after_help = EVALUATE_EXAMPLES)]
pub(crate) struct EvaluateArguments {
    /// A folder of pictures (PNG, JPEG, WebP)
    #[arg(value_name = "IMAGES")]
    pub images: PathBuf,

    /// A folder of their true masks: anything but black is the person
    #[arg(value_name = "MASKS")]
    pub masks: PathBuf,

    /// Take a mask's grey as how much of a pixel is person, instead of anything but black as all of it
    #[arg(long)]
    pub soft_masks: bool,

    /// The pictures are the frames of a clip in the order of their names: steady each mask by those before, and
    /// measure the flicker between them
    #[arg(long)]
    pub sequence: bool,

    /// Frames a second of a sequence
    #[arg(long, value_name = "RATE", default_value_t = 30.0, value_parser = frame_rate, requires = "sequence")]
    pub frame_rate: f64,

    /// Leave the masks of a sequence as the network gives them
    #[arg(long, requires = "sequence")]
    pub no_steady: bool,

    /// How masks are made to follow the picture's edges
    #[arg(long, value_enum, default_value_t = RefinementName::Guided)]
    pub refine: RefinementName,

    #[command(flatten)]
    pub network: NetworkArguments,

    /// Where the report goes as JSON
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,

    /// Where the report goes as Markdown
    #[arg(long, value_name = "FILE")]
    pub markdown: Option<PathBuf>,

    /// Where a sheet of the twelve pictures whose areas agree least goes (PNG): picture, true mask, the network's
    /// mask, mask and composite in a row
    #[arg(long, value_name = "FILE")]
    pub sheet: Option<PathBuf>,
}

const COMPARE_EXAMPLES: &str = "\
Examples:
  How much two pictures differ, and where:
    cyclorama compare found.png expected.png --map difference.png

  Whether the pictures of a folder look like those of the same names in another:
    cyclorama compare found/ expected/ --max-flip 0.01 --map differences/ --json

Exit status: 0 if all went well, 1 if a difference is above --max-flip or something failed on the way, 2 if the
arguments or the pictures are at fault.";

/// Measure how much pictures differ to the eye
///
/// The mean of FLIP (Andersson et al. 2020) is 0 for pictures that look the same and 1 for ones that differ as much as
/// any can; the largest difference is that of any channel of any pixel, in levels of 0 to 255. Pictures with
/// transparent parts are compared before black and before white.
#[derive(Args)]
#[command(after_help = COMPARE_EXAMPLES)]
pub(crate) struct CompareArguments {
    /// A picture (PNG, JPEG, WebP), or a folder of them
    #[arg(value_name = "A")]
    pub a: PathBuf,

    /// A picture of the same size, or a folder of pictures with the same names
    #[arg(value_name = "B")]
    pub b: PathBuf,

    /// Fail if the mean FLIP of two pictures is above this
    #[arg(long, value_name = "MEAN", value_parser = max_flip)]
    pub max_flip: Option<f64>,

    /// Where the picture of the differences goes (PNG), from black where there are none through red and yellow to
    /// white. A folder if folders are compared
    #[arg(long, value_name = "PATH")]
    pub map: Option<PathBuf>,

    /// How many pixels of the picture a degree of the viewer's field of view has [default: 67]
    #[arg(long, value_name = "NUMBER", value_parser = pixels_per_degree)]
    pub pixels_per_degree: Option<PixelsPerDegree>,

    /// Print the figures as JSON
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
  Everything, as JSON:
    cyclorama bench --json > report.json

  One network on the GPU, at the size of one's own camera and with one's own picture:
    cyclorama bench me.jpg --model selfie_segmentation --backend wgpu --input 1920x1200

  Whether a file of one's own is quicker than one of ours, in a minute:
    cyclorama bench --model mine.tflite,selfie_segmentation --input 720p --rounds 3

Exit status: 0 if anything could be measured, 1 if nothing could or something failed on the way, 2 if the arguments, the
picture or the name of a model are at fault.";

/// Time whole frames and their stages: every network, on the GPU and on the processor
///
/// Frames are cut out of a picture, as from a camera that moves. Configurations take turns, round by round, so that a
/// machine that becomes slower does so for all; each shows a frame that does not count before those that do. A
/// configuration that fails is a row with its error.
#[derive(Args)]
#[command(after_help = BENCH_EXAMPLES)]
pub(crate) struct BenchArguments {
    /// The picture that frames are cut out of (PNG, JPEG, WebP) [default: a photograph of an astronaut]
    #[arg(value_name = "IMAGE")]
    pub image: Option<PathBuf>,

    /// Names from `cyclorama models`, or paths of .tflite files [default: all that are here]
    #[arg(long, value_name = "NAME|PATH", value_delimiter = ',')]
    pub model: Vec<String>,

    /// What computes
    #[arg(long, value_enum, value_delimiter = ',', default_values_t = BenchBackend::value_variants().to_vec())]
    pub backend: Vec<BenchBackend>,

    /// How weights are stored on the GPU [default: both where the adapter has 16-bit values]
    #[arg(long, value_enum, value_delimiter = ',')]
    pub precision: Vec<PrecisionName>,

    /// How masks are made to follow the picture's edges
    #[arg(long, value_enum, value_delimiter = ',', default_values_t = [RefinementName::Guided, RefinementName::None])]
    pub refine: Vec<RefinementName>,

    /// Sizes of frames: 720p for 1280x720 and so on, or a size such as 640x480
    #[arg(long, value_name = "SIZE", value_delimiter = ',', default_values_t = [360, 720, 1080].map(InputSize::wide))]
    pub input: Vec<InputSize>,

    /// What times the stages on the GPU
    #[arg(long, value_enum, default_value_t = ClockName::Auto)]
    pub clock: ClockName,

    /// How often the configurations take turns
    #[arg(long, value_name = "NUMBER", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub rounds: u32,

    /// Frames of a configuration in a round
    #[arg(long, value_name = "NUMBER", default_value_t = 4, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub frames: u32,

    /// Frames of a configuration before the first round
    #[arg(long, value_name = "NUMBER", default_value_t = 3, value_parser = clap::value_parser!(u32).range(0..=1000))]
    pub warm_up: u32,

    #[command(flatten)]
    pub folder: ModelFolder,

    /// Print the report as JSON
    #[arg(long)]
    pub json: bool,
}

/// List the networks that are known by name
#[derive(Args)]
pub(crate) struct ModelsArguments {
    #[command(flatten)]
    pub folder: ModelFolder,

    /// Print the manifest, and where each file is, as JSON
    #[arg(long)]
    pub json: bool,
}

/// Which network, and what computes it.
#[derive(Args)]
pub(crate) struct NetworkArguments {
    /// A name from `cyclorama models`, or the path of a .tflite file
    #[arg(long, value_name = "NAME|PATH", default_value = "selfie_segmentation_landscape")]
    pub model: String,

    /// What computes: the GPU through WebGPU's native implementation, or the processor
    #[arg(long, value_enum, default_value_t = BackendName::Webgpu)]
    pub backend: BackendName,

    #[command(flatten)]
    pub folder: ModelFolder,
}

#[derive(Args)]
pub(crate) struct ModelFolder {
    /// The folder of the .tflite files [default: models/ here, in a folder above, or in the source checkout]
    #[arg(long, value_name = "DIR", env = "CYCLORAMA_MODELS", hide_env_values = true)]
    pub models: Option<PathBuf>,
}

/// The refinements of [`Refinement`].
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum RefinementName {
    /// A linear filter enlarges it
    None,
    /// A joint bilateral filter enlarges it along the picture's edges
    Bilateral,
    /// A guided filter fits it to the picture's colours
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
    let light_wrap = text.parse().map_err(|_| format!("a strength is a number from 0 to 1, not {text:?}"))?;
    let blending = Blending { light_wrap, ..Blending::default() };
    blending.check().map(|()| light_wrap).map_err(|error| error.to_string())
}

fn frame_rate(text: &str) -> Result<f64, String> {
    let rate = text.parse().ok().filter(|rate| (1.0..=1000.0).contains(rate));
    rate.ok_or_else(|| "a frame rate is a number from 1 to 1000".to_owned())
}

#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum BackendName {
    Webgpu,
    Cpu,
}

/// What computes the network, and what the rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum BenchBackend {
    /// Everything on the GPU
    Wgpu,
    /// Everything on the processor, as `segment --backend cpu` does it
    Cpu,
    /// The network and its mask on the processor, the picture on the GPU, as in browsers without WebGPU
    #[value(name = "cpu+wgpu")]
    CpuAndWgpu,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum PrecisionName {
    /// 16 bits for weights that lose nothing by it
    F16,
    /// 32 bits
    F32,
}

/// What stages on the GPU are timed by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ClockName {
    /// Its timestamps; waiting after each stage where it has none, and on software adapters, whose timestamps say when work was
    /// given to their threads
    Auto,
    /// Its timestamps, or nothing
    Gpu,
    /// The wall clock, waiting after each stage
    Completed,
}

/// The size of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct InputSize(pub Size);

impl InputSize {
    /// The size of this height that is 16:9.
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
            format!("a size is a height such as 720p or a size such as 1280x720, of 16 to {largest} pixels a side, not {text:?}")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_as_they_are_written() {
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
