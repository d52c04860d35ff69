//! Options as JavaScript hands them over: plain objects, and the browser's own objects in them.

use cyclorama_engine::EngineError;
use cyclorama_engine::effects::{self, Background, Blending, Layout};
use serde::de::DeserializeOwned;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::ImageBitmap;

use crate::error::Error;
use crate::javascript::property;
use crate::plain::{self, BackgroundKind, PlainObject};
pub(crate) use crate::plain::{EngineOptions, ImportPath, PowerPreference, Precision, ProcessOptions};

/// A value that should be a plain object.
struct Value<'v>(&'v JsValue);

impl PlainObject for Value<'_> {
    type Error = serde_wasm_bindgen::Error;

    fn read<T: DeserializeOwned>(&self) -> Result<T, Self::Error> {
        serde_wasm_bindgen::from_value(self.0.clone())
    }
}

/// What to show behind the person.
pub(crate) enum BackgroundOptions {
    /// Anything that is described by numbers alone.
    Plain(Background),
    /// An image.
    Image(ImageBitmap, Layout),
    /// A video, and its first picture: anything that a frame can come from.
    Video(JsValue, Layout),
}

impl BackgroundOptions {
    /// Reads `lightWrap` and `matchBrightness` of the same object.
    pub(crate) fn read_blending(value: &JsValue) -> Result<Blending, Error> {
        Ok(plain::blending(&Value(value))?)
    }

    /// Reads `{ kind, ... }`; an image is the property `image`, a video's first picture `picture`.
    pub(crate) fn read(value: &JsValue) -> Result<Self, Error> {
        Ok(match plain::background(&Value(value))? {
            BackgroundKind::Plain(background) => Self::Plain(background),
            BackgroundKind::Image(layout) => Self::Image(instance(value, "image", "an ImageBitmap")?, layout),
            BackgroundKind::Video(layout) => Self::Video(property(value, "picture"), layout),
        })
    }
}

/// Reads how masks become mattes, as `Engine.setMatting` takes it.
pub(crate) fn read_matting(value: &JsValue) -> Result<effects::MattingOptions, Error> {
    Ok(plain::matting(&Value(value))?)
}

/// Reads a plain object; `undefined` counts as one without properties where the type has defaults.
pub(crate) fn read_or_default<T: Default + DeserializeOwned>(
    name: &str,
    value: &JsValue,
) -> Result<T, Error> {
    if value.is_undefined() { Ok(T::default()) } else { Ok(plain::read(name, &Value(value))?) }
}

/// A property of a background that is one of the browser's own objects.
fn instance<T: JsCast>(background: &JsValue, name: &str, expected: &str) -> Result<T, Error> {
    property(background, name)
        .dyn_into()
        .map_err(|_| Error::Engine(EngineError::Options(format!("background.{name}: expected {expected}"))))
}
