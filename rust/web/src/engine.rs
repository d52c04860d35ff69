use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use cyclorama_engine::effects::{Background, Blending, Layout, MattingOptions, Picture, Size};
use cyclorama_engine::{Clock, EngineError, GpuTimes, ModelConfig, Segmenter, StageTimes, Timestamps};
use js_sys::{Array, Object, Uint8Array};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::ImageBitmap;
use web_time::Instant;

use crate::age::FrameTime;
use crate::backend::{self, Completion, Core, Device, Gate, Importer, Memory, Model};
use crate::error::Error;
use crate::javascript::{object, property};
use crate::options::{self, BackgroundOptions, EngineOptions, ImportPath, ProcessOptions, read_or_default};
use crate::output::Output;
use crate::source::Source;

/// Replaces the background of frames.
#[wasm_bindgen]
pub struct Engine {
    device: Device,
    import_path: ImportPath,
    gate: Rc<Gate>,
    timestamps: Option<Timestamps>,
    memory: Memory,
    completion: Completion,
    shared: Rc<Shared>,
}

/// What calls share while a frame's promise is pending.
struct Shared {
    /// Taken by the call that works with it; empty meanwhile and after `destroy`.
    stages: Cell<Option<Stages>>,
    destroyed: Cell<bool>,
    /// What the next frame shall begin with.
    next_background: RefCell<Option<(Backdrop, Blending)>>,
    next_matting: Cell<Option<MattingOptions>>,
    next_model: Cell<Option<Model>>,
    /// What segments the next frame.
    model: Cell<ModelInfo>,
}

#[derive(Clone, Copy)]
struct ModelInfo {
    config: ModelConfig,
    has_half_weights: bool,
}

impl ModelInfo {
    fn of(segmenter: &Segmenter) -> Self {
        Self { config: *segmenter.config(), has_half_weights: segmenter.has_half_weights() }
    }
}

struct Stages {
    importer: Importer,
    core: Core,
    output: Output,
    gate: Rc<Gate>,
    /// The video behind the person, if that is what is there.
    video: Option<Box<Video>>,
    /// What frames' times are counted from.
    start: Instant,
    /// When the last frame was taken that could be segmented, and its size.
    before: Option<(FrameTime, [u32; 2])>,
}

/// A video as a background, whose pictures are handed in.
struct Video {
    layout: Layout,
    /// Of its own, as the camera's has one texture for the camera's frames.
    importer: Importer,
}

enum Backdrop {
    Plain(Background),
    Image(wgpu::Texture, Layout),
    /// A video and its first picture.
    Video(Box<Video>, wgpu::Texture),
}

#[wasm_bindgen]
impl Engine {
    /// Acquires the GPU device, imports the bytes of a `.tflite` file, and compiles and warms every pipeline.
    ///
    /// `options` is `{ background, importPath?: "auto" | "gpu" | "copy", precision?: "auto" | "f32",
    /// powerPreference?: "high-performance" | "low-power" }`. With `f32` weights are stored with 32 bits even where the adapter
    /// has 16. `powerPreference` says which GPU to use where the machine has several.
    pub async fn create(model: Vec<u8>, options: JsValue) -> Result<Engine, JsValue> {
        Ok(Self::new(&model, &options).await?)
    }

    /// Shows this background from the next frame on; of a video the picture that comes with it, until `process` is given a
    /// newer one.
    #[wasm_bindgen(js_name = setBackground)]
    pub fn set_background(&self, background: &JsValue) -> Result<(), JsValue> {
        self.alive()?;
        *self.shared.next_background.borrow_mut() =
            Some(backdrop(&self.device, self.import_path, background)?);
        Ok(())
    }

    /// Makes mattes this way from the next frame on: `{ refinement: "none" | "guided" | "bilateral", steady: boolean }`.
    #[wasm_bindgen(js_name = setMatting)]
    pub fn set_matting(&self, options: &JsValue) -> Result<(), JsValue> {
        self.alive()?;
        self.shared.next_matting.set(Some(options::read_matting(options)?));
        Ok(())
    }

