use std::mem::replace;
use std::time::Duration;

use cyclorama_effects::StageEncoder;
use web_time::Instant;

use super::timestamps::{FrameTimestamps, Stage};
use crate::{Clock, GpuContext};

/// Records the stages of a frame into one encoder, and measures their wall-clock times.
pub(crate) struct FrameEncoder {
    gpu: GpuContext,
    clock: Clock,
    commands: wgpu::CommandEncoder,
    start: Instant,
}

/// The time of a stage until its work was recorded, and until the GPU completed it.
pub(crate) struct StageTime {
    pub cpu: Duration,
    pub completed: Duration,
}

impl FrameEncoder {
    pub fn new(gpu: &GpuContext, clock: Clock) -> Self {
        Self { gpu: gpu.clone(), clock, commands: gpu.encoder("frame"), start: Instant::now() }
    }

    /// The encoder of a stage, whose passes write timestamps if the frame has `timestamps`.
    pub fn stage<'a>(
        &'a mut self,
        stage: Stage,
        timestamps: &'a mut Option<FrameTimestamps>,
    ) -> StageEncoder<'a> {
        StageEncoder::new(&mut self.commands, timestamps.as_mut().map(|frame| frame.stage(stage)))
    }

    /// Ends a stage and starts the next. With [`Clock::Completed`] it submits the stage and waits for the GPU.
    pub async fn end_stage(&mut self) -> StageTime {
        let recorded = Instant::now();
        let cpu = recorded - self.start;
        if self.clock == Clock::Completed {
            let commands = replace(&mut self.commands, self.gpu.encoder("frame"));
            self.gpu.queue().submit([commands.finish()]);
            self.gpu.completed().await;
        }
        let completed = self.start.elapsed();
        self.start = Instant::now();
        StageTime { cpu, completed }
    }

    /// The encoder with the stages that are not submitted.
    pub fn finish(self) -> wgpu::CommandEncoder {
        self.commands
    }
}
