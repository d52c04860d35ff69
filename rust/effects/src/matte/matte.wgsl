// How much of a pixel is person, from the matte's coefficients there and the pixel's own colour; kept in sync with
// cpu.rs, and mod.rs says why.
fn person(coefficients: vec4<f32>, color: vec3<f32>) -> f32 {
    return smoothstep(0.2, 0.9, dot(coefficients.rgb, color) + coefficients.a);
}
