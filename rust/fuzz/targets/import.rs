#![no_main]

use cyclorama_hostile::{IMPORT, Outcome};
use libfuzzer_sys::{Corpus, fuzz_target};

fuzz_target!(init: IMPORT.write_seeds_if_requested(), |bytes: &[u8]| -> Corpus {
    if (IMPORT.run)(bytes) == Outcome::Unusable { Corpus::Reject } else { Corpus::Keep }
});
