use std::{
    fmt, io,
    path::{Path, PathBuf},
    process::ExitCode,
};

use cyclorama_engine::{EngineError, effects::Size};

/// Why a command failed. Each message is one line.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("{0}; see `cyclorama --help`")]
    Usage(String),

    #[error("{}: cannot be read: {source}", path.display())]
    Read { path: PathBuf, source: io::Error },

    #[error("{}: not a file", path.display())]
    NotAFile { path: PathBuf },

    #[error("{}: not an image in a supported format (PNG, JPEG or WebP): {reason}", path.display())]
    Image { path: PathBuf, reason: String },

    #[error("{}: no images (.png, .jpg, .jpeg or .webp) in this folder", path.display())]
    EmptyFolder { path: PathBuf },

    #[error("{}: several images need an output folder, and this is a file", path.display())]
    NeedsFolder { path: PathBuf },

    #[error("{}: both {} and {} would be written to this file", path.display(), first.display(), second.display())]
    SameName { path: PathBuf, first: PathBuf, second: PathBuf },

    #[error("{}: would overwrite an input image", path.display())]
    OverwritesInput { path: PathBuf },

    #[error("{}: the mask and the output need different names", path.display())]
    MaskIsOutput { path: PathBuf },

    #[error("{}: masks are written as PNG: end the name in .png", path.display())]
    MaskFormat { path: PathBuf },

    #[error("{}: end the name in .png, .jpg, .jpeg or .webp", path.display())]
    OutputFormat { path: PathBuf },

    #[error("{}: JPEG has no transparency: end the name in .png or .webp", path.display())]
    NoAlpha { path: PathBuf },

    #[error("{}: sheets are written as PNG: end the name in .png", path.display())]
    SheetFormat { path: PathBuf },

    #[error("{}: two outputs would be written to this file: use different names", path.display())]
    ResultTwice { path: PathBuf },

    #[error("{}: no file of this name in {}", path.display(), folder.display())]
    NoPartner { path: PathBuf, folder: PathBuf },

    #[error("{}: has the same name up to the extension as {}: keep one of them", path.display(), other.display())]
    SameStem { path: PathBuf, other: PathBuf },

    #[error("{}: the mask is {mask} and its image {image}: resize them to the same size", path.display())]
    MaskSize { path: PathBuf, mask: Size, image: Size },

    #[error(
        "none of {skipped} names in {} and {} could be evaluated, for the reasons above: an image and its mask have \
         the same name up to the extension, and the same size",
        images.display(), masks.display()
    )]
    NothingEvaluated { images: PathBuf, masks: PathBuf, skipped: usize },

    #[error("{} and {}: give two images or two folders, not one of each", a.display(), b.display())]
    ImageAndFolder { a: PathBuf, b: PathBuf },

    #[error("{}: maps are written as PNG: end the name in .png", path.display())]
    MapFormat { path: PathBuf },

    #[error("{}: the image is {a_size} and {} is {b_size}: resize them to the same size", a.display(), b.display())]
    ImageSizes { a: PathBuf, b: PathBuf, a_size: Size, b_size: Size },

    #[error(
        "{}: differs from {} by a mean FLIP of {mean:.6}, which exceeds {limit}",
        a.display(), b.display()
    )]
    AboveMaxFlip { a: PathBuf, b: PathBuf, mean: f64, limit: f64 },

    #[error("no model {name:?}: it is neither a file nor one of {known}")]
    UnknownModel { name: String, known: String },

    #[error("model {name}: {file} is not in {searched}: {origin}; set its folder with --models DIR")]
    ModelNotHere { name: String, file: String, searched: String, origin: String },

    #[error("{}: {source}", path.display())]
    Model { path: PathBuf, source: EngineError },

    #[error("{0}; use --backend cpu on a machine without a GPU")]
    Backend(#[source] EngineError),

    #[error("{}: {source}", path.display())]
    Process { path: PathBuf, source: EngineError },

    #[error("{}: cannot be written: {source}", path.display())]
    Write { path: PathBuf, source: io::Error },

    #[error("the output cannot be written: {0}")]
    Stdout(#[source] io::Error),

    #[error("nothing could be measured: all {0} configurations failed, for the reasons in the report")]
    NothingMeasured(usize),

    #[error("{failed} of {total} images failed")]
    SomeFailed { failed: usize, total: usize },
}

impl Error {
    pub(crate) fn image(path: &Path, reason: impl fmt::Display) -> Self {
        Self::Image { path: path.to_owned(), reason: reason.to_string() }
    }

    /// The first paragraph of clap's message, on one line and without its own `error: `.
    pub(crate) fn usage(error: &clap::Error) -> Self {
        let text = error.render().to_string();
        let paragraph = text.split("\n\n").next().unwrap_or_default();
        let line = paragraph.split_whitespace().collect::<Vec<_>>().join(" ");
        Self::Usage(line.trim_start_matches("error: ").to_owned())
    }

    /// 2 if an argument, an image or the model is invalid, 1 if processing failed.
    pub(crate) fn exit_code(&self) -> ExitCode {
        match self {
            Self::Model { source: EngineError::Model(_), .. }
            | Self::Process { source: EngineError::Effect(_) | EngineError::Frame(_), .. } => {
                ExitCode::from(2)
            }
            Self::Model { .. }
            | Self::Backend(_)
            | Self::Process { .. }
            | Self::Write { .. }
            | Self::Stdout(_)
            | Self::AboveMaxFlip { .. }
            | Self::NothingMeasured(_)
            | Self::SomeFailed { .. } => ExitCode::FAILURE,
            _ => ExitCode::from(2),
        }
    }
}
