// Turns the network's probabilities into a matte that the effects can sample with a linear filter.

// Kept in sync with cpu.rs.
const CERTAIN_BACKGROUND = 0.1;
const CERTAIN_PERSON = 0.9;

@group(0) @binding(0) var<uniform> width: u32;
// The bits of f32 values: a shader compiler may assume that no float is a NaN, but it cannot about bits.
@group(0) @binding(1) var<storage, read> probability: array<u32>;

@fragment
fn matte(@builtin(position) position: vec4<f32>) -> @location(0) vec4<f32> {
    let pixel = vec2<u32>(position.xy);
    let bits = probability[pixel.y * width + pixel.x];
    let exponent = 0x7f800000u;
    let finite = (bits & exponent) != exponent;
    let person = select(0.0, bitcast<f32>(bits), finite);
    return vec4(smoothstep(CERTAIN_BACKGROUND, CERTAIN_PERSON, person), 0.0, 0.0, 1.0);
}
