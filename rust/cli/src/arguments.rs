use std::path::PathBuf;

use clap::{ArgGroup, Args, Parser, Subcommand, ValueEnum};

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

    #[command(flatten)]
    pub network: NetworkArguments,

    /// Print sizes, times and the files written as JSON
    #[arg(long)]
    pub json: bool,
}

const EVALUATE_EXAMPLES: &str = "\
Examples:
  Figures for a folder of pictures whose masks are in another, and the worst of them to look at:
    cyclorama evaluate pictures/ masks/ --json report.json --sheet worst.png

  A clip, given as its frames, on the CPU:
    cyclorama evaluate frames/ masks/ --sequence --backend cpu --markdown report.md

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

    /// The pictures are the frames of a clip in the order of their names: measure the flicker between them
    #[arg(long)]
    pub sequence: bool,

    #[command(flatten)]
    pub network: NetworkArguments,

    /// Where the report goes as JSON
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,

    /// Where the report goes as Markdown
    #[arg(long, value_name = "FILE")]
    pub markdown: Option<PathBuf>,

    /// Where a sheet of the twelve pictures whose areas agree least goes (PNG): picture, true mask, mask and composite
    /// in a row
    #[arg(long, value_name = "FILE")]
    pub sheet: Option<PathBuf>,
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

#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum BackendName {
    Webgpu,
    Cpu,
}
