// Steadies the network's mask over time; kept in sync with cpu.rs, and mod.rs says why.

struct Moment {
    // Width and height of the mask.
    size: vec2<u32>,
    // Time since the frame before, in thirtieths of a second.
    thirtieths: f32,
    // 1 for a frame that continues no other: then nothing of before is looked at.
    alone: u32,
}

@group(0) @binding(0) var<uniform> moment: Moment;
// The frame at the mask's size, RGB.
@group(0) @binding(1) var<storage, read> guide: array<f32>;
@group(0) @binding(2) var<storage, read> probability: array<f32>;
// RGB of the frame before and its steadied probability, in whose place come those of this one.
@group(0) @binding(3) var<storage, read_write> pixels: array<vec4<f32>>;
// How far each pixel's colour is from the one before.
@group(0) @binding(4) var<storage, read_write> changes: array<f32>;
@group(0) @binding(5) var<storage, read_write> mean_change: f32;
// The gate's verdict on this mask and on that before; 0 is open.
@group(0) @binding(6) var<storage, read> verdicts: vec2<u32>;

const CHANGE = vec2(0.015, 0.08);
const CUT = 0.15;
const STILL = vec2(0.03, 0.3);
const MOVING = vec2(0.2, 1.0);

fn guide_at(pixel: u32) -> vec3<f32> {
    return vec3(guide[3u * pixel], guide[3u * pixel + 1u], guide[3u * pixel + 2u]);
}

@compute @workgroup_size(64)
fn compare(@builtin(global_invocation_id) id: vec3<u32>) {
    let pixel = id.x;
    if pixel >= moment.size.x * moment.size.y {
        return;
    }
    let change = abs(guide_at(pixel) - pixels[pixel].rgb);
    changes[pixel] = max(change.r, max(change.g, change.b));
}

const THREADS = 256u;
var<workgroup> sums: array<f32, THREADS>;

// Of so many pixels one is looked at: a number that shares no factor with the width of any network.
const STRIDE = 7u;

// One workgroup for the whole picture.
@compute @workgroup_size(THREADS)
fn average(@builtin(local_invocation_index) thread: u32) {
    let count = (moment.size.x * moment.size.y + STRIDE - 1u) / STRIDE;
    var sum = 0.0;
    for (var i = thread; i < count; i += THREADS) {
        sum += changes[STRIDE * i];
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

@compute @workgroup_size(64)
fn steady(@builtin(global_invocation_id) id: vec3<u32>) {
    let pixel = id.x;
    if pixel >= moment.size.x * moment.size.y {
        return;
    }
    // Nothing of a mask that cannot be right is looked at: its values may be no numbers.
    if verdicts.x != 0u {
        pixels[pixel] = vec4(guide_at(pixel), 0.0);
        return;
    }
    var person = clamp(probability[pixel], 0.0, 1.0);
    if verdicts.y == 0u && moment.alone == 0u && mean_change < CUT {
        let moving = smoothstep(CHANGE.x, CHANGE.y, change_around(pixel));
        let certain = (2.0 * person - 1.0) * (2.0 * person - 1.0);
        let share = mix(mix(STILL.x, STILL.y, certain), mix(MOVING.x, MOVING.y, certain), moving);
        person = mix(person, pixels[pixel].a, pow(max(1.0 - share, 1e-6), moment.thirtieths));
    }
    pixels[pixel] = vec4(guide_at(pixel), person);
}

// The greatest change of a pixel and its neighbours.
fn change_around(pixel: u32) -> f32 {
    let last = vec2<i32>(moment.size) - 1;
    let centre = vec2<i32>(vec2(pixel % moment.size.x, pixel / moment.size.x));
    var greatest = 0.0;
    for (var y = max(centre.y - 1, 0); y <= min(centre.y + 1, last.y); y++) {
        for (var x = max(centre.x - 1, 0); x <= min(centre.x + 1, last.x); x++) {
            greatest = max(greatest, changes[y * i32(moment.size.x) + x]);
        }
    }
    return greatest;
}
