use std::time::Duration;

use web_time::Instant;

use crate::{Clock, GpuContext};

/// Measures the wall-clock times of consecutive stages.
pub(crate) struct StageTimer {
    clock: Clock,
    start: Instant,
}

/// The time of a stage until its work was submitted, and until the GPU completed it.
pub(crate) struct StageTime {
    pub cpu: Duration,
    pub completed: Duration,
}

impl StageTimer {
    pub fn new(clock: Clock) -> Self {
        Self { clock, start: Instant::now() }
    }

    /// Ends a stage and starts the next. Waits for the GPU with [`Clock::Completed`].
    pub async fn next(&mut self, gpu: &GpuContext) -> StageTime {
        let cpu = self.start.elapsed();
        if self.clock == Clock::Completed {
            gpu.completed().await;
        }
        let now = Instant::now();
        let completed = now - self.start;
        self.start = now;
        StageTime { cpu, completed }
    }
}
