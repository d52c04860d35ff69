// The guided filter's fit of the mask to the frame's colors, at the mask's size. mod.rs declares the constants and names
// the sources of the formulas. A thread slides its window along a strip of pixels.

// Width and height of the mask.
@group(0) @binding(0) var<uniform> size: vec2<u32>;
// RGB and the probability of a person.
@group(0) @binding(1) var<storage, read_write> pixels: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> row_moments: array<Moments>;
// Weights of the color, and the offset.
@group(0) @binding(3) var<storage, read_write> fits: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read_write> row_fits: array<vec4<f32>>;
@group(0) @binding(5) var coefficients: texture_storage_2d<rgba16float, write>;
@group(0) @binding(6) var foreground: texture_storage_2d<rgba8unorm, write>;
@group(0) @binding(7) var background: texture_storage_2d<rgba8unorm, write>;

// Sums, and then means, over a window.
struct Moments {
    // RGB and probability.
    pixel: vec4<f32>,
    // RGB times probability, and red squared.
    joint: vec4<f32>,
    // Green and blue squared, red times green, red times blue.
    colors: vec4<f32>,
    green_blue: f32,
}

fn moments(pixel: vec4<f32>) -> Moments {
    let c = pixel.rgb;
    return Moments(
        pixel,
        vec4(c * pixel.a, c.r * c.r),
        vec4(c.g * c.g, c.b * c.b, c.r * c.g, c.r * c.b),
        c.g * c.b,
    );
}

fn sum(a: Moments, b: Moments, sign: f32) -> Moments {
    return Moments(
        a.pixel + sign * b.pixel,
        a.joint + sign * b.joint,
        a.colors + sign * b.colors,
        a.green_blue + sign * b.green_blue,
    );
}

fn mean(a: Moments) -> Moments {
    let scale = 1.0 / f32(2 * RADIUS + 1);
    return Moments(scale * a.pixel, scale * a.joint, scale * a.colors, scale * a.green_blue);
}

// The index of a pixel. Outside of the image the nearest pixel repeats.
fn index(x: i32, y: i32) -> u32 {
    let inside = clamp(vec2(x, y), vec2(0), vec2<i32>(size) - 1);
    return u32(inside.y) * size.x + u32(inside.x);
}

@compute @workgroup_size(LINE)
fn moments_of_rows(@builtin(global_invocation_id) id: vec3<u32>) {
    let strips = (size.x + STRIP - 1u) / STRIP;
    let first = i32(id.x % strips * STRIP);
    let y = i32(id.x / strips);
    if u32(y) >= size.y {
        return;
    }
    var window = Moments();
    for (var x = first - RADIUS; x <= first + RADIUS; x++) {
        window = sum(window, moments(pixels[index(x, y)]), 1.0);
    }
    for (var x = first; x < min(first + i32(STRIP), i32(size.x)); x++) {
        row_moments[index(x, y)] = mean(window);
        window = sum(window, moments(pixels[index(x + RADIUS + 1, y)]), 1.0);
        window = sum(window, moments(pixels[index(x - RADIUS, y)]), -1.0);
    }
}

@compute @workgroup_size(LINE)
fn fit_columns(@builtin(global_invocation_id) id: vec3<u32>) {
    let x = i32(id.x % size.x);
    let first = i32(id.x / size.x * STRIP);
    if u32(first) >= size.y {
        return;
    }
    var window = Moments();
    for (var y = first - RADIUS; y <= first + RADIUS; y++) {
        window = sum(window, row_moments[index(x, y)], 1.0);
    }
    for (var y = first; y < min(first + i32(STRIP), i32(size.y)); y++) {
        let m = mean(window);
        fits[index(x, y)] = fit(m);
        let probability = m.pixel.a;
        let foreground_color = m.joint.rgb / max(probability, 1e-4);
        let background_color = (m.pixel.rgb - m.joint.rgb) / max(1.0 - probability, 1e-4);
        textureStore(foreground, vec2(x, y), vec4(foreground_color, probability));
        textureStore(background, vec2(x, y), vec4(background_color, 1.0));
        window = sum(window, row_moments[index(x, y + RADIUS + 1)], 1.0);
        window = sum(window, row_moments[index(x, y - RADIUS)], -1.0);
    }
}

// The linear function of the color that fits the probability best within the window (least squares).
fn fit(m: Moments) -> vec4<f32> {
    let c = m.pixel.rgb;
    let covariance = m.joint.rgb - c * m.pixel.a;
    // The symmetric covariance matrix of the colors, by its rows.
    let rr = m.joint.a - c.r * c.r + EPSILON;
    let gg = m.colors.x - c.g * c.g + EPSILON;
    let bb = m.colors.y - c.b * c.b + EPSILON;
    let rg = m.colors.z - c.r * c.g;
    let rb = m.colors.w - c.r * c.b;
    let gb = m.green_blue - c.g * c.b;
    let red = vec3(rr, rg, rb);
    let green = vec3(rg, gg, gb);
    let blue = vec3(rb, gb, bb);
    // Cramer's rule: the matrix is positive definite.
    let inverse = mat3x3(cross(green, blue), cross(blue, red), cross(red, green));
    let weights = inverse * covariance / dot(red, inverse[0]);
    return smoothstep(TRUST.x, TRUST.y, m.pixel.a) * vec4(weights, m.pixel.a - dot(weights, c));
}

@compute @workgroup_size(LINE)
fn fits_of_rows(@builtin(global_invocation_id) id: vec3<u32>) {
    let strips = (size.x + STRIP - 1u) / STRIP;
    let first = i32(id.x % strips * STRIP);
    let y = i32(id.x / strips);
    if u32(y) >= size.y {
        return;
    }
    var window = vec4(0.0);
    for (var x = first - FIT_RADIUS; x <= first + FIT_RADIUS; x++) {
        window += fits[index(x, y)];
    }
    for (var x = first; x < min(first + i32(STRIP), i32(size.x)); x++) {
        row_fits[index(x, y)] = window / f32(2 * FIT_RADIUS + 1);
        window += fits[index(x + FIT_RADIUS + 1, y)] - fits[index(x - FIT_RADIUS, y)];
    }
}

@compute @workgroup_size(LINE)
fn fits_of_columns(@builtin(global_invocation_id) id: vec3<u32>) {
    let x = i32(id.x % size.x);
    let first = i32(id.x / size.x * STRIP);
    if u32(first) >= size.y {
        return;
    }
    var window = vec4(0.0);
    for (var y = first - FIT_RADIUS; y <= first + FIT_RADIUS; y++) {
        window += row_fits[index(x, y)];
    }
    for (var y = first; y < min(first + i32(STRIP), i32(size.y)); y++) {
        textureStore(coefficients, vec2(x, y), window / f32(2 * FIT_RADIUS + 1));
        window += row_fits[index(x, y + FIT_RADIUS + 1)] - row_fits[index(x, y - FIT_RADIUS)];
    }
}

// The probability itself, independent of the color.
@compute @workgroup_size(LINE)
fn unfitted(@builtin(global_invocation_id) id: vec3<u32>) {
    let x = i32(id.x % size.x);
    let y = i32(id.x / size.x);
    if u32(y) >= size.y {
        return;
    }
    textureStore(coefficients, vec2(x, y), vec4(0.0, 0.0, 0.0, pixels[index(x, y)].a));
}
