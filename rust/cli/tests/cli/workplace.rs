//! Runs `cyclorama` in a folder of its own.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
    sync::atomic::{AtomicUsize, Ordering},
};

use cyclorama_testing::{MEET_MODELS, model, models, needs_gpu, root};
use image::{DynamicImage, ImageReader};

/// A folder that contains `astronaut.png` and is removed when the test passes.
pub(crate) struct Workplace(PathBuf);

impl Workplace {
    pub(crate) fn new() -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{}-{number}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        fs::copy(root().join("tests/data/astronaut.png"), folder.join("astronaut.png")).unwrap();
        Self(folder)
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    pub(crate) fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    /// A command that runs `cyclorama` in this folder with the models of the checkout.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cyclorama"));
        command
            .args(arguments)
            .current_dir(&self.0)
            .env("CYCLORAMA_MODELS", models())
            // Errors must not contain backtraces even if the user enables them.
            .env("RUST_BACKTRACE", "1");
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// The output of a run, which must succeed.
    pub(crate) fn succeed(&self, arguments: &[&str]) -> String {
        verify_needs(arguments);
        let output = self.run(arguments);
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() && !stderr.contains("error"), "{arguments:?}: {stderr}");
        String::from_utf8(output.stdout).unwrap()
    }

    pub(crate) fn image(&self, name: &str) -> DynamicImage {
        ImageReader::open(self.path(name)).unwrap().decode().unwrap()
    }
}

impl Drop for Workplace {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            fs::remove_dir_all(&self.0).unwrap();
        }
    }
}

/// Checks that the name of a test states what these arguments need.
fn verify_needs(arguments: &[&str]) {
    let computes = ["segment", "evaluate", "bench"].contains(&arguments[0]) && !arguments.contains(&"--help");
    if computes && !arguments.windows(2).any(|pair| pair == ["--backend", "cpu"]) {
        needs_gpu();
    }
    for name in MEET_MODELS.iter().filter(|name| arguments.contains(name)) {
        model(name);
    }
}
