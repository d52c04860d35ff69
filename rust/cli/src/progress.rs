//! Progress bars and timings.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

/// A progress bar for images on standard error. indicatif hides it if that is not a terminal.
pub(crate) fn bar(images: usize) -> ProgressBar {
    bar_of(images, "images")
}

/// A progress bar for items named `what`. Hidden for a single item.
pub(crate) fn bar_of(count: usize, what: &str) -> ProgressBar {
    if count < 2 {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template(&format!("{{bar:32}} {{pos}}/{{len}} {what}, {{eta}} left"))
        .expect("the template is valid");
    ProgressBar::new(count as u64).with_style(style)
}

pub(crate) fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}
