// One workgroup makes the whole gate: its threads sum the pixels in LANES interleaved shares of four channels each,
// then one thread a value does the two small layers.

var<workgroup> partial: array<vec4f, WORKGROUP>;
var<workgroup> means: array<f32, JOINED>;
var<workgroup> squeezed: array<f32, SQUEEZED>;

// The lanes' shares of four channels together.
fn total(group: u32) -> vec4f {
    var sum = partial[group];
    for (var lane = 1u; lane < LANES; lane++) {
        sum += partial[group + lane * GROUPS];
    }
    return sum;
}

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(local_invocation_index) thread: u32) {
    let group = thread % GROUPS;
    let lane = thread / GROUPS;

    var sum = vec4f(0.0);
    if lane < LANES {
        for (var pixel = lane; pixel < PIXELS; pixel += LANES) {
            sum += input[pixel * GROUPS + group];
        }
    }
    partial[thread] = sum / f32(PIXELS);
    workgroupBarrier();
    if thread < GROUPS {
        let mean = total(thread);
        for (var i = 0u; i < 4u; i++) {
            means[thread * 4u + i] = mean[i];
        }
    }
    workgroupBarrier();

//? if second
    sum = vec4f(0.0);
    if lane < LANES {
        for (var pixel = lane; pixel < SECOND_PIXELS; pixel += LANES) {
            sum += second[pixel * GROUPS + group];
        }
    }
    partial[thread] = sum / f32(SECOND_PIXELS);
    workgroupBarrier();
    if thread < GROUPS {
        let mean = total(thread);
        for (var i = 0u; i < 4u; i++) {
            let channel = thread * 4u + i;
            if JOINED > GROUPS * 4u {
                means[GROUPS * 4u + channel] = mean[i];
            } else {
                means[channel] += mean[i];
            }
        }
    }
    workgroupBarrier();
//? end

    if thread < SQUEEZED {
        var value = squeeze_bias[thread];
        for (var channel = 0u; channel < JOINED; channel++) {
            value += means[channel] * squeeze_weight[channel * SQUEEZED + thread];
        }
        squeezed[thread] = max(value, 0.0);
    }
    workgroupBarrier();
    if thread < GROUPS * 4u {
        var value = excite_bias[thread];
        for (var channel = 0u; channel < SQUEEZED; channel++) {
            value += squeezed[channel] * excite_weight[channel * GROUPS * 4u + thread];
        }
        output[thread] = 1.0 / (1.0 + exp(-value));
    }
}
