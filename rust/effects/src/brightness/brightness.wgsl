// The gain that matches the brightness of the background image to the frame, in two passes: the columns of the grid, and
// their sum. mod.rs declares the constants.

@group(0) @binding(0) var linear: sampler;
// The mean colors around each pixel of the mask; the foreground's alpha is the mean probability of a person.
@group(0) @binding(1) var foreground: texture_2d<f32>;
@group(0) @binding(2) var background: texture_2d<f32>;
// The background image at a small size.
@group(0) @binding(3) var light_map: texture_2d<f32>;
// The result of `columns`.
@group(0) @binding(4) var lumas: texture_2d<f32>;

// The sums of the lumas of frame and image over one column of the grid.
@fragment
fn columns(@builtin(position) position: vec4<f32>) -> @location(0) vec4<f32> {
    var sums = vec2(0.0);
    for (var y = 0u; y < GRID.y; y++) {
        let uv = vec2(position.x, f32(y) + 0.5) / vec2<f32>(GRID);
        let foreground_color = textureSampleLevel(foreground, linear, uv, 0.0);
        let background_color = textureSampleLevel(background, linear, uv, 0.0).rgb;
        let room = mix(background_color, foreground_color.rgb, foreground_color.a);
        let image = textureSampleLevel(light_map, linear, uv, 0.0).rgb;
        sums += vec2(dot(LUMA, room), dot(LUMA, image));
    }
    return vec4(sums, 0.0, 0.0);
}

@fragment
fn gain() -> @location(0) vec4<f32> {
    var sums = vec2(0.0);
    for (var x = 0u; x < GRID.x; x++) {
        sums += textureLoad(lumas, vec2(x, 0u), 0).rg;
    }
    return vec4(clamp(sums.x / max(sums.y, 1e-3), RANGE.x, RANGE.y));
}
