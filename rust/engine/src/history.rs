use std::time::Duration;

use cyclorama_effects::Size;

use crate::FrameTime;

/// The maximum age of a matte that another frame reuses, counted from the frame that it was made for. In this time a person
/// who stands up quickly moves by a tenth of the image's width.
pub const MAX_MATTE_AGE: Duration = Duration::from_millis(100);

/// The history of a stream: the numbers and times of its frames, and the last matte. `M` is a handle to a matte.
///
/// The smoothed mask of the previous frame is part of the matting, which computes with it.
pub(crate) struct History<M> {
    /// Number of the last frame that started.
    frame: u64,
    /// The time and size of the last frame that was segmented.
    last_segmented: Option<(FrameTime, Size)>,
    /// The matte of that frame, if it was shown.
    last_matte: Option<M>,
}

impl<M> Default for History<M> {
    fn default() -> Self {
        Self { frame: 0, last_segmented: None, last_matte: None }
    }
}

impl<M: Clone> History<M> {
    /// Starts a frame that is segmented, and returns its number. From now on no frame continues the one before, or reuses its
    /// matte.
    pub fn start_segmentation(&mut self) -> u64 {
        self.reset();
        self.start_frame()
    }

    /// Starts a frame that reuses a matte, and returns its number.
    pub fn start_frame(&mut self) -> u64 {
        self.frame += 1;
        self.frame
    }

    /// Forgets the last frame and its matte.
    pub fn reset(&mut self) {
        self.last_segmented = None;
        self.last_matte = None;
    }

    /// The time since the last segmented frame; `None` if it has another size or if this frame does not continue it.
    pub fn since(&self, time: FrameTime, size: Size) -> Option<Duration> {
        let (before, _) = self.last_segmented.filter(|(_, before)| *before == size)?;
        time.since(&before)
    }

    /// Records a frame whose segmentation succeeded.
    pub fn note_segmented(&mut self, time: FrameTime, size: Size) {
        self.last_segmented = Some((time, size));
    }

    /// Records the matte of a frame that was shown.
    pub fn note_shown(&mut self, matte: M) {
        self.last_matte = Some(matte);
    }

    /// Returns the last matte if a frame of this time and size can reuse it.
    pub fn matte_for(&self, time: FrameTime, size: Size) -> Option<M> {
        self.since(time, size).filter(|age| *age <= MAX_MATTE_AGE)?;
        self.last_matte.clone()
    }
}
