use std::any::Any;
use std::mem::replace;
use std::time::Duration;

use cyclorama_effects::{Background, Blending, Compositor, Layout, Matte, MattingOptions, StageEncoder};
use cyclorama_segmentation::ModelConfig;

use crate::timestamps::{FrameTimestamps, Stage};
use crate::{EngineError, Generation, Graphics, ImportTimestamps, Segmenter, StageTimes, Timestamps};

/// How old a matte may be for another frame to be shown under it, counted from the frame that it was made for. Somebody who gets
/// up fast moves by a tenth of the picture's width meanwhile.
pub const MAX_MATTE_AGE: Duration = Duration::from_millis(100);

/// Replaces the background of a stream of frames.
///
/// A frame is shown only under the matte that was made from that very frame, or under one that is hardly older
/// ([`MAX_MATTE_AGE`]): what segments gives frame and matte together, and [`Engine::composite`] takes nothing else. When
/// either fails, [`Engine::hide`] is what to show.
///
/// `S` says where frames are segmented: [`OnGpu`](crate::OnGpu), which [`Engine::on_gpu`] makes, or [`OnCpu`](crate::OnCpu)
/// ([`Engine::on_cpu`]). They are composited on the GPU in either case.
pub struct Engine<S> {
    graphics: Graphics,
    /// Up to where the device's errors were reported.
    checked: Generation,
    pub(crate) segmentation: S,
    compositor: Compositor,
    /// The number of the last frame that was given a matte, or was to be given one.
    frame: u64,
    /// The number of the first frame that is the present network's.
    first_of_network: u64,
    /// The last matte once it was shown, and the size of the frame it was made for.
    last_matte: Option<(wgpu::Extent3d, Matte)>,
    timestamps: Option<Timestamps>,
    /// Those that the next frame is to have.
    next_timestamps: Option<FrameTimestamps>,
}

/// Where the frames of an [`Engine`] are segmented.
pub trait Segmentation {
    /// A network that is imported, compiled and warm.
    type Network: AsRef<Segmenter>;

    /// The network that runs.
    fn network(&self) -> &Self::Network;

    /// Puts another network in its place, and forgets what the old one said.
    fn set_network(&mut self, network: Self::Network);

    /// Chooses how masks become mattes.
    fn set_matting(&mut self, options: MattingOptions);
}

impl<S: Segmentation> Engine<S> {
    /// `output` is the format of the textures that frames are written to.
    pub(crate) fn new(
        graphics: Graphics,
        segmentation: S,
        output: wgpu::TextureFormat,
    ) -> Result<Self, EngineError> {
        let checked = graphics.generation();
        let compositor = Compositor::new(graphics.device(), graphics.queue(), output)?;
        graphics.check(checked)?;
        let timestamps = Timestamps::new(&graphics);
        Ok(Self {
            graphics,
            checked,
            segmentation,
            compositor,
            frame: 0,
            first_of_network: 0,
            last_matte: None,
            timestamps,
            next_timestamps: None,
        })
    }

    /// The device that frames are composited on.
    pub fn graphics(&self) -> &Graphics {
        &self.graphics
    }

    /// Fails if the device was lost, or if it reported an error since the last call of this or of anything that fails for such
    /// errors.
    ///
    /// # Errors
    /// [`EngineError::DeviceLost`], for good, or [`EngineError::Gpu`], once.
    pub fn check(&mut self) -> Result<(), EngineError> {
        let since = replace(&mut self.checked, self.graphics.generation());
        self.graphics.check(since)
    }

    /// Which network runs.
    pub fn model(&self) -> &ModelConfig {
        self.segmenter().config()
    }

    /// The network alone.
    pub fn segmenter(&self) -> &Segmenter {
        self.segmentation.network().as_ref()
    }

    /// Segments with this model from the next frame on.
    pub fn set_model(&mut self, model: PreparedModel<S>) {
        self.segmentation.set_network(model.0);
        self.first_of_network = self.frame + 1;
        self.last_matte = None;
    }

    /// Shows this background from the next frame on.
    ///
    /// # Errors
    /// [`EngineError::Effect`] for a background that cannot be shown; the old one stays.
    pub fn set_background(&mut self, background: &Background) -> Result<(), EngineError> {
        Ok(self.compositor.set_background(background)?)
    }

