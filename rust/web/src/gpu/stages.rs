//! One frame on a GPU: the stages of an engine, and the calls that use them.

use std::rc::Rc;

use cyclorama_engine::effects::{Blending, Image, MattingOptions, Size};
use cyclorama_engine::{Clock, Composited, FrameTime, Segmentation, Segmenter};
use js_sys::Uint8Array;
use wasm_bindgen::JsValue;
use web_sys::ImageBitmap;
use web_time::Instant;

use super::{EngineOf, GpuApi, Importer, MaskCheck, ModelOf, Output};
use crate::backend::Stages;
use crate::background::{ImportedBackground, Video};
use crate::error::Error;
use crate::options::ProcessOptions;
use crate::processed::Processed;
use crate::source::{Source, read_mask};
use crate::timings::{FrameTimings, StageTime};

/// The stages of an engine on a GPU.
pub(crate) struct GpuStages<G: GpuApi> {
    pub(crate) importer: G::Importer,
    pub(crate) engine: EngineOf<G>,
    pub(crate) output: Output<G::Watch>,
    pub(crate) mask_check: Rc<G::MaskCheck>,
    /// The video behind the person, if the background is one.
    pub(crate) video: Option<Video<G::Importer>>,
    /// The origin of the times of frames.
    pub(crate) start: Instant,
}

impl<G: GpuApi> Stages for GpuStages<G> {
    type Model = ModelOf<G>;
    type Background = ImportedBackground<G::Importer>;

    fn segmenter(&self) -> &Segmenter {
        self.engine.segmenter()
    }

    fn set_model(&mut self, model: ModelOf<G>) {
        self.engine.set_model(model);
    }

    fn set_matting(&mut self, options: MattingOptions) {
        self.engine.set_matting(options);
    }

    fn set_background(&mut self, background: Self::Background, blending: Blending) -> Result<(), Error> {
        self.video = None;
        self.video = background.show(&mut self.engine, blending)?;
        Ok(())
    }

    fn check(&mut self) -> Result<(), Error> {
        Ok(self.engine.check()?)
    }

    async fn process(
        &mut self,
        frame: &JsValue,
        background: &JsValue,
        mask: Option<&Uint8Array>,
        options: ProcessOptions,
    ) -> Result<Processed, Error> {
        let clock = if options.wait_for_gpu { Clock::Completed } else { Clock::Cpu };
        self.engine.request_timestamps(options.timestamps);
        let start = Instant::now();
        let refreshed = match &mut self.video {
            Some(video) => video.refresh(&mut self.engine, background).await,
            None => Ok(()),
        };
        let timestamps = self.engine.import_timestamps();
        let time = FrameTime { received: start - self.start, timestamp: Source::timestamp(frame) };
        let (frame, is_import_timed) = self.importer.import(frame, timestamps.as_ref()).await?;
        if is_import_timed {
            self.engine.note_import_timestamps();
        }
        let import = self.stage_time(start, clock).await;
        let size = G::Segmentation::size(&frame);
        let mask = mask.map(|mask| self.upload_mask(mask, size)).transpose()?;
        let mut segmented = self.engine.next(&frame, time, options.reuse_matte, clock).await?;
        self.importer.recycle(frame);
        if let Some(mask) = &mask {
            segmented = segmented.with_mask(mask)?;
        }

        // A canvas keeps its texture only until the task ends: no await from here to the bitmap.
        let composite_start = Instant::now();
        let target = self.output.begin(size.width, size.height)?;
        let Composited { number, is_segmented, cpu, completed } = segmented.composite(&target.view)?;
        self.mask_check.update(&self.engine);
        if let Some(mask) = mask {
            mask.destroy();
        }
        let composite = composite_start.elapsed();
        let output_start = Instant::now();
        let image = self.output.finish(target)?;
        let output = self.stage_time(output_start, clock).await;
        let total = start.elapsed();
        let image = self.checked(image)?;

        Ok(Processed {
            image: image.into(),
            size,
            is_segmented,
            number,
            timings: FrameTimings {
                import,
                segment_cpu: cpu,
                segment_completed: completed.unwrap_or(cpu),
                composite,
                output,
                total,
            },
            background: refreshed,
        })
    }

    fn hide(&mut self, width: u32, height: u32) -> Result<ImageBitmap, Error> {
        let target = self.output.begin(width, height)?;
        self.engine.hide(None, &target.view)?;
        let image = self.output.finish(target)?;
        self.checked(image)
    }
}

impl<G: GpuApi> GpuStages<G> {
    /// Returns the image, unless the device was lost in the meantime: then its content is unknown.
    fn checked(&self, image: ImageBitmap) -> Result<ImageBitmap, Error> {
        if let Err(error) = self.output.check() {
            image.close();
            return Err(error);
        }
        Ok(image)
    }

    /// Uploads a mask for [`GpuFrame::with_mask`](cyclorama_engine::GpuFrame::with_mask).
    fn upload_mask(&self, mask: &Uint8Array, size: Size) -> Result<wgpu::Texture, Error> {
        let pixels =
            read_mask(mask, size)?.into_iter().flat_map(|probability| [0, 0, 0, probability]).collect();
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
