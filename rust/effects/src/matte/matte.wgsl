// Turns the network's probabilities into a matte that the effects can sample with a linear filter.

@group(0) @binding(0) var<uniform> width: u32;
// The bits of f32 values: a shader compiler may assume that no float is a NaN, but nothing about bits.
@group(0) @binding(1) var<storage, read> probability: array<u32>;

@fragment
fn matte(@builtin(position) position: vec4<f32>) -> @location(0) vec4<f32> {
    let pixel = vec2<u32>(position.xy);
    let bits = probability[pixel.y * width + pixel.x];
    let exponent = 0x7f800000u;
    let finite = (bits & exponent) != exponent;
    return vec4(clamp(bitcast<f32>(select(0u, bits, finite)), 0.0, 1.0), 0.0, 0.0, 1.0);
}
