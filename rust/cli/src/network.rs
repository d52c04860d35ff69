//! A network made ready on its backend.

use std::{fs, path::Path};

use cyclorama_engine::{Backend, ComputeContext, Stills};

use crate::{Error, arguments::BackendName};

/// The network on its backend, and the backend's name.
///
/// # Errors
/// A model that cannot be read or is none, or a backend that is not to be had.
pub(crate) fn prepare(model: &Path, backend: BackendName) -> Result<(Stills, String), Error> {
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
