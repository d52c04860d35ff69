// A thread computes TILE pixels in a row between the same two input columns. It reads the two columns once for all of
// them.
//
// Positions are integer multiples of 1/SPAN_Y and 1/SPAN_X input pixels, so they are exact.

// The two input columns, interpolated to an output row.
//: for s 2
fn column_$s(low: u32, high: u32, down: f32, left: u32, k: u32) -> vec4f {
    let x = min(left + $su, WIDTH - 1u);
    return mix(input_at(low * WIDTH + x, k), input_at(high * WIDTH + x, k), down);
}
//: end

fn compute(thread: u32) {
    let out_y = thread / TILES_ACROSS;
    let out_x = thread % TILES_ACROSS * TILE;
    let y = out_y * (HEIGHT - 1u);
    let low = y / SPAN_Y;
    let high = min(low + 1u, HEIGHT - 1u);
    let down = f32(y % SPAN_Y) / f32(SPAN_Y);
    let x = out_x * (WIDTH - 1u);
    let left = x / SPAN_X;
    //: for p TILE
    let along_$p = f32(x % SPAN_X + $pu * (WIDTH - 1u)) / f32(SPAN_X);
    //: end

    //: if PROBABILITY
    let class_left = column_0(low, high, down, left, CLASS / 4u)[CLASS % 4u];
    let class_right = column_1(low, high, down, left, CLASS / 4u)[CLASS % 4u];
    //: for p TILE
    //: if SINGLE
    let sum_$p = 1.0 + exp(-mix(class_left, class_right, along_$p));
    //: else
    let class_$p = mix(class_left, class_right, along_$p);
    var sum_$p = 0.0;
    //: end
    //: end
    //: if !SINGLE
    for (var k = 0u; k < GROUPS; k++) {
        let at_left = column_0(low, high, down, left, k);
        let at_right = column_1(low, high, down, left, k);
        // The last group may have fewer than four classes.
        let classes = vec4f(vec4u(0u, 1u, 2u, 3u) + k * 4u < vec4u(CHANNELS));
        //: for p TILE
        // Clamped so that the sum stays within the range of f32: a class this far below another has a probability of zero.
        sum_$p += dot(classes, exp(min(mix(at_left, at_right, along_$p) - class_$p, vec4f(80.0))));
        //: end
    }
    //: end
    //: for p TILE
    if out_x + $pu < OUT_WIDTH {
        put(out_y * OUT_WIDTH + out_x + $pu, 1.0 / sum_$p);
    }
    //: end

    //: else
    for (var k = 0u; k < GROUPS; k++) {
        let at_left = column_0(low, high, down, left, k);
        let at_right = column_1(low, high, down, left, k);
        //: for p TILE
        if out_x + $pu < OUT_WIDTH {
            put(out_y * OUT_WIDTH + out_x + $pu, k, mix(at_left, at_right, along_$p));
        }
        //: end
    }
    //: end
}
