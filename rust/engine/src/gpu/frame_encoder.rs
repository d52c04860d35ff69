use std::mem::replace;
use std::time::Duration;

use cyclorama_effects::StageEncoder;
use web_time::Instant;

use super::timestamps::{FrameTimestamps, Stage};
use crate::{Clock, GpuContext, StageTimings, Timestamps};

/// Records the stages of a frame, measures their wall-clock times, and submits them.
pub struct FrameEncoder {
    gpu: GpuContext,
    commands: wgpu::CommandEncoder,
    timestamps: Option<FrameTimestamps>,
    /// The time at which the current stage started.
    start: Instant,
    /// The time of each stage until its work was recorded.
    pub(crate) cpu: StageTimings,
    /// The time of each stage until the GPU completed it, if it was awaited.
    pub(crate) completed: Option<StageTimings>,
}

impl FrameEncoder {
    /// Starts a frame, whose passes write `timestamps`, if any.
    pub(crate) fn new(gpu: &GpuContext, timestamps: Option<FrameTimestamps>) -> Self {
        Self {
            gpu: gpu.clone(),
            commands: gpu.encoder("frame"),
            timestamps,
            start: Instant::now(),
            cpu: StageTimings::default(),
            completed: None,
        }
    }

    /// The encoder of a stage.
    pub(crate) fn stage(&mut self, stage: Stage) -> StageEncoder<'_> {
        StageEncoder::new(&mut self.commands, self.timestamps.as_mut().map(|frame| frame.stage(stage)))
    }

    /// Ends a stage, whose time `time` selects, and starts the next. With [`Clock::Completed`] it submits the stage and waits
    /// for the GPU.
    pub(crate) async fn end_stage(
        &mut self,
        clock: Clock,
        time: impl Fn(&mut StageTimings) -> &mut Duration,
    ) {
        *time(&mut self.cpu) = self.start.elapsed();
        if clock == Clock::Completed {
            let commands = replace(&mut self.commands, self.gpu.encoder("frame"));
            self.gpu.queue().submit([commands.finish()]);
            self.gpu.completed().await;
            *time(self.completed.get_or_insert_default()) = self.start.elapsed();
        }
        self.start = Instant::now();
    }

    /// Submits the stages that were not submitted. The timestamps of the frame are read back to `all` under its `number`.
    pub(crate) fn submit(self, number: u64, all: Option<&Timestamps>) {
        let Self { gpu, mut commands, timestamps, .. } = self;
        let resolved =
            all.zip(timestamps).and_then(|(all, frame)| Some((all, all.resolve(&mut commands, frame)?)));
        gpu.queue().submit([commands.finish()]);
        if let Some((all, frame)) = resolved {
            all.read(number, frame);
        }
    }
}
