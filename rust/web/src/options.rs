//! Plain objects from JavaScript.

use cyclorama_engine::EngineError;
use cyclorama_engine::effects::{Background, Fit};
use serde::Deserialize;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::ImageBitmap;

use crate::error::Error;
use crate::javascript::property;

/// Options of `Engine.create`.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct EngineOptions {
    /// How frames reach the GPU.
    pub(crate) import_path: ImportPath,
}

/// How a frame gets into a texture.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub(crate) enum ImportPath {
    /// `copy` on a software adapter, else `gpu`: measured, each is many times faster on its own ground.
    #[default]
    Auto,
    /// On the GPU: an external texture for video, a copy for canvases and bitmaps.
    Gpu,
    /// Through memory: `VideoFrame.copyTo` and an upload.
    Copy,
}

/// Options of one call of `Engine.process`.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct ProcessOptions {
    /// Wait for the GPU after each stage, so that the times are those of completed work.
    pub(crate) wait_for_gpu: bool,
}

/// What to show behind the person.
pub(crate) enum BackgroundOptions {
    /// Anything that is described by numbers alone.
    Plain(Background),
    /// An image.
    Image(ImageBitmap, Fit),
}

#[derive(Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
enum Kind {
    Blur { radius: f32 },
    Color { color: [u8; 3] },
    Transparent,
    Image { fit: FitName },
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum FitName {
    Cover,
    Contain,
    Fill,
}

impl BackgroundOptions {
    /// Reads `{ kind, ... }`.
    pub(crate) fn read(value: &JsValue) -> Result<Self, Error> {
        let plain = match read("background", value)? {
            Kind::Blur { radius } => Background::Blur { radius },
            Kind::Color { color } => Background::Color(color),
            Kind::Transparent => Background::Transparent,
            Kind::Image { fit } => {
                let fit = match fit {
                    FitName::Cover => Fit::Cover,
                    FitName::Contain => Fit::Contain,
                    FitName::Fill => Fit::Fill,
                };
                let image = property(value, "image").dyn_into().map_err(|_| {
                    Error::Engine(EngineError::Frame("background.image: expected an ImageBitmap".into()))
                })?;
                return Ok(Self::Image(image, fit));
            }
        };
        plain.check()?;
        Ok(Self::Plain(plain))
    }
}

/// Reads a plain object; `undefined` counts as one without properties where the type has defaults.
pub(crate) fn read_or_default<T: Default + for<'a> Deserialize<'a>>(
    name: &str,
    value: &JsValue,
) -> Result<T, Error> {
    if value.is_undefined() { Ok(T::default()) } else { read(name, value) }
}

fn read<T: for<'a> Deserialize<'a>>(name: &str, value: &JsValue) -> Result<T, Error> {
    serde_wasm_bindgen::from_value(value.clone())
        .map_err(|error| Error::Engine(EngineError::Frame(format!("{name}: {error}"))))
}
