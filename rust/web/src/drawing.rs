//! Drawing of frames whose pixels differ from what a page shows.

use cyclorama_engine::EngineError;
use js_sys::{Object, Uint8ClampedArray};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::OffscreenCanvas;

use crate::error::{Error, frame};
use crate::javascript::{Canvas2d, object};
use crate::source::Source;

/// A canvas that draws sources as a page shows them: rotated, mirrored and composited over black.
pub(crate) struct Drawing {
    /// Whether the pixels are read, so that the browser should keep them in memory.
    reads: bool,
    canvas: Option<(OffscreenCanvas, Canvas2d)>,
}

impl Drawing {
    pub(crate) fn new(reads: bool) -> Self {
        Self { reads, canvas: None }
    }

    /// Draws a source. The canvas has its size.
    pub(crate) fn draw(&mut self, source: &Source) -> Result<&OffscreenCanvas, Error> {
        let (width, height) = (source.width, source.height);
        let (canvas, context) = match &self.canvas {
            Some((canvas, _)) if (canvas.width(), canvas.height()) == (width, height) => {
                self.canvas.as_ref().expect("the canvas exists")
            }
            _ => {
                let options = object([("alpha", false.into()), ("willReadFrequently", self.reads.into())]);
                let (canvas, context) = canvas_2d(width, height, &options)?;
                // The previous frame does not show through a transparent one.
                context.set_global_composite_operation("copy");
                &*self.canvas.insert((canvas, context))
            }
        };
        context
            .draw_image(&source.value, 0.0, 0.0, width.into(), height.into())
            .map_err(|thrown| frame("the frame cannot be drawn", &thrown))?;
        Ok(canvas)
    }

    /// Draws a source and reads its RGBA bytes.
    pub(crate) fn pixels(&mut self, source: &Source) -> Result<Uint8ClampedArray, Error> {
        self.draw(source)?;
        let (_, context) = self.canvas.as_ref().expect("the canvas exists");
        let pixels = context
            .get_image_data(0.0, 0.0, source.width.into(), source.height.into())
            .map_err(|thrown| frame("the frame cannot be read", &thrown))?;
        Ok(pixels.data())
    }
}

/// Makes a canvas with a 2D context.
pub(crate) fn canvas_2d(
    width: u32,
    height: u32,
    options: &Object,
) -> Result<(OffscreenCanvas, Canvas2d), Error> {
    let failed = |thrown: JsValue| frame("no canvas can be created", &thrown);
    let canvas = OffscreenCanvas::new(width, height).map_err(failed)?;
    let context =
        canvas.get_context_with_context_options("2d", options).map_err(failed)?.ok_or_else(|| {
            EngineError::Unsupported("this browser has no 2D context for an OffscreenCanvas".into())
        })?;
    Ok((canvas, context.unchecked_into()))
}
