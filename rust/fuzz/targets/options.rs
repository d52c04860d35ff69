#![no_main]

use cyclorama_hostile::{OPTIONS, Outcome};
use libfuzzer_sys::{Corpus, fuzz_target};

fuzz_target!(init: OPTIONS.write_seeds_if_requested(), |bytes: &[u8]| -> Corpus {
    if (OPTIONS.run)(bytes) == Outcome::Unusable { Corpus::Reject } else { Corpus::Keep }
});
