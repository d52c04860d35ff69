use super::cpu::judge;
use super::*;
use crate::testing::{SIZES, binding, disc, gpu, size};

const MASK: Size = size(64, 36);

/// What the shader says of masks in turn, each with the verdict on the one before.
fn on_gpu(masks: &[(Vec<f32>, Size)]) -> Vec<[u32; 2]> {
    let gpu = gpu();
    let mut pass = GatePass::new(&gpu.device);
    let mut next = |(mask, size): &(Vec<f32>, Size)| {
        let buffer = gpu.buffer(mask, 256);
        gpu.submit(|encoder| pass.encode(&mut encoder.into(), &binding(&buffer, 256), *size));
        let bytes = gpu.read_buffer(pass.verdicts());
        [0, 4].map(|at| u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap()))
    };
    masks.iter().map(&mut next).collect()
}

/// A mask with one value that differs.
fn with(mut mask: Vec<f32>, pixel: usize, value: f32) -> Vec<f32> {
    mask[pixel] = value;
    mask
}

fn even(value: f32) -> Vec<f32> {
    vec![value; MASK.pixels()]
}

/// A person who fills the picture but for some pixels in a corner, where the network wavers.
fn close_up() -> Vec<f32> {
    (0..MASK.pixels()).map(|i| if i < 3 { 0.88 } else { 1.0 - (i % 5) as f32 * 0.01 }).collect()
}

fn cases() -> Vec<(&'static str, Vec<f32>, Verdict)> {
    let last = MASK.pixels() - 1;
    vec![
        ("a person", disc(MASK), Verdict::Open),
        ("a face that fills the picture", close_up(), Verdict::Open),
        ("nobody", even(0.0), Verdict::Open),
        ("nobody, with doubts", even(0.2), Verdict::Open),
        ("nobody below nought", even(-3.0), Verdict::Open),
        ("one pixel of somebody", with(even(0.0), last, 0.9), Verdict::Open),
        ("one NaN", with(disc(MASK), last, f32::NAN), Verdict::NotFinite),
        ("one negative NaN", with(disc(MASK), 0, -f32::NAN), Verdict::NotFinite),
        ("one signalling NaN", with(disc(MASK), 700, f32::from_bits(0x7f80_0001)), Verdict::NotFinite),
        ("one infinity", with(disc(MASK), 1000, f32::INFINITY), Verdict::NotFinite),
        ("one negative infinity", with(disc(MASK), 256, f32::NEG_INFINITY), Verdict::NotFinite),
        ("no number at all", even(f32::NAN), Verdict::NotFinite),
        ("an even 0.3", even(0.3), Verdict::Constant),
        ("an even half", even(0.5), Verdict::Constant),
        ("an even one", even(1.0), Verdict::Constant),
        ("even beyond one", with(even(7.0), 3, 1e30), Verdict::Constant),
        ("nearly even", (0..=last).map(|i| 0.5 + (i % 7) as f32 * 5e-4).collect(), Verdict::Constant),
        ("not quite even", with(even(0.4), last, 0.405), Verdict::Open),
        (
            "a person everywhere",
            (0..=last).map(|i| 0.9 + (i % 7) as f32 * 0.01).collect(),
            Verdict::Everywhere,
        ),
        ("a person everywhere but in one pixel", with(even(1.0), last, 0.5), Verdict::Open),
    ]
}

#[test]
fn only_masks_that_can_be_right_are_let_through() {
    for (name, mask, expected) in cases() {
        assert_eq!(judge(&mask), expected, "{name}");
    }
}

#[test]
fn agrees_with_the_twin_on_gpu() {
    let cases = cases();
    let masks: Vec<_> = cases.iter().map(|(_, mask, _)| (mask.clone(), MASK)).collect();
    let mut before = Verdict::Open;
    for ((name, mask, _), codes) in cases.iter().zip(on_gpu(&masks)) {
        let verdict = judge(mask);
        assert_eq!(codes.map(Verdict::from_code), [verdict, before], "{name}");
        before = verdict;
    }

    let sizes = SIZES.into_iter().filter(|size| size.width <= 1024).chain([size(1024, 1024), size(255, 1)]);
    let masks: Vec<_> = sizes.map(|size| (disc(size), size)).collect();
    for ((mask, size), [code, _]) in masks.iter().zip(on_gpu(&masks)) {
        assert_eq!(Verdict::from_code(code), judge(mask), "{size}");
    }
}

#[test]
fn every_pixel_is_looked_at_on_gpu() {
    for extent in [size(1024, 1024), size(37, 50)] {
        let pixels = extent.pixels();
        let looked_at = (0..40).map(|i| i * (pixels - 1) / 39);
        let masks: Vec<_> = looked_at.map(|i| (with(vec![0.0; pixels], i, f32::NAN), extent)).collect();
        assert!(on_gpu(&masks).iter().all(|[code, _]| *code == 1), "{extent}");
    }
}

#[test]
fn a_code_that_no_gate_writes_is_a_fault() {
    let fault = Verdict::from_code(4).fault();
    assert!(fault.is_some_and(|fault| fault.contains("not finite")), "{fault:?}");
    assert_eq!(Verdict::from_code(0).fault(), None);
}
