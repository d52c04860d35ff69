// A thread computes OUT_GROUPS_PER_THREAD groups of four output channels, N_SPLITS groups apart, of the four pixels
// between four neighbors of the low-resolution feature map. It reads these four neighbors only. Beyond an edge the
// neighbors are clamped, and only the pixels inside the feature map are stored.

fn compute(thread: u32) {
    //: if UNROLLED
    // Weight indices are constants here, which software adapters read several times faster.
    const group = 0u;
    let quad = thread;
    //: else
    let group = thread % N_SPLITS;
    let quad = thread / N_SPLITS;
    //: end
    // The right and lower neighbors.
    let right = quad % (LOW_WIDTH + 1u);
    let below = quad / (LOW_WIDTH + 1u);

    let low_x = vec2u(max(right, 1u) - 1u, min(right, LOW_WIDTH - 1u));
    let low_y = vec2u(max(below, 1u) - 1u, min(below, LOW_HEIGHT - 1u)) * LOW_WIDTH;
    let x = vec2u(max(2u * right, 1u) - 1u, min(2u * right, 2u * LOW_WIDTH - 1u));
    let y = vec2u(max(2u * below, 1u) - 1u, min(2u * below, 2u * LOW_HEIGHT - 1u)) * (2u * LOW_WIDTH);
    // The upper left and right pixels, then the lower ones.
    let pixel_0 = y[0] + x[0];
    let pixel_1 = y[0] + x[1];
    let pixel_2 = y[1] + x[0];
    let pixel_3 = y[1] + x[1];

    //: for g OUT_GROUPS_PER_THREAD
    let bias_$g = bias_at(0u, group + $g * N_SPLITS);
    //: for p 4
    var sum_$p_$g = bias_$g;
    //: end
    //: end
    //: for i UNROLL
    //: if UNROLLED
    {
        const k = $iu;
    //: else
    for (var k = 0u; k < GROUPS; k++) {
    //: end
        let gate = gate_at(0u, k);
        let low_left = mat2x4f(low_at(low_y[0] + low_x[0], k), low_at(low_y[1] + low_x[0], k));
        let low_right = mat2x4f(low_at(low_y[0] + low_x[1], k), low_at(low_y[1] + low_x[1], k));
        let above = mat2x4f(low_left * vec2f(0.75, 0.25), low_right * vec2f(0.75, 0.25));
        let under = mat2x4f(low_left * vec2f(0.25, 0.75), low_right * vec2f(0.25, 0.75));
        let x_0 = skip_at(pixel_0, k) * gate + above * vec2f(0.75, 0.25);
        let x_1 = skip_at(pixel_1, k) * gate + above * vec2f(0.25, 0.75);
        let x_2 = skip_at(pixel_2, k) * gate + under * vec2f(0.75, 0.25);
        let x_3 = skip_at(pixel_3, k) * gate + under * vec2f(0.25, 0.75);
        //: for g OUT_GROUPS_PER_THREAD
        {
            let w = weight_at(k, group + $g * N_SPLITS);
            //: for p 4
            sum_$p_$g += w * x_$p;
            //: end
        }
        //: end
    }
    //: end

    let in_x = vec2<bool>(right > 0u, right < LOW_WIDTH);
    let in_y = vec2<bool>(below > 0u, below < LOW_HEIGHT);
    //: for p 4
    if in_y[$p / 2] && in_x[$p % 2] {
        //: for g OUT_GROUPS_PER_THREAD
        put(pixel_$p, group + $g * N_SPLITS, activate(sum_$p_$g));
        //: end
    }
    //: end
}
