//! The exported engine.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use js_sys::Array;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::ImageBitmap;

use crate::Selected;
use crate::backend::{Adapter, Backend, Stages};
use crate::error::Error;
use crate::javascript::{object, property};
use crate::options::{self, EngineOptions, JsBackground, ProcessOptions, read_or_default};
use crate::shared::{ModelInfo, Shared, StagesGuard};
use crate::timings::gpu_times;

/// Replaces the background of frames.
#[wasm_bindgen]
pub struct Engine {
    backend: Selected,
    shared: Rc<Shared<Selected>>,
}

#[wasm_bindgen]
impl Engine {
    /// Acquires the GPU device, if the module uses one, imports the bytes of a `.tflite` file, compiles the pipelines of model and
    /// background, and runs the model once.
    ///
    /// `options` is `{ background, importPath?: "auto" | "gpu" | "copy", precision?: "auto" | "f32",
    /// powerPreference?: "high-performance" | "low-power" }`. With `f32`, weights have 32 bits even if the adapter supports
    /// 16. `powerPreference` selects the GPU of a machine with several.
    pub async fn create(model: Vec<u8>, options: JsValue) -> Result<Engine, JsValue> {
        Ok(Self::new(&model, &options).await?)
    }

    /// Sets the background from the next frame on. A video shows the image that is passed with it, until `process` receives
    /// a newer one.
    #[wasm_bindgen(js_name = setBackground)]
    pub fn set_background(&self, background: &JsValue) -> Result<(), JsValue> {
        self.alive()?;
        let background = self.backend.read_background(background)?;
        *self.shared.next_background.borrow_mut() = Some(background);
        Ok(())
    }

    /// Sets the options of the matting from the next frame on: `{ refinement: "none" | "guided" | "bilateral",
    /// temporalSmoothing: boolean }`.
    #[wasm_bindgen(js_name = setMatting)]
    pub fn set_matting(&self, options: &JsValue) -> Result<(), JsValue> {
        self.alive()?;
        self.shared.next_matting.set(Some(options::read_matting(options)?));
        Ok(())
    }

    /// Imports another model, and segments with it from the next frame after that. Until then, and if this fails, frames use
    /// the current model.
    #[wasm_bindgen(js_name = setModel)]
    pub async fn set_model(&self, model: Vec<u8>) -> Result<(), JsValue> {
        self.alive()?;
        let model = self.backend.prepare_model(&model).await.map_err(Error::from)?;
        self.alive()?;
        self.shared.model.set(ModelInfo::of(model.as_ref()));
        self.shared.next_model.set(Some(model));
        Ok(())
    }

    /// Segments a frame and composites its person over the background.
    ///
    /// `options` is `{ waitForGpu?: boolean, image?: FrameSource, reuseMatte?: boolean, timestamps?: boolean, mask?:
    /// Uint8Array, video?: boolean, width?: number, height?: number }`:
    ///
    /// - `image` is the newest image of a background's video. It is ignored for other backgrounds.
    /// - `reuseMatte` shows the frame with the matte of the last segmented frame, unless that has another size or is more
    ///   than 100 ms old. Then the frame is segmented. The age of a `VideoFrame` is computed from its timestamp, that of
    ///   other frames from the time of the call.
    /// - `timestamps` makes the GPU time the frame, if the device can. `gpuTimes` returns the times later.
    /// - `mask` replaces the model's mask: the probability of a person at each pixel of the frame, 0 to 255, rows from the
    ///   top.
    /// - `video` returns a `VideoFrame` for a track, with the frame's timestamp, in the form in which the frame came.
    ///   `width` and `height` scale the frame before it is processed. Only the module for the CPU does these two; the others
    ///   ignore them.
    ///
    /// Returns `{ image, width, height, segmented, number, cpu, completed, backgroundError }`. The caller closes the frame
    /// and the passed image. `segmented` is false for a frame with a reused matte. `number` counts the frames. `cpu` has the
    /// time of each stage on this thread until its work was recorded, in milliseconds, and `completed`, with `waitForGpu`,
    /// until the GPU completed it: `{ import, preprocess, inference, refine, composite, output, total }`. `backgroundError`
    /// is the reason for which the passed image cannot be shown. Then the background does not change.
    pub async fn process(&self, frame: JsValue, options: JsValue) -> Result<JsValue, JsValue> {
        let (image, mask) = (property(&options, "image"), property(&options, "mask"));
        let options: ProcessOptions = read_or_default("options", &options)?;
        let mut guard = self.take_stages()?;
        let completed = options.wait_for_gpu;
        Ok(guard.stages().process(&frame, &image, mask.dyn_ref(), options).await?.object(completed).into())
    }

    /// Renders a placeholder frame of this size without the camera's image: the background alone, or black for a blur.
    pub fn hide(&self, width: u32, height: u32) -> Result<ImageBitmap, JsValue> {
        Ok(self.take_stages()?.stages().hide(width, height)?)
    }

