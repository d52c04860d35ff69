//! Whether video frames look like their pixels.

use crate::javascript::VideoFrame;
use crate::source::{Orientation, Source};

impl Source {
    /// Whether a page shows the pixels of this video frame unchanged: opaque, not rotated, mirrored or scaled.
    pub(crate) fn is_plain(&self, video: &VideoFrame) -> bool {
        let is_opaque = video.format().is_none_or(|format| !format.contains('A'));
        let unchanged = Orientation { quarter_turns: 0, flip: false };
        is_opaque && self.orientation(video) == Some(unchanged)
    }

    /// Whether the browser copies the pixels of this video frame as a page shows them. For a transparent canvas that was
    /// made opaque (`RGBX`, `BGRX`) Chromium copies pixels that differ from those it shows.
    pub(crate) fn is_copied_as_shown(&self, video: &VideoFrame) -> bool {
        self.is_plain(video) && video.format().is_none_or(|format| !format.contains('X'))
    }
}
