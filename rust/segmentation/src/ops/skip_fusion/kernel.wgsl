// A thread makes SHARE groups of four output channels, SPLITS groups apart, of the four pixels that lie between four
// neighbours of the small map: those are all that it reads of it. Beyond an edge the neighbours are the edge's own
// pixels, and of the four pixels only those on the picture are stored.

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u) {
    let thread = thread_of(id);
    if thread >= THREADS {
        return;
    }
    //: if UNROLLED
    // All indices of weights are constants then, which software adapters read several times faster.
    const group = 0u;
    let quad = thread;
    //: else
    let group = thread % SPLITS;
    let quad = thread / SPLITS;
    //: end
    // The neighbours at the right and below.
    let right = quad % (LOW_WIDTH + 1u);
    let below = quad / (LOW_WIDTH + 1u);

    let low_x = vec2u(max(right, 1u) - 1u, min(right, LOW_WIDTH - 1u));
    let low_y = vec2u(max(below, 1u) - 1u, min(below, LOW_HEIGHT - 1u)) * LOW_WIDTH;
    let x = vec2u(max(2u * right, 1u) - 1u, min(2u * right, 2u * LOW_WIDTH - 1u));
    let y = vec2u(max(2u * below, 1u) - 1u, min(2u * below, 2u * LOW_HEIGHT - 1u)) * (2u * LOW_WIDTH);
    // Left and right pixel above, then below.
    let pixel_0 = y[0] + x[0];
    let pixel_1 = y[0] + x[1];
    let pixel_2 = y[1] + x[0];
    let pixel_3 = y[1] + x[1];

    //: for g SHARE
    let bias_$g = bias_at(0u, group + $g * SPLITS);
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
        //: for g SHARE
        {
            let w = weight_at(k, group + $g * SPLITS);
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
        //: for g SHARE
        put(pixel_$p, group + $g * SPLITS, activate(sum_$p_$g));
        //: end
    }
    //: end
}
