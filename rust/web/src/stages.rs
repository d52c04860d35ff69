//! One frame: the stages of an engine, and the calls that use them.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use cyclorama_engine::effects::{Background, Blending, Image, Layout, MattingOptions, Size};
use cyclorama_engine::{Clock, EngineError, FrameTime, ModelConfig, Segmented, Segmenter};
use js_sys::{Object, Uint8Array};
use wasm_bindgen::JsValue;
use web_sys::ImageBitmap;
use web_time::Instant;

use crate::backend::{Backend, EngineOf, Importer, MaskCheck, ModelOf};
use crate::error::Error;
use crate::javascript::object;
use crate::options::{ImportPath, JsBackground, ProcessOptions};
use crate::output::Output;
use crate::source::Source;
use crate::timings::{FrameTimings, StageTime};

/// State that calls share while a frame's promise is pending.
pub(crate) struct Shared<B: Backend> {
    /// Taken by the call that uses it. Empty during that call and after `destroy`.
    pub(crate) stages: Cell<Option<Stages<B>>>,
    pub(crate) destroyed: Cell<bool>,
    /// The background from the next frame on.
    pub(crate) next_background: RefCell<Option<(UploadedBackground<B>, Blending)>>,
    pub(crate) next_matting: Cell<Option<MattingOptions>>,
    pub(crate) next_model: Cell<Option<ModelOf<B>>>,
    /// The model of the next frame.
    pub(crate) model: Cell<ModelInfo>,
}

#[derive(Clone, Copy)]
pub(crate) struct ModelInfo {
    pub(crate) config: ModelConfig,
    pub(crate) has_half_weights: bool,
}

impl ModelInfo {
    pub(crate) fn of(segmenter: &Segmenter) -> Self {
        Self { config: *segmenter.config(), has_half_weights: segmenter.has_half_weights() }
    }
}

/// The stages of an engine.
pub(crate) struct Stages<B: Backend> {
    pub(crate) importer: B::Importer,
    pub(crate) engine: EngineOf<B>,
    pub(crate) output: Output<B::Watch>,
    pub(crate) mask_check: Rc<B::MaskCheck>,
    /// The video behind the person, if the background is one.
    pub(crate) video: Option<Box<Video<B>>>,
    /// The origin of the times of frames.
    pub(crate) start: Instant,
}

/// A video as a background, whose images the caller passes.
pub(crate) struct Video<B: Backend> {
    layout: Layout,
    /// An importer has one texture, so the video needs its own.
    importer: B::Importer,
}

/// A background whose image is on the GPU.
pub(crate) enum UploadedBackground<B: Backend> {
    Plain(Background),
    Image(wgpu::Texture, Layout),
    /// A video and its first image.
    Video(Box<Video<B>>, wgpu::Texture),
}

impl<B: Backend> UploadedBackground<B> {
    /// Reads a background of JavaScript and uploads its image, if it has one.
    pub(crate) fn read(
        device: &B::Device,
        path: ImportPath,
        value: &JsValue,
    ) -> Result<(Self, Blending), Error> {
        let blending = JsBackground::read_blending(value)?;
        let background = match JsBackground::read(value)? {
            JsBackground::Plain(background) => Self::Plain(background),
            JsBackground::Image(image, layout) => {
                let texture =
                    B::Importer::new(device, path)?.import_now(&image).map_err(Error::background)?;
                Self::Image(texture, layout)
            }
            JsBackground::Video(image, layout) => {
                let mut importer = B::Importer::new(device, path)?;
                let texture = importer.import_now(&image).map_err(Error::background)?;
                Self::Video(Box::new(Video { layout, importer }), texture)
            }
        };
        Ok((background, blending))
    }
}

/// Exclusive use of the stages for one call. They are returned on drop, unless the engine was destroyed in the meantime.
pub(crate) struct StagesGuard<B: Backend> {
    stages: Option<Stages<B>>,
    shared: Rc<Shared<B>>,
}

impl<B: Backend> StagesGuard<B> {
    /// Takes the stages, and applies the options that were set since the last call.
    pub(crate) fn take(shared: &Rc<Shared<B>>) -> Result<Self, Error> {
        let mut stages = shared.stages.take().ok_or(Error::Busy)?;
        if let Some(model) = shared.next_model.take() {
            stages.engine.set_model(model);
        }
        if let Some(matting) = shared.next_matting.take() {
            stages.engine.set_matting(matting);
        }
        let background = shared.next_background.take();
        let mut guard = Self { stages: Some(stages), shared: Rc::clone(shared) };
        if let Some((background, blending)) = background {
            guard.stages().set_background(background, blending)?;
        }
        Ok(guard)
    }

    pub(crate) fn stages(&mut self) -> &mut Stages<B> {
        self.stages.as_mut().expect("a guard has its stages until it is dropped")
    }
}

impl<B: Backend> Drop for StagesGuard<B> {
    fn drop(&mut self) {
        if !self.shared.destroyed.get() {
            self.shared.stages.set(self.stages.take());
        }
    }
}

impl<B: Backend> Stages<B> {
    fn set_background(&mut self, background: UploadedBackground<B>, blending: Blending) -> Result<(), Error> {
        let Self { engine, video, .. } = self;
        engine.set_blending(blending)?;
        *video = None;
        match background {
            UploadedBackground::Plain(background) => engine.set_background(&background)?,
            UploadedBackground::Image(texture, layout) => engine.set_background_texture(&texture, layout)?,
            UploadedBackground::Video(new, texture) => {
                engine.set_background_texture(&texture, new.layout)?;
                *video = Some(new);
            }
        }
        Ok(())
    }

