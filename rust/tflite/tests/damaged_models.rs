//! Damaged models give a value or a typed error, without panics or unbounded allocation. Each test runs [`CASES`] inputs for
//! each model and reads all constants of every result.

use std::cell::Cell;

use cyclorama_testing::{MEET_MODELS, MODELS, model};
use cyclorama_tflite::{Error, Model, limits};
use proptest::{
    collection::vec,
    prelude::*,
    sample::Index,
    test_runner::{Config, TestCaseResult, TestRunner},
};

/// Inputs per test and model: more than 10,000 in total.
const CASES: u32 = 430;

/// Creates two tests of each function: one with the models of the repository, one with those of Google Meet.
macro_rules! on_all_models {
    ($($test:ident),+) => {
        mod in_repository {
            $(#[test]
            fn $test() {
                super::$test(&super::MODELS.map(super::model));
            })+
        }

        mod meet {
            $(#[test]
            fn $test() {
                super::$test(&super::MEET_MODELS.map(super::model));
            })+
        }
    };
}

on_all_models!(
    flipped_bits,
    damaged_offsets,
    shifted_offsets,
    spliced_bytes,
    truncated_files,
    undamaged_files_are_read
);

/// The outcomes of the inputs of a test.
#[derive(Default)]
struct Outcomes {
    models: Cell<u32>,
    errors: Cell<u32>,
}

impl Outcomes {
    /// Reads `bytes` completely and checks the guarantees of [`Model`].
    fn read(&self, bytes: &[u8]) -> TestCaseResult {
        match read_all(bytes) {
            Ok(()) => self.models.set(self.models.get() + 1),
            Err(error) => {
                prop_assert!(!error.to_string().contains('\n'), "the error has several lines: {error}");
                self.errors.set(self.errors.get() + 1);
            }
        }
        Ok(())
    }
}

fn read_all(bytes: &[u8]) -> Result<(), Error> {
    let model = Model::parse(bytes)?;
    let tensors = model.tensors();
    assert!(tensors.len() <= limits::TENSORS && model.operators().len() <= limits::OPERATORS);
    for operator in model.operators() {
        let operands = operator.inputs.iter().flatten().chain(&operator.outputs);
        assert!(
            operands.copied().all(|tensor| tensor < tensors.len()),
            "{} has an invalid operand",
            operator.kind
        );
    }
    assert!(model.inputs().iter().chain(model.outputs()).all(|&tensor| tensor < tensors.len()));
    for tensor in tensors.iter().filter(|tensor| tensor.data.is_some()) {
        match tensor.to_f32() {
            Ok(values) => assert_eq!(values.len(), tensor.shape.iter().product::<usize>()),
            Err(Error::NotFloat { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Runs `damage` on copies of random models, each with random parameters drawn from `strategy`.
fn run<S: Strategy>(models: &[Vec<u8>], strategy: S, damage: impl Fn(&mut Vec<u8>, &S::Value)) -> Outcomes {
    let outcomes = Outcomes::default();
    let cases = CASES * models.len() as u32;
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    let result = TestRunner::new(config).run(&(any::<Index>(), strategy), |(model, parameters)| {
        let mut bytes = model.get(models).clone();
        damage(&mut bytes, &parameters);
        outcomes.read(&bytes)
    });
    if let Err(error) = result {
        panic!("{error}");
    }
    assert!(outcomes.models.get() + outcomes.errors.get() >= cases);
    outcomes
}

/// The position of a 32-bit word of the structure: roots, offsets and lengths are at both ends of a file, constants in
/// the middle.
fn structure(bytes: &[u8], at: Index) -> usize {
    /// Bytes at each end that contain few constants.
    const EDGE: usize = 16 << 10;
    let words = bytes.len() / 4;
    let edge = EDGE / 4;
    let word = at.index(2 * edge);
    4 * if word < edge { word } else { words - 2 * edge + word }
}

fn flipped_bits(models: &[Vec<u8>]) {
    let outcomes = run(models, vec((any::<Index>(), 0..8u32), 1..32), |bytes, flips| {
        for (at, bit) in flips {
            let at = at.index(bytes.len());
            bytes[at] ^= 1 << bit;
        }
    });
    assert!(outcomes.models.get() > 0, "some flips damage only constants");
    assert!(outcomes.errors.get() > 0, "some flips damage offsets");
}

fn damaged_offsets(models: &[Vec<u8>]) {
    let word = prop_oneof![
        any::<u32>(),
        0..1024u32,
        Just(0),
        Just(u32::MAX),
        Just(i32::MAX as u32),
        Just(i32::MIN as u32),
    ];
    let outcomes = run(models, vec((any::<Index>(), word), 1..8), |bytes, words| {
        for (at, word) in words {
            let at = structure(bytes, *at);
            bytes[at..at + 4].copy_from_slice(&word.to_le_bytes());
        }
    });
    assert!(outcomes.models.get() > 0, "some words are not read");
    assert!(outcomes.errors.get() > CASES * models.len() as u32 / 4, "most of these words are structure");
}

fn shifted_offsets(models: &[Vec<u8>]) {
    let outcomes = run(models, vec((any::<Index>(), -64..64i32), 1..4), |bytes, shifts| {
        for (at, shift) in shifts {
            let at = structure(bytes, *at);
            let word: [u8; 4] = bytes[at..at + 4].try_into().unwrap();
            let shifted = u32::from_le_bytes(word).wrapping_add_signed(*shift);
            bytes[at..at + 4].copy_from_slice(&shifted.to_le_bytes());
        }
    });
    assert!(outcomes.models.get() > 0);
    assert!(outcomes.errors.get() > 0);
}

fn spliced_bytes(models: &[Vec<u8>]) {
    let donors = [&MODELS.map(model)[..], models].concat();
    let splice = (any::<Index>(), any::<Index>(), any::<Index>(), 0..4096usize);
    let outcomes = run(models, splice, |bytes, (donor, from, to, length)| {
        let donor = donor.get(&donors);
        let (from, to) = (from.index(donor.len()), to.index(bytes.len()));
        let donated = &donor[from..donor.len().min(from + length)];
        let end = bytes.len().min(to + donated.len());
        bytes[to..end].copy_from_slice(&donated[..end - to]);
    });
    assert!(outcomes.models.get() > 0, "some splices damage only constants");
    assert!(outcomes.errors.get() > 0);
}

fn truncated_files(models: &[Vec<u8>]) {
    let outcomes = run(models, any::<Index>(), |bytes, end| bytes.truncate(end.index(bytes.len())));
    assert_eq!(outcomes.models.get(), 0, "the last bytes of every model are used");
}

fn undamaged_files_are_read(models: &[Vec<u8>]) {
    for model in models {
        assert_eq!(read_all(model), Ok(()));
    }
}

#[test]
fn other_files_are_not_models() {
    for bytes in [&b""[..], b"TFL3", b"\x89PNG\r\n\x1a\n and more"] {
        assert_eq!(read_all(bytes), Err(Error::NotTflite { length: bytes.len() }));
    }
}
