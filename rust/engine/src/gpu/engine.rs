use std::mem::replace;

use cyclorama_effects::{
    Background, Blending, Compositor, Layout, Matte, MattingOptions, Size, StageEncoder,
};
use cyclorama_segmentation::ModelConfig;

use super::timestamps::{FrameTimestamps, Stage};
use crate::history::History;
use crate::{EngineError, Generation, GpuContext, ImportTimestamps, Segmenter, StageTimings, Timestamps};

/// Replaces the background of a stream of frames.
///
/// A frame is shown only with the matte that was made from that frame, or with one that is hardly older
/// ([`MAX_MATTE_AGE`](crate::MAX_MATTE_AGE)): segmentation returns frame and matte together, and [`Engine::composite`]
/// accepts nothing else. If either fails, show a placeholder frame of [`Engine::hide`].
///
/// `S` selects where frames are segmented: [`OnGpu`](crate::OnGpu) ([`Engine::on_gpu`]) or [`OnCpu`](crate::OnCpu)
/// ([`Engine::on_cpu`]). Both composite on the GPU.
pub struct Engine<S> {
    gpu: GpuContext,
    /// The device's errors up to here were reported.
    checked: Generation,
    pub(crate) segmentation: S,
    compositor: Compositor,
    pub(crate) history: History<Matte>,
    timestamps: Option<Timestamps>,
    /// Timestamp queries for the next frame.
    next_timestamps: Option<FrameTimestamps>,
}

/// The device on which the frames of an [`Engine`] are segmented.
pub trait Segmentation {
    /// A model that is imported, compiled and warmed up.
    type Model: AsRef<Segmenter>;

    /// The current model.
    fn model(&self) -> &Self::Model;

    /// Replaces the model, and resets temporal state.
    fn set_model(&mut self, model: Self::Model);

    /// Sets the options of the matting.
    fn set_matting(&mut self, options: MattingOptions);
}

impl<S: Segmentation> Engine<S> {
    /// `output` is the format of the textures that frames are written to.
    pub(crate) fn new(
        gpu: GpuContext,
        segmentation: S,
        output: wgpu::TextureFormat,
    ) -> Result<Self, EngineError> {
        let checked = gpu.generation();
        let compositor = Compositor::new(gpu.device(), gpu.queue(), output)?;
        gpu.check(checked)?;
        let timestamps = Timestamps::new(&gpu);
        Ok(Self {
            gpu,
            checked,
            segmentation,
            compositor,
            history: History::default(),
            timestamps,
            next_timestamps: None,
        })
    }

    /// The device on which frames are composited.
    pub fn gpu_context(&self) -> &GpuContext {
        &self.gpu
    }

    /// Fails if the device is lost, or if it reported an error since the last call of this method or of another one that
    /// fails for such errors.
    ///
    /// # Errors
    /// [`EngineError::DeviceLost`] from then on, or [`EngineError::Gpu`] once.
    pub fn check(&mut self) -> Result<(), EngineError> {
        let since = replace(&mut self.checked, self.gpu.generation());
        self.gpu.check(since)
    }

    /// The configuration of the current model.
    pub fn model(&self) -> &ModelConfig {
        self.segmenter().config()
    }

    /// The current model alone.
    pub fn segmenter(&self) -> &Segmenter {
        self.segmentation.model().as_ref()
    }

    /// Segments with this model from the next frame on.
    pub fn set_model(&mut self, model: PreparedModel<S>) {
        self.segmentation.set_model(model.0);
        self.history.start_model();
    }

    /// Sets the background from the next frame on.
    ///
    /// # Errors
    /// [`EngineError::Effect`] for a background that cannot be shown. The background does not change then.
    pub fn set_background(&mut self, background: &Background) -> Result<(), EngineError> {
        Ok(self.compositor.set_background(background)?)
    }

    /// Sets a texture as the background image from the next frame on. Call this again when its content changes: for the
    /// same texture and layout all resources are reused.
    ///
    /// # Errors
    /// [`EngineError::Effect`] for a texture or layout that cannot be shown. The background does not change then.
    pub fn set_background_texture(
        &mut self,
        texture: &wgpu::Texture,
        layout: Layout,
    ) -> Result<(), EngineError> {
        Ok(self.compositor.set_background_texture(texture, layout)?)
    }

    /// Sets the options of the matting from the next frame on.
    pub fn set_matting(&mut self, options: MattingOptions) {
        self.segmentation.set_matting(options);
    }

    /// Sets light wrap and brightness matching from the next frame on.
    ///
    /// # Errors
    /// [`EngineError::Effect`] for a strength out of range. The blending does not change then.
    pub fn set_blending(&mut self, blending: Blending) -> Result<(), EngineError> {
        Ok(self.compositor.set_blending(blending)?)
    }

    /// The GPU timestamps of frames; `None` on a device without timestamps.
    pub fn timestamps(&self) -> Option<&Timestamps> {
        self.timestamps.as_ref()
    }

    /// Selects whether the GPU timestamps the next frame. This reads a kilobyte back. The times are available from
    /// [`Timestamps::collect`] some frames later.
    ///
    /// Returns whether the frame will be timed. It is not on a device without timestamps, and while the timestamps of too
    /// many other frames are pending.
    pub fn request_timestamps(&mut self, wanted: bool) -> bool {
        let timestamps = self.timestamps.as_ref().filter(|_| wanted);
        self.next_timestamps = timestamps.and_then(Timestamps::begin);
        self.next_timestamps.is_some()
    }

