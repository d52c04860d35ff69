//! The matrix product of the convolutions, with a packed weight.
//!
//! A weight `[I, O]` is packed once, when a model is imported, into panels of [`LANES`] output channels. A panel holds `I`
//! rows of its channels, so that the product reads it sequentially. The last panel is padded with zeros. As a tensor the
//! packed weight is `[panels, I * LANES]`.

use fearless_simd::{Level, Simd, dispatch, f32x8, prelude::*};

pub(crate) use super::lanes::LANES;
use super::lanes::{activate, load, sigmoids, store};
use crate::ops::Activation;

/// Length of a packed `[channels, channels_out]`.
pub(crate) fn packed_len(channels: usize, channels_out: usize) -> usize {
    channels_out.next_multiple_of(LANES) * channels
}

/// Packs `[I, channels_out]`.
pub(crate) fn pack(weight: &[f32], channels_out: usize, packed: &mut [f32]) {
    let channels = weight.len() / channels_out;
    for (panel, rows) in packed.chunks_exact_mut(channels * LANES).enumerate() {
        for (lanes, row) in rows.as_chunks_mut::<LANES>().0.iter_mut().zip(weight.chunks_exact(channels_out))
        {
            let row = &row[panel * LANES..];
            let count = row.len().min(LANES);
            lanes.fill(0.0);
            lanes[..count].copy_from_slice(&row[..count]);
        }
    }
}

/// Multiplies each row of a packed weight by a factor, which is equivalent to multiplying the inputs.
pub(crate) fn scale(weight: &[f32], factors: &[f32], scaled: &mut [f32]) {
    let panels =
        scaled.chunks_exact_mut(factors.len() * LANES).zip(weight.chunks_exact(factors.len() * LANES));
    for (scaled, weight) in panels {
        let rows = scaled.as_chunks_mut::<LANES>().0.iter_mut().zip(weight.as_chunks::<LANES>().0);
        for ((scaled, weight), factor) in rows.zip(factors) {
            *scaled = weight.map(|weight| weight * factor);
        }
    }
}

/// `activation(rows · weight + bias) + residual`
#[derive(Clone, Copy)]
pub(crate) struct Product<'a> {
    /// Panels made by [`pack`].
    pub(crate) weight: &'a [f32],
    /// `[O]`
    pub(crate) bias: &'a [f32],
    pub(crate) activation: Activation,
}

/// The left side of a product: one row per pixel, in place. The row of pixel `p` is `values[p * step..][..depth]` or, if
/// `values` has several parts of `length`, the concatenation of this slice of each part.
#[derive(Clone, Copy)]
pub(crate) struct Rows<'a> {
    pub(crate) values: &'a [f32],
    pub(crate) length: usize,
    pub(crate) step: usize,
    pub(crate) depth: usize,
}

impl<'a> Rows<'a> {
    /// Contiguous rows of `depth` values.
    pub(crate) fn new(values: &'a [f32], depth: usize) -> Self {
        Self { values, length: values.len(), step: depth, depth }
    }
}

