// A thread computes the 2x2 output pixels of each of TILE input pixels in a row. Tap (ky, kx) of a filter contributes to
// output pixel (ky % 2, kx % 2), from the input pixel ky / 2 rows above and kx / 2 columns to the left: REACH of each.

fn compute(thread: u32) {
    let y = thread / TILES_ACROSS;
    let left = thread % TILES_ACROSS * TILE;

    // Indexed by input pixel, channel, row and column of the output. All indices of arrays are constants, so that the
    // arrays stay in registers.
    var sums: array<f32, TILE * CHANNELS_OUT * 4>;
    //: for p TILE
    //: for c CHANNELS_OUT
    //: for q 4
    sums[($p * CHANNELS_OUT + $c) * 4 + $q] = bias_at($c);
    //: end
    //: end
    //: end
    //: for k IN_GROUPS
    {
        // From row y - REACH + 1 and column left - REACH + 1 on. Negative positions wrap to large numbers.
        var pixels: array<vec4f, REACH * COLUMNS>;
        //: for r REACH
        //: for x COLUMNS
        {
            let row = y + $r - (REACH - 1u);
            let column = left + $x - (REACH - 1u);
            pixels[$r * COLUMNS + $x] =
                select(vec4f(0.0), input_at(min(row * WIDTH + column, LAST), $k), row < HEIGHT && column < WIDTH);
        }
        //: end
        //: end
        //: for c CHANNELS_OUT
        //: for y KERNEL
        //: for x KERNEL
        {
            let w = weight_at(($c * KERNEL + $y) * KERNEL + $x, $k);
            //: for p TILE
            sums[($p * CHANNELS_OUT + $c) * 4 + $y % 2 * 2 + $x % 2] +=
                dot(w, pixels[(REACH - 1 - $y / 2) * COLUMNS + REACH - 1 + $p - $x / 2]);
            //: end
        }
        //: end
        //: end
        //: end
    }
    //: end

    //: for p TILE
    //: for q 4
    //: if HAS_TAIL
    if left + $p < WIDTH
    //: end
    {
        let at = (2u * y + $q / 2) * (2u * WIDTH) + 2u * (left + $p) + $q % 2;
        //: if PROBABILITY
        // Softmax over (background, person) is the logistic function of their difference.
        var logit = sums[($p * CHANNELS_OUT + CHANNELS_OUT - 1) * 4 + $q];
        //: if PAIR
        logit -= sums[$p * CHANNELS_OUT * 4 + $q];
        //: end
        put(at, 1.0 / (1.0 + exp(-logit)));
        //: else
        //: for c CHANNELS_OUT
        put(at * CHANNELS_OUT + $c, sums[($p * CHANNELS_OUT + $c) * 4 + $q]);
        //: end
        //: end
    }
    //: end
    //: end
}
