use std::error::Error;
use std::fmt;
use std::sync::Arc;

use cyclorama_effects::EffectError;
use cyclorama_segmentation::ImportError;

/// Why the engine cannot start or cannot process a frame.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EngineError {
    /// The machine or the browser lacks something the engine needs.
    #[error(transparent)]
    Unsupported(Reason),
    /// An option is missing, of another type or none of the values that it can have.
    #[error("{0}")]
    Options(String),
    /// The model is not one the engine runs.
    #[error(transparent)]
    Model(Box<ImportError>),
    /// An effect, a picture or its size cannot be used.
    #[error(transparent)]
    Effect(#[from] EffectError),
    /// A frame or picture cannot be brought to the GPU or to the network.
    #[error("{0}")]
    Frame(String),
    /// There is no matte that a frame may be shown under.
    #[error("no matte can be used again: {0}")]
    Matte(String),
    /// The GPU device is gone; everything on it has to be made anew.
    #[error("the GPU device was lost: {0}")]
    DeviceLost(String),
    /// The GPU refused or failed some work; what it made of the last frames cannot be trusted.
    #[error("the GPU reported an error: {0}")]
    Gpu(#[source] Reason),
}

impl From<ImportError> for EngineError {
    fn from(error: ImportError) -> Self {
        Self::Model(Box::new(error))
    }
}

impl EngineError {
    /// A stable name for the kind of error, as the JavaScript API gives it.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unsupported(_) => "unsupported",
            Self::Options(_) => "option",
            Self::Model(_) => "model",
            Self::Effect(_) => "effect",
            Self::Frame(_) => "frame",
            Self::Matte(_) => "matte",
            Self::DeviceLost(_) => "device-lost",
            Self::Gpu(_) => "gpu",
        }
    }
}

/// Another library's error.
pub(crate) type Source = dyn Error + Send + Sync;

/// What went wrong, and the error of another library behind it, if there is one.
///
/// Its text says both, so that a caller who shows only that loses nothing.
#[derive(Clone, Debug)]
pub struct Reason {
    message: String,
    source: Option<Arc<Source>>,
}

impl Reason {
    /// An error of another library, after what was tried.
    pub fn new(failed: &str, source: impl Into<Box<Source>>) -> Self {
        let source = Arc::from(source.into());
        Self { message: format!("{failed}: {source}"), source: Some(source) }
    }
}

impl From<Arc<Source>> for Reason {
    fn from(source: Arc<Source>) -> Self {
        Self { message: source.to_string(), source: Some(source) }
    }
}

impl From<String> for Reason {
    fn from(message: String) -> Self {
        Self { message, source: None }
    }
}

impl From<&str> for Reason {
    fn from(message: &str) -> Self {
        message.to_owned().into()
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)
    }
}

impl Error for Reason {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&**self.source.as_ref()?)
    }
}

#[cfg(test)]
mod tests {
    use std::error::Error;

    use super::{EngineError, Reason};

    #[test]
    fn an_error_says_and_keeps_what_another_library_reported() {
        let cause = || "x".parse::<u8>().unwrap_err();
        for error in [
            EngineError::Unsupported(Reason::new("no number is available", cause())),
            EngineError::Gpu(Reason::new("no number came back", cause())),
        ] {
            assert!(error.to_string().ends_with(": invalid digit found in string"), "{error}");
            let mut source: &dyn Error = &error;
            while let Some(next) = source.source() {
                source = next;
            }
            assert!(source.is::<std::num::ParseIntError>(), "{error:?}");
        }
        assert!(Reason::from("by itself").source().is_none());
    }
}
