use std::ffi::OsString;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

/// A model on XNNPACK, the CPU backend of TensorFlow Lite, with one thread in a separate Python process.
pub struct Xnnpack {
    process: Child,
    questions: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Xnnpack {
    /// Loads a model's file.
    ///
    /// # Errors
    /// A message of one line: Python or its package is missing.
    pub fn start(model: &Path) -> Result<Self, String> {
        let python = python();
        let missing = |reason: String| {
            format!("{reason}; `npm run bench -- xnnpack` installs XNNPACK, or set CYCLORAMA_PYTHON")
        };
        let mut process = Command::new(&python)
            .args(["-c", include_str!("xnnpack.py")])
            .arg(model)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| missing(format!("{}: {error}", python.display())))?;
        let (Some(questions), Some(answers)) = (process.stdin.take(), process.stdout.take()) else {
            unreachable!("both are piped");
        };
        let mut peer = Self { process, questions, answers: BufReader::new(answers) };
        match peer.answer().as_deref() {
            Some("ready") => Ok(peer),
            _ => Err(missing(format!("{} has no ai_edge_litert that loads the model", python.display()))),
        }
    }

    /// Measures the time of this many inferences.
    pub fn time(&mut self, inferences: u64) -> Duration {
        writeln!(self.questions, "{inferences}").expect("XNNPACK's process lives");
        let nanoseconds = self.answer().and_then(|answer| answer.parse().ok());
        Duration::from_nanos(nanoseconds.expect("XNNPACK's process answers with a number"))
    }

    fn answer(&mut self) -> Option<String> {
        let mut line = String::new();
        self.answers.read_line(&mut line).ok()?;
        Some(line.trim().to_string())
    }
}

impl Drop for Xnnpack {
    fn drop(&mut self) {
        // The process may have ended already.
        _ = self.process.kill();
        _ = self.process.wait();
    }
}

/// The Python with the package: `CYCLORAMA_PYTHON`, or the one that `npm run bench -- xnnpack` installs in the cache.
fn python() -> PathBuf {
    let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    if let Some(python) = set("CYCLORAMA_PYTHON") {
        return python.into();
    }
    let home = || PathBuf::from(set("HOME").unwrap_or_else(|| OsString::from(".")));
    let cache = || set("XDG_CACHE_HOME").map_or_else(|| home().join(".cache"), PathBuf::from);
    let cache = set("CYCLORAMA_CACHE").map_or_else(|| cache().join("cyclorama"), PathBuf::from);
    cache.join("xnnpack").join(if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" })
}
