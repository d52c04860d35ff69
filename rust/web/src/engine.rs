use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use cyclorama_engine::effects::{Background, Blending, Layout, MattingOptions};
use cyclorama_engine::{Clock, EngineError, NetworkConfig, Segmented};
use js_sys::Object;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use web_sys::ImageBitmap;
use web_time::Instant;

use crate::backend::{self, Core, Device, Gate, Importer, Model};
use crate::error::Error;
use crate::javascript::{object, property};
use crate::options::{self, BackgroundOptions, EngineOptions, ImportPath, ProcessOptions, read_or_default};
use crate::output::Output;

/// Replaces the background of frames.
#[wasm_bindgen]
pub struct Engine {
    device: Device,
    import_path: ImportPath,
    gate: Rc<Gate>,
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
    model: Cell<NetworkConfig>,
}

struct Stages {
    importer: Importer,
    core: Core,
    output: Output,
    gate: Rc<Gate>,
    /// The video behind the person, if that is what is there.
    video: Option<Box<Video>>,
    /// When the last frame was segmented, and its size.
    before: Option<(Instant, [u32; 2])>,
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
    /// `options` is `{ background, importPath?: "auto" | "gpu" | "copy" }`.
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
        self.shared.next_matting.set(Some(options::MattingOptions::read(options)?));
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
        shared.model.set(*model.config());
        shared.next_model.set(Some(model));
        Ok(())
    }

    /// Segments a frame and shows its person before the background.
    ///
    /// `options` is `{ waitForGpu?: boolean, picture?: FrameSource, reuseMatte?: boolean }`. `picture` is the newest one of a
    /// video behind the person; without such a video it is not looked at. With `reuseMatte` the frame is shown under the matte
    /// of the last one that was segmented, unless there is none of its size or it is more than 100 ms old: then it is segmented
    /// itself.
    ///
    /// Gives `{ image, width, height, segmented, times, clock, backgroundError }`; frame and picture stay the caller's to
    /// close. `segmented` is false for a frame under the last one's matte. `backgroundError` says why the picture could not be
    /// had: then the last one is behind the person.
    pub async fn process(&self, frame: JsValue, options: JsValue) -> Result<JsValue, JsValue> {
        let picture = property(&options, "picture");
        let options: ProcessOptions = read_or_default("options", &options)?;
        let mut lease = self.lease()?;
        Ok(lease.stages().process(&frame, &picture, options).await?.into())
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

    /// What runs: `{ adapter, fallbackAdapter, backend, model: { family, width, height } }`.
    pub fn info(&self) -> Result<JsValue, JsValue> {
        self.alive()?;
        let model = self.shared.model.get();
        let [height, width] = model.input.map(|side| side as u32);
        let family = model.family().name();
        let adapter = self.device.adapter().get_info();
        let model = object([("family", family.into()), ("width", width.into()), ("height", height.into())]);
        Ok(object([
            ("adapter", backend::adapter_name(&self.device)?.into()),
            ("fallbackAdapter", (adapter.device_type == wgpu::DeviceType::Cpu).into()),
            ("backend", backend::NAME.into()),
            ("model", model.into()),
        ])
        .into())
    }

    /// Resolves when the GPU has done all that was handed to it.
    pub async fn completed(&self) -> Result<(), JsValue> {
        self.alive()?;
        backend::completed(&self.device).await;
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
        self.device.device().destroy();
    }
}

impl Engine {
    async fn new(model: &[u8], options: &JsValue) -> Result<Self, Error> {
        let EngineOptions { import_path } = read_or_default("options", options)?;
        let (device, output) = backend::start().await?;
        let background = backdrop(&device, import_path, &property(options, "background"))?;
        let core = backend::core(&device, model, output.format()).await?;
        let (model, gate) = (*core.model(), Rc::new(Gate::new(&core)));
        let importer = Importer::new(&device, import_path)?;
        let stages = Stages { importer, core, output, gate: Rc::clone(&gate), video: None, before: None };
        let shared = Shared {
            stages: Cell::new(Some(stages)),
            destroyed: Cell::new(false),
            next_background: RefCell::new(Some(background)),
            next_matting: Cell::new(None),
            next_model: Cell::new(None),
            model: Cell::new(model),
        };
        Ok(Self { device, import_path, gate, shared: Rc::new(shared) })
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
        options: ProcessOptions,
    ) -> Result<Object, Error> {
        let clock = if options.wait_for_gpu { Clock::Completed } else { Clock::Encode };
        let start = Instant::now();
        let refreshed = self.refresh_background(picture).await;
        let frame = self.importer.import(frame).await?;
        if clock == Clock::Completed {
            self.output.completed().await;
        }
        let import = start.elapsed();
        let [width, height] = backend::size(&frame);
        let since =
            self.before.filter(|(_, size)| *size == [width, height]).map(|(before, _)| start - before);
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
                self.before = Some((start, [width, height]));
                let segmented = backend::segment(&mut self.core, &frame, since, clock).await?;
                self.gate.note(&self.core);
                segmented
            }
        };
        self.importer.recycle(frame);
        let Segmented { preprocess, inference, refine, .. } = segmented;

        // A canvas keeps its texture only until the task ends: nothing is awaited from here to the bitmap.
        let composite_start = Instant::now();
        let target = self.output.begin(width, height)?;
        self.core.composite(segmented, &target.view)?;
        let output_start = Instant::now();
        let image = self.output.finish(target)?;
        let output_end = Instant::now();
        if clock == Clock::Completed {
            self.output.completed().await;
        }
        let end = Instant::now();
        let image = self.checked(image)?;

        let times = object([
            ("import", milliseconds(import)),
            ("preprocess", milliseconds(preprocess)),
            ("inference", milliseconds(inference)),
            ("refine", milliseconds(refine)),
            ("composite", milliseconds(output_start - composite_start + (end - output_end))),
            ("output", milliseconds(output_end - output_start)),
            ("total", milliseconds(end - start)),
        ]);
        Ok(object([
            ("image", image.into()),
            ("width", width.into()),
            ("height", height.into()),
            ("segmented", (!is_reused).into()),
            ("times", times.into()),
            ("clock", if clock == Clock::Completed { "completed" } else { "encode" }.into()),
            ("backgroundError", refreshed.map_or_else(JsValue::from, |()| JsValue::UNDEFINED)),
        ]))
    }
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
