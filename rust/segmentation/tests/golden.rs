//! Compares the imported models with LiteRT: seven models on the CPU and on the GPU.
//!
//! Largest differences measured (x86-64 with AVX2, Mesa lavapipe): 9.7e-5 of the logits, 4.2e-5 of the probability. The test
//! prints the table that `docs/architecture.md` repeats.

use std::sync::OnceLock;

use burn::backend::wgpu::WgpuSetup;
use burn::tensor::{DType, Device, Tensor, TensorData, s};
use cyclorama_segmentation::network::Architecture;
use cyclorama_segmentation::ops::Tiling;
use cyclorama_segmentation::{SegmentationModel, import};
use cyclorama_testing::{needs_gpu, root};

/// Maximum allowed difference of the graph's own output, logits or probability.
const RAW: f32 = 1e-3;
/// Maximum allowed difference of the probability of a person.
const PROBABILITY: f32 = 1e-4;

/// Shape and values of a golden file: version 1.0 of the `.npy` format, float32, row-major.
fn golden(name: &str, part: &str) -> (Vec<usize>, Vec<f32>) {
    let path = root().join("tests/golden").join(format!("{name}__astronaut__{part}.npy"));
    let bytes = std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let (magic, rest) = bytes.split_at(8);
    assert_eq!(magic, b"\x93NUMPY\x01\x00", "{}", path.display());
    let (header, values) = rest[2..].split_at(usize::from(u16::from_le_bytes([rest[0], rest[1]])));
    let header = std::str::from_utf8(header).expect("the header is text");
    assert!(header.contains("'descr': '<f4'") && header.contains("'fortran_order': False"), "{header}");
    let (_, shape) = header.split_once("'shape': (").expect("the header names the shape");
    let (shape, _) = shape.split_once(')').expect("the shape is closed");
    let shape: Vec<usize> = shape.split(',').filter_map(|side| side.trim().parse().ok()).collect();
    let values: Vec<f32> = values.as_chunks().0.iter().copied().map(f32::from_le_bytes).collect();
    assert_eq!(values.len(), shape.iter().product::<usize>(), "{}", path.display());
    (shape, values)
}

/// The expected probability of a person, from a golden file of its own or computed from the output.
fn probability(name: &str, model: &SegmentationModel, shape: &[usize], raw: &[f32]) -> Vec<f32> {
    match model.config().architecture {
        Architecture::BodyPix | Architecture::DeepLab => golden(name, "person").1,
        Architecture::Selfie(_) if shape[3] == 1 => raw.to_vec(),
        Architecture::Selfie(_) => {
            raw.chunks_exact(2).map(|pair| 1.0 / (1.0 + (pair[0] - pair[1]).exp())).collect()
        }
    }
}

/// The part of the graph's output that the golden file contains. For DeepLabV3 it is every eighth pixel of every eighth
/// row.
fn in_golden_file(model: &SegmentationModel, raw: Tensor<4>) -> Tensor<4> {
    match model.config().architecture {
        Architecture::DeepLab => raw.slice([s![..], s![..;8], s![..;8]]),
        _ => raw,
    }
}

fn largest_difference(actual: Tensor<4>, expected: &[f32]) -> f32 {
    let actual = actual.into_data().try_to_vec::<f32>().expect("float tensors hold f32");
    assert_eq!(actual.len(), expected.len());
    let difference = |(a, b): (&f32, &f32)| if a.is_finite() { (a - b).abs() } else { f32::INFINITY };
    actual.iter().zip(expected).map(difference).fold(0.0, f32::max)
}

#[expect(
    clippy::print_stdout,
    reason = "the differences are a result of this test: docs/architecture.md has them"
)]
fn agree(models: &[&str], backend: &str, device: &Device) {
    let mut failures = Vec::new();
    for name in models {
        let model =
            import(&cyclorama_testing::model(name), device).unwrap_or_else(|error| panic!("{name}: {error}"));
        let (shape_in, values) = golden(name, "in");
        let (shape_out, raw) = golden(name, "out");
        let input =
            || Tensor::from_data(TensorData::new(values.clone(), shape_in.clone()), (device, DType::F32));
        let found = in_golden_file(&model, model.forward_raw(input()));
        assert_eq!(found.dims().as_slice(), shape_out, "{name}");
        let raw_difference = largest_difference(found, &raw);
        let difference =
            largest_difference(model.forward(input()), &probability(name, &model, &shape_out, &raw));
        println!("| {name} | {backend} | {raw_difference:.1e} | {difference:.1e} |");
        if raw_difference > RAW || difference > PROBABILITY {
            failures.push(format!("{name}: raw {raw_difference:e}, probability {difference:e}"));
        }
    }
    assert!(failures.is_empty(), "on {backend}: {failures:?}");
}

fn agree_on_flex(models: &[&str]) {
    agree(models, "flex, native", &Device::flex());
}

fn agree_on_wgpu(models: &[&str]) {
    /// The adapter can be requested only once per process.
    static GPU: OnceLock<WgpuSetup> = OnceLock::new();
    needs_gpu();
    let setup = GPU
        .get_or_init(|| Device::wgpu_options().init_with_setup().expect("a Vulkan, Metal or DX12 adapter").1);
    for (backend, tiling) in [
        ("wgpu, native, small tiles", Tiling::Small),
        ("wgpu, native, medium tiles", Tiling::Medium),
        ("wgpu, native, large tiles", Tiling::Large),
    ] {
        let device = Device::wgpu_options().setup(setup.clone()).init().expect("the adapter's device");
        tiling.set(&device);
        agree(models, backend, &device);
    }
}

mod seven_models_agree_with_litert {
    use cyclorama_testing::{MEET_MODELS, MODELS};

    use super::{agree_on_flex, agree_on_wgpu};

    #[test]
    fn on_cpu() {
        agree_on_flex(&MODELS);
    }

    #[test]
    fn on_gpu() {
        agree_on_wgpu(&MODELS);
    }

    #[test]
    fn meet_on_cpu() {
        agree_on_flex(&MEET_MODELS);
    }

    #[test]
    fn meet_on_gpu() {
        agree_on_wgpu(&MEET_MODELS);
    }
}