impl Product<'_> {
    /// `I`, the number of values per pixel.
    fn channels(&self) -> usize {
        self.weight.len() / self.bias.len().next_multiple_of(LANES)
    }

    /// `[pixels, I]` to `[pixels, O]`.
    pub(crate) fn apply(&self, values: &[f32], residual: Option<&[f32]>, output: &mut [f32]) {
        self.apply_to(&Rows::new(values, self.channels()), residual, output);
    }

    /// Computes the product for rows in any layout.
    pub(crate) fn apply_to(&self, rows: &Rows<'_>, residual: Option<&[f32]>, output: &mut [f32]) {
        dispatch!(Level::new(), simd => self.apply_with(simd, rows, residual, output));
    }

    /// Computes the product with the given instruction set.
    #[inline(always)]
    fn apply_with<S: Simd>(&self, simd: S, rows: &Rows<'_>, residual: Option<&[f32]>, output: &mut [f32]) {
        if self.activation != Activation::Sigmoid {
            return self.multiply(simd, rows, residual, output);
        }
        // The logistic function is a separate pass, so the residual is added after it.
        self.multiply(simd, rows, None, output);
        sigmoids(simd, output);
        for (output, residual) in output.iter_mut().zip(residual.unwrap_or(&[])) {
            *output += residual;
        }
    }

    /// The product with any activation but the logistic function.
    #[inline(always)]
    fn multiply<S: Simd>(&self, simd: S, rows: &Rows<'_>, residual: Option<&[f32]>, output: &mut [f32]) {
        let panels = self.bias.len().div_ceil(LANES);
        // As many sums as fit into sixteen registers (AVX, or WebAssembly, where a panel takes two) next to the weights and
        // a value. Fewer would not saturate the arithmetic units.
        match (S::f32s::LEN >= LANES, panels) {
            (false, _) => self.tiles::<S, 4, 1>(simd, rows, residual, output),
            (true, 1) => self.tiles::<S, 8, 1>(simd, rows, residual, output),
            (true, panels) if panels % 3 == 0 => self.tiles::<S, 4, 3>(simd, rows, residual, output),
            (true, _) => self.tiles::<S, 6, 2>(simd, rows, residual, output),
        }
    }

    /// The product in tiles of `P` pixels and up to `V` panels.
    #[inline(always)]
    fn tiles<S: Simd, const P: usize, const V: usize>(
        &self,
        simd: S,
        rows: &Rows<'_>,
        residual: Option<&[f32]>,
        output: &mut [f32],
    ) {
        let pixels = output.len() / self.bias.len();
        if pixels < P {
            for at in 0..pixels {
                self.pixels::<S, 1, V>(simd, rows, at, residual, output);
            }
            return;
        }
        for at in (0..pixels - P).step_by(P) {
            self.pixels::<S, P, V>(simd, rows, at, residual, output);
        }
        // The last tile ends with the last pixel, so it may compute some results again.
        self.pixels::<S, P, V>(simd, rows, pixels - P, residual, output);
    }

    /// Computes `P` pixels from `at` on, for all panels.
    #[inline(always)]
    fn pixels<S: Simd, const P: usize, const V: usize>(
        &self,
        simd: S,
        rows: &Rows<'_>,
        at: usize,
        residual: Option<&[f32]>,
        output: &mut [f32],
    ) {
        let range = at * self.bias.len()..(at + P) * self.bias.len();
        let residual = residual.map(|residual| &residual[range.clone()]);
        let output = &mut output[range];
        let panel = self.channels() * LANES;
        let mut several = self.weight.chunks_exact(V * panel);
        let mut first = 0;
        for panels in several.by_ref() {
            let sums = sums::<S, P, V>(simd, rows, at, panels, self.biases(simd, first));
            self.finish(sums, first, residual, output);
            first += V * LANES;
        }
        for panels in several.remainder().chunks_exact(panel) {
            let sums = sums::<S, P, 1>(simd, rows, at, panels, self.biases(simd, first));
            self.finish(sums, first, residual, output);
            first += LANES;
        }
    }

    /// The initial values of the sums of `V` panels, for the channels from `first` on.
    #[inline(always)]
    fn biases<S: Simd, const V: usize>(&self, simd: S, first: usize) -> [f32x8<S>; V] {
        let mut biases = [f32x8::splat(simd, 0.0); V];
        for (lanes, bias) in biases.iter_mut().zip(self.bias[first..].chunks(LANES)) {
            *lanes = load(simd, bias);
        }
        biases
    }

    /// Writes the results of `P` pixels for the channels from `first` on.
    #[inline(always)]
    fn finish<S: Simd, const P: usize, const V: usize>(
        &self,
        mut sums: [[f32x8<S>; V]; P],
        first: usize,
        residual: Option<&[f32]>,
        output: &mut [f32],
    ) {
        let simd = sums[0][0].token();
        let channels_out = self.bias.len();
        activate(simd, &mut sums, self.activation);
        if first + V * LANES <= channels_out {
            if let Some(residual) = residual {
                for (pixel, sums) in sums.iter_mut().enumerate() {
                    let residual = &residual[pixel * channels_out + first..][..V * LANES];
                    for (sum, residual) in sums.iter_mut().zip(residual.as_chunks().0) {
                        *sum += f32x8::load_array_ref(simd, residual);
                    }
                }
            }
            for (pixel, sums) in sums.iter().enumerate() {
                let output = &mut output[pixel * channels_out + first..][..V * LANES];
                for (sum, output) in sums.iter().zip(output.as_chunks_mut().0) {
                    sum.store_array(output);
                }
            }
        } else {
            for (pixel, sums) in copied_to_memory(&sums).iter().enumerate() {
                let (from, to) = (pixel * channels_out + first, (pixel + 1) * channels_out);
                let residuals = residual.map_or(&[][..], |residual| &residual[from..to]).chunks(LANES);
                let residuals = residuals.chain(std::iter::repeat(&[][..]));
                for ((sum, output), residual) in
                    sums.iter().zip(output[from..to].chunks_mut(LANES)).zip(residuals)
                {
                    store(*sum + load(simd, residual), output);
                }
            }
        }
    }
}

