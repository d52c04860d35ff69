// One workgroup computes the whole gate in three steps: the means of the channels, and two small layers. In each step its
// threads compute four channels over LANES interleaved subsets of the terms, and add up the lanes.

var<workgroup> partial: array<vec4f, SLOTS>;
var<workgroup> means: array<f32, MEANS>;
var<workgroup> squeezed: array<f32, SQUEEZED>;

// Adds up the lanes of `groups` groups: afterwards, partial[group] is the sum of a group.
fn add_up(thread: u32, groups: u32, lanes: u32) {
    workgroupBarrier();
    //: if TREE
    for (var rest = lanes; rest > 1u;) {
        let half = (rest + 1u) / 2u;
        for (var slot = thread; slot < (rest - half) * groups; slot += WORKGROUP) {
            partial[slot] += partial[slot + half * groups];
        }
        rest = half;
        workgroupBarrier();
    }
    //: else
    for (var group = thread; group < groups; group += WORKGROUP) {
        var sum = partial[group];
        for (var lane = 1u; lane < lanes; lane++) {
            sum += partial[group + lane * groups];
        }
        partial[group] = sum;
    }
    workgroupBarrier();
    //: end
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
    add_up(thread, GROUPS, LANES);
    for (var group = thread; group < GROUPS; group += WORKGROUP) {
        let mean = partial[group] / f32(PIXELS);
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
    add_up(thread, GROUPS, LANES);
    for (var group = thread; group < GROUPS; group += WORKGROUP) {
        let mean = partial[group] / f32(SECOND_PIXELS);
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

    for (var slot = thread; slot < SQUEEZE_LANES * SQUEEZED_GROUPS; slot += WORKGROUP) {
        var sum = vec4f(0.0);
        for (var i = slot / SQUEEZED_GROUPS; i < MEANS; i += SQUEEZE_LANES) {
            sum += means[i] * squeeze_weight_at(i, slot % SQUEEZED_GROUPS);
        }
        partial[slot] = sum;
    }
    add_up(thread, SQUEEZED_GROUPS, SQUEEZE_LANES);
    for (var group = thread; group < SQUEEZED_GROUPS; group += WORKGROUP) {
        let values = max(partial[group] + squeeze_bias_at(0u, group), vec4f(0.0));
        for (var i = 0u; i < min(4u, SQUEEZED - group * 4u); i++) {
            squeezed[group * 4u + i] = values[i];
        }
    }
    workgroupBarrier();

    for (var slot = thread; slot < EXCITE_LANES * GROUPS; slot += WORKGROUP) {
        var sum = vec4f(0.0);
        for (var i = slot / GROUPS; i < SQUEEZED; i += EXCITE_LANES) {
            sum += squeezed[i] * excite_weight_at(i, slot % GROUPS);
        }
        partial[slot] = sum;
    }
    add_up(thread, GROUPS, EXCITE_LANES);
    for (var group = thread; group < GROUPS; group += WORKGROUP) {
        put(0u, group, 1.0 / (1.0 + exp(-(partial[group] + excite_bias_at(0u, group)))));
    }
}
