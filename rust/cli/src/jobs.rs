//! Plans inputs and outputs before any work starts.

use std::{
    collections::{HashMap, HashSet},
    fs, io,
    path::{Path, PathBuf},
};

use crate::{Error, arguments::SegmentArguments, effect::Effect, images::Format};

/// One image and its outputs.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Job {
    pub source: PathBuf,
    pub mask: Option<PathBuf>,
    pub output: Option<(PathBuf, Format)>,
}

/// Finds the images and determines their outputs.
///
/// # Errors
/// A missing image or folder, an output that two images share, whose format cannot store the result, or that would
/// overwrite an input image.
pub(crate) fn plan(arguments: &SegmentArguments) -> Result<Vec<Job>, Error> {
    let mut sources = Vec::new();
    for image in &arguments.images {
        let metadata = fs::metadata(image).map_err(|source| Error::Read { path: image.clone(), source })?;
        if metadata.is_dir() {
            sources.extend(images_in(image)?);
        } else {
            sources.push(image.clone());
        }
    }
    // An image may be given both by itself and by its folder.
    let mut seen = HashSet::new();
    sources.retain(|source| seen.insert(resolved(source)));
    let several = sources.len() > 1 || arguments.images.iter().any(|image| image.is_dir());
    let destination =
        |path: &Option<PathBuf>| path.as_ref().map(|path| Destination::of(path, several)).transpose();
    let (masks, outputs) = (destination(&arguments.mask)?, destination(&arguments.output)?);
    let mut jobs = Vec::with_capacity(sources.len());
    for source in sources {
        let mask = masks.as_ref().map(|masks| masks.mask(&source)).transpose()?;
        let output =
            outputs.as_ref().map(|outputs| outputs.output(&source, &arguments.effect)).transpose()?;
        jobs.push(Job { source, mask, output });
    }
    check_paths(&jobs)?;
    Ok(jobs)
}

/// The images of a folder by their extensions, sorted.
///
/// # Errors
/// [`Error::Read`], or [`Error::EmptyFolder`] if the folder has no images.
pub(crate) fn images_in(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let list = || -> io::Result<Vec<PathBuf>> {
        fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path())).collect()
    };
    let mut images = list().map_err(|source| Error::Read { path: folder.to_owned(), source })?;
    images.retain(|path| Format::of(path).is_some() && path.is_file());
    images.sort();
    if images.is_empty() { Err(Error::EmptyFolder { path: folder.to_owned() }) } else { Ok(images) }
}

/// An output path: one file, or a folder of files named after the images.
enum Destination {
    File(PathBuf),
    Folder(PathBuf),
}

impl Destination {
    fn of(path: &Path, several: bool) -> Result<Self, Error> {
        match (several, path.is_dir()) {
            (true, false) if path.exists() => Err(Error::NeedsFolder { path: path.to_owned() }),
            (true, _) | (_, true) => Ok(Self::Folder(path.to_owned())),
            (false, false) => Ok(Self::File(path.to_owned())),
        }
    }

    /// In a folder all outputs are PNG, which is lossless and supports transparency.
    fn path(&self, source: &Path) -> PathBuf {
        match self {
            Self::File(path) => path.clone(),
            Self::Folder(folder) => {
                folder.join(source.file_name().unwrap_or(source.as_os_str())).with_extension("png")
            }
        }
    }

    fn mask(&self, source: &Path) -> Result<PathBuf, Error> {
        let path = self.path(source);
        if Format::of(&path) == Some(Format::Png) { Ok(path) } else { Err(Error::MaskFormat { path }) }
    }

    fn output(&self, source: &Path, effect: &Effect) -> Result<(PathBuf, Format), Error> {
        let path = self.path(source);
        match Format::of(&path) {
            None => Err(Error::OutputFormat { path }),
            Some(format) if *effect == Effect::Transparent && !format.has_alpha() => {
                Err(Error::NoAlpha { path })
            }
            Some(format) => Ok((path, format)),
        }
    }
}

/// Refuses outputs that would overwrite one another or an input image.
fn check_paths(jobs: &[Job]) -> Result<(), Error> {
    let sources: HashSet<PathBuf> = jobs.iter().map(|job| resolved(&job.source)).collect();
    let mut written: HashMap<PathBuf, &Path> = HashMap::new();
    for job in jobs {
        for path in job.mask.iter().chain(job.output.iter().map(|(path, _)| path)) {
            if sources.contains(&resolved(path)) {
                return Err(Error::OverwritesInput { path: path.clone() });
            }
            match written.insert(resolved(path), &job.source) {
                None => {}
                Some(first) if first == job.source => return Err(Error::MaskIsOutput { path: path.clone() }),
                Some(first) => {
                    let (first, second) = (first.to_owned(), job.source.clone());
                    return Err(Error::SameName { path: path.clone(), first, second });
                }
            }
        }
    }
    Ok(())
}

/// The canonical path of a file that may not exist yet, for comparing paths.
pub(crate) fn resolved(path: &Path) -> PathBuf {
    let folder = match path.parent() {
        Some(folder) if folder.as_os_str().is_empty() => Path::new("."),
        Some(folder) => folder,
        None => return path.to_owned(),
    };
    match (path.canonicalize(), folder.canonicalize(), path.file_name()) {
        (Ok(path), ..) => path,
        (_, Ok(folder), Some(name)) => folder.join(name),
        _ => path.to_owned(),
    }
}
