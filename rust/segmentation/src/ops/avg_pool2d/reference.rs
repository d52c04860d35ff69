use burn::tensor::Tensor;
use burn::tensor::module;
use burn::tensor::ops::AvgPoolOptions;

use super::avg_pool2d;
use crate::ops::testing::{Backend, agree, nchw, nhwc, on_each_backend};

/// [`avg_pool2d`] in plain tensor operations.
fn reference(input: Tensor<4>, window: [usize; 2], stride: [usize; 2]) -> Tensor<4> {
    nhwc(module::avg_pool2d(nchw(input), AvgPoolOptions { stride, ..AvgPoolOptions::new(window) }))
}

on_each_backend!(avg_pool2d_agrees_with_the_reference, avg_pool2d_takes_any_channels);

fn avg_pool2d_agrees_with_the_reference(backend: Backend) {
    let cases = [
        ([8, 8, 24], [5, 5], [3, 3]),
        ([9, 16, 24], [9, 16], [9, 16]),
        ([7, 10, 4], [3, 2], [2, 3]),
        ([1, 1, 4], [1, 1], [1, 1]),
        ([5, 6, 5], [5, 2], [1, 3]),
    ];
    for ([height, width, channels], window, stride) in cases {
        agree(
            backend,
            &format!("avg_pool2d {height}x{width}x{channels} window {window:?} stride {stride:?}"),
            &[vec![1, height, width, channels]],
            |t| avg_pool2d(t.four(0), window, stride),
            |t| reference(t.four(0), window, stride),
        );
    }
}

fn avg_pool2d_takes_any_channels(backend: Backend) {
    for ([height, width, channels], window, stride) in
        [([3, 4, 1], [2, 2], [1, 2]), ([6, 5, 7], [3, 5], [3, 1]), ([5, 5, 13], [5, 5], [5, 5])]
    {
        agree(
            backend,
            &format!("avg_pool2d {height}x{width}x{channels} window {window:?} stride {stride:?}"),
            &[vec![1, height, width, channels]],
            |t| avg_pool2d(t.four(0), window, stride),
            |t| reference(t.four(0), window, stride),
        );
    }
}
