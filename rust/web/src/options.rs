//! Options of JavaScript: plain objects, and the browser's objects in them.

use cyclorama_engine::EngineError;
use cyclorama_engine::effects::{self, Background, Blending, Layout};
use serde::de::DeserializeOwned;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::ImageBitmap;

use crate::error::Error;
use crate::javascript::property;
use crate::plain::{self, ParsedBackground, PlainObject};
pub(crate) use crate::plain::{EngineOptions, ProcessOptions};

/// A value that should be a plain object.
struct Value<'v>(&'v JsValue);

impl PlainObject for Value<'_> {
    type Error = serde_wasm_bindgen::Error;

    fn read<T: DeserializeOwned>(&self) -> Result<T, Self::Error> {
        serde_wasm_bindgen::from_value(self.0.clone())
    }
}

/// A background of JavaScript.
pub(crate) enum JsBackground {
    /// A background without an image.
    Plain(Background),
    /// An image.
    Image(ImageBitmap, Layout),
    /// A video and its first image, which can be any source of a frame.
    Video(JsValue, Layout),
}

impl JsBackground {
    /// Reads `lightWrap` and `matchBrightness` of the object.
    pub(crate) fn read_blending(value: &JsValue) -> Result<Blending, Error> {
        Ok(plain::blending(&Value(value))?)
    }

    /// Reads `{ kind, ... }`. The property `image` is the image, or the first frame of a video.
    pub(crate) fn read(value: &JsValue) -> Result<Self, Error> {
        Ok(match plain::background(&Value(value))? {
            ParsedBackground::Plain(background) => Self::Plain(background),
            ParsedBackground::Image(layout) => {
                Self::Image(instance(value, "image", "an ImageBitmap")?, layout)
            }
            ParsedBackground::Video(layout) => Self::Video(property(value, "image"), layout),
        })
    }
}

/// Reads the options of `Engine.setMatting`.
pub(crate) fn read_matting(value: &JsValue) -> Result<effects::MattingOptions, Error> {
    Ok(plain::matting(&Value(value))?)
}

/// Reads a plain object. `undefined` gives the defaults of the type.
pub(crate) fn read_or_default<T: Default + DeserializeOwned>(
    name: &str,
    value: &JsValue,
) -> Result<T, Error> {
    if value.is_undefined() { Ok(T::default()) } else { Ok(plain::read(name, &Value(value))?) }
}

/// Reads a property of a background that is an object of the browser.
fn instance<T: JsCast>(background: &JsValue, name: &str, expected: &str) -> Result<T, Error> {
    property(background, name)
        .dyn_into()
        .map_err(|_| Error::Engine(EngineError::Options(format!("background.{name}: expected {expected}"))))
}
