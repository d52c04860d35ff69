// Scales the frame to the network's input with a tent filter, one axis after the other.

struct Sizes {
    frame: vec2<i32>,
    input: vec2<i32>,
}

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var frame: texture_2d<f32>;
// input.x pixels in each of frame.y rows.
@group(0) @binding(2) var<storage, read_write> narrowed: array<vec4<f32>>;
// RGB, input.x pixels in each of input.y rows.
@group(0) @binding(3) var<storage, read_write> tensor: array<f32>;

// Each invocation makes one pixel of the narrowed frame.
@compute @workgroup_size(8, 8)
fn rows(@builtin(global_invocation_id) id: vec3<u32>) {
    let pixel = vec2<i32>(id.xy);
    if pixel.x >= sizes.input.x || pixel.y >= sizes.frame.y {
        return;
    }
    let window = tent_window(pixel.x, sizes.frame.x, sizes.input.x);
    var sum = vec4(0.0);
    for (var i = window.x; i < window.y; i++) {
        let weight = tent_weight(i, pixel.x, sizes.frame.x, sizes.input.x);
        sum += weight * vec4(textureLoad(frame, vec2(i, pixel.y), 0).rgb, 1.0);
    }
    narrowed[pixel.y * sizes.input.x + pixel.x] = sum / sum.a;
}

// Each invocation makes one pixel of the tensor.
@compute @workgroup_size(8, 8)
fn columns(@builtin(global_invocation_id) id: vec3<u32>) {
    let pixel = vec2<i32>(id.xy);
    if pixel.x >= sizes.input.x || pixel.y >= sizes.input.y {
        return;
    }
    let window = tent_window(pixel.y, sizes.frame.y, sizes.input.y);
    var sum = vec4(0.0);
    for (var i = window.x; i < window.y; i++) {
        let weight = tent_weight(i, pixel.y, sizes.frame.y, sizes.input.y);
        sum += weight * narrowed[i * sizes.input.x + pixel.x];
    }
    let rgb = sum.rgb / sum.a;
    let start = 3 * (pixel.y * sizes.input.x + pixel.x);
    tensor[start] = rgb.r;
    tensor[start + 1] = rgb.g;
    tensor[start + 2] = rgb.b;
}
