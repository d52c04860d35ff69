use std::time::Duration;

use cyclorama_effects::{self as effects, Matting, MattingOptions, Preprocess, StageEncoder};
use web_time::Instant;

use crate::gpu_segmenter::{GpuSegmenter, NetworkMemory};
use crate::timestamps::Stage;
use crate::{
    Clock, Engine, EngineError, Gpu, Graphics, MaskGate, PreparedModel, Segmentation, Segmented, StageTimes,
};

/// Segments on the GPU: a frame that is there stays there, and nothing is read back.
pub struct OnGpu {
    gpu: Gpu,
    segmenter: GpuSegmenter,
    preprocess: Preprocess,
    matting: Matting,
}

impl Segmentation for OnGpu {
    type Network = GpuSegmenter;

    fn network(&self) -> &GpuSegmenter {
        &self.segmenter
    }

    fn set_network(&mut self, network: GpuSegmenter) {
        self.segmenter = network;
        self.matting.forget();
    }

    fn set_matting(&mut self, options: MattingOptions) {
        self.matting.set_options(options);
    }
}

impl Engine<OnGpu> {
    /// Imports the bytes of a `.tflite` file, compiles every pipeline and runs the network once.
    ///
    /// `output` is the format of the textures that frames are written to.
    ///
    /// # Errors
    /// [`EngineError::Model`] for a file that is not one of the networks, [`EngineError::Gpu`] if the GPU
    /// cannot run it.
    pub async fn on_gpu(gpu: Gpu, model: &[u8], output: wgpu::TextureFormat) -> Result<Self, EngineError> {
        let segmenter = GpuSegmenter::new(model, &gpu).await?;
        let preprocess = Preprocess::new(gpu.device());
        let matting = Matting::new(gpu.device(), gpu.queue());
        Self::new((*gpu).clone(), OnGpu { gpu, segmenter, preprocess, matting }, output)
    }

    /// The GPU that everything runs on.
    pub fn gpu(&self) -> &Gpu {
        &self.segmentation.gpu
    }

    /// What says whether the masks of the frames can be right, at any time and beside the frames; the same for good.
    pub fn mask_gate(&self) -> MaskGate {
        MaskGate::new((**self.gpu()).clone(), self.segmentation.matting.verdict_buffer().clone())
    }

    /// What tells how much memory burn has reserved for networks on this GPU; the same for good.
    pub fn network_memory(&self) -> Result<NetworkMemory, EngineError> {
        self.segmentation.segmenter.memory()
    }

    /// Segments `frame` and makes its matte: two submissions and what [`Engine::composite`] submits for it, or three that are
    /// awaited with [`Clock::Completed`].
    ///
    /// `since` is the time since the frame of the call before if this one continues it, as a video's do. Then the mask is steadied by
    /// that one's; `None`, more than a second or another model start anew.
    ///
    /// # Errors
    /// [`EngineError::DeviceLost`] and [`EngineError::Gpu`] for what the GPU reported since the last frame,
    /// [`EngineError::Effect`] for a frame of unusable size.
    pub async fn segment(
        &mut self,
        frame: &wgpu::Texture,
        since: Option<Duration>,
        clock: Clock,
    ) -> Result<Segmented, EngineError> {
        self.check()?;
        let (number, mut timestamps) = self.begin_frame();
        let mut laps = Laps::new(clock);
        let input = self.segmentation.segmenter.input()?;
        let size = self.segmenter().size();
        let mut encoder = self.encoder("preprocess");
        let written = timestamps.as_mut().map(|frame| frame.stage(Stage::Preprocess));
        let passes = StageEncoder::new(&mut encoder, written);
        self.segmentation.preprocess.encode(passes, frame, &input.binding(), size)?;
        self.graphics().queue().submit([encoder.finish()]);
        let preprocess = laps.next(self.graphics()).await;

        let probability = match &mut timestamps {
            None => self.segmentation.segmenter.infer()?,
            Some(timestamps) => {
                let (probability, time) = self.segmentation.segmenter.infer_timed()?;
                timestamps.inference = time;
                probability
            }
        };
        let inference = laps.next(self.graphics()).await;

        let mut encoder = self.encoder("refine");
        let written = timestamps.as_mut().map(|frame| frame.stage(Stage::Refine));
        let passes = StageEncoder::new(&mut encoder, written);
        let segmentation =
            effects::Segmentation { guide: input.binding(), probability: probability.binding(), size };
        let matte = self.segmentation.matting.encode(passes, frame, &segmentation, since)?;
        let mut commands = Some(encoder.finish());
        if clock == Clock::Completed {
            self.graphics().queue().submit(commands.take());
        }
        let refine = laps.next(self.graphics()).await;
        self.check()?;
        let kept = Some(Box::new(probability) as _);
        let times = |lap: fn(&Lap) -> Duration| StageTimes {
            preprocess: lap(&preprocess),
            inference: lap(&inference),
            refine: lap(&refine),
            composite: Duration::ZERO,
        };
        let cpu = times(|lap| lap.cpu);
        let completed = (clock == Clock::Completed).then(|| times(|lap| lap.completed));
        Ok(Segmented {
            frame: frame.clone(),
            number,
            matte,
            has_own_mask: false,
            commands,
            kept,
            timestamps,
            cpu,
            completed,
        })
    }

    /// Puts another frame under the matte of the last one that was shown, `age` after that one: for segmenting not every
    /// frame.
    ///
    /// # Errors
    /// [`EngineError::Matte`] where there is none for a frame of this size that the present network made, or where it is
    /// older than [`MAX_MATTE_AGE`](crate::MAX_MATTE_AGE); what the GPU reported since the last frame.
    pub fn reuse_matte(&mut self, frame: &wgpu::Texture, age: Duration) -> Result<Segmented, EngineError> {
        self.check()?;
        let matte = self.matte_for(frame.size(), age)?;
        Ok(self.under(matte, frame.clone()))
    }
}

/// The times of stages that follow one another.
struct Laps {
    clock: Clock,
    start: Instant,
}

/// How long a stage took until its work was handed to the GPU, and until that had done it.
struct Lap {
    cpu: Duration,
    completed: Duration,
}

impl Laps {
    fn new(clock: Clock) -> Self {
        Self { clock, start: Instant::now() }
    }

    /// Ends a stage and begins the next.
    async fn next(&mut self, graphics: &Graphics) -> Lap {
        let cpu = self.start.elapsed();
        if self.clock == Clock::Completed {
            graphics.completed().await;
        }
        let now = Instant::now();
        let completed = now - self.start;
        self.start = now;
        Lap { cpu, completed }
    }
}

impl PreparedModel<OnGpu> {
    /// Prepares another model, which [`Engine::set_model`] then puts in place: between the two, frames go on with the
    /// old one.
    ///
    /// # Errors
    /// [`EngineError::Model`] for a file that is not one of the networks, [`EngineError::Gpu`] if the GPU
    /// cannot run it.
    pub async fn on_gpu(gpu: &Gpu, model: &[u8]) -> Result<Self, EngineError> {
        Ok(Self(GpuSegmenter::new(model, gpu).await?))
    }
}
