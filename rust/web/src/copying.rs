//! Frames that the browser copies out as RGBA bytes, where it is known to convert them.

use js_sys::Uint8Array;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;

use crate::javascript::{VideoFrame, object};
use crate::source::Source;

/// Copies RGBA bytes of video frames into memory that it keeps.
///
/// Browsers that do not convert ignore the option `format` of `VideoFrame.copyTo` and resolve with the frame's own bytes. So a
/// format is trusted only after a frame of a known color was converted right.
pub(crate) struct Copier {
    bytes: Uint8Array,
    /// The formats that were tested, and whether the browser converts them.
    tested: Vec<(String, bool)>,
}

impl Copier {
    pub(crate) fn new() -> Self {
        Self { bytes: Uint8Array::new_with_length(0), tested: Vec::new() }
    }

    /// The RGBA bytes of a plain video frame of `source`, valid until the next call; `None` where the browser does not give them.
    pub(crate) async fn copy(&mut self, source: &Source, video: &VideoFrame) -> Option<&Uint8Array> {
        // The format of a frame that only the GPU can read is unknown.
        let format = video.format()?;
        if !self.converts(format).await {
            return None;
        }
        let length = source.width * source.height * 4;
        if self.bytes.length() != length {
            self.bytes = Uint8Array::new_with_length(length);
        }
        copy_rgba(video, &self.bytes).await.then_some(&self.bytes)
    }

    async fn converts(&mut self, format: String) -> bool {
        if let Some((_, converts)) = self.tested.iter().find(|(tested, _)| *tested == format) {
            return *converts;
        }
        let converts = converts_red(&format).await;
        self.tested.push((format, converts));
        converts
    }
}

/// Requests a conversion to RGBA. `true` does not say that the browser converts.
async fn copy_rgba(video: &VideoFrame, to: &Uint8Array) -> bool {
    match video.copy_to(to, &object([("format", "RGBA".into())])) {
        Ok(promise) => JsFuture::from(promise).await.is_ok(),
        Err(_) => false,
    }
}

/// Whether the browser converts a red frame of this format to red RGBA bytes.
async fn converts_red(format: &str) -> bool {
    let Some(planes) = red_planes(format) else { return false };
    let init = object([
        ("format", format.into()),
        ("codedWidth", SIDE.into()),
        ("codedHeight", SIDE.into()),
        ("timestamp", 0.into()),
    ]);
    let Ok(video) = VideoFrame::new(&JsValue::from(Uint8Array::from(planes.as_slice())), &init) else {
        return false;
    };
    let bytes = Uint8Array::new_with_length(SIDE * SIDE * 4);
    let copied = copy_rgba(&video, &bytes).await;
    video.close();
    copied && bytes.to_vec().chunks_exact(4).all(is_red)
}

/// The width and height of the test frame, in pixels.
const SIDE: u32 = 2;

/// A red frame of [`SIDE`] by [`SIDE`] pixels; `None` for formats that no camera gives.
///
/// The samples are red in BT.601 and BT.709, both of limited range.
fn red_planes(format: &str) -> Option<Vec<u8>> {
    const Y: u8 = 81;
    const U: u8 = 90;
    const V: u8 = 240;
    let chroma: &[u8] = match format {
        "I420" | "NV12" => &[U, V],
        "I422" => &[U, U, V, V],
        "I444" => &[U, U, U, U, V, V, V, V],
        _ => return None,
    };
    Some([&[Y; 4], chroma].concat())
}

fn is_red(pixel: &[u8]) -> bool {
    pixel[0] > 200 && pixel[1] < 60 && pixel[2] < 60
}
