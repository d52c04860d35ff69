// Lays the person over a background. Colours are mixed as they are encoded (sRGB), which is what video mixers do and
// what the frame's 8 bits hold; one entry point for each kind of background.

@group(0) @binding(0) var linear: sampler;
@group(0) @binding(1) var frame: texture_2d<f32>;
@group(0) @binding(2) var matte: texture_2d<f32>;
// The blurred background at any size, or the background picture at the frame's.
@group(0) @binding(3) var background: texture_2d<f32>;
@group(0) @binding(4) var<uniform> color: vec4<f32>;

fn frame_at(position: vec4<f32>) -> vec3<f32> {
    return textureLoad(frame, vec2<i32>(position.xy), 0).rgb;
}

fn texture_coordinates(position: vec4<f32>) -> vec2<f32> {
    return position.xy / vec2<f32>(textureDimensions(frame));
}

fn person_at(position: vec4<f32>) -> f32 {
    return soft_step(textureSampleLevel(matte, linear, texture_coordinates(position), 0.0).r);
}

@fragment
fn over_blur(@builtin(position) position: vec4<f32>) -> @location(0) vec4<f32> {
    let blurred = textureSampleLevel(background, linear, texture_coordinates(position), 0.0);
    // Deep inside the person the weight vanishes, and there the background is not seen.
    let weight = max(blurred.a, 1e-30);
    let behind = min(blurred.rgb / weight, vec3(1.0));
    return vec4(mix(behind, frame_at(position), person_at(position)), 1.0);
}

@fragment
fn over_image(@builtin(position) position: vec4<f32>) -> @location(0) vec4<f32> {
    let behind = textureLoad(background, vec2<i32>(position.xy), 0).rgb;
    return vec4(mix(behind, frame_at(position), person_at(position)), 1.0);
}

@fragment
fn over_color(@builtin(position) position: vec4<f32>) -> @location(0) vec4<f32> {
    return vec4(mix(color.rgb, frame_at(position), person_at(position)), 1.0);
}

// Premultiplied alpha, as canvases and compositors take it.
@fragment
fn over_nothing(@builtin(position) position: vec4<f32>) -> @location(0) vec4<f32> {
    return vec4(frame_at(position), 1.0) * person_at(position);
}
