// A thread computes OUT_GROUPS_PER_THREAD groups of four output channels, N_SPLITS groups apart, of TILE pixels in a row.
// It reads each input once for all of the channels and each weight once for all of the pixels.

// The gate at a pixel. A gate smaller than the feature map is upsampled bilinearly.
//: if gate
fn factor_at(pixel: u32, group: u32) -> vec4f {
    //: if GATE_UPSAMPLED
    let size = vec2f(f32(GATE_WIDTH), f32(GATE_HEIGHT));
    let center = vec2f(f32(pixel % WIDTH), f32(pixel / WIDTH)) + 0.5;
    let at = clamp(center * size / vec2f(f32(WIDTH), f32(HEIGHT)) - 0.5, vec2f(0.0), size - 1.0);
    let low = vec2u(at);
    let high = min(low + 1u, vec2u(GATE_WIDTH, GATE_HEIGHT) - 1u);
    let part = fract(at);
    let above = low.y * GATE_WIDTH;
    let below = high.y * GATE_WIDTH;
    return mix(
        mix(gate_at(above + low.x, group), gate_at(above + high.x, group), part.x),
        mix(gate_at(below + low.x, group), gate_at(below + high.x, group), part.x),
        part.y,
    );
    //: else
    return gate_at(0u, group);
    //: end
}
//: end

fn compute(thread: u32) {
    //: if UNROLLED
    // Weight indices are constants here, which software adapters read several times faster.
    const group = 0u;
    let first = thread * TILE;
    //: else
    let group = thread % N_SPLITS;
    let first = thread / N_SPLITS * TILE;
    //: end
    //: for p TILE
    //: if HAS_TAIL
    // The last tile extends beyond the feature map. It repeats the last pixel and does not store the repetitions.
    let pixel_$p = min(first + $p, PIXELS - 1u);
    //: else
    let pixel_$p = first + $p;
    //: end
    //: end
    //: for g OUT_GROUPS_PER_THREAD
    let bias_$g = bias_at(0u, group + $g * N_SPLITS);
    //: for p TILE
    var sum_$p_$g = bias_$g;
    //: end
    //: end
    //: if HAS_LANES
    // The lanes share the input channels. The first one adds the bias.
    if lane > 0u {
        sum_0_0 = vec4f(0.0);
    }
    //: end

    //: for i UNROLL
    //: if UNROLLED
    {
        const k = $iu;
    //: else
    //: if HAS_LANES
    for (var k = lane; k < IN_GROUPS; k += LANES) {
    //: else
    for (var k = 0u; k < IN_GROUPS; k++) {
    //: end
    //: end
        //: for p TILE
        //: if gate
        let x_$p = input_at(pixel_$p, k) * factor_at(pixel_$p, k);
        //: else
        let x_$p = input_at(pixel_$p, k);
        //: end
        //: end
        //: for g OUT_GROUPS_PER_THREAD
        {
            let w = weight_at(k, group + $g * N_SPLITS);
            //: for p TILE
            sum_$p_$g += w * x_$p;
            //: end
        }
        //: end
    }
    //: end
    //: if HAS_LANES
    sum_0_0 = sum_lanes(sum_0_0);
    if lane > 0u {
        return;
    }
    //: end

    //: for p TILE
    //: if HAS_TAIL
    if first + $p < PIXELS
    //: end
    {
        //: for g OUT_GROUPS_PER_THREAD
        //: if residual
        put(pixel_$p, group + $g * N_SPLITS, activate(sum_$p_$g) + residual_at(pixel_$p, group + $g * N_SPLITS));
        //: else
        put(pixel_$p, group + $g * N_SPLITS, activate(sum_$p_$g));
        //: end
        //: end
    }
    //: end
}
