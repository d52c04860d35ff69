use std::error::Error;
use std::fmt;
use std::sync::Arc;

use cyclorama_effects::EffectError;
use cyclorama_segmentation::ImportError;

/// The reason why the engine cannot start or cannot process a frame.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EngineError {
    /// The machine or the browser lacks something that the engine needs.
    #[error(transparent)]
    Unsupported(Reason),
    /// An option is missing, or has a wrong type or value.
    #[error("{0}")]
    Options(String),
    /// The model is not supported.
    #[error(transparent)]
    Model(Box<ImportError>),
    /// An effect, an image or its size cannot be used.
    #[error(transparent)]
    Effect(#[from] EffectError),
    /// A frame or image cannot be uploaded to the GPU or passed to the model.
    #[error("{0}")]
    Frame(String),
    /// The GPU device is lost. Everything on it must be created again.
    #[error("the GPU device was lost: {0}")]
    DeviceLost(String),
    /// The GPU rejected or failed some work. The results of the last frames cannot be trusted.
    #[error("the GPU reported an error: {0}")]
    Gpu(#[source] Reason),
}

impl From<ImportError> for EngineError {
    fn from(error: ImportError) -> Self {
        Self::Model(Box::new(error))
    }
}

impl EngineError {
    /// A stable name for the kind of error, as in the JavaScript API.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unsupported(_) => "unsupported",
            Self::Options(_) => "option",
            Self::Model(_) => "model",
            Self::Effect(_) => "effect",
            Self::Frame(_) => "frame",
            Self::DeviceLost(_) => "device-lost",
            Self::Gpu(_) => "gpu",
        }
    }
}

/// The error of another library.
pub(crate) type Source = dyn Error + Send + Sync;

/// A message, and the error of another library that caused it, if any.
///
/// The text contains both, so that a caller who shows only the text loses nothing.
#[derive(Clone, Debug)]
pub struct Reason {
    message: String,
    source: Option<Arc<Source>>,
}

impl Reason {
    /// Joins the failed operation and the error of another library.
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
    fn an_error_contains_the_error_of_another_library() {
        let cause = || "x".parse::<u8>().unwrap_err();
        for error in [
            EngineError::Unsupported(Reason::new("no number is available", cause())),
            EngineError::Gpu(Reason::new("no number was read", cause())),
        ] {
            assert!(error.to_string().ends_with(": invalid digit found in string"), "{error}");
            let mut source: &dyn Error = &error;
            while let Some(next) = source.source() {
                source = next;
            }
            assert!(source.is::<std::num::ParseIntError>(), "{error:?}");
        }
        assert!(Reason::from("no cause").source().is_none());
    }
}
