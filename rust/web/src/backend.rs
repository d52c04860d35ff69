//! The contract of a backend: what differs between the modules.

use cyclorama_engine::effects::{Blending, MaskStatus, MattingOptions};
use cyclorama_engine::{EngineError, GpuTimes, Segmenter};
use js_sys::Uint8Array;
use wasm_bindgen::JsValue;
use web_sys::ImageBitmap;

use crate::error::Error;
use crate::options::{EngineOptions, ProcessOptions};
use crate::processed::Processed;

/// The part of an engine that is usable while a frame is processed.
pub(crate) trait Backend: Sized + 'static {
    /// The name in JavaScript.
    const NAME: &'static str;

    /// The part that processes frames.
    type Stages: Stages;

    /// Acquires the device, if there is one, and imports and warms up the bytes of a `.tflite` file.
    async fn create(model: &[u8], options: &EngineOptions) -> Result<(Self, Self::Stages), Error>;

    /// Imports and warms up another model, while frames run with the current one.
    async fn prepare_model(&self, model: &[u8]) -> Result<ModelOf<Self>, EngineError>;

    /// Reads a background of JavaScript and imports its image, if it has one.
    fn read_background(&self, value: &JsValue) -> Result<BackgroundOf<Self>, Error>;

    /// The adapter on which frames are composited.
    fn adapter(&self) -> Result<Adapter, Error>;

    /// Whether a GPU can time frames.
    fn has_timestamps(&self) -> bool;

    /// The GPU times that were read back since the last call.
    fn collect_gpu_times(&self) -> Vec<GpuTimes>;

    /// Bytes reserved on the GPU for models; `None` if they lie in the memory of the module.
    fn model_memory(&self) -> Option<u64>;

    /// Waits until all submitted work is completed.
    async fn completed(&self);

    /// The status of the last frame's mask.
    async fn mask_status(&self) -> Result<MaskStatus, EngineError>;

    /// The reason for which the device is lost; `None` while it is not.
    fn lost(&self) -> Option<String>;

    /// Releases the device and everything on it.
    fn destroy(&self);
}

/// Processes frames, one at a time.
pub(crate) trait Stages {
    /// A model that is imported and warmed up.
    type Model: AsRef<Segmenter>;
    /// A background whose image is imported.
    type Background;

    /// The current model.
    fn segmenter(&self) -> &Segmenter;

    /// Segments with this model from the next frame on.
    fn set_model(&mut self, model: Self::Model);

    /// Sets the options of the matting from the next frame on.
    fn set_matting(&mut self, options: MattingOptions);

    /// Sets the background from the next frame on.
    fn set_background(&mut self, background: Self::Background, blending: Blending) -> Result<(), Error>;

    /// Fails if a GPU reported an error since the last frame.
    fn check(&mut self) -> Result<(), Error>;

    /// Segments a frame and composites its person over the background. `background` is the newest image of a background's
    /// video, or `undefined`. `mask` replaces the model's mask.
    async fn process(
        &mut self,
        frame: &JsValue,
        background: &JsValue,
        mask: Option<&Uint8Array>,
        options: ProcessOptions,
    ) -> Result<Processed, Error>;

    /// Renders a placeholder frame without the camera's image.
    fn hide(&mut self, width: u32, height: u32) -> Result<ImageBitmap, Error>;
}

/// A prepared model of a backend.
pub(crate) type ModelOf<B> = <<B as Backend>::Stages as Stages>::Model;

/// An imported background of a backend, and how it is blended.
pub(crate) type BackgroundOf<B> = (<<B as Backend>::Stages as Stages>::Background, Blending);

/// The adapter of a backend, for people.
pub(crate) struct Adapter {
    pub(crate) name: String,
    /// Whether it is a GPU that the CPU emulates.
    pub(crate) is_fallback: bool,
}
