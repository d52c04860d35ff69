use std::time::Duration;

use cyclorama_effects::Size;

use crate::{EngineError, FrameTime};

/// The maximum age of a matte that another frame reuses, counted from the frame that it was made for. In this time a person
/// who stands up quickly moves by a tenth of the image's width.
pub const MAX_MATTE_AGE: Duration = Duration::from_millis(100);

/// The history of a stream: the numbers and times of its frames, and the last matte. `M` is a handle to a matte.
///
/// The smoothed mask of the previous frame is part of the matting, which computes with it.
pub(crate) struct History<M> {
    /// Number of the last frame that started.
    frame: u64,
    /// Number of the first frame of the current model.
    first_of_model: u64,
    /// The time and size of the last frame that was segmented.
    last_segmented: Option<(FrameTime, Size)>,
    /// The last matte that was shown, and the size of its frame.
    last_matte: Option<(Size, M)>,
}

impl<M> Default for History<M> {
    fn default() -> Self {
        Self { frame: 0, first_of_model: 0, last_segmented: None, last_matte: None }
    }
}

impl<M: Clone> History<M> {
    /// Starts a frame that is segmented, and returns its number. From now on the last matte cannot be reused.
    pub fn start_segmentation(&mut self) -> u64 {
        self.last_matte = None;
        self.start_frame()
    }

    /// Starts a frame that reuses a matte, and returns its number.
    pub fn start_frame(&mut self) -> u64 {
        self.frame += 1;
        self.frame
    }

    /// Whether no other frame started after this one.
    #[cfg(feature = "wgpu")]
    pub fn is_last(&self, number: u64) -> bool {
        number == self.frame
    }

    /// Starts the frames of another model, which reuse no matte of the previous one.
    pub fn start_model(&mut self) {
        self.first_of_model = self.frame + 1;
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

    /// Records the matte of a frame that was shown, unless it belongs to a model before.
    pub fn note_shown(&mut self, number: u64, size: Size, matte: M) {
        if number >= self.first_of_model {
            self.last_matte = Some((size, matte));
        }
    }

    /// Returns the last matte for a frame of this size, `age` after the matte's own frame.
    pub fn matte_for(&self, size: Size, age: Duration) -> Result<M, EngineError> {
        if age > MAX_MATTE_AGE {
            return Err(EngineError::Matte(format!("the last one is {age:?} old")));
        }
        match &self.last_matte {
            None => Err(EngineError::Matte("no frame was shown with one of the current model".into())),
            Some((made_for, _)) if *made_for != size => {
                Err(EngineError::Matte(format!("the last one is for {made_for} pixels, not {size}")))
            }
            Some((_, matte)) => Ok(matte.clone()),
        }
    }
}
