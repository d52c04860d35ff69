//! Pairs images with masks.

use std::{
    collections::BTreeMap,
    ffi::OsString,
    path::{Path, PathBuf},
};

use crate::{Error, jobs::images_in};

/// An image and its ground-truth mask.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Files {
    pub image: PathBuf,
    pub mask: PathBuf,
}

/// Pairs the images of two folders by their stems, in the order of the stems. A stem without a partner, or with several
/// files, gives an error.
///
/// # Errors
/// A folder that cannot be read or has no images.
pub(crate) fn find(images: &Path, masks: &Path) -> Result<Vec<Result<Files, Error>>, Error> {
    let mut named: BTreeMap<OsString, [Vec<PathBuf>; 2]> = BTreeMap::new();
    for (side, folder) in [images, masks].into_iter().enumerate() {
        for path in images_in(folder)? {
            let stem = path.file_stem().unwrap_or_default().to_owned();
            named.entry(stem).or_default()[side].push(path);
        }
    }
    Ok(named.into_values().map(|[image, mask]| pair(image, mask, images, masks)).collect())
}

fn pair(
    mut image: Vec<PathBuf>,
    mut mask: Vec<PathBuf>,
    images: &Path,
    masks: &Path,
) -> Result<Files, Error> {
    for paths in [&mut image, &mut mask] {
        if paths.len() > 1 {
            let (path, other) = (paths.swap_remove(1), paths.swap_remove(0));
            return Err(Error::SameStem { path, other });
        }
    }
    match (image.pop(), mask.pop()) {
        (Some(image), Some(mask)) => Ok(Files { image, mask }),
        (Some(path), None) => Err(Error::NoPartner { path, folder: masks.to_owned() }),
        (None, path) => Err(Error::NoPartner { path: path.unwrap_or_default(), folder: images.to_owned() }),
    }
}
