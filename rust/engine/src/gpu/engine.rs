use std::mem::replace;
use std::time::Duration;

use cyclorama_effects::{Background, Blending, Compositor, Layout, Matte, MattingOptions, Size};
use cyclorama_segmentation::ModelConfig;

use super::frame_encoder::FrameEncoder;
use super::timestamps::FrameTimestamps;
use crate::history::History;
use crate::{
    Clock, EngineError, FrameTime, Generation, GpuContext, GpuFrame, ImportTimestamps, Segmenter, Timestamps,
};

/// Replaces the background of a stream of frames.
///
/// A frame is shown only with the matte that was made from that frame, or with one that is hardly older
/// ([`MAX_MATTE_AGE`](crate::MAX_MATTE_AGE)): segmentation returns a [`GpuFrame`], which joins the two. If it fails, show a
/// placeholder frame of [`Engine::hide`].
///
/// `S` selects where frames are segmented: [`OnGpu`](crate::OnGpu) ([`Engine::on_gpu`]) or [`OnCpu`](crate::OnCpu)
/// ([`Engine::on_cpu`]). Both composite on the GPU.
pub struct Engine<S> {
    gpu: GpuContext,
    /// The device's errors up to here were reported.
    checked: Generation,
    pub(crate) segmentation: S,
    pub(crate) compositor: Compositor,
    pub(crate) history: History<Matte>,
    /// Whether the last frame that was segmented was not submitted: dropped, cancelled or failed.
    pub(crate) is_unsubmitted: bool,
    timestamps: Option<Timestamps>,
    /// Timestamp queries for the next frame.
    next_timestamps: Option<FrameTimestamps>,
}

/// The device on which the frames of an [`Engine`] are segmented.
pub trait Segmentation {
    /// A model that is imported, compiled and warmed up.
    type Model: AsRef<Segmenter>;
    /// A frame in the form that is segmented.
    type Frame;

    /// The current model.
    fn model(&self) -> &Self::Model;

    /// Replaces the model.
    fn set_model(&mut self, model: Self::Model);

    /// Sets the options of the matting.
    fn set_matting(&mut self, options: MattingOptions);

    /// Drops the history of the temporal smoothing.
    fn reset(&mut self);

    /// The size of a frame.
    fn size(frame: &Self::Frame) -> Size;

    /// The texture of a frame. A frame in memory is uploaded with the next submission.
    fn texture(&mut self, gpu: &GpuContext, frame: &Self::Frame) -> Result<wgpu::Texture, EngineError>;

    /// Makes the matte of a frame: the stages `preprocess`, `inference` and `refine`. The next frame reuses its textures.
    fn segment(
        &mut self,
        encoder: &mut FrameEncoder,
        frame: &Self::Frame,
        since: Option<Duration>,
        clock: Clock,
    ) -> impl Future<Output = Result<Matte, EngineError>>;
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
            is_unsubmitted: false,
            timestamps,
            next_timestamps: None,
        })
    }

    /// The device on which frames are composited.
    pub fn gpu_context(&self) -> &GpuContext {
        &self.gpu
    }

    /// Fails if the device is lost, or if it reported an error since the last call of this method or of another one that
    /// fails for such errors. The device may have rejected submissions then, so the next frame starts without history.
    ///
    /// # Errors
    /// [`EngineError::DeviceLost`] from then on, or [`EngineError::Gpu`] once.
    pub fn check(&mut self) -> Result<(), EngineError> {
        let since = replace(&mut self.checked, self.gpu.generation());
        let checked = self.gpu.check(since);
        if checked.is_err() {
            self.reset();
        }
        checked
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
        self.reset();
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

    /// Segments `frame` and makes its matte. [`GpuFrame::composite`] submits this. With [`Clock::Completed`] each stage on the
    /// GPU is an awaited submission of its own.
    ///
    /// `since` is the time since the frame of the last call, if this frame continues it, as in a video. Then temporal
    /// smoothing uses the mask of that frame. It does not after `None`, after more than a second, after another model, and
    /// if that frame was not submitted.
    ///
    /// # Errors
    /// [`EngineError::DeviceLost`] and [`EngineError::Gpu`] for what the GPU reported since the last frame,
    /// [`EngineError::Effect`] and [`EngineError::Frame`] for a frame of unusable size.
    pub async fn segment(
        &mut self,
        frame: &S::Frame,
        since: Option<Duration>,
        clock: Clock,
    ) -> Result<GpuFrame<'_, S>, EngineError> {
        self.check()?;
        if replace(&mut self.is_unsubmitted, true) {
            self.reset();
        }
        let number = self.history.start_segmentation();
        let mut encoder = FrameEncoder::new(&self.gpu, self.next_timestamps.take());
        let texture = self.segmentation.texture(&self.gpu, frame)?;
        let matte = self.segmentation.segment(&mut encoder, frame, since, clock).await?;
        self.check()?;
        Ok(GpuFrame {
            engine: self,
            texture,
            matte,
            encoder,
            number,
            is_segmented: true,
            has_own_mask: false,
        })
    }

    /// Segments `frame` as [`Engine::segment`] does, and computes the time since the last frame from `time`.
    ///
    /// With `reuse_matte` the frame is joined with the last matte that was shown instead, if the current model made it for a
    /// frame of this size at most [`MAX_MATTE_AGE`](crate::MAX_MATTE_AGE) before.
    ///
    /// # Errors
    /// Those of [`Engine::segment`].
    pub async fn next(
        &mut self,
        frame: &S::Frame,
        time: FrameTime,
        reuse_matte: bool,
        clock: Clock,
    ) -> Result<GpuFrame<'_, S>, EngineError> {
        // An error of the GPU resets the history.
        self.check()?;
        let size = S::size(frame);
        if reuse_matte && let Some(matte) = self.history.matte_for(time, size) {
            let number = self.history.start_frame();
            let encoder = FrameEncoder::new(&self.gpu, self.next_timestamps.take());
            let texture = self.segmentation.texture(&self.gpu, frame)?;
            return Ok(GpuFrame {
                engine: self,
                texture,
                matte,
                encoder,
                number,
                is_segmented: false,
                has_own_mask: false,
            });
        }
        let since = self.history.since(time, size);
        let segmented = self.segment(frame, since, clock).await?;
        segmented.engine.history.note_segmented(time, size);
        Ok(segmented)
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

    /// Forgets the frames so far, whose results belong to another model or may not exist.
    fn reset(&mut self) {
        self.segmentation.reset();
        self.history.reset();
        self.compositor.refresh_background();
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
