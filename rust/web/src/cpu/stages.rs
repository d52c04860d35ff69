//! One frame on the CPU.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use cyclorama_engine::effects::cpu::{ColorMatrix, Planes, Sampling};
use cyclorama_engine::effects::{Blending, MaskStatus, MattingOptions, Size};
use cyclorama_engine::{CpuEngine, FrameTime, Segmenter, StageTimings};
use js_sys::Uint8Array;
use wasm_bindgen::JsValue;
use web_sys::ImageBitmap;
use web_time::Instant;

use super::check_size;
use super::import::{Imported, Importer};
use super::output::Output;
use crate::backend::Stages;
use crate::background::{ImportedBackground, Video};
use crate::error::Error;
use crate::options::ProcessOptions;
use crate::processed::Processed;
use crate::source::{Source, read_mask};
use crate::timings::{FrameTimings, StageTime};

/// The stages of an engine on the CPU.
pub(crate) struct CpuStages {
    importer: Importer,
    engine: CpuEngine,
    /// The composited frame, and its alpha for a transparent background.
    composited: Planes,
    alpha: Vec<u8>,
    output: Output,
    mask_status: Rc<Cell<MaskStatus>>,
    /// The video behind the person, if the background is one.
    video: Option<Video<Importer>>,
    /// The origin of the times of frames.
    start: Instant,
}

impl CpuStages {
    pub(crate) fn new(engine: CpuEngine, mask_status: Rc<Cell<MaskStatus>>) -> Self {
        Self {
            importer: Importer::new(),
            engine,
            composited: Planes::default(),
            alpha: Vec::new(),
            output: Output::new(),
            mask_status,
            video: None,
            start: Instant::now(),
        }
    }
}

impl Stages for CpuStages {
    type Model = Segmenter;
    type Background = ImportedBackground<Importer>;

    fn segmenter(&self) -> &Segmenter {
        self.engine.segmenter()
    }

    fn set_model(&mut self, model: Segmenter) {
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
        Ok(())
    }

    async fn process(
        &mut self,
        frame: &JsValue,
        background: &JsValue,
        mask: Option<&Uint8Array>,
        options: ProcessOptions,
    ) -> Result<Processed, Error> {
        let start = Instant::now();
        let refreshed = match &mut self.video {
            Some(video) => video.refresh(&mut self.engine, background).await,
            None => Ok(()),
        };
        let time = FrameTime { received: start - self.start, timestamp: Source::timestamp(frame) };
        let scaled = options.width.zip(options.height).map(|(width, height)| Size { width, height });
        let Imported { size: original, origin } = self.importer.import(frame, scaled).await?;
        let imported = Instant::now();

        let planes = self.importer.planes();
        let mut segmented = self.engine.next(planes, time, options.reuse_matte)?;
        let (number, is_segmented) = (segmented.number, segmented.is_segmented);
        if let Some(mask) = mask {
            segmented = segmented.with_mask(original, &read_mask(mask, original)?)?;
        }
        let times = segmented.composite(&mut self.composited, &mut self.alpha)?;
        self.mask_status.set(self.engine.mask_status());
        let composited = Instant::now();
        let image = if options.video {
            self.output.video_frame(&self.composited, &self.alpha, &origin)?
        } else {
            self.output.bitmap(&self.composited, &self.alpha)?.into()
        };

        let output = composited.elapsed();
        let stage = |time| StageTime { cpu: time, completed: time };
        let segment = StageTimings { composite: Duration::ZERO, ..times };
        Ok(Processed {
            image,
            size: self.composited.size(),
            is_segmented,
            number,
            timings: FrameTimings {
                import: stage(imported - start),
                segment_cpu: segment,
                segment_completed: segment,
                composite: times.composite,
                output: stage(output),
                total: start.elapsed(),
            },
            background: refreshed,
        })
    }

    fn hide(&mut self, width: u32, height: u32) -> Result<ImageBitmap, Error> {
        let size = Size { width, height };
        check_size(size)?;
        self.composited.reset(size, Sampling::Full, ColorMatrix::RGB)?;
        self.engine.hide(None, size, &mut self.composited, &mut self.alpha)?;
        self.output.bitmap(&self.composited, &self.alpha)
    }
}
