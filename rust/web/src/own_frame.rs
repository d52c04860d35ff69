//! Video frames that the module makes of other objects.

use std::ops::Deref;

use crate::error::{Error, frame};
use crate::javascript::{VideoFrame, object};
use crate::source::Source;

/// A video frame of this module, closed on drop.
pub(crate) struct OwnFrame(VideoFrame);

impl Source {
    /// Makes a video frame of a source that is none.
    pub(crate) fn to_video_frame(&self) -> Result<OwnFrame, Error> {
        VideoFrame::new(&self.value, &object([("timestamp", 0.into())]))
            .map(OwnFrame)
            .map_err(|thrown| frame("the frame cannot be read", &thrown))
    }
}

impl Deref for OwnFrame {
    type Target = VideoFrame;

    fn deref(&self) -> &VideoFrame {
        &self.0
    }
}

impl Drop for OwnFrame {
    fn drop(&mut self) {
        self.0.close();
    }
}
