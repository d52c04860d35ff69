//! Vectors of samples: loads, stores and conversions.
//!
//! Natively the instruction set is chosen where [`fearless_simd::dispatch`] enters a loop; for WebAssembly, at compile time.
//! Functions that take vectors are always inlined, so that they are compiled with that set. So is [`map`].

use fearless_simd::{Simd, f32x4, i32x4, prelude::*, u8x16, u32x4};

/// Samples of 8 bits in a vector: the step of the loops over rows.
pub(crate) const STEP: usize = 16;

/// The length of a row of f32 that loops read in whole steps, from any sample of the row on.
pub(crate) fn padded(length: usize) -> usize {
    length + STEP
}

/// Loads the first samples. After the end of a shorter row its last sample repeats.
#[inline(always)]
pub(crate) fn load<S: Simd>(simd: S, samples: &[u8]) -> u8x16<S> {
    match samples.first_chunk() {
        Some(samples) => u8x16::load_array_ref(simd, samples),
        None => {
            let mut filled = [samples.last().copied().unwrap_or_default(); STEP];
            filled[..samples.len()].copy_from_slice(samples);
            u8x16::load_array(simd, filled)
        }
    }
}

/// Stores the first samples, or fewer if the row is shorter.
#[inline(always)]
pub(crate) fn store<S: Simd>(lanes: u8x16<S>, samples: &mut [u8]) {
    match samples.first_chunk_mut() {
        Some(samples) => lanes.store_array(samples),
        None => samples.copy_from_slice(&lanes.as_array()[..samples.len()]),
    }
}

/// Loads four values of a padded row.
#[inline(always)]
pub(crate) fn quad<S: Simd>(simd: S, row: &[f32], x: usize) -> f32x4<S> {
    f32x4::from_slice(simd, &row[x..x + 4])
}

/// Converts samples to levels from 0 to 255.
#[inline(always)]
pub(crate) fn to_levels<S: Simd>(samples: u8x16<S>) -> [f32x4<S>; 4] {
    let (low, high) = samples.widen();
    let ((a, b), (c, d)) = (low.widen(), high.widen());
    let level = |quad: u32x4<S>| quad.bitcast::<i32x4<S>>().to_float();
    [level(a), level(b), level(c), level(d)]
}

/// Rounds levels to samples. Levels below 0 and above 255 are clamped.
#[inline(always)]
pub(crate) fn to_samples<S: Simd>(levels: [f32x4<S>; 4]) -> u8x16<S> {
    // Next to this number, the floats are the integers: the addition rounds, and the lowest bits of the sum are the level.
    // WebAssembly's own conversion takes several instructions because it treats values out of range alike everywhere.
    const INTEGERS: f32 = 12_582_912.0;
    // The vectors narrow to signed bytes. Less 128, all levels fit.
    let round =
        |quad: f32x4<S>| (quad + (INTEGERS - 128.0)).bitcast::<i32x4<S>>() - INTEGERS.to_bits() as i32;
    let [a, b, c, d] = levels;
    let (low, high) = (round(a).saturating_narrow(round(b)), round(c).saturating_narrow(round(d)));
    low.saturating_narrow(high).bitcast::<u8x16<S>>() ^ 0x80
}

/// [`array::map`], inlined. The standard library's calls its closures in functions without the instruction set.
#[inline(always)]
pub(crate) fn map<T: Copy, U: Copy, const N: usize>(values: [T; N], f: impl Fn(T) -> U) -> [U; N] {
    let mut results = [f(values[0]); N];
    for i in 1..N {
        results[i] = f(values[i]);
    }
    results
}

/// Clamps to a range. WebAssembly's own minimum and maximum take seven instructions because they also order the two zeros.
#[inline(always)]
pub(crate) fn clamp<S: Simd>(x: f32x4<S>, low: f32, high: f32) -> f32x4<S> {
    let (low, high) = (f32x4::splat(x.token(), low), f32x4::splat(x.token(), high));
    let x = x.simd_lt(low).select(low, x);
    high.simd_lt(x).select(high, x)
}

/// Turns four pixels with four channels each into four channels with four pixels each, and back.
#[inline(always)]
pub(crate) fn transpose<S: Simd>([a, b, c, d]: [f32x4<S>; 4]) -> [f32x4<S>; 4] {
    let (ac, bd) = (a.zip_low(c), b.zip_low(d));
    let (ac_high, bd_high) = (a.zip_high(c), b.zip_high(d));
    [ac.zip_low(bd), ac.zip_high(bd), ac_high.zip_low(bd_high), ac_high.zip_high(bd_high)]
}

/// Four results of a linear function of three channels: three weights and an offset.
#[inline(always)]
pub(crate) fn linear<S: Simd>([a, b, c, offset]: [f32; 4], [x, y, z]: [f32x4<S>; 3]) -> f32x4<S> {
    x * a + y * b + z * c + offset
}

#[cfg(test)]
mod test {
    use fearless_simd::{Level, dispatch};

    use super::*;

    #[test]
    fn levels_are_rounded_and_clamped() {
        let levels = [
            -1e6, -300.0, -0.6, -0.4, 0.4, 0.6, 1.0, 127.4, 127.6, 128.4, 254.4, 254.6, 255.4, 256.0, 300.0,
            1e6,
        ];
        let expected = [0, 0, 0, 0, 0, 1, 1, 127, 128, 128, 254, 255, 255, 255, 255, 255];
        let found = dispatch!(Level::new(), simd => {
            let quads = std::array::from_fn(|i| quad(simd, &levels, 4 * i));
            to_samples(quads).to_array()
        });
        assert_eq!(found, expected);
    }

    #[test]
    fn short_rows_repeat_their_last_sample() {
        let found = dispatch!(Level::new(), simd => load(simd, &[1, 2, 3]).to_array());
        assert_eq!(found, [1, 2, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3]);
    }

    #[test]
    fn a_transposition_swaps_pixels_and_channels() {
        let found = dispatch!(Level::new(), simd => {
            let pixels = std::array::from_fn(|i| f32x4::from_fn(simd, |j| (10 * i + j) as f32));
            transpose(pixels).map(|channel| channel.to_array())
        });
        for (channel, pixels) in found.iter().enumerate() {
            for (pixel, value) in pixels.iter().enumerate() {
                assert_eq!(*value, (10 * pixel + channel) as f32);
            }
        }
    }
}
