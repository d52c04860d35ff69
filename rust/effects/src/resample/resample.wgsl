// Scales a region of an image onto a region of the target with a tent filter, one axis after the other.

struct Placement {
    source_corner: vec2<i32>,
    source_size: vec2<i32>,
    target_corner: vec2<i32>,
    target_size: vec2<i32>,
    // x: 1 for a region that is flipped left to right. Uniforms of WebGL2 are multiples of 16 bytes.
    mirror: vec4<i32>,
}

@group(0) @binding(0) var<uniform> placement: Placement;
@group(0) @binding(1) var source: texture_2d<f32>;

// Writes target_size.x pixels in each of source_size.y rows.
@fragment
fn rows(@builtin(position) position: vec4<f32>) -> @location(0) vec4<f32> {
    let pixel = vec2<i32>(position.xy);
    let x = select(pixel.x, placement.target_size.x - 1 - pixel.x, placement.mirror.x != 0);
    let window = tent_window(x, placement.source_size.x, placement.target_size.x);
    var sum = vec4(0.0);
    for (var i = window.x; i < window.y; i++) {
        let weight = tent_weight(i, x, placement.source_size.x, placement.target_size.x);
        let color = textureLoad(source, placement.source_corner + vec2(i, pixel.y), 0).rgb;
        sum += weight * vec4(color, 1.0);
    }
    return sum / sum.a;
}

// Reads the result of `rows`. Outside of the target's region the result is black.
@fragment
fn columns(@builtin(position) position: vec4<f32>) -> @location(0) vec4<f32> {
    let pixel = vec2<i32>(position.xy) - placement.target_corner;
    if any(pixel < vec2(0)) || any(pixel >= placement.target_size) {
        return vec4(0.0, 0.0, 0.0, 1.0);
    }
    let window = tent_window(pixel.y, placement.source_size.y, placement.target_size.y);
    var sum = vec4(0.0);
    for (var i = window.x; i < window.y; i++) {
        let weight = tent_weight(i, pixel.y, placement.source_size.y, placement.target_size.y);
        sum += weight * textureLoad(source, vec2(pixel.x, i), 0);
    }
    return sum / sum.a;
}
