use std::time::Duration;

/// The longest time between two frames of one stream. Temporal smoothing uses no older history.
const MAX_INTERVAL: Duration = Duration::from_secs(1);

/// The time of a frame.
#[derive(Clone, Copy, Debug)]
pub struct FrameTime {
    /// The time at which the frame was received, by a monotonic clock.
    pub received: Duration,
    /// The timestamp of the frame, in microseconds from any origin.
    pub timestamp: Option<f64>,
}

impl FrameTime {
    /// The time since `before`; `None` if it is unknown, as after a pause or a change of the camera.
    ///
    /// Delayed frames arrive in bursts, so their own timestamps count. Without timestamps, and if they do not change, the
    /// times of receipt count. A timestamp that goes back, or forward by more than a second, belongs to another stream.
    pub fn since(&self, before: &Self) -> Option<Duration> {
        let received = self.received.saturating_sub(before.received);
        let own = match (self.timestamp, before.timestamp) {
            (Some(now), Some(before)) if now != before => {
                Duration::try_from_secs_f64((now - before) * 1e-6).ok()?
            }
            _ => received,
        };
        (received.max(own) <= MAX_INTERVAL).then_some(own)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::FrameTime;

    const FRAME: Duration = Duration::from_micros(33_333);

    fn at(received: Duration, timestamp: impl Into<Option<f64>>) -> FrameTime {
        FrameTime { received, timestamp: timestamp.into() }
    }

    #[test]
    fn the_timestamps_of_frames_count_in_a_burst() {
        let first = at(FRAME, 5e6);
        assert_eq!(at(FRAME + Duration::from_millis(1), 5e6 + 33_333.0).since(&first), Some(FRAME));
        assert_eq!(at(FRAME * 9, 5e6 + 33_333.0).since(&first), Some(FRAME));
        assert_eq!(at(FRAME, -5e6 + 33_333.0).since(&at(FRAME, -5e6)), Some(FRAME), "negative timestamps");
    }

    #[test]
    fn the_time_of_receipt_counts_without_timestamps() {
        for (now, before) in [(None, None), (Some(7.0), None), (None, Some(7.0)), (Some(7.0), Some(7.0))] {
            assert_eq!(at(FRAME * 3, now).since(&at(FRAME, before)), Some(FRAME * 2), "{now:?} {before:?}");
        }
    }

    #[test]
    fn a_frame_that_does_not_continue_the_stream_has_no_time() {
        let second = Duration::from_secs(1);
        let before = at(second, 5e6);
        for (frame, why) in [
            (at(second + FRAME, 4.9e6), "the timestamp goes back"),
            (at(second + FRAME, 6.1e6), "the timestamp goes too far forward"),
            (at(second + FRAME, f64::NAN), "the timestamp is NaN"),
            (at(second * 3, 5e6 + 33_333.0), "no frame was received for more than a second"),
            (at(second * 3, None), "no frame for more than a second, without a timestamp"),
        ] {
            assert_eq!(frame.since(&before), None, "{why}");
        }
        assert_eq!(at(second * 2, 6e6).since(&before), Some(second));
    }
}
