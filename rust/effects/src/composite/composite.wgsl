// Composites the person over a background, with one entry point for each kind of background. Colors are mixed as they are
// encoded (sRGB), as in video mixers and in the frame's 8 bits.

@group(0) @binding(0) var linear: sampler;
// Reads texels of images of the output's own size: a load would check its bounds.
@group(0) @binding(9) var nearest: sampler;
@group(0) @binding(1) var frame: texture_2d<f32>;
@group(0) @binding(2) var coefficients: texture_2d<f32>;
@group(0) @binding(3) var foreground: texture_2d<f32>;
@group(0) @binding(4) var background: texture_2d<f32>;
// The new background: blurred at any size, or an image of the frame's size.
@group(0) @binding(5) var new_background: texture_2d<f32>;
// The background image at a small size.
@group(0) @binding(6) var light_map: texture_2d<f32>;
// Background gain (1x1 texture).
@group(0) @binding(7) var brightness: texture_2d<f32>;

struct CompositeParams {
    // The background of one color.
    color: vec4<f32>,
    // Strength of the light that the background throws onto the person's edge, 0 to 1.
    light_wrap: f32,
}
@group(0) @binding(8) var<uniform> params: CompositeParams;

// A pixel of the frame.
struct Pixel {
    uv: vec2<f32>,
    color: vec3<f32>,
    alpha: f32,
}

fn pixel_at(position: vec4<f32>) -> Pixel {
    let uv = position.xy / vec2<f32>(textureDimensions(frame));
    let color = textureSampleLevel(frame, nearest, uv, 0.0).rgb;
    return Pixel(uv, color, alpha(textureSampleLevel(coefficients, linear, uv, 0.0), color));
}

// The foreground color of a pixel that also shows some of the old background, estimated from the mean colors of both around
// it. Source: Forte, "Approximate Fast Foreground Colour Estimation", 2021.
fn foreground_color(pixel: Pixel) -> vec3<f32> {
    if pixel.alpha == 1.0 {
        return pixel.color;
    }
    let foreground_mean = textureSampleLevel(foreground, linear, pixel.uv, 0.0).rgb;
    let background_mean = textureSampleLevel(background, linear, pixel.uv, 0.0).rgb;
    let expected = mix(background_mean, foreground_mean, pixel.alpha);
    return clamp(foreground_mean + pixel.alpha * (pixel.color - expected), vec3(0.0), vec3(1.0));
}

// The light-wrap amount of a pixel: the light comes in from the person's edge.
fn light_wrap_at(pixel: Pixel) -> f32 {
    if params.light_wrap == 0.0 {
        return 0.0;
    }
    // One half at a straight edge, and 1 well inside.
    let person_around = textureSampleLevel(foreground, linear, pixel.uv, 0.0).a;
    return params.light_wrap * clamp(2.0 - 2.0 * person_around, 0.0, 1.0);
}

fn lit(color: vec3<f32>, light: vec3<f32>) -> vec3<f32> {
    return 1.0 - (1.0 - color) * (1.0 - light);
}

@fragment
fn over_blur(@builtin(position) position: vec4<f32>) -> @location(0) vec4<f32> {
    let pixel = pixel_at(position);
    if pixel.alpha == 1.0 {
        return vec4(pixel.color, 1.0);
    }
    // A soft edge keeps its color: the same background shows through it, only blurred.
    let blurred = textureSampleLevel(new_background, linear, pixel.uv, 0.0).rgb;
    return vec4(mix(blurred, pixel.color, pixel.alpha), 1.0);
}

@fragment
fn over_image(@builtin(position) position: vec4<f32>) -> @location(0) vec4<f32> {
    return over_scaled_image(pixel_at(position), 1.0);
}

@fragment
fn over_brightened_image(@builtin(position) position: vec4<f32>) -> @location(0) vec4<f32> {
    return over_scaled_image(pixel_at(position), textureLoad(brightness, vec2(0), 0).r);
}

fn over_scaled_image(pixel: Pixel, gain: f32) -> vec4<f32> {
    var color = vec3(0.0);
    if pixel.alpha > 0.0 {
        color = foreground_color(pixel);
        let amount = light_wrap_at(pixel);
        if amount > 0.0 {
            color = lit(color, amount * gain * textureSampleLevel(light_map, linear, pixel.uv, 0.0).rgb);
        }
    }
    if pixel.alpha == 1.0 {
        return vec4(color, 1.0);
    }
    let image = gain * textureSampleLevel(new_background, nearest, pixel.uv, 0.0).rgb;
    return vec4(mix(min(image, vec3(1.0)), color, pixel.alpha), 1.0);
}

@fragment
fn over_color(@builtin(position) position: vec4<f32>) -> @location(0) vec4<f32> {
    let pixel = pixel_at(position);
    if pixel.alpha == 0.0 {
        return vec4(params.color.rgb, 1.0);
    }
    let color = lit(foreground_color(pixel), light_wrap_at(pixel) * params.color.rgb);
    return vec4(mix(params.color.rgb, color, pixel.alpha), 1.0);
}

// Premultiplied alpha, as canvases and compositors expect.
@fragment
fn over_nothing(@builtin(position) position: vec4<f32>) -> @location(0) vec4<f32> {
    let pixel = pixel_at(position);
    if pixel.alpha == 0.0 {
        return vec4(0.0);
    }
    return vec4(foreground_color(pixel), 1.0) * pixel.alpha;
}
