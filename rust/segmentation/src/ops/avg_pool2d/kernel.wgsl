// A thread averages four channels over one window. The models pool feature maps of at most a few hundred pixels.

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u) {
    let thread = thread_of(id);
    if thread >= THREADS {
        return;
    }
    let group = thread % GROUPS;
    let window = thread / GROUPS;
    let top = window / OUT_WIDTH * STRIDE_HEIGHT;
    let left = window % OUT_WIDTH * STRIDE_WIDTH;
    var sum = vec4f(0.0);
    for (var y = top; y < top + WINDOW_HEIGHT; y++) {
        for (var x = left; x < left + WINDOW_WIDTH; x++) {
            sum += input_at(y * WIDTH + x, group);
        }
    }
    put(window, group, sum / f32(WINDOW_HEIGHT * WINDOW_WIDTH));
}
