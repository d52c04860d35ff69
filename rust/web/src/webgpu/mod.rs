//! Everything on WebGPU.

mod device;
mod import;

use std::time::Duration;

use cyclorama_engine::effects::Verdict;
use cyclorama_engine::{
    self as engine, Clock, Engine, EngineError, Gpu, GpuOptions, Graphics, MaskGate, NetworkMemory, OnGpu,
    PreparedModel, Segmented,
};
use web_sys::OffscreenCanvas;

pub(crate) use import::{Importer, adapter_name};

use crate::error::Error;
use crate::options::{PowerPreference, Precision};
use crate::output::{NOT_CURRENT, Output, canvas, surface};

/// What JavaScript knows this module's backend as.
pub(crate) const NAME: &str = "webgpu";

/// Canvases are see-through where this is asked for, whatever wgpu says they can.
pub(crate) const ALPHA_MODE: wgpu::CompositeAlphaMode = wgpu::CompositeAlphaMode::PreMultiplied;

pub(crate) type Device = Gpu;
pub(crate) type Core = Engine<OnGpu>;
pub(crate) type Model = PreparedModel<OnGpu>;
/// A frame as it is segmented.
pub(crate) type Frame = wgpu::Texture;

/// Acquires the device and makes the canvas that it renders to.
pub(crate) async fn start(precision: Precision, power: PowerPreference) -> Result<(Device, Output), Error> {
    let precision = match precision {
        Precision::Auto => engine::Precision::Auto,
        Precision::F32 => engine::Precision::F32,
    };
    let gpu = Gpu::request_with(GpuOptions { precision, power: power.into() }).await?;
    let canvas = canvas()?;
    let surface = surface(gpu.instance(), &canvas)?;
    let mut output = Output::new(&gpu, canvas, surface)?;
    if !output.is_current()? {
        return Err(EngineError::Unsupported(NOT_CURRENT.into()).into());
    }
    Ok((gpu, output))
}

pub(crate) async fn core(
    gpu: &Device,
    model: &[u8],
    output: wgpu::TextureFormat,
) -> Result<Core, EngineError> {
    Engine::on_gpu(gpu.clone(), model, output).await
}

pub(crate) async fn prepare_model(gpu: &Device, model: &[u8]) -> Result<Model, EngineError> {
    PreparedModel::on_gpu(gpu, model).await
}

/// Width and height.
pub(crate) fn size(frame: &Frame) -> [u32; 2] {
    [frame.width(), frame.height()]
}

pub(crate) async fn segment(
    core: &mut Core,
    frame: &Frame,
    since: Option<Duration>,
    clock: Clock,
) -> Result<Segmented, EngineError> {
    core.segment(frame, since, clock).await
}

/// What tells when the GPU is done, beside the frames.
pub(crate) struct Completion(Graphics);

impl Completion {
    /// Waits until everything submitted so far is done.
    pub(crate) async fn completed(&self) {
        self.0.completed().await;
    }
}

/// What tells how many bytes are reserved for networks, where that is known.
pub(crate) struct Memory(NetworkMemory);

impl Memory {
    pub(crate) fn new(core: &Core) -> Result<Self, EngineError> {
        Ok(Self(core.network_memory()?))
    }

    pub(crate) fn reserved(&self) -> Option<u64> {
        Some(self.0.reserved())
    }
}

/// What tells whether masks can be right.
pub(crate) struct Gate(MaskGate);

impl Gate {
    pub(crate) fn new(core: &Core) -> Self {
        Self(core.mask_gate())
    }

    /// Takes note of the last frame's mask. The GPU has, by itself.
    pub(crate) fn note(&self, _core: &Core) {}

    pub(crate) async fn verdict(&self) -> Result<Verdict, EngineError> {
        self.0.verdict().await
    }
}

/// What watches over a canvas: WebGPU tells of lost devices by itself.
pub(crate) struct Watch {
    graphics: Graphics,
}

impl Watch {
    pub(crate) fn new(_canvas: &OffscreenCanvas, graphics: &Graphics) -> Result<Self, Error> {
        Ok(Self { graphics: graphics.clone() })
    }

    /// Why the device is lost, if it is.
    pub(crate) fn lost(&self) -> Option<String> {
        self.graphics.lost()
    }

    /// What tells when the GPU is done, beside the frames.
    pub(crate) fn completion(&self) -> Completion {
        Completion(self.graphics.clone())
    }

    /// Waits until everything submitted so far is done.
    pub(crate) async fn completed(&self) {
        self.graphics.completed().await;
    }
}
