// Checks whether the model's mask can be right. mod.rs declares the constants and documents the rules.

// Pixels of the mask.
@group(0) @binding(0) var<uniform> count: u32;
// The bits of f32 values: a shader compiler may assume that floats are not NaN, but not that of bits.
@group(0) @binding(1) var<storage, read> probability: array<u32>;
// The status of this mask and of the previous one.
@group(0) @binding(2) var<storage, read_write> statuses: vec2<u32>;

const THREADS = 256u;
// Independent loads of a thread in each iteration, which hide each other's latency.
const LOADS = 4u;

struct Range {
    least: f32,
    greatest: f32,
    finite: bool,
}

fn range_of(pixel: u32) -> Range {
    let bits = probability[min(pixel, count - 1u)];
    let exponent = 0x7f800000u;
    let finite = (bits & exponent) != exponent;
    let value = clamp(bitcast<f32>(select(0u, bits, finite)), 0.0, 1.0);
    return Range(value, value, finite);
}

fn joined(a: Range, b: Range) -> Range {
    return Range(min(a.least, b.least), max(a.greatest, b.greatest), a.finite && b.finite);
}

fn status(range: Range) -> u32 {
    if !range.finite {
        return NOT_FINITE;
    }
    if range.greatest > SHOWN && range.greatest - range.least < CONTRAST {
        return CONSTANT;
    }
    return select(VALID, EVERYWHERE, range.least >= WHOLE);
}

var<workgroup> ranges: array<Range, THREADS>;

// One workgroup for the whole mask.
@compute @workgroup_size(THREADS)
fn classify(@builtin(local_invocation_index) thread: u32) {
    var range = range_of(thread);
    for (var i = thread; i < count; i += LOADS * THREADS) {
        let first = joined(range_of(i), range_of(i + THREADS));
        let second = joined(range_of(i + 2u * THREADS), range_of(i + 3u * THREADS));
        range = joined(range, joined(first, second));
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
