use burn::tensor::Tensor;

use super::skip_fusion;
use crate::ops::Activation;
use crate::ops::testing::{Backend, activate, agree, on_each_backend, resized};

/// [`skip_fusion`] in plain tensor operations.
fn reference(
    skip: Tensor<4>,
    gate: Tensor<4>,
    low: Tensor<4>,
    weight: Tensor<2>,
    bias: Tensor<1>,
    activation: Activation,
) -> Tensor<4> {
    let [_, height, width, channels] = skip.dims();
    let merged = skip * gate + resized(low, [height, width]);
    let rows = merged.reshape([height * width, channels]).matmul(weight) + bias.unsqueeze::<2>();
    activate(rows.reshape([1, height, width, channels]), activation)
}

on_each_backend!(skip_fusion_agrees_with_the_reference);

fn skip_fusion_agrees_with_the_reference(backend: Backend) {
    for (low_height, low_width, channels) in [
        (9, 16, 24),
        (36, 20, 16),
        (5, 7, 8),
        (1, 1, 4),
        (3, 4, 9),
        (4, 3, 32),
        (2, 5, 6),
        (1, 2, 1),
        (3, 6, 17),
    ] {
        agree(
            backend,
            &format!("skip_fusion from {low_height}x{low_width}, {channels} channels"),
            &[
                vec![1, 2 * low_height, 2 * low_width, channels],
                vec![1, 1, 1, channels],
                vec![1, low_height, low_width, channels],
                vec![channels, channels],
                vec![channels],
            ],
            |t| skip_fusion(t.four(0), t.four(1), t.four(2), t.packed(3), t.one(4), Activation::Relu),
            |t| reference(t.four(0), t.four(1), t.four(2), t.two(3), t.one(4), Activation::Relu),
        );
    }
}
