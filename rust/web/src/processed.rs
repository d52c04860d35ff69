//! A processed frame, as an object for JavaScript.

use cyclorama_engine::effects::Size;
use js_sys::Object;
use wasm_bindgen::JsValue;

use crate::error::Error;
use crate::javascript::object;
use crate::timings::FrameTimings;

/// The result of `Engine.process`.
pub(crate) struct Processed {
    /// An `ImageBitmap` or a `VideoFrame`.
    pub(crate) image: JsValue,
    pub(crate) size: Size,
    /// False for a frame with a reused matte.
    pub(crate) is_segmented: bool,
    /// The number of the frame in its engine.
    pub(crate) number: u64,
    pub(crate) timings: FrameTimings,
    /// The result of the import of a background video's newest image.
    pub(crate) background: Result<(), Error>,
}

impl Processed {
    /// The object for JavaScript. `completed` selects whether it has the times of completed work.
    pub(crate) fn object(self, completed: bool) -> Object {
        let Self { image, size, is_segmented, number, timings, background } = self;
        let (cpu, completed_times) = timings.objects();
        object([
            ("image", image),
            ("width", size.width.into()),
            ("height", size.height.into()),
            ("segmented", is_segmented.into()),
            // Exact: no engine processes 2^53 frames.
            ("number", (number as f64).into()),
            ("cpu", cpu.into()),
            ("completed", if completed { completed_times.into() } else { JsValue::UNDEFINED }),
            ("backgroundError", background.map_or_else(JsValue::from, |()| JsValue::UNDEFINED)),
        ])
    }
}
