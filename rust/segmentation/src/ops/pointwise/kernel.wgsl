// A thread makes four output channels of TILE pixels in a row, so that a weight is read once for all of them.

// The gate at a pixel: a map smaller than the picture is stretched bilinearly.
fn gate_at(pixel: u32, group: u32) -> vec4f { //? gate
    if GATE_HEIGHT * GATE_WIDTH == 1u { //? gate
        return gate[group]; //? gate
    } //? gate
    let size = vec2f(f32(GATE_WIDTH), f32(GATE_HEIGHT)); //? gate
    let centre = vec2f(f32(pixel % WIDTH), f32(pixel / WIDTH)) + 0.5; //? gate
    let at = clamp(centre * size / vec2f(f32(WIDTH), f32(HEIGHT)) - 0.5, vec2f(0.0), size - 1.0); //? gate
    let low = vec2u(at); //? gate
    let high = min(low + 1u, vec2u(GATE_WIDTH, GATE_HEIGHT) - 1u); //? gate
    let part = fract(at); //? gate
    let top = mix(gate[(low.y * GATE_WIDTH + low.x) * IN_GROUPS + group], gate[(low.y * GATE_WIDTH + high.x) * IN_GROUPS + group], part.x); //? gate
    let bottom = mix(gate[(high.y * GATE_WIDTH + low.x) * IN_GROUPS + group], gate[(high.y * GATE_WIDTH + high.x) * IN_GROUPS + group], part.x); //? gate
    return mix(top, bottom, part.y); //? gate
} //? gate

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
        let row = k * 4u * OUT_GROUPS + group;
        let w0 = weight[row];
        let w1 = weight[row + OUT_GROUPS];
        let w2 = weight[row + 2u * OUT_GROUPS];
        let w3 = weight[row + 3u * OUT_GROUPS];
        let x_EACH = input[pixel_EACH * IN_GROUPS + k] * gate_at(pixel_EACH, k); //? gate
        let x_EACH = input[pixel_EACH * IN_GROUPS + k]; //? !gate
        sum_EACH += x_EACH.x * w0 + x_EACH.y * w1 + x_EACH.z * w2 + x_EACH.w * w3;
    }
    pixel = first;
    if pixel < PIXELS { output[pixel * OUT_GROUPS + group] = activate(sum_EACH) + residual[pixel * OUT_GROUPS + group]; } pixel++; //? residual
    if pixel < PIXELS { output[pixel * OUT_GROUPS + group] = activate(sum_EACH); } pixel++; //? !residual
}
