// One triangle that covers the whole target. Fragment shaders read their pixel from the position.
@vertex
fn fullscreen(@builtin(vertex_index) index: u32) -> @builtin(position) vec4<f32> {
    let corner = vec2(f32(index & 1u), f32(index >> 1u));
    return vec4(corner * 4.0 - 1.0, 0.0, 1.0);
}