    /// Imports another model and segments with it from the next frame after that on; the old one serves until then,
    /// and stays if this fails.
    #[wasm_bindgen(js_name = setModel)]
    pub async fn set_model(&self, model: Vec<u8>) -> Result<(), JsValue> {
        self.alive()?;
        let (device, shared) = (self.device.clone(), Rc::clone(&self.shared));
        let model = backend::prepare_model(&device, &model).await.map_err(Error::from)?;
        if shared.destroyed.get() {
            return Err(Error::Destroyed.into());
        }
        shared.model.set(ModelInfo::of(model.segmenter()));
        shared.next_model.set(Some(model));
        Ok(())
    }

    /// Segments a frame and shows its person before the background.
    ///
    /// `options` is `{ waitForGpu?: boolean, picture?: FrameSource, reuseMatte?: boolean, timestamps?: boolean, mask?: Uint8Array }`. `picture` is the newest one of a
    /// video behind the person; without such a video it is not looked at. With `reuseMatte` the frame is shown under the matte
    /// of the last one that was segmented, unless there is none of its size or it is more than 100 ms old: then it is segmented
    /// itself. The age of a `VideoFrame` is counted by its own timestamp, that of others from when they are handed in. With
    /// `timestamps` the GPU's own times of the frame come out of `gpuTimes` later, where the device has them. `mask` is shown in
    /// place of the network's: how probably each pixel of the frame is the person, 0 to 255, rows from the top.
    ///
    /// Gives `{ image, width, height, segmented, number, cpu, completed, backgroundError }`; frame and picture stay the caller's to
    /// close. `segmented` is false for a frame under the last one's matte, `number` counts the frames. `cpu` has what each stage
    /// took this thread until its work was handed over, in milliseconds, and `completed`, with `waitForGpu`, what it took until
    /// the GPU was done: `{ import, preprocess, inference, refine, composite, output, total }`. `backgroundError` says why the
    /// picture could not be had: then the last one is behind the person.
    pub async fn process(&self, frame: JsValue, options: JsValue) -> Result<JsValue, JsValue> {
        let (picture, mask) = (property(&options, "picture"), property(&options, "mask"));
        let options: ProcessOptions = read_or_default("options", &options)?;
        let mut lease = self.lease()?;
        Ok(lease.stages().process(&frame, &picture, mask.dyn_ref(), options).await?.into())
    }

    /// A picture of this size with nothing of the camera in it: the chosen background alone, black for a blur.
    pub fn hide(&self, width: u32, height: u32) -> Result<ImageBitmap, JsValue> {
        let mut lease = self.lease()?;
        let stages = lease.stages();
        let target = stages.output.begin(width, height)?;
        stages.core.hide(None, &target.view).map_err(Error::from)?;
        let image = stages.output.finish(target)?;
        Ok(stages.checked(image)?)
    }

    /// By the GPU's own clock, the times of the frames whose timestamps have come back since the last call:
    /// `{ number, import?, preprocess?, inference?, refine?, composite? }[]`, in milliseconds. May be called while a frame is being
    /// processed, and waits for nothing.
    #[wasm_bindgen(js_name = gpuTimes)]
    pub fn gpu_times(&self) -> Result<Array, JsValue> {
        self.alive()?;
        let times = self.timestamps.iter().flat_map(Timestamps::collect);
        Ok(times.map(|times| JsValue::from(gpu_times(&times))).collect())
    }

    /// Bytes taken: `{ wasm, network }`, of this module's memory and of what is reserved for networks on the GPU.
    pub fn memory(&self) -> Result<JsValue, JsValue> {
        self.alive()?;
        // Exact: a module has less than 2^32 bytes, and no GPU 2^53.
        let network = self.memory.reserved().map_or(JsValue::UNDEFINED, |bytes| (bytes as f64).into());
        Ok(object([("wasm", wasm_memory().into()), ("network", network)]).into())
    }

    /// What runs: `{ adapter, fallbackAdapter, backend, model: { family, width, height }, timestamps, precision }`.
    pub fn info(&self) -> Result<JsValue, JsValue> {
        self.alive()?;
        let ModelInfo { config: model, has_half_weights } = self.shared.model.get();
        let [height, width] = model.input.map(|side| side as u32);
        let family = model.family().name();
        let adapter = self.device.adapter().get_info();
        let model = object([("family", family.into()), ("width", width.into()), ("height", height.into())]);
        Ok(object([
            ("adapter", backend::adapter_name(&self.device)?.into()),
            ("fallbackAdapter", (adapter.device_type == wgpu::DeviceType::Cpu).into()),
            ("backend", backend::NAME.into()),
            ("model", model.into()),
            ("timestamps", self.timestamps.is_some().into()),
            ("precision", if has_half_weights { "f16" } else { "f32" }.into()),
        ])
        .into())
    }

