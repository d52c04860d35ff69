//! The graphs of the models in `models/`, without their weights.

use std::fs;
use std::io::ErrorKind;
use std::sync::LazyLock;

use cyclorama_testing::{MEET_MODELS, MODELS, models};
use planus::ReadAsRoot;

use crate::file;
use crate::schema::tflite::{Model, ModelRef};

/// Maximum length of tensor names, which the importer does not read. Some are very long.
const MAX_NAME: usize = 16;

/// The graphs with the names of their models. Google Meet's come last, and are omitted if their files are missing.
static GRAPHS: LazyLock<Vec<(&str, Model)>> = LazyLock::new(|| {
    MODELS.into_iter().chain(MEET_MODELS).filter_map(|name| Some((name, read(name)?))).collect()
});

/// The graph that a byte selects.
pub(crate) fn graph(choice: u8) -> &'static Model {
    &GRAPHS[usize::from(choice) % GRAPHS.len()].1
}

/// The byte that selects each graph.
pub(crate) fn choices() -> Vec<(&'static str, Vec<u8>)> {
    GRAPHS.iter().zip(0..).map(|((name, _), choice)| (*name, vec![choice])).collect()
}

/// Complete files of the graphs, small enough to be mutated byte by byte. Every constant has only its first bytes.
pub(crate) fn small_files() -> Vec<(&'static str, Vec<u8>)> {
    let small = |(name, model): &(&'static str, Model)| {
        let mut model = model.clone();
        for buffer in model.buffers.iter_mut().flatten() {
            (buffer.offset, buffer.size) = (0, 0);
        }
        (*name, file::write(&model))
    };
    GRAPHS.iter().map(small).collect()
}

fn read(name: &str) -> Option<Model> {
    let path = models().join(name).with_extension("tflite");
    let bytes = match fs::read(&path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == ErrorKind::NotFound && MEET_MODELS.contains(&name) => return None,
        Err(error) => panic!("{}: {error}; `node scripts/models.mjs` fetches it", path.display()),
    };
    let reader = ModelRef::read_as_root(&bytes).expect("the models of the repository are valid");
    let mut model = Model::try_from(reader).expect("the models of the repository are valid");
    let tensors = model.subgraphs.iter_mut().flatten().flat_map(|graph| graph.tensors.iter_mut().flatten());
    for tensor in tensors {
        tensor.quantization = None;
        if let Some(name) = &mut tensor.name {
            *name = name.chars().take(MAX_NAME).collect();
        }
    }
    model.buffers.iter_mut().flatten().for_each(file::share_weights);
    Some(model)
}
