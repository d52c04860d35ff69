// A thread computes OUT_GROUPS_PER_THREAD groups of four output channels, N_SPLITS groups apart, of TILE pixels in a row.
// It reads each value under their filters once for all of the channels.

fn compute(thread: u32) {
    //: if WHOLE
    // Weight indices are constants here, which software adapters read several times faster.
    const group = 0u;
    let tile = thread;
    //: else
    let group = thread % N_SPLITS;
    let tile = thread / N_SPLITS;
    //: end
    let out_y = tile / TILES_ACROSS;
    let out_x = tile % TILES_ACROSS * TILE;

    //: for g OUT_GROUPS_PER_THREAD
    let bias_$g = bias_at(0u, group + $g * N_SPLITS);
    //: for p TILE
    var sum_$p_$g = bias_$g;
    //: end
    //: end
    //: for y KERNEL
    {
        // Negative positions wrap to large numbers, so one comparison finds both edges.
        let y = out_y * STRIDE + $y - PAD_TOP;
        let left = out_x * STRIDE - PAD_LEFT;
        //: for i CHANNELS
        {
            // Indexed by constants only, so that it stays in registers.
            var values: array<f32, COLUMNS>;
            //: for x COLUMNS
            values[$x] = select(
                0.0,
                //: if signed
                // The padding must stay zero, so weights and bias cannot absorb this.
                2.0 * input_at(min((y * WIDTH + left + $x) * CHANNELS + $i, LAST)) - 1.0,
                //: else
                input_at(min((y * WIDTH + left + $x) * CHANNELS + $i, LAST)),
                //: end
                y < HEIGHT && left + $x < WIDTH,
            );
            //: end
            //: for x KERNEL
            //: for g OUT_GROUPS_PER_THREAD
            {
                let w = weight_at(($y * KERNEL + $x) * CHANNELS + $i, group + $g * N_SPLITS);
                //: for p TILE
                sum_$p_$g += w * values[$p * STRIDE + $x];
                //: end
            }
            //: end
            //: end
        }
        //: end
    }
    //: end

    //: for p TILE
    //: if HAS_TAIL
    if out_x + $p < OUT_WIDTH
    //: end
    {
        let at = out_y * OUT_WIDTH + out_x + $p;
        //: for g OUT_GROUPS_PER_THREAD
        put(at, group + $g * N_SPLITS, activate(sum_$p_$g));
        //: end
    }
    //: end
}
