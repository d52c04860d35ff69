// A thread makes four output channels of one pixel.

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u) {
    if id.x >= THREADS {
        return;
    }
    let group = id.x % OUT_GROUPS;
    let pixel = id.x / OUT_GROUPS;
    // Negative positions wrap to large numbers, so one comparison finds both edges.
    let top = pixel / OUT_WIDTH * STRIDE - PAD_TOP;
    let left = pixel % OUT_WIDTH * STRIDE - PAD_LEFT;

    var sum = bias[group];
    for (var ky = 0u; ky < KERNEL; ky++) {
        let y = top + ky;
        if y >= HEIGHT {
            continue;
        }
        for (var kx = 0u; kx < KERNEL; kx++) {
            let x = left + kx;
            if x >= WIDTH {
                continue;
            }
            let source = (y * WIDTH + x) * CHANNELS;
            let tap = (ky * KERNEL + kx) * CHANNELS;
            for (var channel = 0u; channel < CHANNELS; channel++) {
                sum += input[source + channel] * weight[(tap + channel) * OUT_GROUPS + group];
            }
        }
    }
    output[id.x] = activate(sum);
}
