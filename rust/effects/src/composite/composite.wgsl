// Lays the person over a background. Colours are mixed as they are encoded (sRGB), which is what video mixers do and
// what the frame's 8 bits hold; one entry point for each kind of background.

@group(0) @binding(0) var linear: sampler;
// Texels of pictures of the output's own size are read with it: a load would check its bounds.
@group(0) @binding(9) var nearest: sampler;
@group(0) @binding(1) var frame: texture_2d<f32>;
@group(0) @binding(2) var coefficients: texture_2d<f32>;
@group(0) @binding(3) var foreground: texture_2d<f32>;
@group(0) @binding(4) var background: texture_2d<f32>;
// The blurred background at any size, or the background picture at the frame's.
@group(0) @binding(5) var behind: texture_2d<f32>;
// The background picture, reduced to its light.
@group(0) @binding(6) var glow: texture_2d<f32>;
// By how much the background picture is brightened, in its only pixel.
@group(0) @binding(7) var brightness: texture_2d<f32>;

struct Look {
    // The background where it is one colour.
    color: vec4<f32>,
    // How much of the background's light falls onto the person's edge, 0 to 1.
    light_wrap: f32,
}
@group(0) @binding(8) var<uniform> look: Look;

// A pixel of the frame.
struct Pixel {
    uv: vec2<f32>,
    color: vec3<f32>,
    person: f32,
}

fn pixel_at(position: vec4<f32>) -> Pixel {
    let uv = position.xy / vec2<f32>(textureDimensions(frame));
    let color = textureSampleLevel(frame, nearest, uv, 0.0).rgb;
    return Pixel(uv, color, person(textureSampleLevel(coefficients, linear, uv, 0.0), color));
}

// The person's own colour in a pixel that shows some of the old background too, from the mean colours of the two
// around it. Source: Forte, "Approximate Fast Foreground Colour Estimation", 2021.
fn own_color(pixel: Pixel) -> vec3<f32> {
    if pixel.person == 1.0 {
        return pixel.color;
    }
    let own = textureSampleLevel(foreground, linear, pixel.uv, 0.0).rgb;
    let other = textureSampleLevel(background, linear, pixel.uv, 0.0).rgb;
    let explained = mix(other, own, pixel.person);
    return clamp(own + pixel.person * (pixel.color - explained), vec3(0.0), vec3(1.0));
}

// How much of the light of what is behind falls onto a pixel: it comes in from the person's edge.
fn spill_at(pixel: Pixel) -> f32 {
    if look.light_wrap == 0.0 {
        return 0.0;
    }
    // One half at a straight edge, and all well inside.
    let person_around = textureSampleLevel(foreground, linear, pixel.uv, 0.0).a;
    return look.light_wrap * clamp(2.0 - 2.0 * person_around, 0.0, 1.0);
}

fn lit(own: vec3<f32>, light: vec3<f32>) -> vec3<f32> {
    return 1.0 - (1.0 - own) * (1.0 - light);
}

@fragment
fn over_blur(@builtin(position) position: vec4<f32>) -> @location(0) vec4<f32> {
    let pixel = pixel_at(position);
    if pixel.person == 1.0 {
        return vec4(pixel.color, 1.0);
    }
    // A soft edge keeps its colour: what shines through it is what is behind it now.
    let blurred = textureSampleLevel(behind, linear, pixel.uv, 0.0).rgb;
    return vec4(mix(blurred, pixel.color, pixel.person), 1.0);
}

@fragment
fn over_image(@builtin(position) position: vec4<f32>) -> @location(0) vec4<f32> {
    return over_picture(pixel_at(position), 1.0);
}

@fragment
fn over_brightened_image(@builtin(position) position: vec4<f32>) -> @location(0) vec4<f32> {
    return over_picture(pixel_at(position), textureLoad(brightness, vec2(0), 0).r);
}

fn over_picture(pixel: Pixel, gain: f32) -> vec4<f32> {
    var own = vec3(0.0);
    if pixel.person > 0.0 {
        own = own_color(pixel);
        let spill = spill_at(pixel);
        if spill > 0.0 {
            own = lit(own, spill * gain * textureSampleLevel(glow, linear, pixel.uv, 0.0).rgb);
        }
    }
    if pixel.person == 1.0 {
        return vec4(own, 1.0);
    }
    let picture = gain * textureSampleLevel(behind, nearest, pixel.uv, 0.0).rgb;
    return vec4(mix(min(picture, vec3(1.0)), own, pixel.person), 1.0);
}

@fragment
fn over_color(@builtin(position) position: vec4<f32>) -> @location(0) vec4<f32> {
    let pixel = pixel_at(position);
    if pixel.person == 0.0 {
        return vec4(look.color.rgb, 1.0);
    }
    let own = lit(own_color(pixel), spill_at(pixel) * look.color.rgb);
    return vec4(mix(look.color.rgb, own, pixel.person), 1.0);
}

// Premultiplied alpha, as canvases and compositors take it.
@fragment
fn over_nothing(@builtin(position) position: vec4<f32>) -> @location(0) vec4<f32> {
    let pixel = pixel_at(position);
    if pixel.person == 0.0 {
        return vec4(0.0);
    }
    return vec4(own_color(pixel), 1.0) * pixel.person;
}
