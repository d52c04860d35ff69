//! The times of the stages by the GPU's clock.
//!
//! The passes of the stages write timestamps (WebGPU has no other way). The submission that shows the frame resolves them and
//! copies them to one of a few buffers. A later call collects those that were read back. Nothing waits: while all buffers
//! are in flight, frames are not timed.

use std::mem::take;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use cyclorama_effects::StageTimestamps;
use futures_channel::oneshot;
use web_time::Instant;

use super::context::lock;
use crate::{GpuContext, GpuTimes};

/// The maximum number of frames whose timestamps are in flight.
const FRAMES: usize = 4;
/// Bytes of a timestamp, a u64.
const TIMESTAMP: u64 = 8;
/// Distance between the timestamps of two stages: an offset that WebGPU can resolve to.
const STRIDE: u64 = wgpu::QUERY_RESOLVE_BUFFER_ALIGNMENT;
const BYTES: u64 = (STAGES as u64 - 1) * STRIDE + 2 * TIMESTAMP;

/// The stages whose passes this crate or its caller records.
#[derive(Clone, Copy)]
pub(crate) enum Stage {
    Import,
    Preprocess,
    Inference,
    Refine,
    Composite,
}
const STAGES: usize = 5;

/// The timestamps of an engine's frames. Clones share them.
#[derive(Clone)]
pub struct Timestamps {
    gpu: GpuContext,
    state: Arc<Mutex<Option<State>>>,
}

/// The resources, created for the first timed frame.
struct State {
    queries: wgpu::QuerySet,
    resolved: wgpu::Buffer,
    free: Vec<wgpu::Buffer>,
    in_flight: Vec<Pending>,
}

/// The timestamps of a frame in flight.
struct Pending {
    number: u64,
    stages: [bool; STAGES],
    began: Instant,
    buffer: wgpu::Buffer,
    mapped: oneshot::Receiver<Result<(), wgpu::BufferAsyncError>>,
    is_mapped: bool,
}

/// The timestamps of a frame that is being recorded.
pub(crate) struct FrameTimestamps {
    queries: wgpu::QuerySet,
    resolved: wgpu::Buffer,
    stages: [bool; STAGES],
    began: Instant,
}

/// A frame whose timestamps can be read after its commands were submitted.
pub(crate) struct Resolved {
    frame: FrameTimestamps,
    buffer: wgpu::Buffer,
}

/// The buffer for the two timestamps of an import that is not a pass of wgpu, as in a browser.
#[derive(Clone, Debug)]
pub struct ImportTimestamps {
    /// The buffer to resolve the queries to.
    pub buffer: wgpu::Buffer,
    /// The offset of the beginning. The end follows it.
    pub offset: u64,
}

impl Timestamps {
    /// `None` on a device without timestamps.
    pub(crate) fn new(gpu: &GpuContext) -> Option<Self> {
        let offered = gpu.device().features().contains(wgpu::Features::TIMESTAMP_QUERY);
        offered.then(|| Self { gpu: gpu.clone(), state: Arc::default() })
    }

    fn state(&self) -> MutexGuard<'_, Option<State>> {
        lock(&self.state)
    }

    /// Starts to time a frame; `None` while no buffer is free.
    pub(crate) fn begin(&self) -> Option<FrameTimestamps> {
        let mut state = self.state();
        let State { queries, resolved, free, .. } =
            state.get_or_insert_with(|| State::new(self.gpu.device()));
        if free.is_empty() {
            return None;
        }
        Some(FrameTimestamps {
            queries: queries.clone(),
            resolved: resolved.clone(),
            stages: [false; STAGES],
            began: Instant::now(),
        })
    }

    /// Records the copy of the timestamps to a buffer for readback, after the frame's last pass.
    pub(crate) fn resolve(
        &self,
        encoder: &mut wgpu::CommandEncoder,
        frame: FrameTimestamps,
    ) -> Option<Resolved> {
        let buffer = self.state().as_mut()?.free.pop()?;
        // The import's timestamps are resolved already. Only queries that were written may be resolved.
        for stage in [Stage::Preprocess, Stage::Inference, Stage::Refine, Stage::Composite] {
            if frame.stages[stage as usize] {
                let first = 2 * stage as u32;
                encoder.resolve_query_set(&frame.queries, first..first + 2, &frame.resolved, offset(stage));
            }
        }
        encoder.copy_buffer_to_buffer(&frame.resolved, 0, &buffer, 0, BYTES);
        Some(Resolved { frame, buffer })
    }

    /// Starts to read the timestamps of a frame whose commands were submitted.
    pub(crate) fn read(&self, number: u64, Resolved { frame, buffer }: Resolved) {
        let (done, mapped) = oneshot::channel();
        buffer.map_async(wgpu::MapMode::Read, .., move |result| {
            // The receiver is gone if the engine was dropped.
            done.send(result).ok();
        });
        let FrameTimestamps { stages, began, .. } = frame;
        if let Some(state) = self.state().as_mut() {
            state.in_flight.push(Pending { number, stages, began, buffer, mapped, is_mapped: false });
        }
    }

    /// Returns the times of the frames whose timestamps were read back since the last call, a few frames after they were
    /// shown. Does not wait.
    pub fn collect(&self) -> Vec<GpuTimes> {
        // Native callbacks run when the device is polled; a browser runs them without polling.
        #[cfg(not(target_family = "wasm"))]
        self.gpu.device().poll(wgpu::PollType::Poll).ok();
        let period = self.gpu.queue().get_timestamp_period();
        let mut times = Vec::new();
        if let Some(State { free, in_flight, .. }) = self.state().as_mut() {
            for pending in take(in_flight) {
                match pending.collect(period) {
                    Collected::Later(pending) => in_flight.push(pending),
                    Collected::Times(found, buffer) => {
                        times.push(found);
                        free.push(buffer);
                    }
                    Collected::Lost => {}
                }
            }
        }
        times
    }
}

