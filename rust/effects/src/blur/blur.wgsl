// Gaussian blur of the background alone (normalized convolution). Each color has the certainty of the background as its
// weight, and the weights are blurred too. Division by the blurred weight gives the mean of the background around each
// pixel. A lens mixes linear light: squared colors approximate it, so lamps and windows bloom as behind a lens. mod.rs
// declares the constants.

struct Reduction {
    // Width and height of the target.
    size: vec2<u32>,
    // Samples along each side of the block of the frame that becomes one pixel.
    taps: u32,
}

@group(0) @binding(0) var<uniform> reduction: Reduction;
@group(0) @binding(1) var linear: sampler;
@group(0) @binding(2) var frame: texture_2d<f32>;
@group(0) @binding(3) var coefficients: texture_2d<f32>;
// The mean color of the background around each pixel of the mask.
@group(0) @binding(5) var background: texture_2d<f32>;

@fragment
fn reduce(@builtin(position) position: vec4<f32>) -> @location(0) vec4<f32> {
    let first = vec2<u32>(position.xy) * reduction.taps;
    let grid = vec2<f32>(reduction.size * reduction.taps);
    var sum = vec4(0.0);
    for (var y = 0u; y < reduction.taps; y++) {
        for (var x = 0u; x < reduction.taps; x++) {
            let uv = (vec2<f32>(first + vec2(x, y)) + 0.5) / grid;
            var color = textureSampleLevel(frame, linear, uv, 0.0).rgb;
            let probability = probability(textureSampleLevel(coefficients, linear, uv, 0.0), color);
            let alpha = to_alpha(probability);
            if probability > 0.0 {
                // The person's soft edge would leak its colors into the background: the local mean replaces them.
                let mean = textureSampleLevel(background, linear, uv, 0.0).rgb;
                color = mix(color, mean, min(4.0 * probability, 1.0));
            }
            let weight = (1.0 - alpha) * (1.0 - alpha) * (1.0 - alpha);
            sum += weight * vec4(color * color, 1.0);
        }
    }
    return sum / f32(reduction.taps * reduction.taps);
}

@group(0) @binding(2) var source: texture_2d<f32>;

// Reduces each side to a quarter: the mean of 4 x 4 pixels, from four taps between two by two of them.
@fragment
fn quarter(@builtin(position) position: vec4<f32>) -> @location(0) vec4<f32> {
    let texel = 1.0 / vec2<f32>(textureDimensions(source));
    let uv = 4.0 * position.xy * texel;
    return 0.25 * (textureSampleLevel(source, linear, uv - texel, 0.0)
        + textureSampleLevel(source, linear, uv + texel, 0.0)
        + textureSampleLevel(source, linear, uv + vec2(texel.x, -texel.y), 0.0)
        + textureSampleLevel(source, linear, uv + vec2(-texel.x, texel.y), 0.0));
}

// One side of the kernel with two pixels a tap: the linear filter mixes a pair in proportion to its weights.
struct Gaussian {
    // The distance of two pixels along the axis, in texture coordinates.
    step: vec2<f32>,
    center_weight: f32,
    pairs: u32,
    // x: offset of the pair in pixels, y: sum of its two weights.
    taps: array<vec4<f32>, PAIRS>,
}

@group(0) @binding(0) var<uniform> gaussian: Gaussian;

@fragment
fn across(@builtin(position) position: vec4<f32>) -> @location(0) vec4<f32> {
    return mean_around(position);
}

// Divides by the weight and takes the root. Inside of the person, far from the background, the local mean counts too. It is
// visible only through soft edges.
@fragment
fn down(@builtin(position) position: vec4<f32>) -> @location(0) vec4<f32> {
    var sum = mean_around(position);
    if sum.a < NEAR {
        let uv = position.xy / vec2<f32>(textureDimensions(source));
        let mean = textureSampleLevel(background, linear, uv, 0.0).rgb;
        sum += PRIOR * vec4(mean * mean, 1.0);
    }
    return vec4(sqrt(sum.rgb / sum.a), 1.0);
}

fn mean_around(position: vec4<f32>) -> vec4<f32> {
    let uv = position.xy / vec2<f32>(textureDimensions(source));
    var sum = gaussian.center_weight * textureSampleLevel(source, linear, uv, 0.0);
    for (var i = 0u; i < gaussian.pairs; i++) {
        let offset = gaussian.taps[i].x * gaussian.step;
        sum += gaussian.taps[i].y
            * (textureSampleLevel(source, linear, uv + offset, 0.0) + textureSampleLevel(source, linear, uv - offset, 0.0));
    }
    return sum;
}