    /// Shows a picture that is on the GPU already from the next frame on. To be called again when its content changed,
    /// which makes nothing anew for the same texture and layout.
    ///
    /// # Errors
    /// [`EngineError::Effect`] for a texture or layout that cannot be shown; the old background stays.
    pub fn set_background_texture(
        &mut self,
        texture: &wgpu::Texture,
        layout: Layout,
    ) -> Result<(), EngineError> {
        Ok(self.compositor.set_background_texture(texture, layout)?)
    }

    /// Chooses how masks become mattes, from the next frame on.
    pub fn set_matting(&mut self, options: MattingOptions) {
        self.segmentation.set_matting(options);
    }

    /// Chooses how backgrounds are made to belong with the person, from the next frame on.
    ///
    /// # Errors
    /// [`EngineError::Effect`] for a strength out of range; the old blending stays.
    pub fn set_blending(&mut self, blending: Blending) -> Result<(), EngineError> {
        Ok(self.compositor.set_blending(blending)?)
    }

    /// The GPU's timestamps of the frames that had some; `None` on a device without.
    pub fn timestamps(&self) -> Option<&Timestamps> {
        self.timestamps.as_ref()
    }

    /// Has the next frame timed by the GPU's own clock, or not. That takes two submissions and a few bytes to read back more; the
    /// times come out of [`Timestamps::collect`] some frames later.
    ///
    /// Whether it will be: no frame is on a device without timestamps, nor while those of too many others are on their way.
    pub fn request_timestamps(&mut self, wanted: bool) -> bool {
        let timestamps = self.timestamps.as_ref().filter(|_| wanted);
        self.next_timestamps = timestamps.and_then(Timestamps::begin);
        self.next_timestamps.is_some()
    }

    /// Where the next frame's import, if that is a pass of the caller's, may resolve its timestamps to; `None` for a frame
    /// that is not timed.
    pub fn import_timestamps(&self) -> Option<ImportTimestamps> {
        self.next_timestamps.as_ref().map(FrameTimestamps::import)
    }

    /// The next frame's import has resolved its timestamps to [`Engine::import_timestamps`].
    pub fn note_import_timestamps(&mut self) {
        if let Some(next) = &mut self.next_timestamps {
            next.note_import();
        }
    }

    /// Shows the person of a segmented frame before the background in `output`, a texture of the frame's size: one
    /// submission, not awaited.
    ///
    /// # Errors
    /// [`EngineError::Frame`] for a frame after which another was given a matte, for the textures are that one's now;
    /// [`EngineError::Effect`] for an output of another size, or what the GPU reported meanwhile. It must not be shown
    /// then.
    pub fn composite(
        &mut self,
        mut segmented: Segmented,
        output: &wgpu::TextureView,
    ) -> Result<(), EngineError> {
        if segmented.number != self.frame {
            return Err(EngineError::Frame(
                "another frame was segmented before this one was composited: take them in turns".into(),
            ));
        }
        let mut encoder = self.encoder("composite");
        let timestamps = segmented.timestamps.as_mut().map(|frame| frame.stage(Stage::Composite));
        let passes = StageEncoder::new(&mut encoder, timestamps);
        self.compositor.encode(passes, &segmented.frame, &segmented.matte, output)?;
        let timed = self.timestamps.as_ref().zip(segmented.timestamps);
        let resolved =
            timed.and_then(|(all, frame)| all.resolve(&mut encoder, frame).map(|frame| (all, frame)));
        self.graphics.queue().submit(segmented.commands.into_iter().chain([encoder.finish()]));
        if let Some((all, frame)) = resolved {
            all.read(segmented.number, frame);
        }
        self.check()?;
        if segmented.number >= self.first_of_network && !segmented.has_own_mask {
            self.last_matte = Some((segmented.frame.size(), segmented.matte));
        }
        Ok(())
    }

