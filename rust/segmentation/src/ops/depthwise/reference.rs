use burn::tensor::Tensor;
use burn::tensor::module::conv2d;
use burn::tensor::ops::ConvOptions;

use super::{DepthwiseOptions, depthwise};
use crate::ops::Activation;
use crate::ops::testing::{Backend, activate, agree, nchw, nhwc, on_each_backend, same_padded};

/// [`depthwise`] in plain tensor operations.
fn reference(input: Tensor<4>, weight: Tensor<3>, bias: Tensor<1>, options: DepthwiseOptions) -> Tensor<4> {
    let DepthwiseOptions { stride, dilation, activation, add_input } = options;
    let [kernel, _, channels] = weight.dims();
    let padded = same_padded(nchw(input.clone()), (kernel - 1) * dilation + 1, stride);
    let weight = weight.permute([2, 0, 1]).reshape([channels, 1, kernel, kernel]);
    let options = ConvOptions::new([stride, stride], [0, 0], [dilation, dilation], channels);
    let output = activate(nhwc(conv2d(padded, weight, Some(bias), options)), activation);
    if add_input { output + input } else { output }
}

on_each_backend!(
    depthwise_agrees_with_the_reference,
    depthwise_supports_any_size,
    depthwise_supports_dilation
);

fn depthwise_agrees_with_the_reference(backend: Backend) {
    let cases = [
        (16, 24, 16, 3, 2, false),
        (9, 16, 128, 5, 1, false),
        (18, 32, 96, 5, 2, false),
        (7, 5, 24, 3, 1, true),
        (7, 9, 8, 5, 2, false),
        (3, 2, 4, 5, 1, true),
        (1, 1, 4, 3, 2, false),
        (10, 11, 7, 3, 1, true),
        (6, 9, 13, 5, 2, false),
    ];
    for (height, width, channels, kernel, stride, add_input) in cases {
        let options = DepthwiseOptions { stride, dilation: 1, activation: Activation::Relu6, add_input };
        agree(
            backend,
            &format!("depthwise {height}x{width}x{channels} k{kernel} s{stride} add {add_input}"),
            &[vec![1, height, width, channels], vec![kernel, kernel, channels], vec![channels]],
            |t| depthwise(t.four(0), t.three(1), t.one(2), options),
            |t| reference(t.four(0), t.three(1), t.one(2), options),
        );
    }
}

fn depthwise_supports_any_size(backend: Backend) {
    for (height, width, channels) in [(1, 1, 1), (2, 3, 5), (4, 9, 8), (5, 8, 13), (11, 14, 17), (3, 21, 3)] {
        for (kernel, stride) in [(3, 1), (3, 2), (5, 1), (5, 2)] {
            let (activation, add_input) = (Activation::HardSwish, stride == 1);
            let options = DepthwiseOptions { stride, dilation: 1, activation, add_input };
            agree(
                backend,
                &format!("depthwise {height}x{width}x{channels} k{kernel} s{stride}"),
                &[vec![1, height, width, channels], vec![kernel, kernel, channels], vec![channels]],
                |t| depthwise(t.four(0), t.three(1), t.one(2), options),
                |t| reference(t.four(0), t.three(1), t.one(2), options),
            );
        }
    }
}

fn depthwise_supports_dilation(backend: Backend) {
    for (height, width, channels, kernel, dilation) in [
        (33, 33, 8, 3, 2),
        (33, 33, 8, 3, 4),
        (9, 16, 12, 3, 2),
        (7, 21, 7, 3, 3),
        (10, 11, 13, 5, 2),
        (12, 5, 3, 5, 4),
        // Smaller than the reach of the filter, and than its dilation.
        (1, 1, 4, 3, 2),
        (2, 3, 5, 3, 4),
        (3, 2, 4, 5, 3),
    ] {
        let options =
            DepthwiseOptions { stride: 1, dilation, activation: Activation::Relu6, add_input: false };
        agree(
            backend,
            &format!("depthwise {height}x{width}x{channels} k{kernel} dilation {dilation}"),
            &[vec![1, height, width, channels], vec![kernel, kernel, channels], vec![channels]],
            |t| depthwise(t.four(0), t.three(1), t.one(2), options),
            |t| reference(t.four(0), t.three(1), t.one(2), options),
        );
    }
}
