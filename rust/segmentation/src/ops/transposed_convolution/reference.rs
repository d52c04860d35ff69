use burn::tensor::Tensor;
use burn::tensor::activation::{sigmoid, softmax};
use burn::tensor::module::conv_transpose2d;
use burn::tensor::ops::ConvTransposeOptions;

use super::{Scores, transposed_convolution};
use crate::ops::testing::{Backend, agree, nchw, nhwc, on_each_backend};

/// [`transposed_convolution`] in plain tensor operations.
fn reference(input: Tensor<4>, weight: Tensor<4>, bias: Tensor<1>, scores: Scores) -> Tensor<4> {
    let [_, height, width, _] = input.dims();
    let [channels, ..] = weight.dims();
    let options = ConvTransposeOptions::new([2, 2], [0, 0], [0, 0], [1, 1], 1);
    let full = nhwc(conv_transpose2d(nchw(input), weight.permute([3, 0, 1, 2]), Some(bias), options));
    let logits = full.slice([0..1, 0..2 * height, 0..2 * width, 0..channels]);
    match (scores, channels) {
        (Scores::Logits, _) => logits,
        (Scores::Probability, 1) => sigmoid(logits),
        (Scores::Probability, _) => softmax(logits, 3).slice([0..1, 0..2 * height, 0..2 * width, 1..2]),
    }
}

on_each_backend!(transposed_convolution_agrees_with_the_reference, transposed_convolution_takes_any_channels);

fn transposed_convolution_agrees_with_the_reference(backend: Backend) {
    for (height, width, from, kernel, channels) in
        [(8, 12, 16, 2, 1), (5, 7, 16, 2, 2), (6, 4, 16, 3, 2), (1, 1, 16, 3, 1), (3, 6, 5, 3, 2)]
    {
        for scores in [Scores::Logits, Scores::Probability] {
            agree(
                backend,
                &format!("transposed_convolution {height}x{width} k{kernel} {from}->{channels} {scores:?}"),
                &[vec![1, height, width, from], vec![channels, kernel, kernel, from], vec![channels]],
                |t| transposed_convolution(t.four(0), t.four(1), t.one(2), scores),
                |t| reference(t.four(0), t.four(1), t.one(2), scores),
            );
        }
    }
}

fn transposed_convolution_takes_any_channels(backend: Backend) {
    for (height, width, kernel, channels_in, channels) in
        [(1, 1, 2, 1, 1), (3, 5, 3, 7, 2), (2, 9, 2, 13, 2), (4, 3, 3, 5, 1)]
    {
        agree(
            backend,
            &format!("transposed_convolution {height}x{width} k{kernel} {channels_in}->{channels}"),
            &[
                vec![1, height, width, channels_in],
                vec![channels, kernel, kernel, channels_in],
                vec![channels],
            ],
            |t| transposed_convolution(t.four(0), t.four(1), t.one(2), Scores::Probability),
            |t| reference(t.four(0), t.four(1), t.one(2), Scores::Probability),
        );
    }
}