    /// Renders a placeholder frame without the camera's image.
    pub(crate) fn hide(&mut self, width: u32, height: u32) -> Result<ImageBitmap, Error> {
        let target = self.output.begin(width, height)?;
        self.engine.hide(None, &target.view)?;
        let image = self.output.finish(target)?;
        self.checked(image)
    }

    /// Returns the image, unless the device was lost in the meantime: then its content is unknown.
    fn checked(&self, image: ImageBitmap) -> Result<ImageBitmap, Error> {
        if let Err(error) = self.output.check() {
            image.close();
            return Err(error);
        }
        Ok(image)
    }

    /// Shows a newer image of the background's video.
    async fn refresh_background(&mut self, image: &JsValue) -> Result<(), Error> {
        let Some(video) = self.video.as_mut().filter(|_| !image.is_undefined() && !image.is_null()) else {
            return Ok(());
        };
        let Video { layout, importer } = &mut **video;
        let texture = importer.import_texture(image).await.map_err(Error::background)?;
        Ok(self.engine.set_background_texture(&texture, *layout)?)
    }

    /// Processes a frame: `Engine.process`.
    pub(crate) async fn process(
        &mut self,
        frame: &JsValue,
        background: &JsValue,
        mask: Option<&Uint8Array>,
        options: ProcessOptions,
    ) -> Result<Object, Error> {
        let clock = if options.wait_for_gpu { Clock::Completed } else { Clock::Cpu };
        self.engine.request_timestamps(options.timestamps);
        let start = Instant::now();
        let refreshed = self.refresh_background(background).await;
        let timestamps = self.engine.import_timestamps();
        let time = FrameTime { received: start - self.start, timestamp: Source::timestamp(frame) };
        let (frame, is_import_timed) = self.importer.import(frame, timestamps.as_ref()).await?;
        if is_import_timed {
            self.engine.note_import_timestamps();
        }
        let import = self.stage_time(start, clock).await;
        let size = B::size(&frame);
        let (segmented, is_reused) = self.segment(&frame, time, options.reuse_matte, clock).await?;
        self.importer.recycle(frame);
        let mask = mask.map(|mask| self.upload_mask(mask, size)).transpose()?;
        let segmented = match &mask {
            Some(mask) => segmented.with_mask(mask)?,
            None => segmented,
        };
        let (number, segment_cpu) = (segmented.number, segmented.cpu);
        let segment_completed = segmented.completed.unwrap_or(segment_cpu);

        // A canvas keeps its texture only until the task ends: no await from here to the bitmap.
        let composite_start = Instant::now();
        let target = self.output.begin(size.width, size.height)?;
        self.engine.composite(segmented, &target.view)?;
        if let Some(mask) = mask {
            mask.destroy();
        }
        let composite = composite_start.elapsed();
        let output_start = Instant::now();
        let image = self.output.finish(target)?;
        let output = self.stage_time(output_start, clock).await;
        let total = start.elapsed();
        let image = self.checked(image)?;

        let timings = FrameTimings { import, segment_cpu, segment_completed, composite, output, total };
        let (cpu, completed) = timings.objects();
        let completed = match clock {
            Clock::Cpu => JsValue::UNDEFINED,
            Clock::Completed => completed.into(),
        };
        Ok(object([
            ("image", image.into()),
            ("width", size.width.into()),
            ("height", size.height.into()),
            ("segmented", (!is_reused).into()),
            // Exact: no engine processes 2^53 frames.
            ("number", (number as f64).into()),
            ("cpu", cpu.into()),
            ("completed", completed),
            ("backgroundError", refreshed.map_or_else(JsValue::from, |()| JsValue::UNDEFINED)),
        ]))
    }

    /// Segments a frame, or joins it with the last matte. Also returns whether the matte was reused.
    async fn segment(
        &mut self,
        frame: &B::Frame,
        time: FrameTime,
        reuse_matte: bool,
        clock: Clock,
    ) -> Result<(Segmented, bool), Error> {
        if reuse_matte && let Some(reused) = B::reuse_matte(&mut self.engine, frame, time)? {
            return Ok((reused, true));
        }
        let segmented = B::segment(&mut self.engine, frame, time, clock).await?;
        self.mask_check.update(&self.engine);
        Ok((segmented, false))
    }

    /// Uploads a mask for [`Segmented::with_mask`].
    fn upload_mask(&self, mask: &Uint8Array, size: Size) -> Result<wgpu::Texture, Error> {
        if mask.length() as usize != size.pixels() {
            let message = format!("the mask has {} values for a frame of {size}", mask.length());
            return Err(EngineError::Frame(message).into());
        }
        let pixels = mask.to_vec().into_iter().flat_map(|probability| [0, 0, 0, probability]).collect();
        Ok(self.engine.gpu_context().upload(&Image::new(size, pixels)?, None)?)
    }

    /// Ends a stage that began at `start`. Waits for the GPU with [`Clock::Completed`].
    async fn stage_time(&self, start: Instant, clock: Clock) -> StageTime {
        let cpu = start.elapsed();
        if clock == Clock::Completed {
            self.output.completed().await;
        }
        StageTime { cpu, completed: start.elapsed() }
    }
}
