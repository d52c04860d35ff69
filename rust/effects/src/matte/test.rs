use fearless_simd::{Level, dispatch, f32x4, prelude::*};

use super::{cpu, samples};
use crate::testing::{disc, matte, scene, size};
use crate::{EffectError, Refinement};

#[test]
fn nearly_certain_probabilities_become_0_and_1() {
    let alphas = |probabilities: [f32; 4]| dispatch!(Level::new(), simd => samples::to_alpha(f32x4::load_array(simd, probabilities)).to_array());
    assert_eq!(alphas([0.0, 0.2, 0.9, 1.0]), [0.0, 0.0, 1.0, 1.0]);
    for probability in [0.1, 0.3, 0.55, 0.899] {
        assert!((alphas([probability; 4])[0] - cpu::to_alpha(probability)).abs() < 1e-6);
    }
}

/// Golden values were computed with a width of 0.7.
#[test]
fn the_width_of_the_step_is_exact() {
    assert_eq!(super::STEP[1] - super::STEP[0], 0.7);
}

#[test]
fn a_mask_of_the_caller_keeps_the_mean_colors() {
    let frame = scene(size(64, 36), 1);
    let previous = matte(&frame, &disc(frame.size()), frame.size(), Refinement::Guided);
    let mut matte = cpu::Matte::default();
    matte.set_probability(size(2, 1), &[0, 255], &previous).unwrap();
    assert_eq!((matte.size, matte.mask), (size(2, 1), previous.mask));
    assert_eq!(matte.coefficients, [[0.0; 4], [0.0, 0.0, 0.0, 1.0]]);
    assert!(matte.foreground == previous.foreground && matte.background == previous.background);
    let error = matte.set_probability(size(2, 2), &[0; 3], &previous).unwrap_err();
    assert!(matches!(error, EffectError::ValueCount { expected: 4, found: 3, .. }), "{error}");
}
