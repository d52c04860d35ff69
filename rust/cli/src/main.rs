//! `cyclorama`: virtual backgrounds for pictures, from the command line.

mod arguments;
mod bench;
mod compare;
mod effect;
mod error;
mod evaluate;
mod files;
mod jobs;
mod models;
mod network;
mod pictures;
mod progress;
mod segment;
mod table;

use std::process::ExitCode;

use arguments::{Arguments, Command};
use clap::Parser;
use error::Error;

fn main() -> ExitCode {
    exit_in_words_on_panic();
    quiet_vulkan_without_display();
    let result = match Arguments::try_parse() {
        Ok(Arguments { command: Command::Segment(arguments) }) => segment::run(&arguments),
        Ok(Arguments { command: Command::Evaluate(arguments) }) => evaluate::run(&arguments),
        Ok(Arguments { command: Command::Compare(arguments) }) => compare::run(&arguments),
        Ok(Arguments { command: Command::Bench(arguments) }) => bench::run(&arguments),
        Ok(Arguments { command: Command::Models(arguments) }) => models::list(&arguments),
        Err(error) if !error.use_stderr() => write_stdout(&error.render().to_string()),
        Err(error) => Err(Error::usage(&error)),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(&error);
            error.exit_code()
        }
    }
}

/// Says on standard error what went wrong.
fn complain(error: &Error) {
    eprintln!("error: {}", one_line(error));
}

/// An error on one line, whatever a GPU driver or a file name put into it.
fn one_line(error: &Error) -> String {
    error.to_string().split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Writes to standard output. Whoever reads it may stop before the end, as `head` does: that is no error.
fn write_stdout(text: &str) -> Result<(), Error> {
    use std::io::{ErrorKind, Write, stdout};

    match stdout().write_all(text.as_bytes()).and_then(|()| stdout().flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(Error::Stdout(error)),
        _ => Ok(()),
    }
}

/// A panic is a defect and still deserves one line. It ends the process from whichever thread it is on, since a GPU
/// runtime that lost a thread would be waited for in vain.
fn exit_in_words_on_panic() {
    std::panic::set_hook(Box::new(|panic| {
        let message = panic.payload_as_str().unwrap_or("no message").replace('\n', " ");
        let place = panic.location().map(|place| format!(" at {place}")).unwrap_or_default();
        eprintln!("error: internal failure{place}: {message}");
        std::process::exit(1);
    }));
}

/// Mesa's Vulkan layer for choosing a device asks the display which one is its own, and complains on standard error
/// where there is no display. There it has nothing to choose by, unless the user tells it.
fn quiet_vulkan_without_display() {
    use std::env::{set_var, var_os};

    let reasons = ["DISPLAY", "WAYLAND_DISPLAY", "XDG_RUNTIME_DIR", "MESA_VK_DEVICE_SELECT"];
    if cfg!(target_os = "linux") && reasons.into_iter().all(|variable| var_os(variable).is_none()) {
        // SAFETY: no other thread has been started that could read the environment.
        unsafe { set_var("NODEVICE_SELECT", "1") };
    }
}
