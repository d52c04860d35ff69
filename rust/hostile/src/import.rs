//! Passes modified graphs of the models to the reader and the importer, which must give a model on burn's CPU backend or an
//! error.

use std::cell::RefCell;

use arbitrary::{Arbitrary, Unstructured};
use burn::tensor::Device;

use crate::edit::Edited;
use crate::file::File;
use crate::{Outcome, Target, refused, seeds};

/// The importer. The first byte of an input selects the model, in the order of the seeds.
pub const IMPORT: Target = Target { name: "import", run, seeds: seeds::choices };

/// Maximum side of the input of an imported model.
const MAX_SIDE: usize = 2560;

thread_local! {
    static FILE: RefCell<File> = RefCell::default();
}

fn run(bytes: &[u8]) -> Outcome {
    let Ok(edited) = Edited::arbitrary_take_rest(Unstructured::new(bytes)) else { return Outcome::Unusable };
    FILE.with_borrow_mut(|file| {
        let Some(bytes) = edited.write(file) else { return Outcome::Unusable };
        match cyclorama_segmentation::import(bytes, &Device::flex()) {
            Ok(model) => {
                let sides = model.config().input;
                assert!(sides.iter().all(|side| (1..=MAX_SIDE).contains(side)), "{sides:?}");
                Outcome::Accepted
            }
            Err(error) => refused(&error),
        }
    })
}