    /// Resolves when the GPU has done all that was handed to it.
    pub async fn completed(&self) -> Result<(), JsValue> {
        self.alive()?;
        self.completion.completed().await;
        Ok(())
    }

    /// Why the network's mask of the last frame cannot be right, if it cannot: then nobody was shown. May be called while
    /// a frame is being processed, whose pace it leaves alone.
    #[wasm_bindgen(js_name = maskVerdict)]
    pub async fn mask_verdict(&self) -> Result<Option<String>, JsValue> {
        self.alive()?;
        let verdict = self.gate.verdict().await.map_err(Error::from);
        self.alive()?;
        Ok(verdict?.fault().map(String::from))
    }

    /// Why the GPU device is lost, once it is.
    #[wasm_bindgen(js_name = lostReason)]
    pub fn lost_reason(&self) -> Option<String> {
        self.device.lost()
    }

    /// Gives everything back, the GPU device included. May be called at any time and more than once; a frame that is
    /// being processed fails.
    pub fn destroy(&self) {
        self.shared.destroyed.set(true);
        self.shared.stages.take();
        self.shared.next_background.take();
        self.shared.next_model.take();
        self.device.destroy();
    }
}

impl Engine {
    async fn new(model: &[u8], options: &JsValue) -> Result<Self, Error> {
        let EngineOptions { import_path, precision, power_preference } = read_or_default("options", options)?;
        let background = property(options, "background");
        // What is wrong with it is found before a device is asked for.
        BackgroundOptions::read_blending(&background)?;
        BackgroundOptions::read(&background)?;
        let (device, output) = backend::start(precision, power_preference).await?;
        let engine = Self::on(device.clone(), output, model, import_path, &background).await;
        if engine.is_err() {
            device.destroy();
        }
        engine
    }

    async fn on(
        device: Device,
        output: Output,
        model: &[u8],
        import_path: ImportPath,
        background: &JsValue,
    ) -> Result<Self, Error> {
        let background = backdrop(&device, import_path, background)?;
        let core = backend::core(&device, model, output.format()).await?;
        let (model, gate) = (ModelInfo::of(core.segmenter()), Rc::new(Gate::new(&core)));
        let (timestamps, memory) = (core.timestamps().cloned(), Memory::new(&core)?);
        let completion = output.completion();
        let importer = Importer::new(&device, import_path)?;
        let (start, gate_of_stages) = (Instant::now(), Rc::clone(&gate));
        let stages =
            Stages { importer, core, output, gate: gate_of_stages, video: None, start, before: None };
        let shared = Shared {
            stages: Cell::new(Some(stages)),
            destroyed: Cell::new(false),
            next_background: RefCell::new(Some(background)),
            next_matting: Cell::new(None),
            next_model: Cell::new(None),
            model: Cell::new(model),
        };
        Ok(Self { device, import_path, gate, timestamps, memory, completion, shared: Rc::new(shared) })
    }

    fn alive(&self) -> Result<(), Error> {
        if self.shared.destroyed.get() { Err(Error::Destroyed) } else { Ok(()) }
    }

    /// The stages, for one call alone, with what was chosen since the last one in place.
    fn lease(&self) -> Result<Lease, Error> {
        self.alive()?;
        let mut stages = self.shared.stages.take().ok_or(Error::Busy)?;
        if let Some(model) = self.shared.next_model.take() {
            stages.core.set_model(model);
        }
        if let Some(matting) = self.shared.next_matting.take() {
            stages.core.set_matting(matting);
        }
        let background = self.shared.next_background.take();
        let lease = Lease { stages: Some(stages), shared: Rc::clone(&self.shared) };
        lease.with_background(background)
    }
}

/// The stages on loan: they go back when this is dropped, unless the engine was destroyed meanwhile.
struct Lease {
    stages: Option<Stages>,
    shared: Rc<Shared>,
}

impl Lease {
    fn stages(&mut self) -> &mut Stages {
        self.stages.as_mut().expect("a lease has its stages until it is dropped")
    }