    /// The buffer for the timestamps of the next frame's import, if that is a pass of the caller; `None` for a frame that is
    /// not timed.
    pub fn import_timestamps(&self) -> Option<ImportTimestamps> {
        self.next_timestamps.as_ref().map(FrameTimestamps::import)
    }

    /// Records that the next frame's import resolved its timestamps to [`Engine::import_timestamps`].
    pub fn note_import_timestamps(&mut self) {
        if let Some(next) = &mut self.next_timestamps {
            next.note_import();
        }
    }

    /// Composites a segmented frame over the background into `output`, a texture of the frame's size, with one submission
    /// that is not awaited.
    ///
    /// # Errors
    /// [`EngineError::Frame`] if another frame was segmented after this one and overwrote its textures;
    /// [`EngineError::Effect`] for an output of another size; what the GPU reported in the meantime. Do not show the output
    /// then.
    pub fn composite(
        &mut self,
        mut segmented: Segmented,
        output: &wgpu::TextureView,
    ) -> Result<(), EngineError> {
        if !self.history.is_last(segmented.number) {
            return Err(EngineError::Frame(
                "another frame was segmented before this one was composited: composite each frame before the next"
                    .into(),
            ));
        }
        let mut encoder = segmented.encoder.unwrap_or_else(|| self.gpu.encoder("frame"));
        let timestamps = segmented.timestamps.as_mut().map(|frame| frame.stage(Stage::Composite));
        let passes = StageEncoder::new(&mut encoder, timestamps);
        self.compositor.encode(passes, &segmented.frame, &segmented.matte, output)?;
        let timed = self.timestamps.as_ref().zip(segmented.timestamps);
        let resolved =
            timed.and_then(|(all, frame)| all.resolve(&mut encoder, frame).map(|frame| (all, frame)));
        self.gpu.queue().submit([encoder.finish()]);
        if let Some((all, frame)) = resolved {
            all.read(segmented.number, frame);
        }
        self.check()?;
        if !segmented.has_own_mask {
            self.history.note_shown(segmented.number, size_of(&segmented.frame), segmented.matte);
        }
        Ok(())
    }

    /// Fills `output` with a placeholder frame, in which the camera's image is not recognizable: the background alone or,
    /// for a blur, `frame` blurred beyond recognition, and black without a frame.
    ///
    /// # Errors
    /// [`EngineError::Effect`] for an output of unusable size.
    pub fn hide(
        &mut self,
        frame: Option<&wgpu::Texture>,
        output: &wgpu::TextureView,
    ) -> Result<(), EngineError> {
        let mut encoder = self.gpu.encoder("hide");
        self.compositor.encode_hidden(&mut encoder, frame, output)?;
        self.gpu.queue().submit([encoder.finish()]);
        Ok(())
    }

    /// Starts a frame that is segmented. Returns its number and its timestamp queries.
    pub(crate) fn start_segmentation(&mut self) -> (u64, Option<FrameTimestamps>) {
        (self.history.start_segmentation(), self.next_timestamps.take())
    }

    /// Joins a frame with an existing matte.
    pub(crate) fn with_matte(&mut self, matte: Matte, frame: wgpu::Texture) -> Segmented {
        Segmented {
            frame,
            number: self.history.start_frame(),
            matte,
            has_own_mask: false,
            encoder: None,
            timestamps: self.next_timestamps.take(),
            cpu: StageTimings::default(),
            completed: None,
        }
    }
}

pub(crate) fn size_of(texture: &wgpu::Texture) -> Size {
    Size { width: texture.width(), height: texture.height() }
}

/// Converts [`EngineError::Matte`] to `None`.
pub(crate) fn no_matte<T>(error: EngineError) -> Result<Option<T>, EngineError> {
    if let EngineError::Matte(_) = error { Ok(None) } else { Err(error) }
}

/// A frame with its matte, on the GPU.
pub struct Segmented {
    pub(crate) frame: wgpu::Texture,
    /// The number of the frame in this engine. Its [`GpuTimes`](crate::GpuTimes) have the same number.
    pub number: u64,
    pub(crate) matte: Matte,
    /// Whether the matte has a mask of the caller.
    pub(crate) has_own_mask: bool,
    /// The encoder with the passes that make the matte, unless they were submitted.
    pub(crate) encoder: Option<wgpu::CommandEncoder>,
    pub(crate) timestamps: Option<FrameTimestamps>,
    /// The time of each stage on the calling thread until its work was recorded; on the CPU, the time of the stage itself.
    /// Zero for the stages that a frame with a reused matte skips, and for the composite.
    pub cpu: StageTimings,
    /// The time of each stage until the GPU completed it, for [`Clock::Completed`](crate::Clock::Completed).
    pub completed: Option<StageTimings>,
}

impl Segmented {
    /// Replaces the model's mask with a mask of the caller: see [`Matte::with_probability`]. Other frames do not reuse the
    /// resulting matte.
    ///
    /// # Errors
    /// [`EngineError::Effect`] for a texture that cannot be bound.
    pub fn with_mask(self, probability: &wgpu::Texture) -> Result<Self, EngineError> {
        Ok(Self { matte: self.matte.with_probability(probability)?, has_own_mask: true, ..self })
    }
}

/// A model that is imported, compiled and warmed up.
pub struct PreparedModel<S: Segmentation>(pub(crate) S::Model);

impl<S: Segmentation> PreparedModel<S> {
    /// The configuration of the model.
    pub fn config(&self) -> &ModelConfig {
        self.as_ref().config()
    }
}

/// The model alone.
impl<S: Segmentation> AsRef<Segmenter> for PreparedModel<S> {
    fn as_ref(&self) -> &Segmenter {
        self.0.as_ref()
    }
}
