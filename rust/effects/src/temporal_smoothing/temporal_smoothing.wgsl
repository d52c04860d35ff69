// Smooths the model's mask over time. mod.rs declares the constants and documents the method.

struct FrameParams {
    // Width and height of the mask.
    size: vec2<u32>,
    // Time since the previous frame, in frames of 1/30 s.
    frame_steps: f32,
    // 1 for a frame without history, which is then not read.
    reset: u32,
}

@group(0) @binding(0) var<uniform> params: FrameParams;
// The frame at the mask's size, RGB.
@group(0) @binding(1) var<storage, read> guide: array<f32>;
@group(0) @binding(2) var<storage, read> probability: array<f32>;
// RGB and smoothed probability of the previous frame, which those of this frame replace.
@group(0) @binding(3) var<storage, read_write> pixels: array<vec4<f32>>;
// The change of each pixel's color since the previous frame.
@group(0) @binding(4) var<storage, read_write> changes: array<f32>;
@group(0) @binding(5) var<storage, read_write> mean_change: f32;
// The status of this mask and of the previous one; 0 is valid.
@group(0) @binding(6) var<storage, read> statuses: vec2<u32>;

fn guide_at(pixel: u32) -> vec3<f32> {
    return vec3(guide[3u * pixel], guide[3u * pixel + 1u], guide[3u * pixel + 2u]);
}

@compute @workgroup_size(LINE)
fn compare(@builtin(global_invocation_id) id: vec3<u32>) {
    let pixel = id.x;
    if pixel >= params.size.x * params.size.y {
        return;
    }
    let change = abs(guide_at(pixel) - pixels[pixel].rgb);
    changes[pixel] = max(change.r, max(change.g, change.b));
}

const THREADS = 256u;
// Independent loads of a thread in each iteration, which hide each other's latency.
const LOADS = 8u;
var<workgroup> sums: array<f32, THREADS>;

// One workgroup for the whole mask.
@compute @workgroup_size(THREADS)
fn average(@builtin(local_invocation_index) thread: u32) {
    let count = (params.size.x * params.size.y + STRIDE - 1u) / STRIDE;
    var sum = 0.0;
    for (var first = thread; first < count; first += LOADS * THREADS) {
        for (var load = 0u; load < LOADS; load++) {
            let i = first + load * THREADS;
            sum += select(0.0, changes[STRIDE * min(i, count - 1u)], i < count);
        }
    }
    sums[thread] = sum;
    for (var half = THREADS / 2u; half > 0u; half /= 2u) {
        workgroupBarrier();
        if thread < half {
            sums[thread] += sums[thread + half];
        }
    }
    if thread == 0u {
        mean_change = sums[0] / f32(count);
    }
}

@compute @workgroup_size(LINE)
fn smooth_mask(@builtin(global_invocation_id) id: vec3<u32>) {
    let pixel = id.x;
    if pixel >= params.size.x * params.size.y {
        return;
    }
    // The values of a rejected mask may be NaN and are not read.
    if statuses.x != 0u {
        pixels[pixel] = vec4(guide_at(pixel), 0.0);
        return;
    }
    var value = clamp(probability[pixel], 0.0, 1.0);
    if statuses.y == 0u && params.reset == 0u && mean_change < CUT {
        let moving = smoothstep(CHANGE.x, CHANGE.y, change_around(pixel));
        let certain = (2.0 * value - 1.0) * (2.0 * value - 1.0);
        let weight = mix(mix(STILL.x, STILL.y, certain), mix(MOVING.x, MOVING.y, certain), moving);
        value = mix(value, pixels[pixel].a, pow(max(1.0 - weight, 1e-6), params.frame_steps));
    }
    pixels[pixel] = vec4(guide_at(pixel), value);
}

// The greatest change of a pixel and its neighbors.
fn change_around(pixel: u32) -> f32 {
    let last = vec2<i32>(params.size) - 1;
    let center = vec2<i32>(vec2(pixel % params.size.x, pixel / params.size.x));
    var greatest = 0.0;
    for (var y = max(center.y - 1, 0); y <= min(center.y + 1, last.y); y++) {
        for (var x = max(center.x - 1, 0); x <= min(center.x + 1, last.x); x++) {
            greatest = max(greatest, changes[y * i32(params.size.x) + x]);
        }
    }
    return greatest;
}
