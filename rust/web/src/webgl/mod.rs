//! The backend on WebGL2, for browsers without WebGPU: the model on the CPU, and the effects on WebGL2.

mod context;
mod import;

use std::cell::Cell;

use cyclorama_engine::effects::MaskStatus;
use cyclorama_engine::{Engine, EngineError, GpuContext, OnCpu, PreparedModel};

use crate::error::{Error, frame};
use crate::gpu::{EngineOf, GpuApi, MaskCheck, ModelOf, NOT_CURRENT, Output, canvas, surface};
use crate::javascript::object;
use crate::plain::{PowerPreference, Precision};
use context::ContextWatch;

/// The backend on WebGL2.
pub(crate) struct WebGl;

/// A WebGL canvas always has alpha, and wgpu offers no choice.
const ALPHA_MODE: wgpu::CompositeAlphaMode = wgpu::CompositeAlphaMode::Auto;

impl GpuApi for WebGl {
    const NAME: &'static str = "webgl";

    type Device = GpuContext;
    type Segmentation = OnCpu;
    type Importer = import::Importer;
    type Watch = ContextWatch;
    type MaskCheck = LastStatus;
    type ModelMemory = ();

    /// The context of the canvas is the device.
    async fn start(
        _precision: Precision,
        power: PowerPreference,
    ) -> Result<(GpuContext, Output<ContextWatch>), Error> {
        for buffer in [DrawingBuffer::Swapped, DrawingBuffer::Preserved] {
            let (gpu, mut output) = open(power, buffer).await?;
            if output.is_current()? {
                return Ok((gpu, output));
            }
        }
        Err(EngineError::Unsupported(NOT_CURRENT.into()).into())
    }

    async fn engine(
        gpu: &GpuContext,
        model: &[u8],
        output: wgpu::TextureFormat,
    ) -> Result<EngineOf<Self>, EngineError> {
        Engine::on_cpu(gpu.clone(), model, output).await
    }

    async fn prepare_model(_gpu: &GpuContext, model: &[u8]) -> Result<ModelOf<Self>, EngineError> {
        PreparedModel::on_cpu(model).await
    }

    fn model_memory(_engine: &EngineOf<Self>) {}

    fn reserved_memory((): &()) -> Option<u64> {
        None
    }

    fn adapter_name(gpu: &GpuContext) -> Result<String, Error> {
        let name = gpu.adapter().get_info().name;
        Ok(if name.is_empty() { "unnamed adapter".into() } else { name })
    }

    fn destroy(gpu: &GpuContext) {
        gpu.destroy();
    }
}

/// The behavior of the drawing buffer when its image is taken.
#[derive(Clone, Copy, PartialEq)]
enum DrawingBuffer {
    /// Another buffer replaces it. Nothing is copied.
    Swapped,
    /// It is copied, which gives the right image in browsers that confuse the buffers.
    Preserved,
}

async fn open(
    power: PowerPreference,
    buffer: DrawingBuffer,
) -> Result<(GpuContext, Output<ContextWatch>), Error> {
    let instance = wgpu::Instance::new(wgpu::InstanceDescriptor::new_without_display_handle());
    let canvas = canvas()?;
    // wgpu requests the context without these options and receives this one.
    let options = object([
        ("antialias", false.into()),
        ("powerPreference", power.name().into()),
        ("preserveDrawingBuffer", (buffer == DrawingBuffer::Preserved).into()),
    ]);
    canvas
        .get_context_with_context_options("webgl2", &options)
        .map_err(|thrown| frame("the context of the canvas is not available", &thrown))?;
    let surface = surface(&instance, &canvas)?;
    let gpu = GpuContext::request(instance, Some(&surface), power.into()).await?;
    let output = Output::new(&gpu, canvas, surface, ALPHA_MODE)?;
    Ok((gpu, output))
}

/// The status of the last mask, which the CPU knows without readback.
pub(crate) struct LastStatus(Cell<MaskStatus>);

impl MaskCheck<WebGl> for LastStatus {
    fn new(engine: &EngineOf<WebGl>) -> Self {
        Self(Cell::new(engine.mask_status()))
    }

    fn update(&self, engine: &EngineOf<WebGl>) {
        self.0.set(engine.mask_status());
    }

    async fn status(&self) -> Result<MaskStatus, EngineError> {
        Ok(self.0.get())
    }
}
