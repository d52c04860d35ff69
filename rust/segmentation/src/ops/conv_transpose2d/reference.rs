use burn::tensor::Tensor;
use burn::tensor::activation::{sigmoid, softmax};
use burn::tensor::module;
use burn::tensor::ops::ConvTransposeOptions;

use super::{HeadOutput, conv_transpose2d};
use crate::ops::testing::{Backend, agree, nchw, nhwc, on_each_backend};

/// [`conv_transpose2d`] in plain tensor operations.
fn reference(input: Tensor<4>, weight: Tensor<4>, bias: Tensor<1>, head_output: HeadOutput) -> Tensor<4> {
    let [_, height, width, _] = input.dims();
    let [channels, ..] = weight.dims();
    let options = ConvTransposeOptions::new([2, 2], [0, 0], [0, 0], [1, 1], 1);
    let full = nhwc(module::conv_transpose2d(nchw(input), weight.permute([3, 0, 1, 2]), Some(bias), options));
    let logits = full.slice([0..1, 0..2 * height, 0..2 * width, 0..channels]);
    match (head_output, channels) {
        (HeadOutput::Logits, _) => logits,
        (HeadOutput::Probability, 1) => sigmoid(logits),
        (HeadOutput::Probability, _) => softmax(logits, 3).slice([0..1, 0..2 * height, 0..2 * width, 1..2]),
    }
}

on_each_backend!(conv_transpose2d_agrees_with_the_reference, conv_transpose2d_supports_any_channels);

fn conv_transpose2d_agrees_with_the_reference(backend: Backend) {
    for (height, width, from, kernel, channels) in
        [(8, 12, 16, 2, 1), (5, 7, 16, 2, 2), (6, 4, 16, 3, 2), (1, 1, 16, 3, 1), (3, 6, 5, 3, 2)]
    {
        for head_output in [HeadOutput::Logits, HeadOutput::Probability] {
            agree(
                backend,
                &format!("conv_transpose2d {height}x{width} k{kernel} {from}->{channels} {head_output:?}"),
                &[vec![1, height, width, from], vec![channels, kernel, kernel, from], vec![channels]],
                |t| conv_transpose2d(t.four(0), t.four(1), t.one(2), head_output),
                |t| reference(t.four(0), t.four(1), t.one(2), head_output),
            );
        }
    }
}

fn conv_transpose2d_supports_any_channels(backend: Backend) {
    for (height, width, kernel, channels_in, channels) in
        [(1, 1, 2, 1, 1), (3, 5, 3, 7, 2), (2, 9, 2, 13, 2), (4, 3, 3, 5, 1)]
    {
        agree(
            backend,
            &format!("conv_transpose2d {height}x{width} k{kernel} {channels_in}->{channels}"),
            &[
                vec![1, height, width, channels_in],
                vec![channels, kernel, kernel, channels_in],
                vec![channels],
            ],
            |t| conv_transpose2d(t.four(0), t.four(1), t.one(2), HeadOutput::Probability),
            |t| reference(t.four(0), t.four(1), t.one(2), HeadOutput::Probability),
        );
    }
}
