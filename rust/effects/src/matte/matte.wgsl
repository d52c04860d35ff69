// Probability of a person and alpha of a pixel, from the matte's coefficients there and the pixel's color. mod.rs declares
// the constants and documents the method.

fn probability(coefficients: vec4<f32>, color: vec3<f32>) -> f32 {
    return dot(coefficients.rgb, color) + coefficients.a;
}

fn alpha(coefficients: vec4<f32>, color: vec3<f32>) -> f32 {
    return to_alpha(probability(coefficients, color));
}

fn to_alpha(probability: f32) -> f32 {
    return smoothstep(STEP.x, STEP.y, probability);
}
