//! Runs every target on its corpus, on its seeds and on random inputs, which are the same in each run.
//!
//! A panic, a large allocation or a slow input is a finding. Add the input of a finding to the folder of its target in
//! `rust/fuzz/corpus`, so that later runs replay it.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::fs;
use std::io::ErrorKind;
use std::panic::catch_unwind;
use std::path::Path;
use std::time::{Duration, Instant};

use cyclorama_hostile::{IMPORT, OPTIONS, Outcome, TFLITE, Target};
use cyclorama_testing::{MEET_MODELS, MODELS, model, root};

/// Maximum size of one allocation in bytes, and maximum time per input, like in `scripts/lab/fuzz.mjs`.
const MAX_ALLOCATION: usize = 64 << 20;
const MAX_RUN: Duration = Duration::from_secs(10);

thread_local! {
    /// The largest block that this thread has allocated for the current input.
    static LARGEST: Cell<usize> = const { Cell::new(0) };
}

/// Records the largest block that the system's allocator returns.
struct Recording;

fn record(bytes: usize) {
    LARGEST.set(LARGEST.get().max(bytes));
}

// SAFETY: forwards every call unchanged.
unsafe impl GlobalAlloc for Recording {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        record(layout.size());
        // SAFETY: the caller upholds the contract of `System`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        record(layout.size());
        // SAFETY: the caller upholds the contract of `System`.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        record(size);
        // SAFETY: the block came from `System`.
        unsafe { System.realloc(block, layout, size) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: the block came from `System`.
        unsafe { System.dealloc(block, layout) };
    }
}

#[global_allocator]
static ALLOCATOR: Recording = Recording;

/// A target with counts of its outcomes.
struct Replay {
    target: Target,
    accepted: usize,
    refused: usize,
}

impl Replay {
    fn of(target: Target) -> Self {
        Self { target, accepted: 0, refused: 0 }
    }

    /// Runs an input and fails the test if it is a finding.
    #[track_caller]
    fn run(&mut self, name: &str, input: &[u8]) {
        LARGEST.set(0);
        let start = Instant::now();
        let outcome = catch_unwind(|| (self.target.run)(input));
        let (elapsed, allocation) = (start.elapsed(), LARGEST.get());
        match outcome {
            Err(_) => self.fail(name, input, "a panic, reported above"),
            Ok(_) if allocation > MAX_ALLOCATION => {
                self.fail(name, input, &format!("an allocation of {allocation} bytes"));
            }
            Ok(_) if elapsed > MAX_RUN => self.fail(name, input, &format!("a run of {elapsed:.1?}")),
            Ok(Outcome::Accepted) => self.accepted += 1,
            Ok(Outcome::Refused) => self.refused += 1,
            Ok(Outcome::Unusable) => {}
        }
    }

    #[track_caller]
    fn fail(&self, name: &str, input: &[u8], finding: &str) {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("finding-{}", self.target.name));
        fs::write(&path, input).unwrap();
        panic!("{}, {name}: {finding}; the input is in {}", self.target.name, path.display());
    }

    /// Fails the test if all inputs have the same outcome, which means that they do not reach the code under test.
    #[track_caller]
    fn assert_both_outcomes(&self) {
        let Self { target, accepted, refused } = self;
        assert!(*accepted > 0 && *refused > 0, "{}: {accepted} accepted, {refused} refused", target.name);
    }
}

/// The corpus of a target, which may be empty.
fn corpus(target: &Target) -> Vec<Vec<u8>> {
    let folder = root().join("rust/fuzz/corpus").join(target.name);
    let files = match fs::read_dir(&folder) {
        Ok(files) => files,
        Err(error) if error.kind() == ErrorKind::NotFound => return Vec::new(),
        Err(error) => panic!("{}: {error}", folder.display()),
    };
    let mut files: Vec<_> = files.map(|file| file.unwrap().path()).collect();
    files.sort();
    files.iter().map(|file| fs::read(file).unwrap()).collect()
}

/// The seeds of these models.
fn seeds(target: &Target, models: &[&str]) -> Vec<Vec<u8>> {
    let seeds: Vec<_> = (target.seeds)()
        .into_iter()
        .filter(|(name, _)| models.contains(name))
        .map(|(_, seed)| seed)
        .collect();
    assert_eq!(seeds.len(), models.len(), "one seed for each model");
    seeds
}

/// xorshift64*
struct Random(u64);

impl Random {
    fn new() -> Self {
        Self(0x2545_f491_4f6c_dd1d)
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 16
    }

