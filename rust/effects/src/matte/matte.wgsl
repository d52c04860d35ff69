// How probably a pixel is the person, from the matte's coefficients there and the pixel's own colour, and how much of it is
// shown as person; kept in sync with cpu.rs, and mod.rs says why.

fn probability(coefficients: vec4<f32>, color: vec3<f32>) -> f32 {
    return dot(coefficients.rgb, color) + coefficients.a;
}

fn person(coefficients: vec4<f32>, color: vec3<f32>) -> f32 {
    return step_of(probability(coefficients, color));
}

fn step_of(probability: f32) -> f32 {
    return smoothstep(0.2, 0.9, probability);
}
