use std::time::Duration;

use cyclorama_effects::cpu::{Compositor, Matte, Matting, Planes, Preprocess};
use cyclorama_effects::{Background, Blending, Layout, MaskStatus, MattingOptions, Size};
use web_time::Instant;

use crate::history::History;
use crate::{Backend, EngineError, FrameTime, Segmenter, StageTimings};

/// Replaces the background of a stream of frames on the CPU alone.
///
/// A frame is shown only with the matte that was made from that frame, or with one that is hardly older
/// ([`MAX_MATTE_AGE`](crate::MAX_MATTE_AGE)): segmentation returns a [`CpuFrame`], which joins the two. If it fails, show a
/// placeholder frame of [`CpuEngine::hide`]. Nothing is allocated for a frame of the same size and layout as the one before.
pub struct CpuEngine {
    segmenter: Segmenter,
    preprocess: Preprocess,
    matting: Matting,
    compositor: Compositor,
    /// Whether `matte` may be reused.
    history: History<()>,
    /// The matte of the last segmented frame.
    matte: Matte,
    /// The matte of a frame with a mask of the caller.
    own_matte: Matte,
}

impl CpuEngine {
    /// Imports the bytes of a `.tflite` file and runs the model once.
    ///
    /// # Errors
    /// [`EngineError::Model`] for a file that is not a supported model.
    pub async fn new(model: &[u8]) -> Result<Self, EngineError> {
        Ok(Self {
            segmenter: Self::prepare_model(model).await?,
            preprocess: Preprocess::default(),
            matting: Matting::default(),
            compositor: Compositor::default(),
            history: History::default(),
            matte: Matte::default(),
            own_matte: Matte::default(),
        })
    }

    /// Prepares another model for [`CpuEngine::set_model`]. Until that call, frames use the current model.
    ///
    /// # Errors
    /// Those of [`CpuEngine::new`].
    pub async fn prepare_model(model: &[u8]) -> Result<Segmenter, EngineError> {
        Segmenter::new(model, Backend::Cpu).await
    }

    /// The current model alone.
    pub fn segmenter(&self) -> &Segmenter {
        &self.segmenter
    }

    /// Segments with a model of [`CpuEngine::prepare_model`] from the next frame on.
    pub fn set_model(&mut self, model: Segmenter) {
        self.segmenter = model;
        self.matting.reset();
        self.history.reset();
    }

    /// Sets the background from the next frame on.
    ///
    /// # Errors
    /// [`EngineError::Effect`] for a background that cannot be shown. The background does not change then.
    pub fn set_background(&mut self, background: &Background) -> Result<(), EngineError> {
        Ok(self.compositor.set_background(background)?)
    }

    /// Sets planes as the background image from the next frame on, as for the newest image of a video.
    ///
    /// # Errors
    /// [`EngineError::Effect`] for a layout that cannot be shown. The background does not change then.
    pub fn set_background_planes(&mut self, planes: &Planes, layout: Layout) -> Result<(), EngineError> {
        Ok(self.compositor.set_background_planes(planes, layout)?)
    }

    /// Sets the options of the matting from the next frame on.
    pub fn set_matting(&mut self, options: MattingOptions) {
        self.matting.set_options(options);
    }

    /// Sets light wrap and brightness matching from the next frame on.
    ///
    /// # Errors
    /// [`EngineError::Effect`] for a strength out of range. The blending does not change then.
    pub fn set_blending(&mut self, blending: Blending) -> Result<(), EngineError> {
        Ok(self.compositor.set_blending(blending)?)
    }

    /// The status of the last frame's mask. A rejected mask shows nothing of the frame.
    pub fn mask_status(&self) -> MaskStatus {
        self.matting.status()
    }