    /// Returns the GPU times of the frames whose timestamps were read back since the last call: `{ number, import?,
    /// preprocess?, inference?, refine?, composite? }[]`, in milliseconds. May be called while a frame is processed. Does not
    /// wait.
    #[wasm_bindgen(js_name = gpuTimes)]
    pub fn gpu_times(&self) -> Result<Array, JsValue> {
        self.alive()?;
        let times = self.backend.collect_gpu_times();
        Ok(times.iter().map(|times| JsValue::from(gpu_times(times))).collect())
    }

    /// Returns bytes in use: `{ wasm, model }`, the memory of this module and the GPU memory reserved for models.
    pub fn memory(&self) -> Result<JsValue, JsValue> {
        self.alive()?;
        // Exact: a module has less than 2^32 bytes, and no GPU 2^53.
        let model = self.backend.model_memory().map_or(JsValue::UNDEFINED, |bytes| (bytes as f64).into());
        Ok(object([("wasm", wasm_memory().into()), ("model", model)]).into())
    }

    /// Returns the properties of the engine: `{ adapter, fallbackAdapter, backend, model: { family, width, height },
    /// timestamps, precision }`.
    pub fn info(&self) -> Result<JsValue, JsValue> {
        self.alive()?;
        let ModelInfo { config: model, has_half_weights } = self.shared.model.get();
        let [height, width] = model.input.map(|side| side as u32);
        let family = model.family().name();
        let Adapter { name, is_fallback } = self.backend.adapter()?;
        let model = object([("family", family.into()), ("width", width.into()), ("height", height.into())]);
        Ok(object([
            ("adapter", name.into()),
            ("fallbackAdapter", is_fallback.into()),
            ("backend", Selected::NAME.into()),
            ("model", model.into()),
            ("timestamps", self.backend.has_timestamps().into()),
            ("precision", if has_half_weights { "f16" } else { "f32" }.into()),
        ])
        .into())
    }

    /// Resolves when the GPU has completed all submitted work.
    pub async fn completed(&self) -> Result<(), JsValue> {
        self.alive()?;
        self.backend.completed().await;
        Ok(())
    }

    /// Returns the reason for which the mask of the last frame was rejected; `undefined` if it was not. A rejected mask shows
    /// nothing of the frame. May be called while a frame is processed, without delaying it.
    #[wasm_bindgen(js_name = maskStatus)]
    pub async fn mask_status(&self) -> Result<Option<String>, JsValue> {
        self.alive()?;
        let status = self.backend.mask_status().await.map_err(Error::from);
        self.alive()?;
        Ok(status?.fault().map(String::from))
    }

    /// The reason for which the GPU device is lost; `undefined` while it is not.
    #[wasm_bindgen(js_name = lostReason)]
    pub fn lost_reason(&self) -> Option<String> {
        self.backend.lost()
    }

    /// Releases all resources, including the GPU device. May be called at any time and more than once. A frame that is being
    /// processed fails.
    pub fn destroy(&self) {
        self.shared.destroyed.set(true);
        self.shared.stages.take();
        self.shared.next_background.take();
        self.shared.next_model.take();
        self.backend.destroy();
    }
}

impl Engine {
    async fn new(model: &[u8], options: &JsValue) -> Result<Self, Error> {
        let background = property(options, "background");
        let options: EngineOptions = read_or_default("options", options)?;
        // Errors in the background are found before a device is requested.
        JsBackground::read_blending(&background)?;
        JsBackground::read(&background)?;
        let (backend, mut stages) = Selected::create(model, &options).await?;
        // Pipelines that cannot be compiled fail here, so that the caller can start another backend.
        let mut show = async || {
            let (background, blending) = backend.read_background(&background)?;
            stages.set_background(background, blending)?;
            backend.completed().await;
            stages.check()
        };
        show().await.inspect_err(|_| backend.destroy())?;
        let model = ModelInfo::of(stages.segmenter());
        let shared = Shared {
            stages: Cell::new(Some(stages)),
            destroyed: Cell::new(false),
            next_background: RefCell::new(None),
            next_matting: Cell::new(None),
            next_model: Cell::new(None),
            model: Cell::new(model),
        };
        Ok(Self { backend, shared: Rc::new(shared) })
    }

    fn alive(&self) -> Result<(), Error> {
        if self.shared.destroyed.get() { Err(Error::Destroyed) } else { Ok(()) }
    }

    fn take_stages(&self) -> Result<StagesGuard<Selected>, Error> {
        self.alive()?;
        StagesGuard::take(&self.shared)
    }
}

/// Bytes of this module's memory.
fn wasm_memory() -> f64 {
    const PAGE: f64 = 65536.0;
    core::arch::wasm32::memory_size(0) as f64 * PAGE
}
