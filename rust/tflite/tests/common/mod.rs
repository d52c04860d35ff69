//! The models that the tests read, from `models/` at the root of the repository.

use std::{fs, path::Path};

/// The bytes of a model; fails the test with what to do when the file is missing.
pub fn read(file: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models").join(file);
    fs::read(&path)
        .unwrap_or_else(|error| panic!("{}: {error}; `node scripts/models.mjs` obtains it", path.display()))
}
