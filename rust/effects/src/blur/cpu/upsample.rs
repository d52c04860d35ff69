//! Upsampling of the blurred background with a linear filter.

use std::ops::Range;

use fearless_simd::{Level, Simd, dispatch, f32x4, i16x8, i32x4, prelude::*, u8x16};

use crate::Size;
use crate::bilinear::{Mix, axis};
use crate::lanes::{STEP, padded, store};

/// Neighbors that two samples of the target mix.
const LANES: usize = 8;
/// Bits of the fraction of a level in a row, and of the weights. A product of both fits 32 bits, and a level 16.
const LEVEL_BITS: u32 = 6;
const WEIGHT_BITS: u32 = 14;

/// Upsamples one plane.
pub(super) struct Upsample {
    width: usize,
    down: Vec<Mix>,
    quads: Vec<Quad>,
    /// The current row before it is upsampled across: `(level - 127.5) * 2^LEVEL_BITS`.
    row: Vec<i16>,
}

/// The taps of four neighboring samples of the target.
#[derive(Clone, Copy)]
struct Quad {
    /// The first of [`LANES`] neighbors in the row. Their span suffices even for half the size: the chroma of a blur that is
    /// not reduced.
    first: u32,
    /// The bytes of the two neighbors that each sample mixes.
    bytes: [u8; 16],
    weights: [i16; LANES],
}

impl Upsample {
    pub fn new(source: Size, target: Size) -> Self {
        let mut across = axis(source.width, target.width);
        // Loops read whole steps.
        across.resize(padded(across.len()).next_multiple_of(4), across[across.len() - 1]);
        Self {
            width: source.width as usize,
            down: axis(source.height, target.height),
            quads: across.as_chunks().0.iter().map(Quad::new).collect(),
            row: vec![0; padded(source.width as usize)],
        }
    }

    /// Takes row `y` of the target from padded rows of levels.
    pub fn begin_row(&mut self, levels: &[f32], y: usize) {
        dispatch!(Level::new(), simd => self.mix_rows(simd, levels, self.down[y]));
    }

    #[inline(always)]
    fn mix_rows<S: Simd>(&mut self, simd: S, levels: &[f32], down: Mix) {
        let stride = padded(self.width);
        let row = |y: usize| levels[y * stride..][..stride].as_chunks::<4>().0;
        let (first, second) = (row(down.first), row(down.second));
        let fraction = f32x4::splat(simd, down.fraction);
        for (target, (first, second)) in
            self.row.as_chunks_mut::<4>().0.iter_mut().zip(first.iter().zip(second))
        {
            let first = f32x4::load_array_ref(simd, first);
            let level = (f32x4::load_array_ref(simd, second) - first).mul_add(fraction, first);
            let fixed = ((level - 127.5) * (1 << LEVEL_BITS) as f32).to_int::<i32x4<S>>();
            target.copy_from_slice(&fixed.saturating_narrow(fixed).as_array()[..4]);
        }
        // The last pixel repeats, for taps behind it.
        let last = self.row[self.width - 1];
        self.row[self.width..].fill(last);
    }

    /// Writes the samples `columns` of the row. They start at a multiple of 4.
    pub fn fill(&self, columns: Range<usize>, target: &mut [u8]) {
        dispatch!(Level::new(), simd => self.mix_columns(simd, columns, target));
    }

    #[inline(always)]
    fn mix_columns<S: Simd>(&self, simd: S, columns: Range<usize>, target: &mut [u8]) {
        for (x, target) in columns.clone().step_by(STEP).zip(target[columns].chunks_mut(STEP)) {
            let quads: &[Quad; 4] = self.quads[x / 4..].first_chunk().expect("padded");
            let mut mixed = [i32x4::splat(simd, 0); 4];
            for (mixed, quad) in mixed.iter_mut().zip(quads) {
                let neighbors: &[i16; LANES] = self.row[quad.first as usize..].first_chunk().expect("padded");
                let pairs = i16x8::load_array_ref(simd, neighbors)
                    .swizzle_dyn(u8x16::load_array_ref(simd, &quad.bytes));
                let sums = pairs.pairwise_dot_product(i16x8::load_array_ref(simd, &quad.weights));
                *mixed = sums >> (LEVEL_BITS + WEIGHT_BITS);
            }
            let [a, b, c, d] = mixed;
            let (low, high) = (a.saturating_narrow(b), c.saturating_narrow(d));
            // Levels less 127.5, rounded down, are levels less 128 rounded to the nearest.
            store(low.saturating_narrow(high).bitcast::<u8x16<S>>() ^ 0x80, target);
        }
    }
}

impl Quad {
    fn new(taps: &[Mix; 4]) -> Self {
        let first = taps[0].first;
        let (mut bytes, mut weights) = ([0; 16], [0; LANES]);
        for (i, mix) in taps.iter().enumerate() {
            let second = (mix.fraction * f32::from(1_u16 << WEIGHT_BITS)).round() as i16;
            for (side, (neighbor, weight)) in
                [(mix.first, (1 << WEIGHT_BITS) - second), (mix.second, second)].into_iter().enumerate()
            {
                let lane = (neighbor - first) as u8;
                let at = 2 * i + side;
                weights[at] = weight;
                bytes[2 * at..][..2].copy_from_slice(&[2 * lane, 2 * lane + 1]);
            }
        }
        Self { first: first as u32, bytes, weights }
    }
}
