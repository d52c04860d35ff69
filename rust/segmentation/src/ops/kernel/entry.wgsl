// The entry point of every kernel.

//: if HAS_LANES
var<private> lane: u32;
var<private> slot: u32;
var<workgroup> terms: array<vec4f, WORKGROUP>;

// In lane 0, the sum of x over the lanes of a thread.
fn sum_lanes(x: vec4f) -> vec4f {
    terms[slot] = x;
    workgroupBarrier();
    var sum = x;
    if lane == 0u {
        for (var other = slot + THREADS_PER_WORKGROUP; other < WORKGROUP; other += THREADS_PER_WORKGROUP) {
            sum += terms[other];
        }
    }
    return sum;
}
//: end

//: if sums
// The sum of what this thread has put, for each of its groups of channels.
var<private> own = array<vec4f, OUT_GROUPS_PER_THREAD>();

fn add_to_sum(group: u32, x: vec4f) {
    own[group / N_SPLITS] += x;
}

//: if SHARED_SUMS
var<workgroup> parts: array<vec4f, WORKGROUP * OUT_GROUPS_PER_THREAD>;
//: end
//: end

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_index) local: u32) {
    let number = workgroup.y * WORKGROUPS_ACROSS + workgroup.x;
    let thread = number * THREADS_PER_WORKGROUP + local % THREADS_PER_WORKGROUP;
    //: if HAS_LANES
    lane = local / THREADS_PER_WORKGROUP;
    slot = local;
    //: end
    //: if HAS_SPARE_THREADS
    //: if HAS_LANES
    // Barriers need all threads of a workgroup.
    if number * THREADS_PER_WORKGROUP < THREADS
    //: else
    if thread < THREADS
    //: end
    //: end
    {
        compute(thread);
        //: if sums
        //: if !SHARED_SUMS
        //: for g OUT_GROUPS_PER_THREAD
        put_sum(thread / N_SPLITS, thread % N_SPLITS + $g * N_SPLITS, own[$g]);
        //: end
        //: end
        //: end
    }
    //: if sums
    //: if SHARED_SUMS
    //: for g OUT_GROUPS_PER_THREAD
    parts[$g * WORKGROUP + local] = own[$g];
    //: end
    workgroupBarrier();
    let first = number * THREADS_PER_WORKGROUP;
    for (var group = local; group < N_SPLITS * OUT_GROUPS_PER_THREAD; group += WORKGROUP) {
        var sum = vec4f(0.0);
        // Threads with the same groups are N_SPLITS apart.
        for (var i = (group + N_SPLITS - first % N_SPLITS) % N_SPLITS; i < THREADS_PER_WORKGROUP; i += N_SPLITS) {
            sum += parts[group / N_SPLITS * WORKGROUP + i];
        }
        put_sum(number, group, sum);
    }
    //: end
    //: end
}
