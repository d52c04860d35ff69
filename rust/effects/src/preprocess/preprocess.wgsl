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

// The position at which a sampler mixes two neighboring pixels as the tent does, and their weight.
struct Pair {
    position: f32,
    weight: f32,
}

fn pair(i: i32, end: i32, x: i32, source_length: i32, target_length: i32) -> Pair {
    let first = tent_weight(i, x, source_length, target_length);
    let second = select(0.0, tent_weight(i + 1, x, source_length, target_length), i + 1 < end);
    let weight = first + second;
    return Pair((f32(i) + 0.5 + second / weight) / f32(source_length), weight);
}

@compute @workgroup_size(TILE, TILE)
fn scale(@builtin(global_invocation_id) id: vec3<u32>) {
    let pixel = vec2<i32>(id.xy);
    if any(pixel >= sizes.input) {
        return;
    }
    let columns = tent_window(pixel.x, sizes.frame.x, sizes.input.x);
    let rows = tent_window(pixel.y, sizes.frame.y, sizes.input.y);
    var sum = vec4(0.0);
    for (var y = rows.x; y < rows.y; y += 2) {
        let down = pair(y, rows.y, pixel.y, sizes.frame.y, sizes.input.y);
        var row = vec4(0.0);
        for (var x = columns.x; x < columns.y; x += 2) {
            let across = pair(x, columns.y, pixel.x, sizes.frame.x, sizes.input.x);
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
