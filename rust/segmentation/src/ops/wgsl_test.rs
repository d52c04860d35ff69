//! Validates the WGSL that the models' operators expand to, without a GPU.
//!
//! A model runs once on the CPU. Each operator that it calls [records](record) its kernel for each tiling and for both
//! storage formats of weights.

use std::cell::RefCell;
use std::collections::BTreeSet;

use burn::tensor::{Device, Tensor};
use cyclorama_testing::{MEET_MODELS, MODELS, model};
use naga::valid::{Capabilities, ValidationFlags, Validator};

use super::Tiling;
use super::kernel::{Launch, Stored};
use crate::import;

/// The number of workgroups in one dimension that WebGPU guarantees.
const MAX_WORKGROUPS: u32 = 65_535;

thread_local! {
    /// The sources recorded on this thread, if it records.
    static SOURCES: RefCell<Option<BTreeSet<String>>> = const { RefCell::new(None) };
}

/// A tensor's shape and storage format.
pub(super) struct Described {
    shape: Vec<usize>,
    half: bool,
}

impl Described {
    pub(super) fn new(shape: Vec<usize>, half: bool) -> Self {
        Self { shape, half }
    }

    /// A feature map, which has float32 values.
    pub(super) fn of(map: &Tensor<4>) -> Self {
        Self::new(map.dims().to_vec(), false)
    }
}

impl Stored for Described {
    fn shape(&self) -> &[usize] {
        &self.shape
    }

    fn is_half(&self) -> bool {
        self.half
    }
}

/// Records a kernel for each tiling, with float32 and float16 weights.
pub(super) fn record(launch: impl Fn(Tiling, bool) -> Launch<Described>) {
    SOURCES.with_borrow_mut(|sources| {
        let Some(sources) = sources else { return };
        for tiling in [Tiling::Small, Tiling::Medium, Tiling::Large] {
            // The lower limit splits the workgroups into rows.
            for (half, limit) in [(false, MAX_WORKGROUPS), (true, MAX_WORKGROUPS), (false, 8)] {
                sources.extend(launch(tiling, half).sources(limit));
            }
        }
    });
}

/// The expanded WGSL of all operators that a model calls.
fn sources(name: &str) -> BTreeSet<String> {
    let device = Device::flex();
    let imported = import(&model(name), &device).unwrap_or_else(|error| panic!("{name}: {error}"));
    let [height, width] = imported.config().input;
    let image = Tensor::zeros([1, height, width, 3], &device);
    SOURCES.set(Some(BTreeSet::new()));
    drop(imported.forward(image.clone()));
    drop(imported.forward_raw(image));
    SOURCES.take().expect("this thread records")
}

/// Parses and validates a source.
fn validate(name: &str, source: &str) {
    let module = naga::front::wgsl::parse_str(source)
        .unwrap_or_else(|error| panic!("{name}: {}\n{source}", error.emit_to_string(source)));
    let mut validator = Validator::new(ValidationFlags::all(), Capabilities::SHADER_FLOAT16);
    if let Err(error) = validator.validate(&module) {
        panic!("{name}: {}\n{source}", error.emit_to_string(source));
    }
}

fn validate_models(names: &[&str]) {
    for name in names {
        let sources = sources(name);
        assert!(sources.len() > 30, "{name}: only {} kernels", sources.len());
        let has = |part: &str| sources.iter().any(|source| source.contains(part));
        assert!(has("enable f16;"), "{name}: a variant is missing");
        for source in &sources {
            validate(name, source);
        }
    }
}

#[test]
fn expanded_wgsl_is_valid() {
    validate_models(&MODELS);
}

#[test]
fn expanded_wgsl_is_valid_for_meet() {
    validate_models(&MEET_MODELS);
}
