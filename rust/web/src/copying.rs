//! RGBA bytes of video frames, from browsers that convert them.

use js_sys::Uint8Array;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;

use crate::javascript::{VideoFrame, object};
use crate::source::Source;

/// Copies RGBA bytes of video frames into reused memory.
///
/// Browsers without the conversion ignore the option `format` of `VideoFrame.copyTo` and return the frame's own bytes. So a
/// format is used only after a frame of known colors was converted correctly.
pub(crate) struct Copier {
    bytes: Uint8Array,
    /// The tested formats, and whether the browser converts them.
    tested: Vec<(String, bool)>,
}

impl Copier {
    pub(crate) fn new() -> Self {
        Self { bytes: Uint8Array::new_with_length(0), tested: Vec::new() }
    }

    /// Copies the RGBA bytes of a plain video frame of `source`, valid until the next call; `None` if the browser does not
    /// convert it.
    pub(crate) async fn copy(&mut self, source: &Source, video: &VideoFrame) -> Option<&Uint8Array> {
        // A frame that only the GPU can read has no known format.
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
        let converts = is_converted(&format).await;
        self.tested.push((format, converts));
        converts
    }
}

/// Requests a conversion to RGBA. `true` does not mean that the browser converts.
async fn copy_rgba(video: &VideoFrame, to: &Uint8Array) -> bool {
    match video.copy_to(to, &object([("format", "RGBA".into())])) {
        Ok(promise) => JsFuture::from(promise).await.is_ok(),
        Err(_) => false,
    }
}

/// Tests the conversion of a frame of this format with known colors.
async fn is_converted(format: &str) -> bool {
    let Some(planes) = test_planes(format) else { return false };
    let init = object([
        ("format", format.into()),
        ("codedWidth", WIDTH.into()),
        ("codedHeight", HEIGHT.into()),
        ("timestamp", 0.into()),
    ]);
    let Ok(video) = VideoFrame::new(&JsValue::from(Uint8Array::from(planes.as_slice())), &init) else {
        return false;
    };
    let bytes = Uint8Array::new_with_length(WIDTH * HEIGHT * 4);
    let copied = copy_rgba(&video, &bytes).await;
    video.close();
    // Red on the left, blue on the right.
    copied
        && bytes
            .to_vec()
            .chunks_exact(8)
            .zip([is_red as fn(&[u8]) -> bool, is_blue].into_iter().cycle())
            .all(|(pair, is)| is(pair))
}

/// The size of the test frame in pixels. Two samples of chroma in a row reveal a sample that is read from a wrong position:
/// Firefox 153 reads every sample of V in NV12 from the position of the previous one.
const WIDTH: u32 = 4;
const HEIGHT: u32 = 2;

/// Makes a frame with a red left and a blue right half; `None` for formats that cameras do not use.
///
/// The samples have these colors in BT.601 and BT.709, both with limited range.
fn test_planes(format: &str) -> Option<Vec<u8>> {
    const Y: [u8; 4] = [81, 81, 41, 41];
    const U: [u8; 2] = [90, 240];
    const V: [u8; 2] = [240, 110];
    let [u, v] = [U, V].map(|[red, blue]| [red, red, blue, blue]);
    let chroma = match format {
        "I420" => [U, V].concat(),
        "NV12" => vec![U[0], V[0], U[1], V[1]],
        "I422" => [U, U, V, V].concat(),
        "I444" => [u, u, v, v].concat(),
        _ => return None,
    };
    Some([&[Y, Y].concat()[..], &chroma].concat())
}

/// Whether two RGBA pixels are red.
fn is_red(pair: &[u8]) -> bool {
    pair.chunks_exact(4).all(|pixel| pixel[0] > 200 && pixel[1] < 60 && pixel[2] < 60)
}

/// Whether two RGBA pixels are blue.
fn is_blue(pair: &[u8]) -> bool {
    pair.chunks_exact(4).all(|pixel| pixel[0] < 60 && pixel[1] < 60 && pixel[2] > 200)
}