    /// Fills `output` with a picture that gives nothing of the camera away: the chosen background alone or, for a blur,
    /// `frame` blurred beyond recognition, and black without one.
    ///
    /// # Errors
    /// [`EngineError::Effect`] for an output of unusable size.
    pub fn hide(
        &mut self,
        frame: Option<&wgpu::Texture>,
        output: &wgpu::TextureView,
    ) -> Result<(), EngineError> {
        let mut encoder = self.encoder("hide");
        self.compositor.encode_hidden(&mut encoder, frame, output)?;
        self.graphics.queue().submit([encoder.finish()]);
        Ok(())
    }

    /// Numbers the next frame, from whose segmentation on the last matte is none any more, and gives the timestamps that it is
    /// to have.
    pub(crate) fn begin_frame(&mut self) -> (u64, Option<FrameTimestamps>) {
        self.last_matte = None;
        self.frame += 1;
        (self.frame, self.next_timestamps.take())
    }

    /// The last matte, if it may be shown `age` after its frame over another one of this size.
    pub(crate) fn matte_for(&self, size: wgpu::Extent3d, age: Duration) -> Result<Matte, EngineError> {
        if age > MAX_MATTE_AGE {
            return Err(EngineError::Matte(format!("the last one is {age:?} old")));
        }
        match &self.last_matte {
            None => Err(EngineError::Matte("no frame was shown under one of the present network's".into())),
            Some((made_for, _)) if *made_for != size => Err(EngineError::Matte(format!(
                "the last one is for {}x{} pixels, not {}x{}",
                made_for.width, made_for.height, size.width, size.height
            ))),
            Some((_, matte)) => Ok(matte.clone()),
        }
    }

    /// Puts a frame under a matte that is there already.
    pub(crate) fn under(&mut self, matte: Matte, frame: wgpu::Texture) -> Segmented {
        self.frame += 1;
        Segmented {
            frame,
            number: self.frame,
            matte,
            has_own_mask: false,
            commands: None,
            kept: None,
            timestamps: self.next_timestamps.take(),
            cpu: StageTimes::default(),
            completed: None,
        }
    }

    pub(crate) fn encoder(&self, label: &str) -> wgpu::CommandEncoder {
        self.graphics.device().create_command_encoder(&wgpu::CommandEncoderDescriptor { label: Some(label) })
    }
}

/// A frame with the matte to show it under, on the GPU.
pub struct Segmented {
    pub(crate) frame: wgpu::Texture,
    /// Counts the frames of this engine; its [`GpuTimes`](crate::GpuTimes) come under this number.
    pub number: u64,
    pub(crate) matte: Matte,
    /// Whether the matte is of a mask that the caller made.
    pub(crate) has_own_mask: bool,
    /// What makes the matte, unless it was submitted.
    pub(crate) commands: Option<wgpu::CommandBuffer>,
    /// Keeps what `commands` read.
    #[expect(dead_code, reason = "it is there to be dropped with the frame")]
    pub(crate) kept: Option<Box<dyn Any>>,
    pub(crate) timestamps: Option<FrameTimestamps>,
    /// What each stage took the calling thread until its work was handed over; on the processor, the stage itself. Zero for the
    /// stages that a frame under a matte used again does without, and for what is composited later.
    pub cpu: StageTimes,
    /// The same until the GPU had done it, with [`Clock::Completed`](crate::Clock::Completed).
    pub completed: Option<StageTimes>,
}

impl Segmented {
    /// Has the frame shown under a mask that the caller made of it, in place of the network's: see
    /// [`Matte::with_probability`]. No other frame is shown under that.
    ///
    /// # Errors
    /// [`EngineError::Effect`] for a texture that cannot be bound.
    pub fn under_mask(self, probability: &wgpu::Texture) -> Result<Self, EngineError> {
        Ok(Self { matte: self.matte.with_probability(probability)?, has_own_mask: true, ..self })
    }
}

/// A model that is imported, compiled and warm.
pub struct PreparedModel<S: Segmentation>(pub(crate) S::Network);

impl<S: Segmentation> PreparedModel<S> {
    /// Which network it is.
    pub fn config(&self) -> &ModelConfig {
        self.segmenter().config()
    }

    /// The network alone.
    pub fn segmenter(&self) -> &Segmenter {
        self.0.as_ref()
    }
}
