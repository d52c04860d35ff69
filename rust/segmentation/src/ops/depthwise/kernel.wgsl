// A thread makes four channels of one pixel.

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u) {
    if id.x >= THREADS {
        return;
    }
    let group = id.x % GROUPS;
    let pixel = id.x / GROUPS;
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
            if x < WIDTH {
                sum += input[(y * WIDTH + x) * GROUPS + group] * weight[(ky * KERNEL + kx) * GROUPS + group];
            }
        }
    }
    sum = activate(sum);
    if ADD_INPUT == 1u {
        sum += input[id.x];
    }
    output[id.x] = sum;
}
