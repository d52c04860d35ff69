//! How far a command is, and how long things took.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

/// A bar on standard error for several pictures; indicatif hides it where that is no terminal.
pub(crate) fn bar(pictures: usize) -> ProgressBar {
    bar_of(pictures, "pictures")
}

/// A bar for several of anything.
pub(crate) fn bar_of(count: usize, what: &str) -> ProgressBar {
    if count < 2 {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template(&format!("{{bar:32}} {{pos}}/{{len}} {what}, {{eta}} left"))
        .expect("the template names indicatif's own keys");
    ProgressBar::new(count as u64).with_style(style)
}

pub(crate) fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}
