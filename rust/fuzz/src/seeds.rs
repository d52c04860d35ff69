//! The networks' own graphs, of the files in `models/`, without their weights.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::{env, fs, process};

use planus::ReadAsRoot;

use crate::file;
use crate::schema::tflite::{Model, ModelRef};

/// The seven networks, in the order in which an input's first byte names them.
pub const NAMES: [&str; 7] = [
    "selfie_segmentation_landscape",
    "selfie_segmentation",
    "segm_full_v679",
    "segm_lite_v681",
    "segm_lite_v509",
    "body-pix-float-050-8",
    "deeplabv3_257_mv_gpu",
];

/// Names of tensors say nothing to the importer; some are pages long.
const LONGEST_NAME: usize = 16;

static GRAPHS: LazyLock<Vec<Model>> = LazyLock::new(|| NAMES.map(read).into());

/// The graph of the network that a byte names.
pub(crate) fn graph(choice: u8) -> &'static Model {
    &GRAPHS[usize::from(choice) % NAMES.len()]
}

/// Where `variable` names a folder, writes the seeds into it and ends the program: called before anything is fuzzed.
pub fn write_where_asked(seeds: impl FnOnce() -> Vec<(String, Vec<u8>)>) {
    let Some(folder) = env::var_os("CYCLORAMA_SEEDS").map(PathBuf::from) else { return };
    for (name, bytes) in seeds() {
        fs::write(folder.join(&name), bytes).unwrap_or_else(|error| panic!("{name}: {error}"));
    }
    process::exit(0);
}

/// Whole files of the seven graphs, small enough to be mutated byte by byte: every constant has its first bytes alone.
pub fn small_files() -> Vec<(String, Vec<u8>)> {
    let small = |choice: usize| {
        let mut model = GRAPHS[choice].clone();
        for buffer in model.buffers.iter_mut().flatten() {
            (buffer.offset, buffer.size) = (0, 0);
        }
        file::write(&model)
    };
    NAMES.iter().enumerate().map(|(choice, name)| ((*name).to_owned(), small(choice))).collect()
}

fn read(name: &str) -> Model {
    let folder = env::var_os("CYCLORAMA_MODELS")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models"), PathBuf::from);
    let path = folder.join(name).with_extension("tflite");
    let bytes =
        fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}; run `npm run setup`", path.display()));
    let reader = ModelRef::read_as_root(&bytes).expect("a model of ours can be read");
    let mut model = Model::try_from(reader).expect("a model of ours can be read");
    let tensors = model.subgraphs.iter_mut().flatten().flat_map(|graph| graph.tensors.iter_mut().flatten());
    for tensor in tensors {
        tensor.quantization = None;
        if let Some(name) = &mut tensor.name {
            *name = name.chars().take(LONGEST_NAME).collect();
        }
    }
    model.buffers.iter_mut().flatten().for_each(file::share_weights);
    model
}
