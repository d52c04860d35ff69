//! The contract of a backend: what differs between the module for WebGPU and the one for WebGL2.

use cyclorama_engine::effects::{MaskStatus, Size};
use cyclorama_engine::{
    Clock, Engine, EngineError, FrameTime, GpuContext, ImportTimestamps, PreparedModel, Segmentation,
    Segmented,
};
use wasm_bindgen::JsValue;

use crate::error::Error;
use crate::options::{ImportPath, PowerPreference, Precision};
use crate::output::Output;
use crate::watch::Watch;

/// The engine of a backend.
pub(crate) type EngineOf<B> = Engine<<B as Backend>::Segmentation>;

/// A prepared model of a backend.
pub(crate) type ModelOf<B> = PreparedModel<<B as Backend>::Segmentation>;

/// A device, the frames on it, and the engine that processes them.
pub(crate) trait Backend: Sized + 'static {
    /// The name in JavaScript.
    const NAME: &'static str;

    /// The device. Clones share it.
    type Device: Clone + AsRef<GpuContext>;
    /// The place where frames are segmented.
    type Segmentation: Segmentation;
    /// A frame in the form that the engine segments.
    type Frame;
    /// See [`Importer`].
    type Importer: Importer<Device = Self::Device, Frame = Self::Frame>;
    /// See [`Watch`].
    type Watch: Watch;
    /// See [`MaskCheck`].
    type MaskCheck: MaskCheck<Self>;
    /// A handle that reports reserved memory while frames run.
    type ModelMemory;

    /// Acquires the device and creates the canvas that it renders to.
    async fn start(
        precision: Precision,
        power: PowerPreference,
    ) -> Result<(Self::Device, Output<Self::Watch>), Error>;

    /// Creates an engine with the bytes of a `.tflite` file. `output` is the format of the canvas.
    async fn engine(
        device: &Self::Device,
        model: &[u8],
        output: wgpu::TextureFormat,
    ) -> Result<EngineOf<Self>, EngineError>;

    /// Imports and warms up another model, while frames run with the current one.
    async fn prepare_model(device: &Self::Device, model: &[u8]) -> Result<ModelOf<Self>, EngineError>;

    /// The size of a frame.
    fn size(frame: &Self::Frame) -> Size;

    /// Segments a frame and makes its matte.
    async fn segment(
        engine: &mut EngineOf<Self>,
        frame: &Self::Frame,
        time: FrameTime,
        clock: Clock,
    ) -> Result<Segmented, EngineError>;

    /// Joins a frame with the last matte that was shown; `None` if that matte cannot be reused.
    fn reuse_matte(
        engine: &mut EngineOf<Self>,
        frame: &Self::Frame,
        time: FrameTime,
    ) -> Result<Option<Segmented>, EngineError>;

    /// Creates the handle for [`Backend::reserved_memory`].
    fn model_memory(engine: &EngineOf<Self>) -> Result<Self::ModelMemory, EngineError>;

    /// Bytes reserved on the GPU for models; `None` if they lie in the memory of the module.
    fn reserved_memory(memory: &Self::ModelMemory) -> Option<u64>;

    /// The name of the adapter for people.
    fn adapter_name(device: &Self::Device) -> Result<String, Error>;

    /// Releases the device and everything on it.
    fn destroy(device: &Self::Device);
}

/// Imports frames and backgrounds from the browser's objects: the stage `import`.
pub(crate) trait Importer: Sized {
    /// [`Backend::Device`].
    type Device;
    /// [`Backend::Frame`].
    type Frame;

    /// Creates an importer. It allocates nothing until the first frame.
    fn new(device: &Self::Device, path: ImportPath) -> Result<Self, Error>;

    /// Imports a frame. Also returns whether the import wrote `timestamps`. A frame on the GPU is valid until the next call
    /// that succeeds.
    async fn import(
        &mut self,
        value: &JsValue,
        timestamps: Option<&ImportTimestamps>,
    ) -> Result<(Self::Frame, bool), Error>;

    /// Takes a frame back whose memory the next one can reuse.
    fn recycle(&mut self, frame: Self::Frame);

    /// Imports a background as a texture. It is valid until the next call that succeeds.
    async fn import_texture(&mut self, value: &JsValue) -> Result<wgpu::Texture, Error>;

    /// Imports a background as [`Importer::import_texture`] does, but synchronously. For single images: it is slow on
    /// software adapters.
    fn import_now(&mut self, value: &JsValue) -> Result<wgpu::Texture, Error>;
}

/// Reports the status of masks while frames run.
pub(crate) trait MaskCheck<B: Backend>: Sized {
    /// Creates the handle.
    fn new(engine: &EngineOf<B>) -> Self;

    /// Records the mask of the last frame.
    fn update(&self, engine: &EngineOf<B>);

    /// The status of the last frame's mask.
    async fn status(&self) -> Result<MaskStatus, EngineError>;
}
