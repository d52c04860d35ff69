//! The network on the processor, and the effects on WebGL2: for browsers without WebGPU.

mod context;
mod import;

use std::cell::Cell;
use std::time::Duration;

use cyclorama_engine::effects::{Picture, Size, Verdict};
use cyclorama_engine::{Clock, Engine, EngineError, Graphics, OnCpu, PreparedModel, Segmented};

pub(crate) use context::{Completion, Watch};
pub(crate) use import::Importer;

use crate::error::{Error, frame};
use crate::javascript::object;
use crate::options::{PowerPreference, Precision};
use crate::output::{NOT_CURRENT, Output, canvas, surface};

/// What JavaScript knows this module's backend as.
pub(crate) const NAME: &str = "webgl";

/// A WebGL canvas is always see-through, and wgpu offers no choice.
pub(crate) const ALPHA_MODE: wgpu::CompositeAlphaMode = wgpu::CompositeAlphaMode::Auto;

pub(crate) type Device = Graphics;
pub(crate) type Core = Engine<OnCpu>;
pub(crate) type Model = PreparedModel<OnCpu>;
/// A frame as it is segmented.
pub(crate) type Frame = Picture;

/// Makes the canvas, whose context is the device.
pub(crate) async fn start(_precision: Precision, power: PowerPreference) -> Result<(Device, Output), Error> {
    for buffer in [DrawingBuffer::Swapped, DrawingBuffer::Preserved] {
        let (graphics, mut output) = open(power, buffer).await?;
        if output.is_current()? {
            return Ok((graphics, output));
        }
    }
    Err(EngineError::Unsupported(NOT_CURRENT.into()).into())
}

/// What becomes of the drawing buffer when its image is taken.
#[derive(Clone, Copy, PartialEq)]
enum DrawingBuffer {
    /// Another takes its place. Nothing is copied.
    Swapped,
    /// It is copied, so that the image is right where browsers confuse the buffers.
    Preserved,
}

async fn open(power: PowerPreference, buffer: DrawingBuffer) -> Result<(Device, Output), Error> {
    let instance = wgpu::Instance::new(wgpu::InstanceDescriptor::new_without_display_handle());
    let canvas = canvas()?;
    // wgpu asks for the context without these options, and gets this one.
    let options = object([
        ("antialias", false.into()),
        ("powerPreference", power.name().into()),
        ("preserveDrawingBuffer", (buffer == DrawingBuffer::Preserved).into()),
    ]);
    canvas
        .get_context_with_context_options("webgl2", &options)
        .map_err(|thrown| frame("the canvas' context cannot be had", &thrown))?;
    let surface = surface(&instance, &canvas)?;
    let graphics = Graphics::request(instance, Some(&surface), power.into()).await?;
    let output = Output::new(&graphics, canvas, surface)?;
    Ok((graphics, output))
}

pub(crate) async fn core(
    graphics: &Device,
    model: &[u8],
    output: wgpu::TextureFormat,
) -> Result<Core, EngineError> {
    Engine::on_cpu(graphics.clone(), model, output).await
}

pub(crate) async fn prepare_model(_graphics: &Device, model: &[u8]) -> Result<Model, EngineError> {
    PreparedModel::on_cpu(model).await
}

/// Width and height.
pub(crate) fn size(frame: &Frame) -> [u32; 2] {
    let Size { width, height } = frame.size();
    [width, height]
}

/// Whatever the clock, what is done on the processor is done when its time ends.
pub(crate) async fn segment(
    core: &mut Core,
    frame: &Frame,
    since: Option<Duration>,
    _clock: Clock,
) -> Result<Segmented, EngineError> {
    core.segment(frame, since).await
}

/// What tells how many bytes are reserved for networks: they lie in the module's own memory.
pub(crate) struct Memory;

impl Memory {
    pub(crate) fn new(_core: &Core) -> Result<Self, EngineError> {
        Ok(Self)
    }

    pub(crate) fn reserved(&self) -> Option<u64> {
        None
    }
}

/// What tells whether masks can be right.
pub(crate) struct Gate(Cell<Verdict>);

impl Gate {
    pub(crate) fn new(core: &Core) -> Self {
        Self(Cell::new(core.verdict()))
    }

    /// Takes note of the last frame's mask.
    pub(crate) fn note(&self, core: &Core) {
        self.0.set(core.verdict());
    }

    pub(crate) async fn verdict(&self) -> Result<Verdict, EngineError> {
        Ok(self.0.get())
    }
}

/// What the browser tells of the GPU, in words.
pub(crate) fn adapter_name(graphics: &Graphics) -> Result<String, Error> {
    let name = graphics.adapter().get_info().name;
    Ok(if name.is_empty() { "unnamed adapter".into() } else { name })
}
