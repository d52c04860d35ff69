// A thread makes SHARE groups of four output channels, SPLITS groups apart, of TILE pixels in a row: it reads each
// value under their filters once for all of the channels.

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(global_invocation_id) id: vec3u) {
    let thread = thread_of(id);
    if thread >= THREADS {
        return;
    }
    //: if WHOLE
    // All indices of weights are constants then, which software adapters read several times faster.
    const group = 0u;
    let tile = thread;
    //: else
    let group = thread % SPLITS;
    let tile = thread / SPLITS;
    //: end
    let out_y = tile / TILES_ACROSS;
    let out_x = tile % TILES_ACROSS * TILE;

    //: for g SHARE
    let bias_$g = bias_at(0u, group + $g * SPLITS);
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
            // Only ever indexed by constants, so that it stays in registers.
            var values: array<f32, COLUMNS>;
            //: for x COLUMNS
            values[$x] = select(
                0.0,
                //: if signed
                // The zeros around the picture stay zeros, so weights and bias cannot do this.
                2.0 * input_at(min((y * WIDTH + left + $x) * CHANNELS + $i, LAST)) - 1.0,
                //: else
                input_at(min((y * WIDTH + left + $x) * CHANNELS + $i, LAST)),
                //: end
                y < HEIGHT && left + $x < WIDTH,
            );
            //: end
            //: for x KERNEL
            //: for g SHARE
            {
                let w = weight_at(($y * KERNEL + $x) * CHANNELS + $i, group + $g * SPLITS);
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
    //: if RAGGED
    if out_x + $p < OUT_WIDTH
    //: end
    {
        let at = out_y * OUT_WIDTH + out_x + $p;
        //: for g SHARE
        put(at, group + $g * SPLITS, activate(sum_$p_$g));
        //: end
    }
    //: end
}
