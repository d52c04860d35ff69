use std::{
    fmt, io,
    path::{Path, PathBuf},
    process::ExitCode,
};

use cyclorama_engine::{EngineError, effects::Size};

/// Why a command cannot do, or could not finish, what it was asked. Each message is one line.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("{0}; see `cyclorama --help`")]
    Usage(String),

    #[error("{}: cannot be read: {source}", path.display())]
    Read { path: PathBuf, source: io::Error },

    #[error("{}: not a file", path.display())]
    NotAFile { path: PathBuf },

    #[error("{}: not a picture that can be read (PNG, JPEG or WebP): {reason}", path.display())]
    Picture { path: PathBuf, reason: String },

    #[error("{}: no pictures (.png, .jpg, .jpeg or .webp) in this folder", path.display())]
    EmptyFolder { path: PathBuf },

    #[error("{}: several pictures need a folder to go to, and this is a file", path.display())]
    NeedsFolder { path: PathBuf },

    #[error("{}: both {} and {} would be written here", path.display(), first.display(), second.display())]
    SameName { path: PathBuf, first: PathBuf, second: PathBuf },

    #[error("{}: would overwrite a picture that is to be read", path.display())]
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

    #[error("{}: two results would be written here: give each a name of its own", path.display())]
    ResultTwice { path: PathBuf },

    #[error("{}: no file of this name in {}", path.display(), folder.display())]
    NoPartner { path: PathBuf, folder: PathBuf },

    #[error("{}: has the same name up to the extension as {}: keep one of them", path.display(), other.display())]
    SameStem { path: PathBuf, other: PathBuf },

    #[error("{}: the mask is {mask} and its picture {picture}: bring them to one size", path.display())]
    MaskSize { path: PathBuf, mask: Size, picture: Size },

    #[error(
        "none of {skipped} names in {} and {} could be evaluated, for the reasons above: a picture and its mask share \
         their name up to the extension, and their size",
        images.display(), masks.display()
    )]
    NothingEvaluated { images: PathBuf, masks: PathBuf, skipped: usize },

    #[error("{} and {}: give two pictures or two folders, not one of each", a.display(), b.display())]
    PictureAndFolder { a: PathBuf, b: PathBuf },

    #[error("{}: maps are written as PNG: end the name in .png", path.display())]
    MapFormat { path: PathBuf },

    #[error("{}: the picture is {a_size} and {} is {b_size}: bring them to one size", a.display(), b.display())]
    PictureSizes { a: PathBuf, b: PathBuf, a_size: Size, b_size: Size },

    #[error(
        "{}: differs from {} by a mean FLIP of {mean:.6}, which is above {limit}",
        a.display(), b.display()
    )]
    AboveMaxFlip { a: PathBuf, b: PathBuf, mean: f64, limit: f64 },

    #[error("no model {name:?}: it is neither a file nor one of {known}")]
    UnknownModel { name: String, known: String },

    #[error("model {name}: {file} is not in {searched}: {origin}; --models DIR says where it is")]
    ModelNotHere { name: String, file: String, searched: String, origin: String },

    #[error("{}: {source}", path.display())]
    Model { path: PathBuf, source: EngineError },

    #[error("{0}; --backend cpu does without a GPU")]
    Backend(#[source] EngineError),

    #[error("{}: {source}", path.display())]
    Process { path: PathBuf, source: EngineError },

    #[error("{}: cannot be written: {source}", path.display())]
    Write { path: PathBuf, source: io::Error },

    #[error("the output cannot be written: {0}")]
    Stdout(#[source] io::Error),

    #[error("nothing could be measured: all {0} configurations failed, for the reasons in the report")]
    NothingMeasured(usize),

    #[error("{failed} of {total} pictures failed")]
    SomeFailed { failed: usize, total: usize },
}

impl Error {
    pub(crate) fn picture(path: &Path, reason: impl fmt::Display) -> Self {
        Self::Picture { path: path.to_owned(), reason: reason.to_string() }
    }

    /// The first paragraph of what clap has to say, on one line and without its own `error: `.
    pub(crate) fn usage(error: &clap::Error) -> Self {
        let text = error.render().to_string();
        let paragraph = text.split("\n\n").next().unwrap_or_default();
        let line = paragraph.split_whitespace().collect::<Vec<_>>().join(" ");
        Self::Usage(line.trim_start_matches("error: ").to_owned())
    }

    /// 2 if the arguments, a picture or the model are at fault, 1 if something failed on the way.
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
