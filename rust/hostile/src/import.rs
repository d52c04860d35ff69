//! Graphs that are nearly those of the models, to the reader and the importer: a network on burn's CPU backend, or an error.

use std::cell::RefCell;

use arbitrary::{Arbitrary, Unstructured};
use burn::tensor::Device;

use crate::edit::Edited;
use crate::file::File;
use crate::{Outcome, Target, refused, seeds};

/// The importer. An input's first byte names the model, in the order of the seeds.
pub const IMPORT: Target = Target { name: "import", run, seeds: seeds::choices };

/// The longest side of an image that any network is imported for.
const LONGEST_SIDE: usize = 2560;

thread_local! {
    static FILE: RefCell<File> = RefCell::default();
}

fn run(bytes: &[u8]) -> Outcome {
    let Ok(edited) = Edited::arbitrary_take_rest(Unstructured::new(bytes)) else { return Outcome::Unusable };
    FILE.with_borrow_mut(|file| {
        let Some(bytes) = edited.write(file) else { return Outcome::Unusable };
        match cyclorama_segmentation::import(bytes, &Device::flex()) {
            Ok(network) => {
                let sides = network.config().input;
                assert!(sides.iter().all(|side| (1..=LONGEST_SIDE).contains(side)), "{sides:?}");
                Outcome::Accepted
            }
            Err(error) => refused(&error),
        }
    })
}