    fn with_background(mut self, background: Option<(Backdrop, Blending)>) -> Result<Self, Error> {
        if let Some((background, blending)) = background {
            let Stages { core, video, .. } = self.stages();
            core.set_blending(blending)?;
            *video = None;
            match background {
                Backdrop::Plain(background) => core.set_background(&background)?,
                Backdrop::Image(texture, layout) => core.set_background_texture(&texture, layout)?,
                Backdrop::Video(new, texture) => {
                    core.set_background_texture(&texture, new.layout)?;
                    *video = Some(new);
                }
            }
        }
        Ok(self)
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        if !self.shared.destroyed.get() {
            self.shared.stages.set(self.stages.take());
        }
    }
}

impl Stages {
    /// The picture, unless the device was lost while it was made: then nobody knows what it shows.
    fn checked(&self, image: ImageBitmap) -> Result<ImageBitmap, Error> {
        if let Err(error) = self.output.check() {
            image.close();
            return Err(error);
        }
        Ok(image)
    }

    /// Puts a newer picture of the video behind the person.
    async fn refresh_background(&mut self, picture: &JsValue) -> Result<(), Error> {
        let Some(video) = self.video.as_mut().filter(|_| !picture.is_undefined() && !picture.is_null())
        else {
            return Ok(());
        };
        let Video { layout, importer } = &mut **video;
        let texture = importer.import_texture(picture).await.map_err(Error::background)?;
        Ok(self.core.set_background_texture(&texture, *layout)?)
    }

    async fn process(
        &mut self,
        frame: &JsValue,
        picture: &JsValue,
        mask: Option<&Uint8Array>,
        options: ProcessOptions,
    ) -> Result<Object, Error> {
        let clock = if options.wait_for_gpu { Clock::Completed } else { Clock::Cpu };
        self.core.request_timestamps(options.timestamps);
        let start = Instant::now();
        let refreshed = self.refresh_background(picture).await;
        let timestamps = self.core.import_timestamps();
        let time = FrameTime { handed_in: start - self.start, timestamp: Source::timestamp(frame) };
        let (frame, is_import_timed) = self.importer.import(frame, timestamps.as_ref()).await?;
        if is_import_timed {
            self.core.note_import_timestamps();
        }
        let import = self.lap(start, clock).await;
        let [width, height] = backend::size(&frame);
        let since = self
            .before
            .filter(|(_, size)| *size == [width, height])
            .and_then(|(before, _)| time.since(&before));
        let reused = match since.filter(|_| options.reuse_matte) {
            None => None,
            Some(age) => match self.core.reuse_matte(&frame, age) {
                Ok(reused) => Some(reused),
                Err(EngineError::Matte(_)) => None,
                Err(error) => return Err(error.into()),
            },
        };
        let is_reused = reused.is_some();
        let segmented = match reused {
            Some(reused) => reused,
            None => {
                let segmented = backend::segment(&mut self.core, &frame, since, clock).await?;
                self.before = Some((time, [width, height]));
                self.gate.note(&self.core);
                segmented
            }
        };
        self.importer.recycle(frame);
        let mask = mask.map(|mask| self.upload_mask(mask, Size { width, height })).transpose()?;
        let segmented = match &mask {
            Some(mask) => segmented.under_mask(mask)?,
            None => segmented,
        };
        let (number, segment_cpu) = (segmented.number, segmented.cpu);
        let segment_completed = segmented.completed.unwrap_or(segment_cpu);

        // A canvas keeps its texture only until the task ends: nothing is awaited from here to the bitmap.
        let composite_start = Instant::now();
        let target = self.output.begin(width, height)?;
        self.core.composite(segmented, &target.view)?;
        if let Some(mask) = mask {
            mask.destroy();
        }
        let composite = composite_start.elapsed();
        let output_start = Instant::now();
        let image = self.output.finish(target)?;
        let output = self.lap(output_start, clock).await;
        let whole = start.elapsed();
        let image = self.checked(image)?;

        let cpu =
            Times { import: import.cpu, stages: StageTimes { composite, ..segment_cpu }, output: output.cpu };
        // What is waited for after the output is the composite's, whose work takes the GPU the time.
        let waited = output.completed - output.cpu;
        let completed = Times {
            import: import.completed,
            stages: StageTimes { composite: composite + waited, ..segment_completed },
            output: output.cpu,
        };
        let all_waited = completed.sum().saturating_sub(cpu.sum());
        let completed = match clock {
            Clock::Cpu => JsValue::UNDEFINED,
            Clock::Completed => completed.object(whole).into(),
        };
        Ok(object([
            ("image", image.into()),
            ("width", width.into()),
            ("height", height.into()),
            ("segmented", (!is_reused).into()),
            // Exact: no engine sees 2^53 frames.
            ("number", (number as f64).into()),
            ("cpu", cpu.object(whole.saturating_sub(all_waited)).into()),
            ("completed", completed),
            ("backgroundError", refreshed.map_or_else(JsValue::from, |()| JsValue::UNDEFINED)),
        ]))
    }

