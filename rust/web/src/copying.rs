//! Bytes of video frames, from browsers that copy them correctly.

use js_sys::{Object, Uint8Array};
use wasm_bindgen_futures::JsFuture;

use crate::javascript::{VideoFrame, object};

/// Copies the bytes of video frames into reused memory.
///
/// Browsers without a conversion ignore the option `format` of `VideoFrame.copyTo` and return the frame's own bytes, and some
/// read wrong samples. So a format is used only after a frame of known colors was copied correctly.
pub(crate) struct Copier {
    /// Whether the browser converts the bytes to RGBA. Otherwise they have the frame's own format.
    to_rgba: bool,
    bytes: Uint8Array,
    /// The tested formats, and whether the browser copies them.
    tested: Vec<(String, bool)>,
}

impl Copier {
    pub(crate) fn new(to_rgba: bool) -> Self {
        Self { to_rgba, bytes: Uint8Array::new_with_length(0), tested: Vec::new() }
    }

    /// Copies the visible pixels of a video frame, tightly packed and plane after plane. The bytes are valid until the next
    /// call; `None` if the browser does not copy this frame.
    pub(crate) async fn copy(&mut self, video: &VideoFrame) -> Option<&Uint8Array> {
        // A frame that only the GPU can read has no known format.
        let format = video.format()?;
        if !self.copies(format).await {
            return None;
        }
        let length = video.allocation_size(&self.options()).ok()?;
        if self.bytes.length() != length {
            self.bytes = Uint8Array::new_with_length(length);
        }
        self.copy_to(video, &self.bytes).await.then_some(&self.bytes)
    }

    async fn copies(&mut self, format: String) -> bool {
        if let Some((_, copies)) = self.tested.iter().find(|(tested, _)| *tested == format) {
            return *copies;
        }
        let copies = self.test(&format).await.unwrap_or(false);
        self.tested.push((format, copies));
        copies
    }

    fn options(&self) -> Object {
        if self.to_rgba { object([("format", "RGBA".into())]) } else { Object::new() }
    }

    /// Requests a copy. `true` does not mean that the bytes are right.
    async fn copy_to(&self, video: &VideoFrame, bytes: &Uint8Array) -> bool {
        match video.copy_to(bytes, &self.options()) {
            Ok(promise) => JsFuture::from(promise).await.is_ok(),
            Err(_) => false,
        }
    }

    /// Tests the copy of a frame of this format with known colors; `None` if the browser has no such frames.
    async fn test(&self, format: &str) -> Option<bool> {
        let samples = test_samples(format)?;
        let init = object([
            ("format", format.into()),
            ("codedWidth", WIDTH.into()),
            ("codedHeight", HEIGHT.into()),
            ("timestamp", 0.into()),
        ]);
        let video = VideoFrame::new(&Uint8Array::from(samples.as_slice()), &init).ok()?;
        let bytes = Uint8Array::new_with_length(video.allocation_size(&self.options()).unwrap_or(0));
        let copied = self.copy_to(&video, &bytes).await;
        video.close();
        let bytes = bytes.to_vec();
        Some(copied && if self.to_rgba { shows_test_frame(&bytes) } else { bytes == samples })
    }
}

/// The size of the test frame in pixels. Two samples of chroma in a row reveal a sample that is read from a wrong position:
/// Firefox 153 reads every sample of V in NV12 from the position of the previous one.
const WIDTH: u32 = 4;
const HEIGHT: u32 = 2;

/// Makes a frame with a red left and a blue right half; `None` for formats that cameras and canvases do not use.
///
/// The samples of Y'CbCr have these colors in BT.601 and BT.709, both with limited range.
fn test_samples(format: &str) -> Option<Vec<u8>> {
    const RED: [u8; 4] = [255, 0, 0, 255];
    const BLUE: [u8; 4] = [0, 0, 255, 255];
    const Y: [u8; 4] = [81, 81, 41, 41];
    const U: [u8; 2] = [90, 240];
    const V: [u8; 2] = [240, 110];
    let [u, v] = [U, V].map(|[red, blue]| [red, red, blue, blue]);
    let chroma = match format {
        "I420" => [U, V].concat(),
        "NV12" => vec![U[0], V[0], U[1], V[1]],
        "I422" => [U, U, V, V].concat(),
        "I444" => [u, u, v, v].concat(),
        "RGBA" | "RGBX" => return Some([RED, RED, BLUE, BLUE].repeat(2).into_flattened()),
        "BGRA" | "BGRX" => return Some([BLUE, BLUE, RED, RED].repeat(2).into_flattened()),
        _ => return None,
    };
    Some([&[Y, Y].concat()[..], &chroma].concat())
}

/// Whether RGBA bytes show the test frame.
fn shows_test_frame(bytes: &[u8]) -> bool {
    let is_red = |[r, g, b, _]: &[u8; 4]| *r > 200 && *g < 60 && *b < 60;
    let is_blue = |[r, g, b, _]: &[u8; 4]| *r < 60 && *g < 60 && *b > 200;
    let rows = bytes.as_chunks::<4>().0.as_chunks::<4>().0;
    rows.len() == HEIGHT as usize
        && rows.iter().all(|[a, b, c, d]| is_red(a) && is_red(b) && is_blue(c) && is_blue(d))
}
