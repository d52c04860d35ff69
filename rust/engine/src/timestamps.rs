//! How long the GPU was at each stage, by its own clock.
//!
//! The stages' own passes write timestamps (WebGPU has no others), the submission that shows the frame resolves them and copies
//! them to one of a few buffers, and whoever asks later gets what has come back by then. Nothing waits: while all
//! buffers are on their way, frames are not timed.
//!
//! The network's pass is burn's. Its runtime times the passes between two points by queries of its own, which takes a timed
//! frame two submissions more (one of them empty) and three buffers of a few bytes. Other ways measure something else: from the end of our
//! pass before it to the beginning of the one after it the GPU also waits for the calling thread, which encodes meanwhile,
//! and on a quick GPU that is most of the time; empty passes of our own around it share no resource with it, so that
//! some GPUs (Metal's) run them beside it. Callers sample: a frame that is not timed costs nothing at all.
//! (On native Metal alone, burn's runtime waits for the GPU at both points.)

use std::future::Future;
use std::mem::take;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use cyclorama_effects::StageTimestamps;
use futures_channel::oneshot;
use web_time::Instant;

use crate::graphics::lock;
use crate::{GpuTimes, Graphics};

/// Frames whose timestamps may be on their way at a time.
const FRAMES: usize = 4;
/// Timestamps come as u64.
const TIMESTAMP: u64 = 8;
/// Each stage's two timestamps lie where WebGPU can resolve to.
const STRIDE: u64 = wgpu::QUERY_RESOLVE_BUFFER_ALIGNMENT;
const BYTES: u64 = (STAGES as u64 - 1) * STRIDE + 2 * TIMESTAMP;

/// The stages that are passes of ours.
#[derive(Clone, Copy)]
pub(crate) enum Stage {
    Import,
    Preprocess,
    Refine,
    Composite,
}
const STAGES: usize = 4;

/// The network's time, once it is known; polled only when the frame's own timestamps are back, as burn's runtime panics where
/// the device was lost meanwhile.
pub(crate) type InferenceTime = Pin<Box<dyn Future<Output = Option<Duration>> + Send>>;

/// The timestamps of an engine's frames. Clones are of the same ones.
#[derive(Clone)]
pub struct Timestamps {
    graphics: Graphics,
    state: Arc<Mutex<Option<State>>>,
}

/// What is made for the first frame that is timed.
struct State {
    queries: wgpu::QuerySet,
    resolved: wgpu::Buffer,
    free: Vec<wgpu::Buffer>,
    on_their_way: Vec<Pending>,
}

/// A frame's timestamps on their way back.
struct Pending {
    number: u64,
    stages: [bool; STAGES],
    inference: Option<InferenceTime>,
    began: Instant,
    buffer: wgpu::Buffer,
    mapped: oneshot::Receiver<Result<(), wgpu::BufferAsyncError>>,
    is_mapped: bool,
}

/// A frame that is being timed.
pub(crate) struct FrameTimestamps {
    queries: wgpu::QuerySet,
    resolved: wgpu::Buffer,
    stages: [bool; STAGES],
    pub(crate) inference: Option<InferenceTime>,
    began: Instant,
}

/// A frame whose timestamps are to be read once its commands are submitted.
pub(crate) struct Resolved {
    frame: FrameTimestamps,
    buffer: wgpu::Buffer,
}

/// Where a pass that is no pass of wgpu's, as a browser's import may be, resolves its two timestamps to.
#[derive(Clone, Debug)]
pub struct ImportTimestamps {
    /// A buffer to resolve queries to.
    pub buffer: wgpu::Buffer,
    /// Where in it the beginning goes, and behind that the end.
    pub offset: u64,
}

impl Timestamps {
    /// `None` on a device without timestamps.
    pub(crate) fn new(graphics: &Graphics) -> Option<Self> {
        let offered = graphics.device().features().contains(wgpu::Features::TIMESTAMP_QUERY);
        offered.then(|| Self { graphics: graphics.clone(), state: Arc::default() })
    }

