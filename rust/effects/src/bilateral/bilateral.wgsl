// Joint bilateral upsampling of the mask to half the frame's size. mod.rs declares the constants and names the source of the
// formula.

// Width and height of the mask.
@group(0) @binding(0) var<uniform> size: vec2<u32>;
// RGB and the probability of a person.
@group(0) @binding(1) var<storage, read_write> pixels: array<vec4<f32>>;
@group(0) @binding(2) var linear: sampler;
@group(0) @binding(3) var frame: texture_2d<f32>;
@group(0) @binding(4) var coefficients: texture_storage_2d<rgba16float, write>;

@compute @workgroup_size(TILE, TILE)
fn upsample(@builtin(global_invocation_id) id: vec3<u32>) {
    let target_size = textureDimensions(coefficients);
    if any(id.xy >= target_size) {
        return;
    }
    let uv = (vec2<f32>(id.xy) + 0.5) / vec2<f32>(target_size);
    let color = textureSampleLevel(frame, linear, uv, 0.0).rgb;
    let position = uv * vec2<f32>(size) - 0.5;
    let nearest = vec2<i32>(floor(position + 0.5));
    let last = vec2<i32>(size) - 1;
    var sum = 0.0;
    var total = 0.0;
    for (var y = nearest.y - RADIUS; y <= nearest.y + RADIUS; y++) {
        for (var x = nearest.x - RADIUS; x <= nearest.x + RADIUS; x++) {
            let inside = vec2<u32>(clamp(vec2(x, y), vec2(0), last));
            let pixel = pixels[inside.y * size.x + inside.x];
            let offset = vec2<f32>(vec2(x, y)) - position;
            let change = pixel.rgb - color;
            let weight = exp(-0.5 * (dot(offset, offset) / (DEVIATION * DEVIATION)
                + dot(change, change) / (COLOR_DEVIATION * COLOR_DEVIATION)));
            sum += weight * pixel.a;
            total += weight;
        }
    }
    // A color unlike all around it has almost no weights: the model's value stays.
    let fallback = pixels[u32(clamp(nearest.y, 0, last.y)) * size.x + u32(clamp(nearest.x, 0, last.x))].a;
    let mean = select(fallback, sum / max(total, 1e-30), total > 1e-6);
    textureStore(coefficients, id.xy, vec4(0.0, 0.0, 0.0, mean));
}
