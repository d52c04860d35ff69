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

    /// Width and height.
    pub(crate) fn size(&self) -> Size {
        Size { width: self.width, height: self.height }
    }

    /// How a page turns the pixels of this video frame; `None` if it also scales them.
    pub(crate) fn orientation(&self, video: &VideoFrame) -> Option<Orientation> {
        let orientation = Orientation {
            quarter_turns: (video.rotation().unwrap_or(0.0) / 90.0) as u8,
            flip: video.flip().unwrap_or(false),
        };
        let Size { width, height } = orientation.turned(self.size());
        let rect = video.visible_rect()?;
        ((rect.width(), rect.height()) == (width.into(), height.into())).then_some(orientation)
    }

    /// The timestamp of a video frame, in microseconds.
    pub(crate) fn timestamp(value: &JsValue) -> Option<f64> {
        value.dyn_ref::<VideoFrame>()?.timestamp()
    }
}

/// The rotation and the flip with which a page shows a video frame.
#[derive(Clone, Copy, PartialEq)]
pub(crate) struct Orientation {
    /// Clockwise, before the flip.
    pub(crate) quarter_turns: u8,
    /// From left to right.
    pub(crate) flip: bool,
}

impl Orientation {
    /// The size before a rotation to `size`, and after one.
    pub(crate) fn turned(self, Size { width, height }: Size) -> Size {
        match self.quarter_turns % 2 {
            0 => Size { width, height },
            _ => Size { width: height, height: width },
        }
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
