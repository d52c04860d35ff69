// One workgroup computes the whole gate in three steps: the means of the channels, and two small layers. In each step a
// thread computes four channels over every LANES-th term, and the lanes are added up.

var<workgroup> partial: array<vec4f, WORKGROUP>;
var<workgroup> means: array<f32, MEANS>;
var<workgroup> squeezed: array<f32, SQUEEZED>;

// Adds up the lanes of `groups` groups: afterwards, partial[group] is the sum of a group.
fn add_up(thread: u32, groups: u32, lanes: u32) {
    workgroupBarrier();
    //: if TREE
    for (var rest = lanes; rest > 1u;) {
        let half = (rest + 1u) / 2u;
        if thread < (rest - half) * groups {
            partial[thread] += partial[thread + half * groups];
        }
        rest = half;
        workgroupBarrier();
    }
    //: else
    if thread < groups {
        var sum = partial[thread];
        for (var lane = 1u; lane < lanes; lane++) {
            sum += partial[thread + lane * groups];
        }
        partial[thread] = sum;
    }
    workgroupBarrier();
    //: end
}

// A lane's part of the means of four channels.
fn input_mean(lane: u32, group: u32) -> vec4f {
    var sum = vec4f(0.0);
    for (var first = lane; first < ROWS; first += MEAN_LANES * ROWS_AT_ONCE) {
        //: for i ROWS_AT_ONCE
        {
            let row = first + $iu * MEAN_LANES;
            sum += select(vec4f(0.0), input_at(min(row, ROWS - 1u), group), row < ROWS);
        }
        //: end
    }
    return sum / f32(PIXELS);
}

//: if second
fn second_mean(lane: u32, group: u32) -> vec4f {
    var sum = vec4f(0.0);
    for (var first = lane; first < SECOND_ROWS; first += MEAN_LANES * SECOND_ROWS_AT_ONCE) {
        //: for i SECOND_ROWS_AT_ONCE
        {
            let row = first + $iu * MEAN_LANES;
            sum += select(vec4f(0.0), second_at(min(row, SECOND_ROWS - 1u), group), row < SECOND_ROWS);
        }
        //: end
    }
    return sum / f32(SECOND_PIXELS);
}
//: end

fn compute(thread: u32) {
    let group = thread % GROUPS;
    let lane = thread / GROUPS;
    let squeeze_group = thread % SQUEEZED_GROUPS;
    let squeeze_lane = thread / SQUEEZED_GROUPS;
    //: if PREFETCH
    // Hardware loads the weights while it waits for the means.
    //: for i SQUEEZE_TERMS
    let squeeze_weight_$i = squeeze_weight_at(min(squeeze_lane + $iu * SQUEEZE_LANES, MEANS - 1u), squeeze_group);
    //: end
    //: for i EXCITE_TERMS
    let excite_weight_$i = excite_weight_at(min(lane + $iu * EXCITE_LANES, SQUEEZED - 1u), group);
    //: end
    //: end

    if thread < MEAN_LANES * GROUPS {
        //: if ADDED
        partial[thread] = input_mean(lane, group) + second_mean(lane, group);
        //: else
        partial[thread] = input_mean(lane, group);
        //: end
    }
    add_up(thread, GROUPS, MEAN_LANES);
    if thread < GROUPS {
        for (var i = 0u; i < min(4u, CHANNELS - thread * 4u); i++) {
            means[thread * 4u + i] = partial[thread][i];
        }
    }
    workgroupBarrier();

    //: if CONCATENATED
    if thread < MEAN_LANES * GROUPS {
        partial[thread] = second_mean(lane, group);
    }
    add_up(thread, GROUPS, MEAN_LANES);
    if thread < GROUPS {
        for (var i = 0u; i < min(4u, CHANNELS - thread * 4u); i++) {
            means[CHANNELS + thread * 4u + i] = partial[thread][i];
        }
    }
    workgroupBarrier();
    //: end

    if thread < SQUEEZE_LANES * SQUEEZED_GROUPS {
        var sum = vec4f(0.0);
        //: if PREFETCH
        //: for i SQUEEZE_TERMS
        {
            let term = squeeze_lane + $iu * SQUEEZE_LANES;
            sum += select(0.0, means[min(term, MEANS - 1u)], term < MEANS) * squeeze_weight_$i;
        }
        //: end
        //: else
        for (var i = squeeze_lane; i < MEANS; i += SQUEEZE_LANES) {
            sum += means[i] * squeeze_weight_at(i, squeeze_group);
        }
        //: end
        partial[thread] = sum;
    }
    add_up(thread, SQUEEZED_GROUPS, SQUEEZE_LANES);
    if thread < SQUEEZED_GROUPS {
        let values = max(partial[thread] + squeeze_bias_at(0u, thread), vec4f(0.0));
        for (var i = 0u; i < min(4u, SQUEEZED - thread * 4u); i++) {
            squeezed[thread * 4u + i] = values[i];
        }
    }
    workgroupBarrier();

    if thread < EXCITE_LANES * GROUPS {
        var sum = vec4f(0.0);
        //: if PREFETCH
        //: for i EXCITE_TERMS
        {
            let term = lane + $iu * EXCITE_LANES;
            sum += select(0.0, squeezed[min(term, SQUEEZED - 1u)], term < SQUEEZED) * excite_weight_$i;
        }
        //: end
        //: else
        for (var i = lane; i < SQUEEZED; i += EXCITE_LANES) {
            sum += squeezed[i] * excite_weight_at(i, group);
        }
        //: end
        partial[thread] = sum;
    }
    add_up(thread, GROUPS, EXCITE_LANES);
    if thread < GROUPS {
        put(0u, thread, 1.0 / (1.0 + exp(-(partial[thread] + excite_bias_at(0u, thread)))));
    }
}