    /// A mask as [`Segmented::under_mask`](cyclorama_engine::Segmented::under_mask) takes it.
    fn upload_mask(&self, mask: &Uint8Array, size: Size) -> Result<wgpu::Texture, Error> {
        if mask.length() as usize != size.pixels() {
            let message = format!("the mask has {} values for a frame of {size}", mask.length());
            return Err(EngineError::Frame(message).into());
        }
        let pixels = mask.to_vec().into_iter().flat_map(|probability| [0, 0, 0, probability]).collect();
        Ok(self.core.graphics().upload(&Picture::new(size, pixels)?, None)?)
    }

    /// Ends a stage that began at `start`, with [`Clock::Completed`] once the GPU is done.
    async fn lap(&self, start: Instant, clock: Clock) -> Lap {
        let cpu = start.elapsed();
        if clock == Clock::Completed {
            self.output.completed().await;
        }
        Lap { cpu, completed: start.elapsed() }
    }
}

/// How long a stage took until its work was handed over, and until it was done.
struct Lap {
    cpu: Duration,
    completed: Duration,
}

/// What each stage of a frame took by one clock.
struct Times {
    import: Duration,
    stages: StageTimes,
    output: Duration,
}

impl Times {
    fn sum(&self) -> Duration {
        let StageTimes { preprocess, inference, refine, composite } = self.stages;
        self.import + preprocess + inference + refine + composite + self.output
    }

    /// In milliseconds; `total` is the frame's time with what lies between its stages.
    fn object(&self, total: Duration) -> Object {
        let StageTimes { preprocess, inference, refine, composite } = self.stages;
        object([
            ("import", milliseconds(self.import)),
            ("preprocess", milliseconds(preprocess)),
            ("inference", milliseconds(inference)),
            ("refine", milliseconds(refine)),
            ("composite", milliseconds(composite)),
            ("output", milliseconds(self.output)),
            ("total", milliseconds(total)),
        ])
    }
}

/// In milliseconds; `undefined` for what was not timed.
fn gpu_times(times: &GpuTimes) -> Object {
    let GpuTimes { number, import, preprocess, inference, refine, composite } = *times;
    let stage = |time: Option<Duration>| time.map_or(JsValue::UNDEFINED, milliseconds);
    object([
        ("number", (number as f64).into()),
        ("import", stage(import)),
        ("preprocess", stage(preprocess)),
        ("inference", stage(inference)),
        ("refine", stage(refine)),
        ("composite", stage(composite)),
    ])
}

/// Bytes of this module's memory.
fn wasm_memory() -> f64 {
    const PAGE: f64 = 65536.0;
    core::arch::wasm32::memory_size(0) as f64 * PAGE
}

fn milliseconds(duration: Duration) -> JsValue {
    (duration.as_secs_f64() * 1000.0).into()
}

/// A background from JavaScript with its picture, if it has one, on the GPU.
fn backdrop(device: &Device, path: ImportPath, value: &JsValue) -> Result<(Backdrop, Blending), Error> {
    let blending = BackgroundOptions::read_blending(value)?;
    let backdrop = match BackgroundOptions::read(value)? {
        BackgroundOptions::Plain(background) => Backdrop::Plain(background),
        BackgroundOptions::Image(image, layout) => {
            let texture = Importer::new(device, path)?.import_now(&image).map_err(Error::background)?;
            Backdrop::Image(texture, layout)
        }
        BackgroundOptions::Video(picture, layout) => {
            let mut importer = Importer::new(device, path)?;
            let texture = importer.import_now(&picture).map_err(Error::background)?;
            Backdrop::Video(Box::new(Video { layout, importer }), texture)
        }
    };
    Ok((backdrop, blending))
}
