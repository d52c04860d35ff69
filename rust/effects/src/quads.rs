//! Vectors of four f32: partial loads and stores, and functions. Four lanes are one register of WebAssembly, and a pixel of
//! four channels.

use fearless_simd::{Simd, f32x4, i32x4, prelude::*, u32x4};

use crate::lanes::clamp;

/// Pixels that loops process together.
pub(crate) const LANES: usize = 4;

/// Loads the first four values. Missing ones are zero.
#[inline(always)]
pub(crate) fn load<S: Simd>(simd: S, values: &[f32]) -> f32x4<S> {
    match values.first_chunk() {
        Some(values) => f32x4::load_array_ref(simd, values),
        None => {
            let mut padded = [0.0; LANES];
            padded[..values.len()].copy_from_slice(values);
            f32x4::load_array(simd, padded)
        }
    }
}

/// Stores the first four values, or fewer if `values` is shorter.
#[inline(always)]
pub(crate) fn store<S: Simd>(lanes: f32x4<S>, values: &mut [f32]) {
    match values.first_chunk_mut() {
        Some(values) => lanes.store_array(values),
        None => values.copy_from_slice(&lanes.as_array()[..values.len()]),
    }
}

/// Stores vectors as pixels of four channels: as many as `pixels` has.
#[inline(always)]
pub(crate) fn store_pixels<S: Simd>(vectors: [f32x4<S>; LANES], pixels: &mut [[f32; 4]]) {
    for (vector, pixel) in vectors.into_iter().zip(pixels) {
        vector.store_array(pixel);
    }
}

/// The maximum. WebAssembly's own maximum takes seven instructions because it also orders the two zeros.
#[inline(always)]
pub(crate) fn at_least<S: Simd>(x: f32x4<S>, bound: f32x4<S>) -> f32x4<S> {
    x.simd_lt(bound).select(bound, x)
}

/// The cubic Hermite step between two edges.
#[inline(always)]
pub(crate) fn smoothstep<S: Simd>([low, high]: [f32; 2], x: f32x4<S>) -> f32x4<S> {
    let t = clamp((x - low) * (high - low).recip(), 0.0, 1.0);
    t * t * (t * -2.0 + 3.0)
}

/// The linear interpolation from `first` to `second`.
#[inline(always)]
pub(crate) fn mix<S: Simd>(first: f32x4<S>, second: f32x4<S>, fraction: f32x4<S>) -> f32x4<S> {
    (second - first).mul_add(fraction, first)
}

/// `x` to the power of `exponent`, for a positive normal `x`. The relative error is at most about 2e-7 for each
/// doubling or halving from 1 to the result.
#[inline(always)]
pub(crate) fn pow<S: Simd>(x: f32x4<S>, exponent: f32) -> f32x4<S> {
    exp2(log2(x) * exponent)
}

/// The binary logarithm of positive normal numbers: the exponent, and the series of the inverse hyperbolic tangent for the
/// mantissa.
#[inline(always)]
fn log2<S: Simd>(x: f32x4<S>) -> f32x4<S> {
    let simd = x.token();
    // The mantissa lies between the roots of one half and of two, where the series converges fastest.
    let root = u32x4::splat(simd, std::f32::consts::FRAC_1_SQRT_2.to_bits());
    let bits = x.bitcast::<u32x4<S>>();
    let exponent = (bits - root).bitcast::<i32x4<S>>() >> 23;
    let mantissa = (bits - (exponent << 23).bitcast::<u32x4<S>>()).bitcast::<f32x4<S>>();
    let t = (mantissa - 1.0) / (mantissa + 1.0);
    let square = t * t;
    let mut series = f32x4::splat(simd, 1.0 / 9.0);
    for coefficient in [1.0 / 7.0, 1.0 / 5.0, 1.0 / 3.0, 1.0] {
        series = series.mul_add(square, f32x4::splat(simd, coefficient));
    }
    let exponent: f32x4<S> = exponent.to_float();
    (t * series).mul_add(f32x4::splat(simd, 2.0 * std::f32::consts::LOG2_E), exponent)
}

/// Two to the power of `x`, at least the smallest normal number: the exponent, and the series of the exponential function.
#[inline(always)]
fn exp2<S: Simd>(x: f32x4<S>) -> f32x4<S> {
    let simd = x.token();
    let x = at_least(x, f32x4::splat(simd, -126.0));
    let whole = x.round_ties_even();
    let rest = (x - whole) * std::f32::consts::LN_2;
    let mut series = f32x4::splat(simd, 1.0 / 720.0);
    for coefficient in [1.0 / 120.0, 1.0 / 24.0, 1.0 / 6.0, 0.5, 1.0, 1.0] {
        series = series.mul_add(rest, f32x4::splat(simd, coefficient));
    }
    // Adding 2^23 leaves the integer in the lowest bits of the mantissa, and the shift moves it into the exponent.
    let exponent = (whole + (127.0 + 8_388_608.0)).bitcast::<u32x4<S>>() << 23;
    series * exponent.bitcast::<f32x4<S>>()
}

#[cfg(test)]
mod test {
    use fearless_simd::{Level, dispatch};

    use super::*;

    #[test]
    fn a_power_is_accurate() {
        for exponent in [0.25, 1.0, 1.7, 30.0] {
            for base in (1..1000).map(|i| i as f32 * 1e-3).chain([1e-6, 1e-5, 0.5, 0.707_106_77, 2.0]) {
                let found =
                    dispatch!(Level::new(), simd => pow(f32x4::splat(simd, base), exponent).as_array()[0]);
                let expected = f64::from(base).powf(f64::from(exponent)) as f32;
                let doublings = (exponent * base.log2()).abs();
                let allowed = expected * 2e-7 * (2.0 + doublings) + f32::MIN_POSITIVE;
                assert!((found - expected).abs() <= allowed, "{base}^{exponent}: {found} {expected}");
            }
        }
    }
}
