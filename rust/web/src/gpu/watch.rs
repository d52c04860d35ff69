//! The device behind a canvas: its loss, and the completion of its work.

use cyclorama_engine::GpuContext;
use web_sys::OffscreenCanvas;

use crate::error::Error;

/// Watches the device that renders to a canvas.
pub(crate) trait Watch: Sized {
    /// See [`Completion`].
    type Completion: Completion;

    /// Watches the device of a canvas for which wgpu has made the context.
    fn new(canvas: &OffscreenCanvas, gpu: &GpuContext) -> Result<Self, Error>;

    /// The reason for which the device is lost; `None` while it is not.
    fn lost(&self) -> Option<String>;

    /// Waits until the GPU has completed all submissions so far. May block the thread to be exact.
    async fn completed(&self);

    /// A handle that waits for the GPU while frames run.
    fn completion(&self) -> Self::Completion;
}

/// Waits for the GPU without blocking the thread.
pub(crate) trait Completion {
    /// Waits until the GPU has completed all submissions so far.
    async fn completed(&self);
}
