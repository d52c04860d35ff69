// Checks whether the model's mask can be right. mod.rs declares the constants and documents the rules.

// Pixels of the mask.
@group(0) @binding(0) var<uniform> count: u32;
// The bits of f32 values: a shader compiler may assume that floats are not NaN, but not that of bits.
@group(0) @binding(1) var<storage, read> probability: array<u32>;
// The status of this mask and of the previous one.
@group(0) @binding(2) var<storage, read_write> statuses: vec2<u32>;
// The range of the pixels of each thread of `measure`.
@group(0) @binding(3) var<storage, read_write> parts: array<Range, PARTS>;

// Independent loads of a thread in each iteration, which hide each other's latency.
const LOADS = 4u;

struct Range {
    least: f32,
    greatest: f32,
    // 1 if all values are finite, else 0.
    finite: u32,
}

fn range_of(pixel: u32) -> Range {
    let bits = probability[min(pixel, count - 1u)];
    let exponent = 0x7f800000u;
    let finite = (bits & exponent) != exponent;
    let value = clamp(bitcast<f32>(select(0u, bits, finite)), 0.0, 1.0);
    return Range(value, value, u32(finite));
}

fn joined(a: Range, b: Range) -> Range {
    return Range(min(a.least, b.least), max(a.greatest, b.greatest), a.finite & b.finite);
}

fn status(range: Range) -> u32 {
    if range.finite == 0u {
        return NOT_FINITE;
    }
    if range.greatest > SHOWN && range.greatest - range.least < CONTRAST {
        return CONSTANT;
    }
    return select(VALID, EVERYWHERE, range.least >= WHOLE);
}

// PARTS threads share the mask.
@compute @workgroup_size(LINE)
fn measure(@builtin(global_invocation_id) id: vec3<u32>) {
    var range = range_of(id.x);
    for (var i = id.x + PARTS; i < count; i += LOADS * PARTS) {
        let first = joined(range_of(i), range_of(i + PARTS));
        let second = joined(range_of(i + 2u * PARTS), range_of(i + 3u * PARTS));
        range = joined(range, joined(first, second));
    }
    parts[id.x] = range;
}

const THREADS = 256u;
var<workgroup> ranges: array<Range, THREADS>;

// One workgroup joins the parts.
@compute @workgroup_size(THREADS)
fn classify(@builtin(local_invocation_index) thread: u32) {
    var range = parts[thread];
    for (var i = thread + THREADS; i < PARTS; i += THREADS) {
        range = joined(range, parts[i]);
    }
    ranges[thread] = range;
    for (var half = THREADS / 2u; half > 0u; half /= 2u) {
        workgroupBarrier();
        if thread < half {
            ranges[thread] = joined(ranges[thread], ranges[thread + half]);
        }
    }
    if thread == 0u {
        statuses = vec2(status(ranges[0]), statuses.x);
    }
}
