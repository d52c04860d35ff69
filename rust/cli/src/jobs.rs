//! What is to be read and where results go, settled before any work starts.

use std::{
    collections::{HashMap, HashSet},
    fs, io,
    path::{Path, PathBuf},
};

use crate::{Error, arguments::SegmentArguments, effect::Effect, pictures::Format};

/// One picture and where its results go.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Job {
    pub source: PathBuf,
    pub mask: Option<PathBuf>,
    pub output: Option<(PathBuf, Format)>,
}

/// Finds the pictures and names their results.
///
/// # Errors
/// A picture or folder that is not there, results that two pictures would share or that a format cannot hold, or
/// that would overwrite a picture that is to be read.
pub(crate) fn plan(arguments: &SegmentArguments) -> Result<Vec<Job>, Error> {
    let mut sources = Vec::new();
    for image in &arguments.images {
        let metadata = fs::metadata(image).map_err(|source| Error::Read { path: image.clone(), source })?;
        if metadata.is_dir() {
            sources.extend(pictures_in(image)?);
        } else {
            sources.push(image.clone());
        }
    }
    // A picture may be named by itself and by its folder.
    let mut seen = HashSet::new();
    sources.retain(|source| seen.insert(place(source)));
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

/// The pictures of a folder by their extensions, sorted.
///
/// # Errors
/// [`Error::Read`], or [`Error::EmptyFolder`] if there are none.
pub(crate) fn pictures_in(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let list = || -> io::Result<Vec<PathBuf>> {
        fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path())).collect()
    };
    let mut pictures = list().map_err(|source| Error::Read { path: folder.to_owned(), source })?;
    pictures.retain(|path| Format::of(path).is_some() && path.is_file());
    pictures.sort();
    if pictures.is_empty() { Err(Error::EmptyFolder { path: folder.to_owned() }) } else { Ok(pictures) }
}

/// Where results go: one file, or a folder of files named after the pictures.
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

    /// PNG in a folder, whatever the picture was: it loses nothing and has room for transparency.
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

/// Refuses results that would overwrite one another or a picture that is to be read.
fn check_paths(jobs: &[Job]) -> Result<(), Error> {
    let sources: HashSet<PathBuf> = jobs.iter().map(|job| place(&job.source)).collect();
    let mut written: HashMap<PathBuf, &Path> = HashMap::new();
    for job in jobs {
        for path in job.mask.iter().chain(job.output.iter().map(|(path, _)| path)) {
            if sources.contains(&place(path)) {
                return Err(Error::OverwritesInput { path: path.clone() });
            }
            match written.insert(place(path), &job.source) {
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

/// The same for every way to write a path, whether or not there is a file yet.
pub(crate) fn place(path: &Path) -> PathBuf {
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
