use cyclorama_effects::EffectError;
use cyclorama_segmentation::ImportError;

/// Why the engine cannot start or cannot process a frame.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EngineError {
    /// The machine or the browser lacks something the engine needs.
    #[error("{0}")]
    Unsupported(String),
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
    Gpu(String),
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
            Self::Model(_) => "model",
            Self::Effect(_) => "effect",
            Self::Frame(_) => "frame",
            Self::Matte(_) => "matte",
            Self::DeviceLost(_) => "device-lost",
            Self::Gpu(_) => "gpu",
        }
    }
}