    fn state(&self) -> MutexGuard<'_, Option<State>> {
        lock(&self.state)
    }

    /// Begins to time a frame, unless there is no buffer that its times could come back in.
    pub(crate) fn begin(&self) -> Option<FrameTimestamps> {
        let mut state = self.state();
        let State { queries, resolved, free, .. } =
            state.get_or_insert_with(|| State::new(self.graphics.device()));
        if free.is_empty() {
            return None;
        }
        Some(FrameTimestamps {
            queries: queries.clone(),
            resolved: resolved.clone(),
            stages: [false; STAGES],
            inference: None,
            began: Instant::now(),
        })
    }

    /// Records, behind the frame's last pass, what brings its timestamps to a buffer that can be read.
    pub(crate) fn resolve(
        &self,
        encoder: &mut wgpu::CommandEncoder,
        frame: FrameTimestamps,
    ) -> Option<Resolved> {
        let buffer = self.state().as_mut()?.free.pop()?;
        // The import's are there already; of the others only those that were written may be resolved.
        for stage in [Stage::Preprocess, Stage::Refine, Stage::Composite] {
            if frame.stages[stage as usize] {
                let first = 2 * stage as u32;
                encoder.resolve_query_set(&frame.queries, first..first + 2, &frame.resolved, offset(stage));
            }
        }
        encoder.copy_buffer_to_buffer(&frame.resolved, 0, &buffer, 0, BYTES);
        Some(Resolved { frame, buffer })
    }

    /// Asks for the timestamps of a frame whose commands were submitted.
    pub(crate) fn read(&self, number: u64, Resolved { frame, buffer }: Resolved) {
        let (done, mapped) = oneshot::channel();
        buffer.map_async(wgpu::MapMode::Read, .., move |result| {
            // Nobody listens any more if the engine is gone.
            done.send(result).ok();
        });
        let FrameTimestamps { stages, inference, began, .. } = frame;
        if let Some(state) = self.state().as_mut() {
            state.on_their_way.push(Pending {
                number,
                stages,
                inference,
                began,
                buffer,
                mapped,
                is_mapped: false,
            });
        }
    }

    /// The times of the frames whose timestamps have come back since the last call, a few frames after they were shown. Waits
    /// for nothing.
    pub fn collect(&self) -> Vec<GpuTimes> {
        // Native callbacks run when the device is polled; a browser calls by itself.
        #[cfg(not(target_family = "wasm"))]
        self.graphics.device().poll(wgpu::PollType::Poll).ok();
        let period = self.graphics.queue().get_timestamp_period();
        let mut times = Vec::new();
        if let Some(State { free, on_their_way, .. }) = self.state().as_mut() {
            for pending in take(on_their_way) {
                match pending.collect(period) {
                    Collected::Later(pending) => on_their_way.push(pending),
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
            on_their_way: Vec::new(),
        }
    }
}

impl FrameTimestamps {
    /// The queries of a stage, which its passes are going to write.
    pub(crate) fn stage(&mut self, stage: Stage) -> StageTimestamps<'_> {
        self.stages[stage as usize] = true;
        let begin = 2 * stage as u32;
        StageTimestamps { queries: &self.queries, begin, end: begin + 1 }
    }

    /// Where an import resolves its timestamps to, of which [`FrameTimestamps::note_import`] is to be told.
    pub(crate) fn import(&self) -> ImportTimestamps {
        ImportTimestamps { buffer: self.resolved.clone(), offset: offset(Stage::Import) }
    }

    /// The import has resolved its timestamps.
    pub(crate) fn note_import(&mut self) {
        self.stages[Stage::Import as usize] = true;
    }
}

enum Collected {
    Times(GpuTimes, wgpu::Buffer),
    Later(Pending),
    /// With the device.
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
        let inference = match &mut self.inference {
            None => None,
            Some(time) => match time.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
                Poll::Pending => return Collected::Later(self),
                Poll::Ready(time) => time,
            },
        };
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
                inference: inference.filter(|time| *time <= limit),
                refine: time(Stage::Refine),
                composite: time(Stage::Composite),
            }
        };
        buffer.unmap();
        Collected::Times(times, buffer)
    }
}

/// The two timestamps that a stage's bytes begin with.
fn stamps(bytes: &[u8]) -> Option<[u64; 2]> {
    let (begin, rest) = bytes.split_first_chunk()?;
    Some([*begin, *rest.first_chunk()?].map(u64::from_le_bytes))
}

/// What two timestamps of `period` nanoseconds a tick are apart, unless they cannot be right: a zero is what the GPU never
/// wrote, some drivers let time go backwards, and nothing takes longer than it took to hear of it.
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
    fn a_time_is_what_lies_between_two_timestamps() {
        let bytes: Vec<u8> =
            [1_000_000_u64, 1_250_000, 9].iter().flat_map(|stamp| stamp.to_le_bytes()).collect();
        let read = stamps(&bytes).unwrap();
        assert_eq!(read, [1_000_000, 1_250_000]);
        assert_eq!(between(read, 2.0, LIMIT), Some(Duration::from_micros(500)));
        assert_eq!(between([7, 7], 1.0, LIMIT), Some(Duration::ZERO), "rounded to the same by a browser");
    }

    #[test]
    fn timestamps_that_cannot_be_right_are_none() {
        assert_eq!(stamps(&[1; 15]), None);
        for (stamps, why) in [
            ([0, 5], "the beginning was never written"),
            ([5, 0], "the end was never written"),
            ([5, 4], "time goes backwards"),
            ([5, 10_000_006], "longer than all has taken"),
            ([1, u64::MAX], "a clock that wrapped"),
        ] {
            assert_eq!(between(stamps, 1.0, LIMIT), None, "{why}");
        }
    }
}
