//! The backend on WebGPU: model and effects on the GPU.

mod device;
mod import;

use cyclorama_engine::effects::MaskStatus;
use cyclorama_engine::{
    self as engine, ComputeContext, ComputeContextOptions, Engine, EngineError, GpuContext, ModelMemory,
    OnGpu, PreparedModel,
};
use web_sys::OffscreenCanvas;

use crate::error::Error;
use crate::gpu::{
    Completion, EngineOf, GpuApi, MaskCheck, ModelOf, NOT_CURRENT, Output, Watch, canvas, surface,
};
use crate::plain::{PowerPreference, Precision};

/// The backend on WebGPU.
pub(crate) struct WebGpu;

/// WebGPU canvases support premultiplied alpha, although wgpu does not report it.
const ALPHA_MODE: wgpu::CompositeAlphaMode = wgpu::CompositeAlphaMode::PreMultiplied;

impl GpuApi for WebGpu {
    const NAME: &'static str = "webgpu";

    type Device = ComputeContext;
    type Segmentation = OnGpu;
    type Importer = import::Importer;
    type Watch = GpuContext;
    type MaskCheck = engine::MaskCheck;
    type ModelMemory = ModelMemory;

    async fn start(
        precision: Precision,
        power: PowerPreference,
    ) -> Result<(ComputeContext, Output<GpuContext>), Error> {
        let precision = match precision {
            Precision::Auto => engine::Precision::Auto,
            Precision::F32 => engine::Precision::F32,
        };
        let options = ComputeContextOptions { precision, power: power.into() };
        let compute = ComputeContext::request_with(options).await?;
        let canvas = canvas()?;
        let surface = surface(compute.instance(), &canvas)?;
        let mut output = Output::new(&compute, canvas, surface, ALPHA_MODE)?;
        if !output.is_current()? {
            return Err(EngineError::Unsupported(NOT_CURRENT.into()).into());
        }
        Ok((compute, output))
    }

    async fn engine(
        compute: &ComputeContext,
        model: &[u8],
        output: wgpu::TextureFormat,
    ) -> Result<EngineOf<Self>, EngineError> {
        Engine::on_gpu(compute.clone(), model, output).await
    }

    async fn prepare_model(compute: &ComputeContext, model: &[u8]) -> Result<ModelOf<Self>, EngineError> {
        PreparedModel::on_gpu(compute, model).await
    }

    fn model_memory(engine: &EngineOf<Self>) -> ModelMemory {
        engine.model_memory()
    }

    fn reserved_memory(memory: &ModelMemory) -> Option<u64> {
        Some(memory.reserved())
    }

    fn adapter_name(compute: &ComputeContext) -> Result<String, Error> {
        import::adapter_name(compute)
    }

    fn destroy(compute: &ComputeContext) {
        compute.destroy();
    }
}

/// wgpu reports lost WebGPU devices, so the context watches itself.
impl Watch for GpuContext {
    type Completion = Self;

    fn new(_canvas: &OffscreenCanvas, gpu: &GpuContext) -> Result<Self, Error> {
        Ok(gpu.clone())
    }

    fn lost(&self) -> Option<String> {
        self.lost()
    }

    async fn completed(&self) {
        self.completed().await;
    }

    fn completion(&self) -> Self {
        self.clone()
    }
}

impl Completion for GpuContext {
    async fn completed(&self) {
        self.completed().await;
    }
}

impl MaskCheck<WebGpu> for engine::MaskCheck {
    fn new(engine: &EngineOf<WebGpu>) -> Self {
        engine.mask_check()
    }

    /// The GPU records the status itself.
    fn update(&self, _engine: &EngineOf<WebGpu>) {}

    async fn status(&self) -> Result<MaskStatus, EngineError> {
        self.status().await
    }
}
