// A thread makes four output channels of TILE pixels in a row, so that a weight is read once for all of them.

// The gate at a pixel: a map smaller than the picture is stretched bilinearly.
//? if gate
fn gate_at(pixel: u32, group: u32) -> vec4f {
    if GATE_HEIGHT * GATE_WIDTH == 1u {
        return gate[group];
    }
    let size = vec2f(f32(GATE_WIDTH), f32(GATE_HEIGHT));
    let centre = vec2f(f32(pixel % WIDTH), f32(pixel / WIDTH)) + 0.5;
    let at = clamp(centre * size / vec2f(f32(WIDTH), f32(HEIGHT)) - 0.5, vec2f(0.0), size - 1.0);
    let low = vec2u(at);
    let high = min(low + 1u, vec2u(GATE_WIDTH, GATE_HEIGHT) - 1u);
    let part = fract(at);
    let above = low.y * GATE_WIDTH;
    let below = high.y * GATE_WIDTH;
    return mix(
        mix(gate[(above + low.x) * IN_GROUPS + group], gate[(above + high.x) * IN_GROUPS + group], part.x),
        mix(gate[(below + low.x) * IN_GROUPS + group], gate[(below + high.x) * IN_GROUPS + group], part.x),
        part.y,
    );
}
//? end

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u) {
    if id.x >= THREADS {
        return;
    }
    let group = id.x % OUT_GROUPS;
    let first = id.x / OUT_GROUPS * TILE;
    var pixel = first;
    // The last tile may reach past the picture: it repeats the last pixel and stores nothing for it.
    let pixel_EACH = min(pixel, PIXELS - 1u); pixel++;
    var sum_EACH = bias[group];
    for (var k = 0u; k < IN_GROUPS; k++) {
        // A column for each of four input channels, so that the product sums over them.
        let row = k * 4u * OUT_GROUPS + group;
        let w = mat4x4f(weight[row], weight[row + OUT_GROUPS], weight[row + 2u * OUT_GROUPS], weight[row + 3u * OUT_GROUPS]);
        sum_EACH += w * (input[pixel_EACH * IN_GROUPS + k] * gate_at(pixel_EACH, k)); //? gate
        sum_EACH += w * input[pixel_EACH * IN_GROUPS + k]; //? !gate
    }
    pixel = first;
    if pixel < PIXELS { output[pixel * OUT_GROUPS + group] = activate(sum_EACH) + residual[pixel * OUT_GROUPS + group]; } pixel++; //? residual
    if pixel < PIXELS { output[pixel * OUT_GROUPS + group] = activate(sum_EACH); } pixel++; //? !residual
}