    /// A number below `end`, or 0.
    fn below(&mut self, end: usize) -> usize {
        (self.next() as usize).checked_rem(end).unwrap_or(0)
    }

    fn byte(&mut self) -> u8 {
        self.next() as u8
    }

    /// Up to `max` bytes, mostly far fewer.
    fn bytes(&mut self, max: usize) -> Vec<u8> {
        let max = max >> self.below(6);
        let length = self.below(max + 1);
        (0..length).map(|_| self.byte()).collect()
    }

    fn choose<'a>(&mut self, inputs: &'a [Vec<u8>]) -> &'a [u8] {
        &inputs[self.below(inputs.len())]
    }

    /// One of the inputs with up to eight mutations, like those of libFuzzer.
    fn mutated(&mut self, inputs: &[Vec<u8>]) -> Vec<u8> {
        const WORDS: [u32; 8] = [0, 1, 2, 0xff, 0x1_0000, 0x7fff_ffff, 0x8000_0000, u32::MAX];
        let mut input = self.choose(inputs).to_vec();
        for _ in 0..=self.below(8) {
            let at = self.below(input.len());
            let end = input.len().min(at + self.below(64));
            match self.below(7) {
                0 | 1 => {
                    if let Some(byte) = input.get_mut(at) {
                        *byte ^= 1 << self.below(8);
                    }
                }
                2 => {
                    let word = WORDS[self.below(WORDS.len())].to_le_bytes();
                    if let Some(bytes) = input.get_mut(at & !3..(at & !3) + 4) {
                        bytes.copy_from_slice(&word);
                    }
                }
                3 => drop(input.drain(at..end)),
                4 => drop(input.splice(at..at, self.bytes(64))),
                5 => {
                    let other = self.choose(inputs);
                    let from = self.below(other.len());
                    let part = &other[from..other.len().min(from + self.below(256))];
                    drop(input.splice(at..end, part.iter().copied()));
                }
                _ => input.truncate(at),
            }
        }
        input
    }
}

#[test]
fn option_readers_handle_the_corpus_and_random_values() {
    let mut replay = Replay::of(OPTIONS);
    let corpus = corpus(&OPTIONS);
    assert!(!corpus.is_empty(), "the corpus of this target is empty");
    for (number, input) in corpus.iter().enumerate() {
        replay.run(&format!("corpus input {number}"), input);
    }
    replay.assert_both_outcomes();
    let mut random = Random::new();
    for number in 0..20_000 {
        replay.run(&format!("random input {number}"), &random.bytes(4096));
        replay.run(&format!("mutated input {number}"), &random.mutated(&corpus));
    }
}

fn read_files_of(models: &[&str]) {
    let mut replay = Replay::of(TFLITE);
    let corpus = corpus(&TFLITE);
    assert!(!corpus.is_empty(), "the corpus of this target is empty");
    let inputs = [corpus, seeds(&TFLITE, models)].concat();
    for (number, input) in inputs.iter().enumerate() {
        replay.run(&format!("corpus input or seed {number}"), input);
    }
    let mut random = Random::new();
    for number in 0..10_000 {
        replay.run(&format!("mutated input {number}"), &random.mutated(&inputs));
    }
    replay.assert_both_outcomes();
}

#[test]
fn the_reader_handles_modified_models() {
    read_files_of(&MODELS);
}

#[test]
fn the_reader_handles_modified_models_of_meet() {
    // Without the files the seeds would omit these models.
    for name in MEET_MODELS {
        model(name);
    }
    read_files_of(&MEET_MODELS);
}

fn import_graphs_of(models: &[&str]) {
    let mut replay = Replay::of(IMPORT);
    for (number, input) in corpus(&IMPORT).iter().enumerate() {
        replay.run(&format!("corpus input {number}"), input);
    }
    let mut random = Random::new();
    for seed in seeds(&IMPORT, models) {
        replay.run("seed", &seed);
        for number in 0..500 {
            replay.run(
                &format!("random input {number} on {seed:?}"),
                &[&seed[..], &random.bytes(511)].concat(),
            );
        }
    }
    replay.assert_both_outcomes();
}

#[test]
fn the_importer_handles_modified_models() {
    import_graphs_of(&MODELS);
}

#[test]
fn the_importer_handles_modified_models_of_meet() {
    // Without the files the seeds would omit these models.
    for name in MEET_MODELS {
        model(name);
    }
    import_graphs_of(&MEET_MODELS);
}