impl State {
    fn new(device: &wgpu::Device) -> Self {
        let buffer = |usage| {
            device.create_buffer(&wgpu::BufferDescriptor {
                label: Some("timestamps"),
                size: BYTES,
                usage,
                mapped_at_creation: false,
            })
        };
        Self {
            queries: device.create_query_set(&wgpu::QuerySetDescriptor {
                label: Some("timestamps"),
                ty: wgpu::QueryType::Timestamp,
                count: 2 * STAGES as u32,
            }),
            resolved: buffer(wgpu::BufferUsages::QUERY_RESOLVE | wgpu::BufferUsages::COPY_SRC),
            free: (0..FRAMES)
                .map(|_| buffer(wgpu::BufferUsages::MAP_READ | wgpu::BufferUsages::COPY_DST))
                .collect(),
            in_flight: Vec::new(),
        }
    }
}

impl FrameTimestamps {
    /// The queries for the passes of a stage.
    pub(crate) fn stage(&mut self, stage: Stage) -> StageTimestamps<'_> {
        self.stages[stage as usize] = true;
        let begin = 2 * stage as u32;
        StageTimestamps { queries: &self.queries, begin, end: begin + 1 }
    }

    /// The buffer for the timestamps of an import, which calls [`FrameTimestamps::note_import`] afterwards.
    pub(crate) fn import(&self) -> ImportTimestamps {
        ImportTimestamps { buffer: self.resolved.clone(), offset: offset(Stage::Import) }
    }

    /// Records that the import resolved its timestamps.
    pub(crate) fn note_import(&mut self) {
        self.stages[Stage::Import as usize] = true;
    }
}

enum Collected {
    Times(GpuTimes, wgpu::Buffer),
    Later(Pending),
    /// The device is lost.
    Lost,
}

impl Pending {
    fn collect(mut self, period: f32) -> Collected {
        if !self.is_mapped {
            match self.mapped.try_recv() {
                Ok(None) => return Collected::Later(self),
                Ok(Some(Ok(()))) => self.is_mapped = true,
                Ok(Some(Err(_))) | Err(_) => return Collected::Lost,
            }
        }
        let Self { number, stages, began, buffer, .. } = self;
        let limit = began.elapsed();
        let times = {
            let Ok(bytes) = buffer.get_mapped_range(..) else { return Collected::Lost };
            let time = |stage: Stage| {
                let stamps = stages[stage as usize].then(|| stamps(&bytes[offset(stage) as usize..]))??;
                between(stamps, period, limit)
            };
            GpuTimes {
                number,
                import: time(Stage::Import),
                preprocess: time(Stage::Preprocess),
                inference: time(Stage::Inference),
                refine: time(Stage::Refine),
                composite: time(Stage::Composite),
            }
        };
        buffer.unmap();
        Collected::Times(times, buffer)
    }
}

/// Reads the two timestamps at the beginning of a stage's bytes.
fn stamps(bytes: &[u8]) -> Option<[u64; 2]> {
    let (begin, rest) = bytes.split_first_chunk()?;
    Some([*begin, *rest.first_chunk()?].map(u64::from_le_bytes))
}

/// Returns the time between two timestamps of `period` nanoseconds a tick; `None` if they are implausible. Zero means that
/// the GPU wrote nothing, on some drivers time goes backwards, and no time is longer than that until it was read.
fn between([begin, end]: [u64; 2], period: f32, limit: Duration) -> Option<Duration> {
    let ticks = end.checked_sub(begin).filter(|_| begin != 0)?;
    let time = Duration::try_from_secs_f64(ticks as f64 * f64::from(period) * 1e-9).ok()?;
    (time <= limit).then_some(time)
}

fn offset(stage: Stage) -> u64 {
    stage as u64 * STRIDE
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{between, stamps};

    const LIMIT: Duration = Duration::from_millis(10);

    #[test]
    fn a_time_is_the_difference_of_two_timestamps() {
        let bytes: Vec<u8> =
            [1_000_000_u64, 1_250_000, 9].iter().flat_map(|stamp| stamp.to_le_bytes()).collect();
        let read = stamps(&bytes).unwrap();
        assert_eq!(read, [1_000_000, 1_250_000]);
        assert_eq!(between(read, 2.0, LIMIT), Some(Duration::from_micros(500)));
        assert_eq!(between([7, 7], 1.0, LIMIT), Some(Duration::ZERO), "rounded to the same by a browser");
    }

    #[test]
    fn impossible_timestamps_have_no_time() {
        assert_eq!(stamps(&[1; 15]), None);
        for (stamps, why) in [
            ([0, 5], "the beginning was never written"),
            ([5, 0], "the end was never written"),
            ([5, 4], "time goes backwards"),
            ([5, 10_000_006], "longer than the whole frame"),
            ([1, u64::MAX], "a clock that wrapped"),
        ] {
            assert_eq!(between(stamps, 1.0, LIMIT), None, "{why}");
        }
    }
}
