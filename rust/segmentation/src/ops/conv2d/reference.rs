use burn::tensor::Tensor;
use burn::tensor::module;
use burn::tensor::ops::ConvOptions;

use super::{Conv2dOptions, conv2d};
use crate::ops::testing::{Backend, activate, agree, nchw, nhwc, on_each_backend, same_padded};
use crate::ops::{Activation, PixelRange};

/// [`conv2d`] in plain tensor operations.
fn reference(input: Tensor<4>, weight: Tensor<4>, bias: Tensor<1>, options: Conv2dOptions) -> Tensor<4> {
    let Conv2dOptions { stride, range, activation } = options;
    let kernel = weight.dims()[0];
    let input = match range {
        PixelRange::ZeroToOne => input,
        PixelRange::MinusOneToOne => input * 2.0 - 1.0,
    };
    let padded = same_padded(nchw(input), kernel, stride);
    let options = ConvOptions::new([stride, stride], [0, 0], [1, 1], 1);
    activate(nhwc(module::conv2d(padded, weight.permute([3, 2, 0, 1]), Some(bias), options)), activation)
}

on_each_backend!(conv2d_agrees_with_the_reference, conv2d_supports_any_size);

fn conv2d_agrees_with_the_reference(backend: Backend) {
    let cases = [
        (16, 24, 3, 2, [3, 16]),
        (7, 9, 3, 2, [3, 16]),
        (8, 5, 3, 1, [3, 16]),
        (5, 6, 5, 2, [3, 24]),
        (1, 1, 3, 2, [3, 16]),
        (6, 11, 3, 2, [1, 7]),
    ];
    for (height, width, kernel, stride, [from, to]) in cases {
        for range in [PixelRange::ZeroToOne, PixelRange::MinusOneToOne] {
            let options = Conv2dOptions { stride, range, activation: Activation::HardSwish };
            agree(
                backend,
                &format!("conv2d {height}x{width} {from}->{to} k{kernel} s{stride} {range:?}"),
                &[vec![1, height, width, from], vec![kernel, kernel, from, to], vec![to]],
                |t| conv2d(t.four(0), t.four(1), t.one(2), options),
                |t| reference(t.four(0), t.four(1), t.one(2), options),
            );
        }
    }
}

fn conv2d_supports_any_size(backend: Backend) {
    for (height, width, from, to, kernel, stride) in [
        (1, 1, 1, 1, 3, 1),
        (5, 4, 2, 7, 3, 2),
        (9, 17, 3, 9, 5, 1),
        (6, 3, 4, 16, 1, 2),
        (2, 30, 5, 3, 3, 2),
    ] {
        let options =
            Conv2dOptions { stride, range: PixelRange::MinusOneToOne, activation: Activation::Relu };
        agree(
            backend,
            &format!("conv2d {height}x{width} {from}->{to} k{kernel} s{stride}"),
            &[vec![1, height, width, from], vec![kernel, kernel, from, to], vec![to]],
            |t| conv2d(t.four(0), t.four(1), t.one(2), options),
            |t| reference(t.four(0), t.four(1), t.one(2), options),
        );
    }
}
