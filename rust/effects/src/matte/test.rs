use crate::testing::to_alpha;

#[test]
fn nearly_certain_probabilities_become_0_and_1() {
    assert_eq!([0.0, 0.2, 0.9, 1.0].map(to_alpha), [0.0, 0.0, 1.0, 1.0]);
    assert!((to_alpha(0.55) - 0.5).abs() < 1e-6);
}

/// Golden values were computed with a width of 0.7.
#[test]
fn the_width_of_the_step_is_exact() {
    assert_eq!(super::STEP[1] - super::STEP[0], 0.7);
}
