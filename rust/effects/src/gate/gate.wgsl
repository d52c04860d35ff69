// Whether the network's mask can be right; kept in sync with cpu.rs, and mod.rs says why.

// Pixels of the mask.
@group(0) @binding(0) var<uniform> count: u32;
// The bits of f32 values: a shader compiler may assume that no float is a NaN, but nothing about bits.
@group(0) @binding(1) var<storage, read> probability: array<u32>;
// The verdict on this mask and on that before.
@group(0) @binding(2) var<storage, read_write> verdicts: vec2<u32>;

const OPEN = 0u;
const NOT_FINITE = 1u;
const CONSTANT = 2u;
const EVERYWHERE = 3u;

const SHOWN = 0.2;
const CONTRAST = 1.0 / 256.0;
const WHOLE = 0.9;

const THREADS = 256u;
// Loads that a thread has under way at once: the time of one is what a round takes.
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

fn verdict(range: Range) -> u32 {
    if !range.finite {
        return NOT_FINITE;
    }
    if range.greatest > SHOWN && range.greatest - range.least < CONTRAST {
        return CONSTANT;
    }
    return select(OPEN, EVERYWHERE, range.least >= WHOLE);
}

var<workgroup> ranges: array<Range, THREADS>;

// One workgroup for the whole mask.
@compute @workgroup_size(THREADS)
fn judge(@builtin(local_invocation_index) thread: u32) {
    var range = range_of(thread);
    for (var i = thread; i < count; i += LOADS * THREADS) {
        let pair = joined(range_of(i), range_of(i + THREADS));
        let other = joined(range_of(i + 2u * THREADS), range_of(i + 3u * THREADS));
        range = joined(range, joined(pair, other));
    }
    ranges[thread] = range;
    for (var half = THREADS / 2u; half > 0u; half /= 2u) {
        workgroupBarrier();
        if thread < half {
            ranges[thread] = joined(ranges[thread], ranges[thread + half]);
        }
    }
    if thread == 0u {
        verdicts = vec2(verdict(ranges[0]), verdicts.x);
    }
}
