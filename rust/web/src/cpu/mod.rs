//! The backend on the CPU, for machines without a GPU: all stages in the memory of the module.

mod import;
mod output;
mod stages;

use std::cell::Cell;
use std::rc::Rc;

use cyclorama_engine::effects::cpu::Planes;
use cyclorama_engine::effects::{Background, Blending, Layout, MaskStatus, Size};
use cyclorama_engine::{CpuEngine, EngineError, GpuTimes, Segmenter};
use wasm_bindgen::JsValue;

use crate::backend::{Adapter, Backend};
use crate::background::{ImportedBackground, ShowsBackground};
use crate::error::Error;
use crate::options::EngineOptions;
use import::Importer;
use stages::CpuStages;

/// The backend on the CPU.
pub(crate) struct Cpu {
    /// The status of the last frame's mask.
    mask_status: Rc<Cell<MaskStatus>>,
}

impl Backend for Cpu {
    const NAME: &'static str = "cpu";

    type Stages = CpuStages;

    /// Ignores the options: all are for GPUs.
    async fn create(model: &[u8], _options: &EngineOptions) -> Result<(Self, CpuStages), Error> {
        let engine = CpuEngine::new(model).await?;
        let mask_status = Rc::new(Cell::new(engine.mask_status()));
        Ok((Self { mask_status: Rc::clone(&mask_status) }, CpuStages::new(engine, mask_status)))
    }

    async fn prepare_model(&self, model: &[u8]) -> Result<Segmenter, EngineError> {
        CpuEngine::prepare_model(model).await
    }

    fn read_background(&self, value: &JsValue) -> Result<(ImportedBackground<Importer>, Blending), Error> {
        ImportedBackground::read(value, || Ok(Importer::new()))
    }

    fn adapter(&self) -> Result<Adapter, Error> {
        Ok(Adapter { name: "CPU (WebAssembly SIMD)".into(), is_fallback: false })
    }

    fn has_timestamps(&self) -> bool {
        false
    }

    fn collect_gpu_times(&self) -> Vec<GpuTimes> {
        Vec::new()
    }

    fn model_memory(&self) -> Option<u64> {
        None
    }

    /// Work on the CPU is completed when the call ends.
    async fn completed(&self) {}

    async fn mask_status(&self) -> Result<MaskStatus, EngineError> {
        Ok(self.mask_status.get())
    }

    fn lost(&self) -> Option<String> {
        None
    }

    fn destroy(&self) {}
}

/// The largest side of a frame, as in the npm package.
const MAX_SIDE: u32 = 8192;

/// Checks the size of a frame before memory is reserved for it.
fn check_size(size: Size) -> Result<(), EngineError> {
    let sides = 1..=MAX_SIDE;
    if sides.contains(&size.width) && sides.contains(&size.height) {
        return Ok(());
    }
    Err(EngineError::Frame(format!("the frame is {size}: each side must have 1 to {MAX_SIDE} pixels")))
}

impl ShowsBackground for CpuEngine {
    type Image = Planes;

    fn set_background(&mut self, background: &Background) -> Result<(), EngineError> {
        self.set_background(background)
    }

    fn set_background_image(&mut self, image: &Planes, layout: Layout) -> Result<(), EngineError> {
        self.set_background_planes(image, layout)
    }

    fn set_blending(&mut self, blending: Blending) -> Result<(), EngineError> {
        self.set_blending(blending)
    }
}
