// Renders a video frame to a texture. The browser converts its colors on the load.

@group(0) @binding(0) var frame: texture_external;

@vertex
fn fullscreen(@builtin(vertex_index) index: u32) -> @builtin(position) vec4f {
    return vec4f(f32(index & 1u) * 4.0 - 1.0, f32(index >> 1u) * 4.0 - 1.0, 0.0, 1.0);
}

@fragment
fn import_frame(@builtin(position) position: vec4f) -> @location(0) vec4f {
    return textureLoad(frame, vec2u(position.xy));
}
