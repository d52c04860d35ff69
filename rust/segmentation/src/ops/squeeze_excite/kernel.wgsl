// One workgroup computes the whole gate. Its threads sum four channels each over LANES interleaved subsets of the pixels,
// then a thread computes four values of each of the two small layers.

var<workgroup> partial: array<vec4f, LANES * GROUPS>;
var<workgroup> means: array<f32, MEANS>;
var<workgroup> squeezed: array<f32, SQUEEZED>;

// The sum of four channels over all lanes.
fn total(group: u32) -> vec4f {
    var sum = partial[group];
    for (var lane = 1u; lane < LANES; lane++) {
        sum += partial[group + lane * GROUPS];
    }
    return sum;
}

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(local_invocation_index) thread: u32) {
    for (var slot = thread; slot < LANES * GROUPS; slot += WORKGROUP) {
        var sum = vec4f(0.0);
        for (var pixel = slot / GROUPS; pixel < PIXELS; pixel += LANES) {
            sum += input_at(pixel, slot % GROUPS);
        }
        partial[slot] = sum;
    }
    workgroupBarrier();
    for (var group = thread; group < GROUPS; group += WORKGROUP) {
        let mean = total(group) / f32(PIXELS);
        for (var i = 0u; i < min(4u, CHANNELS - group * 4u); i++) {
            means[group * 4u + i] = mean[i];
        }
    }
    workgroupBarrier();

    //: if second
    for (var slot = thread; slot < LANES * GROUPS; slot += WORKGROUP) {
        var sum = vec4f(0.0);
        for (var pixel = slot / GROUPS; pixel < SECOND_PIXELS; pixel += LANES) {
            sum += second_at(pixel, slot % GROUPS);
        }
        partial[slot] = sum;
    }
    workgroupBarrier();
    for (var group = thread; group < GROUPS; group += WORKGROUP) {
        let mean = total(group) / f32(SECOND_PIXELS);
        for (var i = 0u; i < min(4u, CHANNELS - group * 4u); i++) {
            //: if CONCATENATED
            means[CHANNELS + group * 4u + i] = mean[i];
            //: else
            means[group * 4u + i] += mean[i];
            //: end
        }
    }
    workgroupBarrier();
    //: end

    for (var group = thread; group < SQUEEZED_GROUPS; group += WORKGROUP) {
        var values = squeeze_bias_at(0u, group);
        for (var i = 0u; i < MEANS; i++) {
            values += means[i] * squeeze_weight_at(i, group);
        }
        values = max(values, vec4f(0.0));
        for (var i = 0u; i < min(4u, SQUEEZED - group * 4u); i++) {
            squeezed[group * 4u + i] = values[i];
        }
    }
    workgroupBarrier();
    for (var group = thread; group < GROUPS; group += WORKGROUP) {
        var values = excite_bias_at(0u, group);
        for (var i = 0u; i < SQUEEZED; i++) {
            values += squeezed[i] * excite_weight_at(i, group);
        }
        put(0u, group, 1.0 / (1.0 + exp(-values)));
    }
}
