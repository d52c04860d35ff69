// The gain that matches the brightness of the background image to the frame, one pixel. mod.rs declares the constants.

@group(0) @binding(0) var linear: sampler;
// The mean colors around each pixel of the mask; the foreground's alpha is the mean probability of a person.
@group(0) @binding(1) var foreground: texture_2d<f32>;
@group(0) @binding(2) var background: texture_2d<f32>;
// The background image at a small size.
@group(0) @binding(3) var light_map: texture_2d<f32>;

@fragment
fn gain() -> @location(0) vec4<f32> {
    var room = 0.0;
    var image = 0.0;
    for (var y = 0u; y < GRID.y; y++) {
        for (var x = 0u; x < GRID.x; x++) {
            let uv = (vec2<f32>(vec2(x, y)) + 0.5) / vec2<f32>(GRID);
            let foreground_color = textureSampleLevel(foreground, linear, uv, 0.0);
            let background_color = textureSampleLevel(background, linear, uv, 0.0).rgb;
            room += dot(LUMA, mix(background_color, foreground_color.rgb, foreground_color.a));
            image += dot(LUMA, textureSampleLevel(light_map, linear, uv, 0.0).rgb);
        }
    }
    return vec4(clamp(room / max(image, 1e-3), RANGE.x, RANGE.y));
}
