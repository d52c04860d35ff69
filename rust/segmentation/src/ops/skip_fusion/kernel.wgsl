// A thread makes every channel of two pixels, four channels (_EACH) in a register: the upsampling is then done once a
// pixel, and each weight is read once for both.

fn upsampled(pixel: u32, group: u32) -> vec4f {
    let size = vec2f(f32(LOW_WIDTH), f32(LOW_HEIGHT));
    let centre = vec2f(f32(pixel % WIDTH), f32(pixel / WIDTH)) + 0.5;
    let at = clamp(centre * size / vec2f(f32(WIDTH), f32(HEIGHT)) - 0.5, vec2f(0.0), size - 1.0);
    let first = vec2u(at);
    let second = min(first + 1u, vec2u(LOW_WIDTH, LOW_HEIGHT) - 1u);
    let part = fract(at);
    let above = first.y * LOW_WIDTH;
    let below = second.y * LOW_WIDTH;
    return mix(
        mix(low[(above + first.x) * GROUPS + group], low[(above + second.x) * GROUPS + group], part.x),
        mix(low[(below + first.x) * GROUPS + group], low[(below + second.x) * GROUPS + group], part.x),
        part.y,
    );
}

// Weights of four input channels for four output channels: a column each, so that the product with a pixel sums over
// its channels.
fn weights(row: u32) -> mat4x4f {
    return mat4x4f(weight[row], weight[row + GROUPS], weight[row + 2u * GROUPS], weight[row + 3u * GROUPS]);
}

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u) {
    if id.x >= THREADS {
        return;
    }
    // The last thread of an odd number of pixels makes its one pixel twice.
    let first = id.x * 2u;
    let second = min(first + 1u, PIXELS - 1u);
    var group = 0u;
    var first_EACH = bias[group]; var second_EACH = first_EACH; group++;
    for (var k = 0u; k < GROUPS; k++) {
        let x = skip[first * GROUPS + k] * gate[k] + upsampled(first, k);
        let y = skip[second * GROUPS + k] * gate[k] + upsampled(second, k);
        var row = k * 4u * GROUPS;
        let w_EACH = weights(row); first_EACH += w_EACH * x; second_EACH += w_EACH * y; row++;
    }
    group = first * GROUPS;
    output[group] = activate(first_EACH); group++;
    group = second * GROUPS;
    output[group] = activate(second_EACH); group++;
}
