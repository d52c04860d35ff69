//! How long after another frame a frame was taken.

use std::time::Duration;

/// The longest time that frames of one stream lie apart: masks are steadied by none that is older.
const LONGEST: Duration = Duration::from_secs(1);

/// When a frame was taken.
#[derive(Clone, Copy, Debug)]
pub struct FrameTime {
    /// When it was handed in, by a clock that never goes back.
    pub handed_in: Duration,
    /// What the frame says itself, in microseconds from any beginning.
    pub timestamp: Option<f64>,
}

impl FrameTime {
    /// The time since `before`; `None` where nobody knows, as after a pause or a change of the camera.
    ///
    /// Frames that were held up come in bursts, so their own timestamps count. Those tell nothing where they stand still:
    /// then the time at which the frames were handed in does. A timestamp that goes back, or on by more than a second, is
    /// another stream's.
    pub fn since(&self, before: &Self) -> Option<Duration> {
        let handed_in = self.handed_in.saturating_sub(before.handed_in);
        let own = match (self.timestamp, before.timestamp) {
            (Some(now), Some(before)) if now != before => {
                Duration::try_from_secs_f64((now - before) * 1e-6).ok()?
            }
            _ => handed_in,
        };
        (handed_in.max(own) <= LONGEST).then_some(own)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::FrameTime;

    const FRAME: Duration = Duration::from_micros(33_333);

    fn at(handed_in: Duration, timestamp: impl Into<Option<f64>>) -> FrameTime {
        FrameTime { handed_in, timestamp: timestamp.into() }
    }

    #[test]
    fn frames_that_come_in_a_burst_are_as_old_as_they_say() {
        let first = at(FRAME, 5e6);
        assert_eq!(at(FRAME + Duration::from_millis(1), 5e6 + 33_333.0).since(&first), Some(FRAME));
        assert_eq!(at(FRAME * 9, 5e6 + 33_333.0).since(&first), Some(FRAME));
        assert_eq!(at(FRAME, -5e6 + 33_333.0).since(&at(FRAME, -5e6)), Some(FRAME), "they may be negative");
    }

    #[test]
    fn frames_without_timestamps_of_their_own_are_timed_as_they_come() {
        for (now, before) in [(None, None), (Some(7.0), None), (None, Some(7.0)), (Some(7.0), Some(7.0))] {
            assert_eq!(at(FRAME * 3, now).since(&at(FRAME, before)), Some(FRAME * 2), "{now:?} {before:?}");
        }
    }

    #[test]
    fn nobody_knows_how_old_a_frame_is_that_does_not_follow() {
        let second = Duration::from_secs(1);
        let before = at(second, 5e6);
        for (frame, why) in [
            (at(second + FRAME, 4.9e6), "the timestamp goes back"),
            (at(second + FRAME, 6.1e6), "the timestamp goes on too far"),
            (at(second + FRAME, f64::NAN), "the timestamp is no number"),
            (at(second * 3, 5e6 + 33_333.0), "nothing was handed in for long"),
            (at(second * 3, None), "the same without a timestamp"),
        ] {
            assert_eq!(frame.since(&before), None, "{why}");
        }
        assert_eq!(at(second * 2, 6e6).since(&before), Some(second));
    }
}
