use burn::tensor::Tensor;

use super::skip_fusion;
use crate::ops::Activation;
use crate::ops::testing::{activate, agree, agree_on_cpu, resized};

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

#[test]
fn skip_fusion_agrees_with_the_reference() {
    for (height, width, low_height, low_width, channels) in
        [(18, 32, 9, 16, 24), (72, 40, 36, 20, 16), (7, 9, 4, 5, 8), (2, 2, 1, 1, 4), (1, 1, 1, 1, 4)]
    {
        agree(
            &format!("skip_fusion {height}x{width} from {low_height}x{low_width}, {channels} channels"),
            &[
                vec![1, height, width, channels],
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

#[test]
fn skip_fusion_on_the_cpu_takes_any_sizes() {
    for (height, width, low_height, low_width, channels) in
        [(1, 3, 1, 2, 1), (5, 7, 3, 4, 3), (4, 4, 2, 2, 9), (6, 11, 3, 6, 17), (3, 5, 4, 9, 2)]
    {
        agree_on_cpu(
            &format!("skip_fusion {height}x{width} from {low_height}x{low_width}, {channels} channels"),
            &[
                vec![1, height, width, channels],
                vec![1, 1, 1, channels],
                vec![1, low_height, low_width, channels],
                vec![channels, channels],
                vec![channels],
            ],
            |t| skip_fusion(t.four(0), t.four(1), t.four(2), t.packed(3), t.one(4), Activation::Linear),
            |t| reference(t.four(0), t.four(1), t.four(2), t.two(3), t.one(4), Activation::Linear),
        );
    }
}
