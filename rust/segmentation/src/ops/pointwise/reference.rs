use burn::tensor::Tensor;

use super::pointwise;
use crate::ops::Activation;
use crate::ops::testing::{Backend, activate, agree, on_each_backend, resized};

/// [`pointwise`] in plain tensor operations.
pub(crate) fn reference(
    input: Tensor<4>,
    gate: Option<Tensor<4>>,
    weight: Tensor<2>,
    bias: Tensor<1>,
    residual: Option<Tensor<4>>,
    activation: Activation,
) -> Tensor<4> {
    let [_, height, width, channels] = input.dims();
    let [_, channels_out] = weight.dims();
    let input = match gate {
        Some(gate) => input * resized(gate, [height, width]),
        None => input,
    };
    let rows = input.reshape([height * width, channels]).matmul(weight) + bias.unsqueeze::<2>();
    let output = activate(rows.reshape([1, height, width, channels_out]), activation);
    match residual {
        Some(residual) => output + residual,
        None => output,
    }
}

on_each_backend!(
    pointwise_agrees_with_the_reference,
    pointwise_applies_gate_and_residual,
    pointwise_supports_any_size
);

fn pointwise_agrees_with_the_reference(backend: Backend) {
    let activations =
        [Activation::Linear, Activation::Relu, Activation::Relu6, Activation::HardSwish, Activation::Sigmoid];
    let sizes = [
        (9, 16, 32, 128),
        (33, 35, 16, 72),
        (1, 1, 24, 128),
        (5, 7, 128, 24),
        (8, 8, 65, 7),
        (40, 40, 4, 4),
        (24, 23, 7, 12),
        (6, 5, 12, 21),
        (3, 3, 1, 1),
        (36, 15, 16, 16),
        (5, 5, 10, 6),
    ];
    for ((height, width, from, to), activation) in sizes.into_iter().zip(activations.into_iter().cycle()) {
        agree(
            backend,
            &format!("pointwise {height}x{width} {from}->{to} {activation:?}"),
            &[vec![1, height, width, from], vec![from, to], vec![to]],
            |t| pointwise(t.four(0), None, t.packed(1), t.one(2), None, activation),
            |t| reference(t.four(0), None, t.two(1), t.one(2), None, activation),
        );
    }
}

fn pointwise_applies_gate_and_residual(backend: Backend) {
    let cases = [
        (1, 1, 24, 32),
        (2, 2, 24, 32),
        (2, 3, 24, 32),
        (1, 1, 9, 6),
        (3, 2, 6, 9),
        (1, 1, 16, 16),
        (1, 1, 70, 10),
        (2, 2, 64, 32),
    ];
    for (gate_height, gate_width, from, to) in cases {
        agree(
            backend,
            &format!("pointwise {from}->{to} with gate {gate_height}x{gate_width} and residual"),
            &[
                vec![1, 8, 11, from],
                vec![1, gate_height, gate_width, from],
                vec![from, to],
                vec![to],
                vec![1, 8, 11, to],
            ],
            |t| {
                pointwise(
                    t.four(0),
                    Some(t.four(1)),
                    t.packed(2),
                    t.one(3),
                    Some(t.four(4)),
                    Activation::Relu,
                )
            },
            |t| reference(t.four(0), Some(t.four(1)), t.two(2), t.one(3), Some(t.four(4)), Activation::Relu),
        );
    }
}

fn pointwise_supports_any_size(backend: Backend) {
    // Fewer pixels than a tile and a few more. The last panel is full or partial; panels come in threes, twos and alone.
    for (pixels, from, to) in
        [(1, 1, 1), (5, 3, 7), (9, 7, 9), (7, 24, 24), (13, 5, 17), (6, 8, 33), (25, 31, 40), (3, 2, 47)]
    {
        for activation in [Activation::HardSwish, Activation::Sigmoid] {
            agree(
                backend,
                &format!("pointwise of {pixels} pixels {from}->{to} {activation:?}"),
                &[
                    vec![1, 1, pixels, from],
                    vec![1, 1, 1, from],
                    vec![from, to],
                    vec![to],
                    vec![1, 1, pixels, to],
                ],
                |t| pointwise(t.four(0), Some(t.four(1)), t.packed(2), t.one(3), Some(t.four(4)), activation),
                |t| reference(t.four(0), Some(t.four(1)), t.two(2), t.one(3), Some(t.four(4)), activation),
            );
        }
    }
}
