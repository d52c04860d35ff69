//! Objects of the browser that contain a frame.

use cyclorama_engine::EngineError;
use cyclorama_engine::effects::Size;
use js_sys::Uint8Array;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{HtmlCanvasElement, HtmlVideoElement, ImageBitmap, OffscreenCanvas};

use crate::error::Error;
use crate::javascript::VideoFrame;

/// An object that contains a frame, and its size.
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
            let message = format!("the frame is {width}x{height}: it is closed or has no image yet");
            return Err(EngineError::Frame(message).into());
        }
        Ok(Self { value: value.clone(), width, height })
    }

    /// Whether a page shows the pixels of this video frame unchanged: opaque, not rotated, mirrored or scaled.
    pub(crate) fn is_plain(&self, video: &VideoFrame) -> bool {
        let (width, height) = (f64::from(self.width), f64::from(self.height));
        let same_size =
            video.visible_rect().is_some_and(|rect| (rect.width(), rect.height()) == (width, height));
        let opaque = video.format().is_none_or(|format| !format.contains('A'));
        opaque && same_size && video.rotation().unwrap_or(0.0) == 0.0 && !video.flip().unwrap_or(false)
    }

    /// Whether the browser copies the pixels of this video frame as a page shows them. For a transparent canvas that was
    /// made opaque (`RGBX`, `BGRX`) Chromium copies pixels that differ from those it shows.
    pub(crate) fn is_copied_as_shown(&self, video: &VideoFrame) -> bool {
        self.is_plain(video) && video.format().is_none_or(|format| !format.contains('X'))
    }

    /// The timestamp of a video frame, in microseconds.
    pub(crate) fn timestamp(value: &JsValue) -> Option<f64> {
        value.dyn_ref::<VideoFrame>()?.timestamp()
    }
}

/// Reads a mask of the caller: one value for each pixel of a frame of this size.
pub(crate) fn read_mask(mask: &Uint8Array, size: Size) -> Result<Vec<u8>, Error> {
    if mask.length() as usize != size.pixels() {
        let message = format!("the mask has {} values for a frame of {size}", mask.length());
        return Err(EngineError::Frame(message).into());
    }
    Ok(mask.to_vec())
}
