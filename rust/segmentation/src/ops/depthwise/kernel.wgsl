// A thread computes four channels of TILE_WIDTH x TILE_HEIGHT pixels. It reads the ROWS x COLUMNS input pixels under
// their filters once.

fn compute(thread: u32) {
    let group = thread % N_SPLITS;
    let tile = thread / N_SPLITS;
    //: if dilated
    // The pixels of a tile are DILATION apart, like those under a filter, so that neighboring filters share inputs.
    let down = tile / TILES_ACROSS;
    let across = tile % TILES_ACROSS;
    let out_y = down / DILATION * (TILE_HEIGHT * DILATION) + down % DILATION;
    let out_x = across / DILATION * (TILE_WIDTH * DILATION) + across % DILATION;
    //: else
    let out_y = tile / TILES_ACROSS * TILE_HEIGHT;
    let out_x = tile % TILES_ACROSS * TILE_WIDTH;
    //: end

    // Negative positions wrap to large numbers, so one comparison finds both edges.
    //: for x COLUMNS
    //: if dilated
    let x_$x = out_x + $x * DILATION - PAD_LEFT;
    //: else
    let x_$x = out_x * STRIDE + $x - PAD_LEFT;
    //: end
    //: end
    // Indexed by constants only, so that it stays in registers.
    var pixels: array<vec4f, ROWS * COLUMNS>;
    //: for y ROWS
    {
        //: if dilated
        let y = out_y + $y * DILATION - PAD_TOP;
        //: else
        let y = out_y * STRIDE + $y - PAD_TOP;
        //: end
        //: for x COLUMNS
        pixels[$y * COLUMNS + $x] =
            select(vec4f(0.0), input_at(min(y * WIDTH + x_$x, LAST), group), y < HEIGHT && x_$x < WIDTH);
        //: end
    }
    //: end

    let bias = bias_at(0u, group);
    //: for t TILE_HEIGHT
    //: for c TILE_WIDTH
    var sum_$t_$c = bias;
    //: end
    //: end
    //: for y KERNEL
    //: for x KERNEL
    {
        let w = weight_at($y * KERNEL + $x, group);
        //: for t TILE_HEIGHT
        //: for c TILE_WIDTH
        sum_$t_$c += w * pixels[($t * STRIDE + $y) * COLUMNS + $c * STRIDE + $x];
        //: end
        //: end
    }
    //: end
    //: end

    //: for t TILE_HEIGHT
    //: for c TILE_WIDTH
    //: if dilated
    if out_y + $t * DILATION < OUT_HEIGHT && out_x + $c * DILATION < OUT_WIDTH
    //: else
    //: if HAS_TAIL
    if out_y + $t < OUT_HEIGHT && out_x + $c < OUT_WIDTH
    //: end
    //: end
    {
        //: if dilated
        let at = (out_y + $t * DILATION) * OUT_WIDTH + out_x + $c * DILATION;
        //: else
        let at = (out_y + $t) * OUT_WIDTH + out_x + $c;
        //: end
        //: if ADD_INPUT
        put(at, group, activate(sum_$t_$c) + pixels[($t + PAD_TOP) * COLUMNS + $c + PAD_LEFT]);
        //: else
        put(at, group, activate(sum_$t_$c));
        //: end
    }
    //: end
    //: end
}
