//! What holds a frame in the browser.

use cyclorama_engine::EngineError;
use js_sys::Uint8Array;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{HtmlCanvasElement, HtmlVideoElement, ImageBitmap, OffscreenCanvas};

use crate::error::Error;
use crate::javascript::{VideoFrame, object};

/// Anything that shows a frame, and its size.
pub(crate) struct Source {
    pub(crate) value: JsValue,
    pub(crate) width: u32,
    pub(crate) height: u32,
}

impl Source {
    pub(crate) fn of(value: &JsValue) -> Result<Self, Error> {
        let (width, height) = if let Some(frame) = value.dyn_ref::<VideoFrame>() {
            (frame.display_width(), frame.display_height())
        } else if let Some(element) = value.dyn_ref::<HtmlVideoElement>() {
            (element.video_width(), element.video_height())
        } else if let Some(canvas) = value.dyn_ref::<HtmlCanvasElement>() {
            (canvas.width(), canvas.height())
        } else if let Some(canvas) = value.dyn_ref::<OffscreenCanvas>() {
            (canvas.width(), canvas.height())
        } else if let Some(bitmap) = value.dyn_ref::<ImageBitmap>() {
            (bitmap.width(), bitmap.height())
        } else {
            let expected =
                "a VideoFrame, HTMLVideoElement, HTMLCanvasElement, OffscreenCanvas or ImageBitmap";
            return Err(EngineError::Frame(format!("expected {expected}, found {value:?}")).into());
        };
        if width == 0 || height == 0 {
            let message = format!("the frame is {width}x{height}: it is closed or has no picture yet");
            return Err(EngineError::Frame(message).into());
        }
        Ok(Self { value: value.clone(), width, height })
    }

    /// Copies the RGBA bytes of a video frame of this source; `false` if the browser does not convert it, or shows it
    /// turned or scaled.
    pub(crate) async fn copy_rgba(&self, video: &VideoFrame, bytes: &mut Uint8Array) -> bool {
        let (width, height) = (self.width, self.height);
        let upright = video.rotation().unwrap_or(0.0) == 0.0;
        let same_size = video
            .visible_rect()
            .is_some_and(|rect| (rect.width(), rect.height()) == (f64::from(width), f64::from(height)));
        if !upright || !same_size {
            return false;
        }
        let length = width * height * 4;
        if bytes.length() != length {
            *bytes = Uint8Array::new_with_length(length);
        }
        let options = object([("format", "RGBA".into())]);
        match video.copy_to(bytes, &options) {
            Ok(promise) => JsFuture::from(promise).await.is_ok(),
            Err(_) => false,
        }
    }
}
