// A thread averages four channels over one window. Its lanes share the rows of the window.

fn compute(thread: u32) {
    let group = thread % GROUPS;
    let window = thread / GROUPS;
    let top = window / OUT_WIDTH * STRIDE_HEIGHT;
    let left = window % OUT_WIDTH * STRIDE_WIDTH;
    var sum = vec4f(0.0);
    //: if HAS_LANES
    for (var y = top + lane; y < top + WINDOW_HEIGHT; y += LANES) {
    //: else
    for (var y = top; y < top + WINDOW_HEIGHT; y++) {
    //: end
        for (var x = left; x < left + WINDOW_WIDTH; x++) {
            sum += input_at(y * WIDTH + x, group);
        }
    }
    //: if HAS_LANES
    sum = sum_lanes(sum);
    if lane > 0u {
        return;
    }
    //: end
    put(window, group, sum / f32(PIXELS));
}
