// By how much the background picture is to be brightened, so that it is as bright as the room was; one pixel.

@group(0) @binding(0) var linear: sampler;
// The mean colours around each pixel of the mask, the person's with how much person there is.
@group(0) @binding(1) var foreground: texture_2d<f32>;
@group(0) @binding(2) var background: texture_2d<f32>;
// The background picture, reduced to its light.
@group(0) @binding(3) var glow: texture_2d<f32>;

const GRID = vec2(16u, 9u);
const LUMA = vec3(0.2126, 0.7152, 0.0722);

@fragment
fn gain() -> @location(0) vec4<f32> {
    var room = 0.0;
    var picture = 0.0;
    for (var y = 0u; y < GRID.y; y++) {
        for (var x = 0u; x < GRID.x; x++) {
            let uv = (vec2<f32>(vec2(x, y)) + 0.5) / vec2<f32>(GRID);
            let person = textureSampleLevel(foreground, linear, uv, 0.0);
            let other = textureSampleLevel(background, linear, uv, 0.0).rgb;
            room += dot(LUMA, mix(other, person.rgb, person.a));
            picture += dot(LUMA, textureSampleLevel(glow, linear, uv, 0.0).rgb);
        }
    }
    return vec4(clamp(room / max(picture, 1e-3), 0.5, 2.0));
}
