use fearless_simd::{Level, dispatch, f32x4, prelude::*};

use super::{cpu, samples};

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
