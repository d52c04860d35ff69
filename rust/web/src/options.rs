//! Plain objects from JavaScript.

use cyclorama_engine::EngineError;
use cyclorama_engine::effects::{self, Background, Blending, Fit, Layout, Refinement};
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
    /// How weights are stored.
    pub(crate) precision: Precision,
}

/// How a network's weights are stored; on the processor with 32 bits always.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Precision {
    /// With 16 bits where the GPU has them and that changes no weight.
    #[default]
    Auto,
    /// With 32 bits.
    F32,
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
    /// Wait for the GPU after each stage, so that there are times of completed work as well.
    pub(crate) wait_for_gpu: bool,
    /// Show the frame under the last frame's matte, where one is there that is new enough.
    pub(crate) reuse_matte: bool,
    /// Have the GPU note when each stage begins and ends, where it can.
    pub(crate) timestamps: bool,
}

/// How masks become mattes, as `Engine.setMatting` takes it.
#[derive(Deserialize)]
pub(crate) struct MattingOptions {
    refinement: RefinementName,
    steady: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum RefinementName {
    None,
    Guided,
    Bilateral,
}

impl MattingOptions {
    /// Reads `{ refinement, steady }`.
    pub(crate) fn read(value: &JsValue) -> Result<effects::MattingOptions, Error> {
        let Self { refinement, steady } = read("matting", value)?;
        let refinement = match refinement {
            RefinementName::None => Refinement::None,
            RefinementName::Guided => Refinement::Guided,
            RefinementName::Bilateral => Refinement::Bilateral,
        };
        Ok(effects::MattingOptions { refinement, steady })
    }
}

/// How a background is made to belong with the person.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct BlendingOptions {
    light_wrap: f32,
    match_brightness: bool,
}

impl Default for BlendingOptions {
    fn default() -> Self {
        let Blending { light_wrap, match_brightness } = Blending::default();
        Self { light_wrap, match_brightness }
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

#[derive(Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
enum Kind {
    Blur { radius: f32 },
    Color { color: [u8; 3] },
    Transparent,
    Image { layout: LayoutOptions },
    Video { layout: LayoutOptions },
}

#[derive(Deserialize)]
struct LayoutOptions {
    fit: FitName,
    position: [f32; 2],
    mirror: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum FitName {
    Cover,
    Contain,
    Fill,
}

impl LayoutOptions {
    fn checked(self) -> Result<Layout, Error> {
        let Self { fit, position, mirror } = self;
        let fit = match fit {
            FitName::Cover => Fit::Cover,
            FitName::Contain => Fit::Contain,
            FitName::Fill => Fit::Fill,
        };
        let layout = Layout { fit, position, mirror };
        layout.check()?;
        Ok(layout)
    }
}

impl BackgroundOptions {
    /// Reads `lightWrap` and `matchBrightness` of the same object.
    pub(crate) fn read_blending(value: &JsValue) -> Result<Blending, Error> {
        let BlendingOptions { light_wrap, match_brightness } = read("background", value)?;
        let blending = Blending { light_wrap, match_brightness };
        blending.check()?;
        Ok(blending)
    }

    /// Reads `{ kind, ... }`; an image is the property `image`, a video's first picture `picture`.
    pub(crate) fn read(value: &JsValue) -> Result<Self, Error> {
        let plain = match read("background", value)? {
            Kind::Blur { radius } => Background::Blur { radius },
            Kind::Color { color } => Background::Color(color),
            Kind::Transparent => Background::Transparent,
            Kind::Image { layout } => {
                return Ok(Self::Image(instance(value, "image", "an ImageBitmap")?, layout.checked()?));
            }
            Kind::Video { layout } => {
                return Ok(Self::Video(property(value, "picture"), layout.checked()?));
            }
        };
        plain.check()?;
        Ok(Self::Plain(plain))
    }
}

/// A property of a background that is one of the browser's own objects.
fn instance<T: JsCast>(background: &JsValue, name: &str, expected: &str) -> Result<T, Error> {
    property(background, name)
        .dyn_into()
        .map_err(|_| Error::Engine(EngineError::Frame(format!("background.{name}: expected {expected}"))))
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
