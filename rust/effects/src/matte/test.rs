use super::cpu::{Matte, soft_step};
use super::*;
use crate::testing::{SIZES, binding, disc, gpu, size};

fn on_gpu(pass: &mut MattePass, probability: &[f32], size: Size) -> Vec<u8> {
    let gpu = gpu();
    let buffer = gpu.buffer(probability, 256);
    let mask = Mask { probability: binding(&buffer, 256), size };
    pass.check(&mask).unwrap();
    let matte = gpu.submit(|encoder| pass.encode(encoder, &mask));
    gpu.read_texture(&matte)
}

#[test]
fn gpu_agrees_with_the_twin() {
    let mut pass = MattePass::new(&gpu().device);
    for size in SIZES {
        let probability: Vec<f32> =
            disc(size).iter().enumerate().map(|(i, p)| p * 0.9 + (i % 11) as f32 * 0.01).collect();
        let found = on_gpu(&mut pass, &probability, size);
        let expected = Matte::new(&probability, size).unwrap();
        let difference = found.iter().zip(&expected.levels).map(|(a, b)| a.abs_diff(*b)).max();
        assert!(difference <= Some(1), "{size}: {difference:?} levels");
    }
}

#[test]
fn what_is_not_finite_is_background() {
    let negative_nan = f32::from_bits(0xffc0_0001);
    let probability = [f32::NAN, negative_nan, f32::INFINITY, f32::NEG_INFINITY, -5.0, 5.0, 1.0, -0.0];
    let expected = [0, 0, 0, 0, 0, 255, 255, 0];
    let size = size(8, 1);
    assert_eq!(on_gpu(&mut MattePass::new(&gpu().device), &probability, size), expected);
    assert_eq!(Matte::new(&probability, size).unwrap().levels, expected);
}

#[test]
fn the_soft_step_decides_what_is_nearly_certain() {
    assert_eq!([0.0, 0.1, 0.9, 1.0].map(soft_step), [0.0, 0.0, 1.0, 1.0]);
    assert!((soft_step(0.5) - 0.5).abs() < 1e-6);
}

#[test]
fn a_mask_of_another_length_is_a_typed_error() {
    let what = EffectError::ProbabilityCount { size: size(3, 3), expected: 9, found: 8 };
    assert_eq!(Matte::new(&[0.0; 8], size(3, 3)).err(), Some(what));
    assert!(matches!(Matte::new(&[], size(0, 3)), Err(EffectError::EmptySize { what: "mask", .. })));
}
