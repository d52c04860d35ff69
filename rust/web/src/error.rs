//! Errors for JavaScript.

use cyclorama_engine::EngineError;
use cyclorama_engine::effects::EffectError;
use js_sys::Reflect;
use wasm_bindgen::{JsCast, JsValue};

/// The error of a call from JavaScript: an error of the engine, or a wrong use of the objects.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The background's image cannot be uploaded to the GPU.
    #[error("the background cannot be shown: {0}")]
    Background(#[source] Box<Self>),
    #[error("a frame is being processed: wait for its promise before the next call")]
    Busy,
    #[error("the engine was destroyed")]
    Destroyed,
}

impl From<EffectError> for Error {
    fn from(error: EffectError) -> Self {
        Self::Engine(error.into())
    }
}

impl Error {
    /// Marks an error of the import of a background's image.
    pub(crate) fn background(self) -> Self {
        Self::Background(Box::new(self))
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Engine(error) => error.code(),
            Self::Background(_) => "effect",
            Self::Busy => "busy",
            Self::Destroyed => "destroyed",
        }
    }
}

impl From<Error> for JsValue {
    fn from(error: Error) -> Self {
        let value = js_sys::Error::new(&error.to_string());
        // Setting a property of a fresh, extensible object does not fail.
        Reflect::set(&value, &"code".into(), &error.code().into()).ok();
        value.into()
    }
}

/// Converts an exception of the browser to an error about a frame. `failed` names the failed operation.
pub(crate) fn frame(failed: &str, thrown: &JsValue) -> Error {
    let message = match thrown.dyn_ref::<js_sys::Error>() {
        Some(error) => String::from(error.message()),
        None => format!("{thrown:?}"),
    };
    Error::Engine(EngineError::Frame(format!("{failed}: {message}")))
}
