#![no_main]

use cyclorama_hostile::{Outcome, TFLITE};
use libfuzzer_sys::{Corpus, fuzz_target};

fuzz_target!(init: TFLITE.write_seeds_if_requested(), |bytes: &[u8]| -> Corpus {
    if (TFLITE.run)(bytes) == Outcome::Unusable { Corpus::Reject } else { Corpus::Keep }
});
