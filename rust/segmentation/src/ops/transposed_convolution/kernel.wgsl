// A thread makes one output pixel from the input pixels whose filters reach it: those at (out - tap) / 2 for the taps
// of the same parity as the output's position.

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u) {
    if id.x >= THREADS {
        return;
    }
    let y = id.x / (2u * WIDTH);
    let x = id.x % (2u * WIDTH);
    var sums: array<f32, CHANNELS_OUT>;
    for (var channel = 0u; channel < CHANNELS_OUT; channel++) {
        sums[channel] = bias[channel];
    }
    for (var ky = y % 2u; ky <= min(y, KERNEL - 1u); ky += 2u) {
        for (var kx = x % 2u; kx <= min(x, KERNEL - 1u); kx += 2u) {
            let source = ((y - ky) / 2u * WIDTH + (x - kx) / 2u) * IN_GROUPS;
            for (var channel = 0u; channel < CHANNELS_OUT; channel++) {
                let taps = ((channel * KERNEL + ky) * KERNEL + kx) * IN_GROUPS;
                for (var k = 0u; k < IN_GROUPS; k++) {
                    sums[channel] += dot(input[source + k], weight[taps + k]);
                }
            }
        }
    }
    if PROBABILITY == 1u {
        // Softmax over (background, person) is the logistic function of their difference.
        var logit = sums[CHANNELS_OUT - 1u];
        if CHANNELS_OUT == 2u {
            logit -= sums[0];
        }
        output[id.x] = 1.0 / (1.0 + exp(-logit));
        return;
    }
    for (var channel = 0u; channel < CHANNELS_OUT; channel++) {
        output[id.x * CHANNELS_OUT + channel] = sums[channel];
    }
}
