use super::MaskStatus;
use super::cpu::classify;
use super::pass::MaskCheckPass;
use crate::Size;
use crate::testing::{SIZES, binding, disc, gpu, size};

const MASK: Size = size(64, 36);

/// The codes that the shader writes for a sequence of masks: the status of each and of the previous one.
fn on_gpu(masks: &[(Vec<f32>, Size)]) -> Vec<[u32; 2]> {
    let gpu = gpu();
    let mut pass = MaskCheckPass::new(&gpu.device);
    let mut next = |(mask, size): &(Vec<f32>, Size)| {
        let buffer = gpu.buffer(mask, 256);
        gpu.submit(|encoder| pass.encode(&mut encoder.into(), &binding(&buffer, 256), *size));
        let bytes = gpu.read_buffer(pass.statuses());
        [0, 4].map(|at| u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap()))
    };
    masks.iter().map(&mut next).collect()
}

/// Replaces one value of a mask.
fn with(mut mask: Vec<f32>, pixel: usize, value: f32) -> Vec<f32> {
    mask[pixel] = value;
    mask
}

fn constant(value: f32) -> Vec<f32> {
    vec![value; MASK.pixels()]
}

/// A person who fills the frame, except for some uncertain pixels in a corner.
fn close_up() -> Vec<f32> {
    (0..MASK.pixels()).map(|i| if i < 3 { 0.88 } else { 1.0 - (i % 5) as f32 * 0.01 }).collect()
}

fn cases() -> Vec<(&'static str, Vec<f32>, MaskStatus)> {
    let last = MASK.pixels() - 1;
    vec![
        ("a person", disc(MASK), MaskStatus::Valid),
        ("a face that fills the frame", close_up(), MaskStatus::Valid),
        ("no person", constant(0.0), MaskStatus::Valid),
        ("no person, uncertain", constant(0.2), MaskStatus::Valid),
        ("no person, below zero", constant(-3.0), MaskStatus::Valid),
        ("one pixel of a person", with(constant(0.0), last, 0.9), MaskStatus::Valid),
        ("one NaN", with(disc(MASK), last, f32::NAN), MaskStatus::NotFinite),
        ("one negative NaN", with(disc(MASK), 0, -f32::NAN), MaskStatus::NotFinite),
        ("one signaling NaN", with(disc(MASK), 700, f32::from_bits(0x7f80_0001)), MaskStatus::NotFinite),
        ("one infinity", with(disc(MASK), 1000, f32::INFINITY), MaskStatus::NotFinite),
        ("one negative infinity", with(disc(MASK), 256, f32::NEG_INFINITY), MaskStatus::NotFinite),
        ("only NaN", constant(f32::NAN), MaskStatus::NotFinite),
        ("0.3 everywhere", constant(0.3), MaskStatus::Constant),
        ("0.5 everywhere", constant(0.5), MaskStatus::Constant),
        ("1 everywhere", constant(1.0), MaskStatus::Constant),
        ("above 1 everywhere", with(constant(7.0), 3, 1e30), MaskStatus::Constant),
        ("nearly constant", (0..=last).map(|i| 0.5 + (i % 7) as f32 * 5e-4).collect(), MaskStatus::Constant),
        ("not quite constant", with(constant(0.4), last, 0.405), MaskStatus::Valid),
        (
            "a person everywhere",
            (0..=last).map(|i| 0.9 + (i % 7) as f32 * 0.01).collect(),
            MaskStatus::Everywhere,
        ),
        ("a person everywhere except in one pixel", with(constant(1.0), last, 0.5), MaskStatus::Valid),
    ]
}

#[test]
fn only_masks_that_can_be_right_are_valid() {
    for (name, mask, expected) in cases() {
        assert_eq!(classify(&mask), expected, "{name}");
    }
}

#[test]
fn agrees_with_the_twin_on_gpu() {
    let cases = cases();
    let masks: Vec<_> = cases.iter().map(|(_, mask, _)| (mask.clone(), MASK)).collect();
    let mut before = MaskStatus::Valid;
    for ((name, mask, _), codes) in cases.iter().zip(on_gpu(&masks)) {
        let status = classify(mask);
        assert_eq!(codes.map(MaskStatus::from_code), [status, before], "{name}");
        before = status;
    }

    let sizes = SIZES.into_iter().filter(|size| size.width <= 1024).chain([size(1024, 1024), size(255, 1)]);
    let masks: Vec<_> = sizes.map(|size| (disc(size), size)).collect();
    for ((mask, size), [code, _]) in masks.iter().zip(on_gpu(&masks)) {
        assert_eq!(MaskStatus::from_code(code), classify(mask), "{size}");
    }
}

#[test]
fn every_pixel_is_read_on_gpu() {
    for extent in [size(1024, 1024), size(37, 50)] {
        let pixels = extent.pixels();
        let pixels_read = (0..40).map(|i| i * (pixels - 1) / 39);
        let masks: Vec<_> = pixels_read.map(|i| (with(vec![0.0; pixels], i, f32::NAN), extent)).collect();
        assert!(on_gpu(&masks).iter().all(|[code, _]| *code == 1), "{extent}");
    }
}

#[test]
fn an_unknown_code_is_a_fault() {
    let fault = MaskStatus::from_code(4).fault();
    assert!(fault.is_some_and(|fault| fault.contains("not finite")), "{fault:?}");
    assert_eq!(MaskStatus::from_code(0).fault(), None);
}
