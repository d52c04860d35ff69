use burn::backend::Flex;
use burn::backend::tensor::FloatTensor;
use fearless_simd::{Level, Simd, dispatch, f32x8, prelude::*};

use super::ResizeBilinearOps;
use crate::ops::flex::lanes::{LANES, exp, load, sigmoids, store};
use crate::ops::flex::{Buffer, Rows};

impl ResizeBilinearOps for Flex {
    fn resize_bilinear(
        input: FloatTensor<Self>,
        size: [usize; 2],
        class: Option<usize>,
    ) -> FloatTensor<Self> {
        let input = Rows::new(&input);
        let [_, height, width, channels] = input.nhwc();
        let [out_height, out_width] = size;
        let length = width * channels;
        // An output row before and after its horizontal interpolation.
        let mut interpolated = Buffer::new(length);
        let mut row = Buffer::new(out_width * channels);
        let channels_out = if class.is_some() { 1 } else { channels };
        let mut output = Buffer::new(out_height * out_width * channels_out);
        for (y, output) in output.chunks_exact_mut(out_width * channels_out).enumerate() {
            let (above, below, down) = tap(y, out_height, height);
            let rows = [above, below].map(|row| &input.values()[row * length..][..length]);
            dispatch!(Level::new(), simd => {
                mix(simd, rows, down, &mut interpolated);
                let resized = if class.is_some() { &mut row[..] } else { &mut output[..] };
                for (x, pixel) in resized.chunks_exact_mut(channels).enumerate() {
                    let (left, right, along) = tap(x, out_width, width);
                    let columns = [left, right].map(|column| &interpolated[column * channels..][..channels]);
                    mix(simd, columns, along, pixel);
                }
                match class {
                    None => {}
                    Some(_) if channels == 1 => {
                        output.copy_from_slice(&row);
                        sigmoids(simd, output);
                    }
                    Some(class) => {
                        for (probability, logits) in output.iter_mut().zip(row.chunks_exact(channels)) {
                            *probability = softmax(simd, logits, class);
                        }
                    }
                }
            });
        }
        output.into_tensor([1, out_height, out_width, channels_out])
    }
}

/// The two source positions around position `to` of `size_to` on an axis of `size_from`, and the weight of the second.
fn tap(to: usize, size_to: usize, size_from: usize) -> (usize, usize, f32) {
    let span = (size_to - 1).max(1);
    let at = to * (size_from - 1);
    let low = at / span;
    (low, (low + 1).min(size_from - 1), (at % span) as f32 / span as f32)
}

/// Interpolates linearly: `from` at `part` 0, `to` at 1.
#[inline(always)]
fn mix<S: Simd>(simd: S, [from, to]: [&[f32]; 2], part: f32, mixed: &mut [f32]) {
    let part = f32x8::splat(simd, part);
    for (mixed, (from, to)) in mixed.chunks_mut(LANES).zip(from.chunks(LANES).zip(to.chunks(LANES))) {
        let (from, to) = (load(simd, from), load(simd, to));
        store((to - from).mul_add(part, from), mixed);
    }
}

/// The softmax of one class: `e^logits[class]` divided by the sum over all classes. A sum beyond the range of f32 is
/// infinite, and the result zero.
#[inline(always)]
fn softmax<S: Simd>(simd: S, logits: &[f32], class: usize) -> f32 {
    let own = f32x8::splat(simd, logits[class]);
    let (whole, rest) = logits.as_chunks::<LANES>();
    let mut sums = f32x8::splat(simd, 0.0);
    for logits in whole {
        sums += exp(f32x8::load_array_ref(simd, logits) - own);
    }
    let last = exp(load(simd, rest) - own);
    1.0 / (sums.as_array().iter().sum::<f32>() + last.as_array()[..rest.len()].iter().sum::<f32>())
}
