//! Files to disk, whole or not at all.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use crate::Error;

/// Writes a file, or what was there before stays whole. Makes the folder where there is none.
///
/// # Errors
/// [`Error::Write`].
pub(crate) fn write(path: &Path, bytes: impl AsRef<[u8]>) -> Result<(), Error> {
    replace(path, bytes.as_ref()).map_err(|source| Error::Write { path: path.to_owned(), source })
}

/// Writes beside the place and renames, so that a failure leaves no half file.
fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let partial = partial(path);
    fs::write(&partial, bytes).and_then(|()| fs::rename(&partial, path)).inspect_err(|_| {
        // What cannot be written can often not be removed either; the first error is the one to tell.
        fs::remove_file(&partial).ok();
    })
}

fn partial(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.partial", std::process::id()));
    path.with_file_name(name)
}