    /// Segments `frame` and makes its matte.
    ///
    /// `since` is the time since the frame of the last call, if this frame continues it, as in a video. Then temporal
    /// smoothing uses the mask of that frame. It does not after `None`, after more than a second and after another model.
    ///
    /// # Errors
    /// [`EngineError::Effect`] for a frame of unusable size.
    pub fn segment<'f>(
        &'f mut self,
        frame: &'f Planes,
        since: Option<Duration>,
    ) -> Result<CpuFrame<'f>, EngineError> {
        let number = self.history.start_segmentation();
        let size = self.segmenter.size();
        let start = Instant::now();
        let guide = self.preprocess.resize(frame, size)?;
        let preprocessed = Instant::now();
        let probability = self.segmenter.probability_now(guide)?;
        let inferred = Instant::now();
        self.matting.next(frame, guide, &probability, size, since, &mut self.matte)?;
        let timings = StageTimings {
            preprocess: preprocessed - start,
            inference: inferred - preprocessed,
            refine: inferred.elapsed(),
            composite: Duration::ZERO,
        };
        Ok(CpuFrame { engine: self, frame, number, is_segmented: true, has_own_mask: false, timings })
    }

    /// Segments `frame` as [`CpuEngine::segment`] does, and computes the time since the last frame from `time`.
    ///
    /// With `reuse_matte` the frame is joined with the last matte that was shown instead, if the current model made it for a
    /// frame of this size at most [`MAX_MATTE_AGE`](crate::MAX_MATTE_AGE) before.
    ///
    /// # Errors
    /// Those of [`CpuEngine::segment`].
    pub fn next<'f>(
        &'f mut self,
        frame: &'f Planes,
        time: FrameTime,
        reuse_matte: bool,
    ) -> Result<CpuFrame<'f>, EngineError> {
        let size = frame.size();
        if reuse_matte && self.history.matte_for(time, size).is_some() {
            let number = self.history.start_frame();
            let timings = StageTimings::default();
            return Ok(CpuFrame {
                engine: self,
                frame,
                number,
                is_segmented: false,
                has_own_mask: false,
                timings,
            });
        }
        let since = self.history.since(time, size);
        let segmented = self.segment(frame, since)?;
        segmented.engine.history.note_segmented(time, size);
        Ok(segmented)
    }

    /// Fills `output` and `alpha` with a placeholder frame, in which the camera's image is not recognizable: the background
    /// alone or, for a blur, `frame` blurred beyond recognition, and black without a frame.
    ///
    /// `output` gets the size `size`, and the sampling and matrix of `frame`, or keeps its own without one. `alpha` is that of
    /// [`CpuFrame::composite`].
    ///
    /// # Errors
    /// [`EngineError::Effect`] for an unusable size.
    pub fn hide(
        &mut self,
        frame: Option<&Planes>,
        size: Size,
        output: &mut Planes,
        alpha: &mut Vec<u8>,
    ) -> Result<(), EngineError> {
        Ok(self.compositor.hide(frame, size, output, alpha)?)
    }
}

/// A frame with its matte. It borrows the engine, so no other frame can be segmented before this one is composited.
pub struct CpuFrame<'f> {
    engine: &'f mut CpuEngine,
    frame: &'f Planes,
    /// The number of the frame in its engine.
    pub number: u64,
    /// Whether the matte was made from this frame: false for one with an older matte.
    pub is_segmented: bool,
    has_own_mask: bool,
    timings: StageTimings,
}

impl CpuFrame<'_> {
    /// Replaces the model's mask with a mask of the caller: the probability of a person, 0 to 255, at each pixel of an image
    /// of this size. Other frames do not reuse the resulting matte.
    ///
    /// # Errors
    /// [`EngineError::Effect`] for another number of values.
    pub fn with_mask(self, size: Size, probability: &[u8]) -> Result<Self, EngineError> {
        let CpuEngine { matte, own_matte, .. } = &mut *self.engine;
        own_matte.set_probability(size, probability, matte)?;
        Ok(Self { has_own_mask: true, ..self })
    }

    /// Composites the frame over the background, and returns the times of all stages. `output` gets the frame's size,
    /// sampling and matrix. `alpha` gets the alpha of each pixel for [`Background::Transparent`], and is empty otherwise.
    ///
    /// # Errors
    /// [`EngineError::Effect`] if the frame cannot be composited. Do not show the output then.
    pub fn composite(self, output: &mut Planes, alpha: &mut Vec<u8>) -> Result<StageTimings, EngineError> {
        let Self { engine, frame, has_own_mask, timings, .. } = self;
        let start = Instant::now();
        let matte = if has_own_mask { &engine.own_matte } else { &engine.matte };
        engine.compositor.composite(frame, matte, output, alpha)?;
        if !has_own_mask {
            engine.history.note_shown(());
        }
        Ok(StageTimings { composite: start.elapsed(), ..timings })
    }
}
