//! The backends that composite on a GPU: what WebGPU and WebGL2 have in common.

mod output;
mod shown;
mod stages;
mod watch;

use std::rc::Rc;

use cyclorama_engine::effects::{Background, Blending, Layout, MaskStatus};
use cyclorama_engine::{
    Engine, EngineError, GpuContext, GpuTimes, ImportTimestamps, PreparedModel, Segmentation, Timestamps,
};
use wasm_bindgen::JsValue;
use web_time::Instant;

use crate::backend::{Adapter, Backend};
use crate::background::{ImageImporter, ImportedBackground, ShowsBackground};
use crate::error::Error;
use crate::options::EngineOptions;
use crate::plain::{ImportPath, PowerPreference, Precision};
pub(crate) use output::{NOT_CURRENT, Output, canvas, surface};
use stages::GpuStages;
pub(crate) use watch::{Completion, Watch};

/// The engine of a GPU.
pub(crate) type EngineOf<G> = Engine<<G as GpuApi>::Segmentation>;

/// A prepared model of a GPU.
pub(crate) type ModelOf<G> = PreparedModel<<G as GpuApi>::Segmentation>;

/// A frame in the form that the engine of a GPU segments.
pub(crate) type FrameOf<G> = <<G as GpuApi>::Segmentation as Segmentation>::Frame;

/// The contract of an API for GPUs: what differs between WebGPU and WebGL2.
pub(crate) trait GpuApi: Sized + 'static {
    /// The name in JavaScript.
    const NAME: &'static str;

    /// The device. Clones share it.
    type Device: Clone + AsRef<GpuContext>;
    /// The place where frames are segmented.
    type Segmentation: Segmentation;
    /// See [`Importer`].
    type Importer: Importer<Device = Self::Device, Frame = FrameOf<Self>>;
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

    /// Creates the handle for [`GpuApi::reserved_memory`].
    fn model_memory(engine: &EngineOf<Self>) -> Self::ModelMemory;

    /// Bytes reserved on the GPU for models; `None` if they lie in the memory of the module.
    fn reserved_memory(memory: &Self::ModelMemory) -> Option<u64>;

    /// The name of the adapter for people.
    fn adapter_name(device: &Self::Device) -> Result<String, Error>;

    /// Releases the device and everything on it.
    fn destroy(device: &Self::Device);
}

/// Imports frames and backgrounds from the browser's objects: the stage `import`.
pub(crate) trait Importer: ImageImporter<Image = wgpu::Texture> + Sized {
    /// [`GpuApi::Device`].
    type Device;
    /// [`FrameOf`] the GPU.
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
}

/// Reports the status of masks while frames run.
pub(crate) trait MaskCheck<G: GpuApi>: Sized {
    /// Creates the handle.
    fn new(engine: &EngineOf<G>) -> Self;

    /// Records the mask of the last frame.
    fn update(&self, engine: &EngineOf<G>);

    /// The status of the last frame's mask.
    async fn status(&self) -> Result<MaskStatus, EngineError>;
}

impl<S: Segmentation> ShowsBackground for Engine<S> {
    type Image = wgpu::Texture;

    fn set_background(&mut self, background: &Background) -> Result<(), EngineError> {
        self.set_background(background)
    }

    fn set_background_image(&mut self, image: &wgpu::Texture, layout: Layout) -> Result<(), EngineError> {
        self.set_background_texture(image, layout)
    }

    fn set_blending(&mut self, blending: Blending) -> Result<(), EngineError> {
        self.set_blending(blending)
    }
}

impl From<PowerPreference> for cyclorama_engine::PowerPreference {
    fn from(preference: PowerPreference) -> Self {
        match preference {
            PowerPreference::HighPerformance => Self::HighPerformance,
            PowerPreference::LowPower => Self::LowPower,
        }
    }
}

/// The backend of a GPU.
pub(crate) struct GpuBackend<G: GpuApi> {
    device: G::Device,
    import_path: ImportPath,
    mask_check: Rc<G::MaskCheck>,
    timestamps: Option<Timestamps>,
    memory: G::ModelMemory,
    completion: <G::Watch as Watch>::Completion,
}

impl<G: GpuApi> Backend for GpuBackend<G> {
    const NAME: &'static str = G::NAME;

    type Stages = GpuStages<G>;

    async fn create(model: &[u8], options: &EngineOptions) -> Result<(Self, GpuStages<G>), Error> {
        let (device, output) = G::start(options.precision, options.power_preference).await?;
        let created = Self::on(device.clone(), output, model, options.import_path).await;
        if created.is_err() {
            G::destroy(&device);
        }
        created
    }

    async fn prepare_model(&self, model: &[u8]) -> Result<ModelOf<G>, EngineError> {
        G::prepare_model(&self.device, model).await
    }

    fn read_background(&self, value: &JsValue) -> Result<(ImportedBackground<G::Importer>, Blending), Error> {
        ImportedBackground::read(value, || G::Importer::new(&self.device, self.import_path))
    }

    fn adapter(&self) -> Result<Adapter, Error> {
        let is_fallback = self.device.as_ref().adapter().get_info().device_type == wgpu::DeviceType::Cpu;
        Ok(Adapter { name: G::adapter_name(&self.device)?, is_fallback })
    }

    fn has_timestamps(&self) -> bool {
        self.timestamps.is_some()
    }

    fn collect_gpu_times(&self) -> Vec<GpuTimes> {
        self.timestamps.iter().flat_map(Timestamps::collect).collect()
    }

    fn model_memory(&self) -> Option<u64> {
        G::reserved_memory(&self.memory)
    }

    async fn completed(&self) {
        self.completion.completed().await;
    }

    async fn mask_status(&self) -> Result<MaskStatus, EngineError> {
        MaskCheck::<G>::status(&*self.mask_check).await
    }

    fn lost(&self) -> Option<String> {
        self.device.as_ref().lost()
    }

    fn destroy(&self) {
        G::destroy(&self.device);
    }
}

impl<G: GpuApi> GpuBackend<G> {
    async fn on(
        device: G::Device,
        output: Output<G::Watch>,
        model: &[u8],
        import_path: ImportPath,
    ) -> Result<(Self, GpuStages<G>), Error> {
        let engine = G::engine(&device, model, output.format()).await?;
        let mask_check = Rc::new(MaskCheck::<G>::new(&engine));
        let (timestamps, memory) = (engine.timestamps().cloned(), G::model_memory(&engine));
        let completion = output.completion();
        let importer = Importer::new(&device, import_path)?;
        let (start, check) = (Instant::now(), Rc::clone(&mask_check));
        let stages = GpuStages { importer, engine, output, mask_check: check, video: None, start };
        Ok((Self { device, import_path, mask_check, timestamps, memory, completion }, stages))
    }
}
