use burn::tensor::Tensor;
use burn::tensor::module::conv2d;
use burn::tensor::ops::ConvOptions;

use super::depthwise;
use crate::ops::Activation;
use crate::ops::testing::{Backend, activate, agree, nchw, nhwc, on_each_backend, same_padded};

/// [`depthwise`] in plain tensor operations.
fn reference(
    input: Tensor<4>,
    weight: Tensor<3>,
    bias: Tensor<1>,
    stride: usize,
    dilation: usize,
    activation: Activation,
    add_input: bool,
) -> Tensor<4> {
    let [kernel, _, channels] = weight.dims();
    let padded = same_padded(nchw(input.clone()), (kernel - 1) * dilation + 1, stride);
    let weight = weight.permute([2, 0, 1]).reshape([channels, 1, kernel, kernel]);
    let options = ConvOptions::new([stride, stride], [0, 0], [dilation, dilation], channels);
    let output = activate(nhwc(conv2d(padded, weight, Some(bias), options)), activation);
    if add_input { output + input } else { output }
}

on_each_backend!(depthwise_agrees_with_the_reference, depthwise_takes_any_sizes, depthwise_dilates);

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
        agree(
            backend,
            &format!("depthwise {height}x{width}x{channels} k{kernel} s{stride} add {add_input}"),
            &[vec![1, height, width, channels], vec![kernel, kernel, channels], vec![channels]],
            |t| depthwise(t.four(0), t.three(1), t.one(2), stride, 1, Activation::Relu6, add_input),
            |t| reference(t.four(0), t.three(1), t.one(2), stride, 1, Activation::Relu6, add_input),
        );
    }
}

fn depthwise_takes_any_sizes(backend: Backend) {
    for (height, width, channels) in [(1, 1, 1), (2, 3, 5), (4, 9, 8), (5, 8, 13), (11, 14, 17), (3, 21, 3)] {
        for (kernel, stride) in [(3, 1), (3, 2), (5, 1), (5, 2)] {
            let add_input = stride == 1;
            agree(
                backend,
                &format!("depthwise {height}x{width}x{channels} k{kernel} s{stride}"),
                &[vec![1, height, width, channels], vec![kernel, kernel, channels], vec![channels]],
                |t| depthwise(t.four(0), t.three(1), t.one(2), stride, 1, Activation::HardSwish, add_input),
                |t| reference(t.four(0), t.three(1), t.one(2), stride, 1, Activation::HardSwish, add_input),
            );
        }
    }
}

fn depthwise_dilates(backend: Backend) {
    for (height, width, channels, kernel, dilation) in [
        (33, 33, 8, 3, 2),
        (33, 33, 8, 3, 4),
        (9, 16, 12, 3, 2),
        (7, 21, 7, 3, 3),
        (10, 11, 13, 5, 2),
        (12, 5, 3, 5, 4),
        // Smaller than the filter reaches, and than the steps of its dilation.
        (1, 1, 4, 3, 2),
        (2, 3, 5, 3, 4),
        (3, 2, 4, 5, 3),
    ] {
        agree(
            backend,
            &format!("depthwise {height}x{width}x{channels} k{kernel} dilation {dilation}"),
            &[vec![1, height, width, channels], vec![kernel, kernel, channels], vec![channels]],
            |t| depthwise(t.four(0), t.three(1), t.one(2), 1, dilation, Activation::Relu6, false),
            |t| reference(t.four(0), t.three(1), t.one(2), 1, dilation, Activation::Relu6, false),
        );
    }
}