/// Multiplies `P` pixels from `at` on by `V` panels, and adds `start`.
#[inline(always)]
fn sums<S: Simd, const P: usize, const V: usize>(
    simd: S,
    rows: &Rows<'_>,
    at: usize,
    panels: &[f32],
    start: [f32x8<S>; V],
) -> [[f32x8<S>; V]; P] {
    let Rows { values, length, step, depth } = *rows;
    let panels = panels.as_chunks::<LANES>().0;
    let channels = panels.len() / V;
    let mut sums = [start; P];
    for (part, values) in values.chunks_exact(length).enumerate() {
        let values = &values[at * step..][..(P - 1) * step + depth];
        let panels = &panels[part * depth..][..(V - 1) * channels + depth];
        for channel in 0..depth {
            let mut weights = start;
            for (panel, weight) in weights.iter_mut().enumerate() {
                // SAFETY: `panel < V` and `channel < depth`: within the length that `panels` was sliced to.
                let lanes = unsafe { panels.get_unchecked(panel * channels + channel) };
                *weight = f32x8::load_array_ref(simd, lanes);
            }
            for (pixel, sums) in sums.iter_mut().enumerate() {
                // SAFETY: `pixel < P` and `channel < depth`: within the length that `values` was sliced to.
                let value = f32x8::splat(simd, unsafe { *values.get_unchecked(pixel * step + channel) });
                for (sum, weight) in sums.iter_mut().zip(weights) {
                    *sum = weight.mul_add(value, *sum);
                }
            }
        }
    }
    sums
}

/// Copies the sums for loops that are too long to be unrolled. The compiler keeps an array that such a loop indexes in
/// memory from its first use on, so only the copy may be indexed.
#[inline(always)]
fn copied_to_memory<T: Copy, const P: usize, const V: usize>(sums: &[[T; V]; P]) -> [[T; V]; P] {
    let mut copy = [[sums[0][0]; V]; P];
    for pixel in 0..P {
        for panel in 0..V {
            copy[pixel][panel] = sums[pixel][panel];
        }
    }
    copy
}

#[test]
fn instruction_sets_agree() {
    let (pixels, channels, channels_out) = (13, 37, 21);
    let noise =
        |len: usize| -> Vec<f32> { (0..len).map(|index| (index as f32 * 0.618).fract() - 0.5).collect() };
    let mut weight = vec![0.0; packed_len(channels, channels_out)];
    pack(&noise(channels * channels_out), channels_out, &mut weight);
    let (values, bias) = (noise(pixels * channels), noise(channels_out));
    for activation in [Activation::Linear, Activation::Relu6, Activation::HardSwish, Activation::Sigmoid] {
        let product = Product { weight: &weight, bias: &bias, activation };
        let rows = Rows::new(&values, channels);
        // The baseline of the target, and the best instruction set of this machine.
        let [least, best] = [Level::baseline(), Level::new()].map(|level| {
            let mut output = vec![0.0; pixels * channels_out];
            dispatch!(level, simd => product.apply_with(simd, &rows, None, &mut output));
            output
        });
        let worst = least.iter().zip(&best).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(
            worst < 1e-5,
            "{activation:?}: {worst:e} between {:?} and {:?}",
            Level::baseline(),
            Level::new()
        );
    }
}
