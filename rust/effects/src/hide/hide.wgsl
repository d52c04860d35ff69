// Renders a placeholder frame, in which the camera's image is not recognizable.

@group(0) @binding(0) var linear: sampler;
// The whole frame, reduced to a few pixels.
@group(0) @binding(1) var grid: texture_2d<f32>;
// The background image at the output's size.
@group(0) @binding(2) var background: texture_2d<f32>;
// Width and height. Uniforms of WebGL2 are multiples of 16 bytes.
@group(0) @binding(3) var<uniform> output_size: vec4<f32>;

// Upsamples the grid with a cubic B-spline. The spline approximates the grid's values rather than interpolating them, so it
// blurs once more and leaves no edges. 2 x 2 bilinear taps read its 4 x 4 pixels.
@fragment
fn smooth_grid(@builtin(position) position: vec4<f32>) -> @location(0) vec4<f32> {
    let size = vec2<f32>(textureDimensions(grid));
    let source = position.xy / output_size.xy * size - 0.5;
    let whole = floor(source);
    let t = source - whole;
    let before = (1.0 - t) * (1.0 - t) * (1.0 - t) / 6.0;
    let first = (3.0 * t * t * t - 6.0 * t * t + 4.0) / 6.0;
    let second = (-3.0 * t * t * t + 3.0 * t * t + 3.0 * t + 1.0) / 6.0;
    let after = t * t * t / 6.0;
    let low = before + first;
    let high = second + after;
    let low_uv = (whole - 0.5 + first / low) / size;
    let high_uv = (whole + 1.5 + after / high) / size;
    let above = low.x * textureSampleLevel(grid, linear, low_uv, 0.0)
        + high.x * textureSampleLevel(grid, linear, vec2(high_uv.x, low_uv.y), 0.0);
    let below = low.x * textureSampleLevel(grid, linear, vec2(low_uv.x, high_uv.y), 0.0)
        + high.x * textureSampleLevel(grid, linear, high_uv, 0.0);
    return vec4((low.y * above + high.y * below).rgb, 1.0);
}

@fragment
fn background_alone(@builtin(position) position: vec4<f32>) -> @location(0) vec4<f32> {
    return textureLoad(background, vec2<i32>(position.xy), 0);
}
