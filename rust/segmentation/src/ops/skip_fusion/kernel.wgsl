// A thread makes every channel of TILE pixels, four channels (_EACH) in a register: the upsampling is then done once
// a pixel. Channels come in as many registers as the map has groups of four.

fn upsampled(pixel: u32, group: u32) -> vec4f {
    let size = vec2f(f32(LOW_WIDTH), f32(LOW_HEIGHT));
    let centre = vec2f(f32(pixel % WIDTH), f32(pixel / WIDTH)) + 0.5;
    let at = clamp(centre * size / vec2f(f32(WIDTH), f32(HEIGHT)) - 0.5, vec2f(0.0), size - 1.0);
    let first = vec2u(at);
    let second = min(first + 1u, vec2u(LOW_WIDTH, LOW_HEIGHT) - 1u);
    let part = fract(at);
    let above = mix(low[(first.y * LOW_WIDTH + first.x) * GROUPS + group], low[(first.y * LOW_WIDTH + second.x) * GROUPS + group], part.x);
    let below = mix(low[(second.y * LOW_WIDTH + first.x) * GROUPS + group], low[(second.y * LOW_WIDTH + second.x) * GROUPS + group], part.x);
    return mix(above, below, part.y);
}

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u) {
    if id.x >= THREADS {
        return;
    }
    let one = id.x * 2u;
    let two = min(one + 1u, PIXELS - 1u);
    var out = 0u;
    var a_EACH = bias[out]; var b_EACH = a_EACH; out++;
    for (var k = 0u; k < GROUPS; k++) {
        let x = skip[one * GROUPS + k] * gate[k] + upsampled(one, k);
        let z = skip[two * GROUPS + k] * gate[k] + upsampled(two, k);
        var row = k * 4u * GROUPS;
        var w0 = vec4f(0.0);
        var w1 = vec4f(0.0);
        var w2 = vec4f(0.0);
        var w3 = vec4f(0.0);
        w0 = weight[row]; w1 = weight[row + GROUPS]; w2 = weight[row + 2u * GROUPS]; w3 = weight[row + 3u * GROUPS]; row++; a_EACH += x.x * w0 + x.y * w1 + x.z * w2 + x.w * w3; b_EACH += z.x * w0 + z.y * w1 + z.z * w2 + z.w * w3;
    }
    out = one * GROUPS;
    output[out] = activate(a_EACH); out++;
    out = two * GROUPS;
    output[out] = activate(b_EACH); out++;
}
