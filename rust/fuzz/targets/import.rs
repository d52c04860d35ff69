//! Graphs that are nearly those of the networks, to the reader and the importer: a network on burn's CPU backend, or an error.
#![no_main]

use std::cell::RefCell;

use burn::tensor::Device;
use cyclorama_fuzz::{check_message, edit::Edited, file::File, seeds};
use libfuzzer_sys::{Corpus, fuzz_target};

/// The longest side of a picture that any network is imported for.
const LONGEST_SIDE: usize = 2560;

thread_local! {
    static FILE: RefCell<File> = RefCell::default();
}

fuzz_target!(
    init: seeds::write_where_asked(|| {
        seeds::NAMES.iter().zip(0u8..).map(|(name, choice)| ((*name).to_owned(), vec![choice])).collect()
    }),
    |edited: Edited| -> Corpus {
        FILE.with_borrow_mut(|file| {
            let Some(bytes) = edited.write(file) else { return Corpus::Reject };
            match cyclorama_segmentation::import(bytes, &Device::flex()) {
                Ok(network) => {
                    let sides = network.config().input;
                    assert!(sides.iter().all(|side| (1..=LONGEST_SIDE).contains(side)), "{sides:?}");
                }
                Err(error) => check_message(&error),
            }
            Corpus::Keep
        })
    }
);
