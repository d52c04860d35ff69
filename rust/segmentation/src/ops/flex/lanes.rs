//! Eight neighboring channels as a vector: loads, stores and functions.

use fearless_simd::{Simd, f32x8, prelude::*};

use crate::ops::Activation;

/// Channels of a vector: one AVX register, or two NEON or WebAssembly registers.
pub(crate) const LANES: usize = 8;

/// Loads the first eight values. Missing ones are zero.
#[inline(always)]
pub(crate) fn load<S: Simd>(simd: S, values: &[f32]) -> f32x8<S> {
    match values.first_chunk() {
        Some(values) => f32x8::load_array_ref(simd, values),
        None => {
            let mut padded = [0.0; LANES];
            padded[..values.len()].copy_from_slice(values);
            f32x8::load_array(simd, padded)
        }
    }
}

/// Stores the first eight values, or fewer if `values` is shorter.
#[inline(always)]
pub(crate) fn store<S: Simd>(lanes: f32x8<S>, values: &mut [f32]) {
    match values.first_chunk_mut() {
        Some(values) => lanes.store_array(values),
        None => values.copy_from_slice(&lanes.as_array()[..values.len()]),
    }
}

/// Applies an activation to sums in registers. Not the logistic function, which is too long to be unrolled for each sum: see
/// [`sigmoids`].
#[inline(always)]
pub(crate) fn activate<S: Simd, const V: usize, const P: usize>(
    simd: S,
    sums: &mut [[f32x8<S>; V]; P],
    activation: Activation,
) {
    let (zero, six) = (f32x8::splat(simd, 0.0), f32x8::splat(simd, 6.0));
    match activation {
        Activation::Linear | Activation::Sigmoid => {}
        Activation::Relu => {
            for sums in sums {
                for x in sums {
                    *x = at_least(*x, zero);
                }
            }
        }
        Activation::Relu6 => {
            for sums in sums {
                for x in sums {
                    *x = at_most(at_least(*x, zero), six);
                }
            }
        }
        Activation::HardSwish => {
            for sums in sums {
                for x in sums {
                    *x = *x * at_most(at_least(*x + 3.0, zero), six) * (1.0 / 6.0);
                }
            }
        }
    }
}

/// The maximum; NaN stays NaN. WebAssembly's own maximum takes seven instructions because it also orders the two zeros.
#[inline(always)]
fn at_least<S: Simd>(x: f32x8<S>, bound: f32x8<S>) -> f32x8<S> {
    x.simd_lt(bound).select(bound, x)
}

/// The minimum; NaN stays NaN.
#[inline(always)]
fn at_most<S: Simd>(x: f32x8<S>, bound: f32x8<S>) -> f32x8<S> {
    bound.simd_lt(x).select(bound, x)
}

/// Applies the logistic function to all values. In the innermost loops it would spill the sums from their registers.
#[inline(always)]
pub(crate) fn sigmoids<S: Simd>(simd: S, values: &mut [f32]) {
    for values in values.chunks_mut(LANES) {
        store(sigmoid(load(simd, values)), values);
    }
}

/// The logistic function, accurate to a few units in the last place.
#[inline(always)]
pub(crate) fn sigmoid<S: Simd>(x: f32x8<S>) -> f32x8<S> {
    let simd = x.token();
    f32x8::splat(simd, 1.0) / (exp(-x) + 1.0)
}

/// `e^x` as `2^n · e^r`. `n` is the nearest integer to `x / ln 2`; the remainder, `|r| <= ln 2 / 2`, is evaluated with a
/// polynomial (Cephes' `expf`, relative error 2e-7). Saturates at the limits of the range of f32.
#[inline(always)]
pub(crate) fn exp<S: Simd>(x: f32x8<S>) -> f32x8<S> {
    /// ln 2 in two parts. The first is short enough for its products with `n` to be exact.
    const LN_2: [f32; 2] = [0.693_359_4, -2.121_944_4e-4];
    let simd = x.token();

    let x = at_most(at_least(x, f32x8::splat(simd, -87.3)), f32x8::splat(simd, 88.3));
    let n = (x * std::f32::consts::LOG2_E).round_ties_even();
    let r = x - n * LN_2[0] - n * LN_2[1];
    let mut polynomial = f32x8::splat(simd, 1.987_569_1e-4);
    for coefficient in [1.398_2e-3, 8.333_452e-3, 4.166_579_6e-2, 1.666_666_5e-1, 0.5] {
        polynomial = polynomial.mul_add(r, f32x8::splat(simd, coefficient));
    }
    let result = polynomial.mul_add(r * r, r + 1.0);
    // 2^n: adding 2^23 leaves n in the lowest bits of the mantissa, and the shift moves it into the exponent.
    let exponent = (n + (127.0 + 8_388_608.0)).bitcast::<fearless_simd::u32x8<S>>() << 23;
    result * exponent.bitcast::<f32x8<S>>()
}
