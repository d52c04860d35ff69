//! The models of the manifest and the paths of their files.

use std::{
    env, fmt, fs,
    path::{Path, PathBuf},
};

use cyclorama_engine::{Backend, ComputeContext, Stills};
use serde::{Deserialize, Serialize};

use crate::{
    Error,
    arguments::{BackendName, ModelFolder, ModelsArguments},
    table::align,
    write_stdout,
};

const MANIFEST: &str = include_str!("../../../models/manifest.json");

/// The source checkout that this program was built from, if it still exists.
const CHECKOUT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

#[derive(Deserialize)]
struct Manifest {
    models: Vec<Entry>,
}

/// A model of the manifest.
#[derive(Deserialize, Serialize)]
struct Entry {
    name: String,
    file: String,
    width: u32,
    height: u32,
    output: String,
    license: String,
    description: String,
    source: Source,
    #[serde(flatten)]
    rest: serde_json::Map<String, serde_json::Value>,
}

/// The origin of a model's file.
#[derive(Deserialize, Serialize)]
#[serde(untagged)]
enum Source {
    Repository {
        repository: String,
    },
    Package {
        package: String,
        version: String,
        #[serde(flatten)]
        rest: serde_json::Map<String, serde_json::Value>,
    },
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Repository { repository } => write!(f, "available in the source checkout as {repository}"),
            Self::Package { package, version, .. } => write!(
                f,
                "`node scripts/models.mjs` in the source checkout fetches it from the npm package {package}@{version}"
            ),
        }
    }
}

/// A model of the manifest, as listed in JSON.
#[derive(Serialize)]
struct Listed<'a> {
    #[serde(flatten)]
    entry: &'a Entry,
    /// The path of its file.
    path: Option<PathBuf>,
}

fn manifest() -> Vec<Entry> {
    let manifest: Manifest = serde_json::from_str(MANIFEST).expect("the manifest is part of the program");
    manifest.models
}

/// The folders that are searched for files of the manifest, in order.
fn folders(folder: &ModelFolder) -> Vec<PathBuf> {
    if let Some(models) = &folder.models {
        return vec![models.clone()];
    }
    let here = env::current_dir().unwrap_or_default();
    here.ancestors().chain([Path::new(CHECKOUT)]).map(|root| root.join("models")).collect()
}

fn find(file: &str, folders: &[PathBuf]) -> Option<PathBuf> {
    folders.iter().map(|folder| folder.join(file)).find(|path| path.is_file())
}

/// The file of a model, given by its name in the manifest or by its path.
///
/// # Errors
/// [`Error::UnknownModel`] or [`Error::ModelNotHere`].
pub(crate) fn locate(model: &str, folder: &ModelFolder) -> Result<PathBuf, Error> {
    let entries = manifest();
    let Some(entry) = entries.iter().find(|entry| entry.name == model) else {
        let path = Path::new(model);
        if path.exists() {
            return Ok(path.to_owned());
        }
        let known: Vec<_> = entries.iter().map(|entry| entry.name.as_str()).collect();
        return Err(Error::UnknownModel { name: model.to_owned(), known: known.join(", ") });
    };
    let folders = folders(folder);
    find(&entry.file, &folders).ok_or_else(|| Error::ModelNotHere {
        name: entry.name.clone(),
        file: entry.file.clone(),
        searched: match &folder.models {
            Some(folder) => folder.display().to_string(),
            None => "models/ of this folder, of a parent folder or of the checkout".to_owned(),
        },
        origin: entry.source.to_string(),
    })
}

/// The models of the manifest whose files are available, by name.
///
/// # Errors
/// [`Error::ModelNotHere`] of the first model if none is available.
pub(crate) fn all_here(folder: &ModelFolder) -> Result<Vec<(String, PathBuf)>, Error> {
    let entries = manifest();
    let folders = folders(folder);
    let here: Vec<_> =
        entries.iter().filter_map(|entry| Some((entry.name.clone(), find(&entry.file, &folders)?))).collect();
    if here.is_empty() {
        locate(&entries[0].name, folder)?;
    }
    Ok(here)
}

/// The name of a model in reports: its name in the manifest, or the name of its file without the extension.
pub(crate) fn name_of(model: &str) -> String {
    if manifest().iter().any(|entry| entry.name == model) {
        return model.to_owned();
    }
    Path::new(model).file_stem().map_or(model.into(), |stem| stem.to_string_lossy()).into_owned()
}

/// Loads a model on its backend. Returns it with the name of the backend.
///
/// # Errors
/// A file that cannot be read or is not a supported model, or an unavailable backend.
pub(crate) fn load(model: &Path, backend: BackendName) -> Result<(Stills, String), Error> {
    let not_read = |source| Error::Read { path: model.to_owned(), source };
    if !fs::metadata(model).map_err(not_read)?.is_file() {
        return Err(Error::NotAFile { path: model.to_owned() });
    }
    let bytes = fs::read(model).map_err(not_read)?;
    let (backend, name) = match backend {
        BackendName::Cpu => (Backend::Cpu, "cpu".to_owned()),
        BackendName::Webgpu => {
            let gpu = pollster::block_on(ComputeContext::request()).map_err(Error::Backend)?;
            let adapter = gpu.adapter().get_info();
            (Backend::Gpu(gpu), format!("webgpu ({}, {})", adapter.name, adapter.backend))
        }
    };
    let stills = pollster::block_on(Stills::new(backend, &bytes))
        .map_err(|source| Error::Model { path: model.to_owned(), source })?;
    Ok((stills, name))
}

/// Runs `cyclorama models`.
///
/// # Errors
/// [`Error::Stdout`].
pub(crate) fn list(arguments: &ModelsArguments) -> Result<(), Error> {
    let folders = folders(&arguments.folder);
    let entries = manifest();
    let listed: Vec<_> =
        entries.iter().map(|entry| Listed { entry, path: find(&entry.file, &folders) }).collect();
    write_stdout(&if arguments.json { json(&listed) } else { table(&listed) })
}

fn json(listed: &[Listed]) -> String {
    let document = serde_json::json!({ "models": listed });
    format!("{document:#}\n")
}

fn table(listed: &[Listed]) -> String {
    let mut rows = vec![["NAME", "INPUT", "OUTPUT", "FILE", "LICENSE", "DESCRIPTION"].map(str::to_owned)];
    rows.extend(listed.iter().map(|Listed { entry, path }| {
        [
            entry.name.clone(),
            format!("{}x{}", entry.width, entry.height),
            entry.output.clone(),
            if path.is_some() { "here" } else { "missing" }.to_owned(),
            entry.license.clone(),
            entry.description.clone(),
        ]
    }));
    let mut table = align(&rows);
    let missing: String = listed
        .iter()
        .filter(|model| model.path.is_none())
        .map(|Listed { entry, .. }| format!("{}: {}\n", entry.name, entry.source))
        .collect();
    if !missing.is_empty() {
        table = format!("{table}\n{missing}");
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_manifest_is_complete() {
        let entries = manifest();
        assert_eq!(entries.len(), 7);
        for entry in &entries {
            assert_eq!(entry.file, format!("{}.tflite", entry.name));
            for side in [entry.width, entry.height] {
                assert!(side % 16 == 0 || side % 8 == 1, "{} of {}", side, entry.name);
            }
            for field in ["sha256", "bytes", "channels", "redistributable"] {
                assert!(entry.rest.contains_key(field), "{} of {}", field, entry.name);
            }
        }
    }
}
