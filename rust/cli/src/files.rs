//! Atomic file writes.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use crate::Error;

/// Writes a file atomically: on failure an existing file stays unchanged. Creates the folder if it is missing.
///
/// # Errors
/// [`Error::Write`].
pub(crate) fn write(path: &Path, bytes: impl AsRef<[u8]>) -> Result<(), Error> {
    replace(path, bytes.as_ref()).map_err(|source| Error::Write { path: path.to_owned(), source })
}

/// Writes a temporary file next to the target and renames it, so that a failure leaves no partial file.
fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let partial = partial(path);
    fs::write(&partial, bytes).and_then(|()| fs::rename(&partial, path)).inspect_err(|_| {
        // Removal often fails for the same reason as the write. The first error is the one to report.
        fs::remove_file(&partial).ok();
    })
}

fn partial(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.partial", std::process::id()));
    path.with_file_name(name)
}
