// Scales the frame to the model's input with a tent filter. Each invocation computes one pixel. One bilinear tap reads two by
// two pixels of the frame in proportion to their weights, which takes a quarter of the fetches.

struct Sizes {
    frame: vec2<i32>,
    input: vec2<i32>,
}

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var linear: sampler;
@group(0) @binding(2) var frame: texture_2d<f32>;
// RGB, input.x pixels in each of input.y rows.
@group(0) @binding(3) var<storage, read_write> tensor: array<f32>;

// The filter window of one pixel along an axis: all that its taps share. Distances and weights are those of tent.wgsl, whole
// numbers below 2^24, which f32 represents exactly.
struct Window {
    // Pixels of the frame in the window.
    count: i32,
    // The center of the first one, in pixels of the frame, and its distance to the window's center.
    start: f32,
    distance: f32,
    // The distance of two neighbors.
    step: f32,
    // The distance at which the weight becomes zero.
    reach: f32,
    // The width of a pixel in texture coordinates.
    texel: f32,
}

fn window(x: i32, source_length: i32, target_length: i32) -> Window {
    let range = tent_window(x, source_length, target_length);
    return Window(
        range.y - range.x,
        f32(range.x) + 0.5,
        f32((2 * range.x + 1) * target_length - (2 * x + 1) * source_length),
        f32(2 * target_length),
        f32(2 * max(source_length, target_length)),
        1.0 / f32(source_length),
    );
}

// The position at which a sampler mixes two neighboring pixels as the tent does, and their weight.
struct Pair {
    position: f32,
    weight: f32,
}

// The pair of pixels `i` and `i + 1` of a window. The second may lie outside of it.
fn pair(window: Window, i: i32) -> Pair {
    let distance = window.distance + f32(i) * window.step;
    let first = window.reach - abs(distance);
    let second = select(0.0, window.reach - abs(distance + window.step), i + 1 < window.count);
    let weight = first + second;
    return Pair((window.start + f32(i) + second / weight) * window.texel, weight);
}

@compute @workgroup_size(TILE, TILE)
fn scale(@builtin(global_invocation_id) id: vec3<u32>) {
    let pixel = vec2<i32>(id.xy);
    if any(pixel >= sizes.input) {
        return;
    }
    let columns = window(pixel.x, sizes.frame.x, sizes.input.x);
    let rows = window(pixel.y, sizes.frame.y, sizes.input.y);
    var sum = vec4(0.0);
    for (var y = 0; y < rows.count; y += 2) {
        let down = pair(rows, y);
        var row = vec4(0.0);
        for (var x = 0; x < columns.count; x += 2) {
            let across = pair(columns, x);
            let color = textureSampleLevel(frame, linear, vec2(across.position, down.position), 0.0).rgb;
            row += across.weight * vec4(color, 1.0);
        }
        sum += down.weight * row;
    }
    let rgb = sum.rgb / sum.a;
    let start = 3 * (pixel.y * sizes.input.x + pixel.x);
    tensor[start] = rgb.r;
    tensor[start + 1] = rgb.g;
    tensor[start + 2] = rgb.b;
}
