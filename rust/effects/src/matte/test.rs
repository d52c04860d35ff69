use super::cpu::step;

#[test]
fn the_step_decides_what_is_nearly_certain() {
    assert_eq!([0.0, 0.2, 0.9, 1.0].map(step), [0.0, 0.0, 1.0, 1.0]);
    assert!((step(0.55) - 0.5).abs() < 1e-6);
}
