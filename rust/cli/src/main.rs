//! `cyclorama`: virtual backgrounds for images, on the command line.

mod arguments;
mod bench;
mod compare;
mod effect;
mod error;
mod evaluate;
mod files;
mod images;
mod jobs;
mod models;
mod progress;
mod segment;
mod table;

use std::process::ExitCode;

use arguments::{Arguments, Command};
use clap::Parser;
use error::Error;

fn main() -> ExitCode {
    report_panics_on_one_line();
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
            print_error(&error);
            error.exit_code()
        }
    }
}

/// Prints an error on standard error.
fn print_error(error: &Error) {
    eprintln!("error: {}", one_line(error));
}

/// An error on one line. GPU drivers and file names may contain line breaks.
fn one_line(error: &Error) -> String {
    error.to_string().split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Writes to standard output. A reader that closes the pipe early, like `head`, is not an error.
fn write_stdout(text: &str) -> Result<(), Error> {
    use std::io::{ErrorKind, Write, stdout};

    match stdout().write_all(text.as_bytes()).and_then(|()| stdout().flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(Error::Stdout(error)),
        _ => Ok(()),
    }
}

/// Reports a panic on one line and ends the process from any thread. Otherwise the process could wait forever for the
/// thread of a GPU runtime.
fn report_panics_on_one_line() {
    std::panic::set_hook(Box::new(|panic| {
        let message = panic.payload_as_str().unwrap_or("no message").replace('\n', " ");
        let location = panic.location().map(|location| format!(" at {location}")).unwrap_or_default();
        eprintln!("error: internal error{location}: {message}");
        #[expect(clippy::exit, reason = "other threads may never end")]
        std::process::exit(1);
    }));
}

/// Disables Mesa's Vulkan device-select layer if there is no display. The layer would print an error on standard error, and
/// it has nothing to select by unless the user sets its variable.
fn quiet_vulkan_without_display() {
    use std::env::{set_var, var_os};

    let inputs = ["DISPLAY", "WAYLAND_DISPLAY", "XDG_RUNTIME_DIR", "MESA_VK_DEVICE_SELECT"];
    if cfg!(target_os = "linux") && inputs.into_iter().all(|variable| var_os(variable).is_none()) {
        // SAFETY: no other thread runs yet that could read the environment.
        unsafe { set_var("NODEVICE_SELECT", "1") };
    }
}
