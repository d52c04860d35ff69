//! The stage `output`: from planes to an object of the browser.

use cyclorama_engine::effects::Size;
use cyclorama_engine::effects::cpu::{Planes, Sampling};
use js_sys::Uint8Array;
use wasm_bindgen::{Clamped, JsValue};
use web_sys::{ImageBitmap, OffscreenCanvas};

use crate::drawing::canvas_2d;
use crate::error::{Error, frame};
use crate::javascript::{Canvas2d, ImageData, VideoFrame, object};

/// Makes video frames and bitmaps of finished frames, in reused memory.
pub(crate) struct Output {
    /// RGBA of the finished frame.
    pixels: Vec<u8>,
    canvas: Option<(OffscreenCanvas, Canvas2d)>,
    /// Whether the browser makes video frames of samples: false after a failure.
    makes_video_frames: bool,
}

/// The properties that a finished frame has from the frame of the browser.
pub(crate) struct Origin {
    /// In microseconds.
    timestamp: f64,
    /// In microseconds; `undefined` if it is not known.
    duration: JsValue,
    /// A `VideoColorSpace`; `undefined` for sRGB.
    color_space: JsValue,
}

impl Origin {
    /// The properties of a video frame, or of another source.
    pub(crate) fn of(video: Option<&VideoFrame>, color_space: JsValue) -> Self {
        let duration = video.and_then(VideoFrame::duration).map_or(JsValue::UNDEFINED, JsValue::from);
        Self { timestamp: video.and_then(VideoFrame::timestamp).unwrap_or(0.0), duration, color_space }
    }
}

impl Output {
    pub(crate) fn new() -> Self {
        Self { pixels: Vec::new(), canvas: None, makes_video_frames: true }
    }

    /// Returns a video frame: `I420` of planes at half the size, else `RGBX`, or `RGBA` with `alpha`. A bitmap if the browser
    /// makes no video frames of samples.
    pub(crate) fn video_frame(
        &mut self,
        planes: &Planes,
        alpha: &[u8],
        origin: &Origin,
    ) -> Result<JsValue, Error> {
        if self.makes_video_frames {
            match self.try_video_frame(planes, alpha, origin) {
                Ok(video) => return Ok(video.into()),
                Err(_) => self.makes_video_frames = false,
            }
        }
        Ok(self.bitmap(planes, alpha)?.into())
    }

    fn try_video_frame(
        &mut self,
        planes: &Planes,
        alpha: &[u8],
        origin: &Origin,
    ) -> Result<VideoFrame, JsValue> {
        let is_yuv = planes.sampling() == Sampling::Half && alpha.is_empty();
        let (format, color_space) = match (is_yuv, alpha.is_empty()) {
            (true, _) => ("I420", &origin.color_space),
            (false, true) => ("RGBX", &JsValue::UNDEFINED),
            (false, false) => ("RGBA", &JsValue::UNDEFINED),
        };
        let bytes = if is_yuv { planes.bytes() } else { self.rgba(planes, alpha) };
        let Size { width, height } = planes.size();
        let init = object([
            ("format", format.into()),
            ("codedWidth", width.into()),
            ("codedHeight", height.into()),
            ("timestamp", origin.timestamp.into()),
            ("duration", origin.duration.clone()),
            ("colorSpace", color_space.clone()),
        ]);
        // SAFETY: nothing is allocated while the view exists. The constructor copies the bytes.
        let view = unsafe { Uint8Array::view(bytes) };
        VideoFrame::new(&view, &init)
    }

    /// Returns a bitmap.
    pub(crate) fn bitmap(&mut self, planes: &Planes, alpha: &[u8]) -> Result<ImageBitmap, Error> {
        let failed = |thrown: JsValue| frame("the finished frame cannot be drawn", &thrown);
        let Size { width, height } = planes.size();
        let (canvas, context) = match self.canvas.take() {
            Some(canvas) if (canvas.0.width(), canvas.0.height()) == (width, height) => canvas,
            _ => canvas_2d(width, height, &object([]))?,
        };
        let image = ImageData::new(Clamped(self.rgba(planes, alpha)), width, height).map_err(failed)?;
        context.put_image_data(&image, 0.0, 0.0).map_err(failed)?;
        let bitmap = canvas.transfer_to_image_bitmap().map_err(failed)?;
        self.canvas = Some((canvas, context));
        Ok(bitmap)
    }

    fn rgba(&mut self, planes: &Planes, alpha: &[u8]) -> &[u8] {
        self.pixels.resize(planes.size().pixels() * 4, 0);
        planes.write_rgba((!alpha.is_empty()).then_some(alpha), &mut self.pixels);
        &self.pixels
    }
}
