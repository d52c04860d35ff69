use burn::tensor::Tensor;
use burn::tensor::activation::{relu, sigmoid};

use super::{GateInput, squeeze_excite};
use crate::ops::testing::{Backend, agree, on_each_backend, resized};

/// [`squeeze_excite`] in plain tensor operations. It upsamples the second feature map before the mean, like the graphs.
fn reference(
    input: Tensor<4>,
    second: Option<(Tensor<4>, GateInput)>,
    [squeeze_weight, excite_weight]: [Tensor<2>; 2],
    [squeeze_bias, excite_bias]: [Tensor<1>; 2],
) -> Tensor<4> {
    let [_, height, width, channels] = input.dims();
    let combined = match second {
        None => input,
        Some((map, GateInput::Add)) => input + resized(map, [height, width]),
        Some((map, GateInput::Concatenate)) => Tensor::cat(vec![input, resized(map, [height, width])], 3),
    };
    let means: Tensor<2> = combined.mean_dim(1).mean_dim(2).flatten(0, 2);
    let squeezed = relu(means.matmul(squeeze_weight) + squeeze_bias.unsqueeze());
    sigmoid(squeezed.matmul(excite_weight) + excite_bias.unsqueeze()).reshape([1, 1, 1, channels])
}

on_each_backend!(
    squeeze_excite_agrees_with_the_reference,
    squeeze_excite_averages_a_second_map_before_upsampling
);

fn squeeze_excite_agrees_with_the_reference(backend: Backend) {
    let cases = [
        (9, 16, 128, 32),
        (36, 64, 16, 8),
        (6, 10, 96, 96),
        (1, 1, 4, 5),
        (5, 3, 300, 70),
        (7, 6, 9, 3),
        (1, 1, 1, 1),
        (3, 5, 7, 3),
        (4, 9, 17, 13),
        (7, 2, 33, 300),
    ];
    for (height, width, channels, squeezed) in cases {
        agree(
            backend,
            &format!("squeeze_excite {height}x{width}x{channels} squeezed to {squeezed}"),
            &[
                vec![1, height, width, channels],
                vec![channels, squeezed],
                vec![squeezed, channels],
                vec![squeezed],
                vec![channels],
            ],
            |t| squeeze_excite(t.four(0), None, [t.packed(1), t.packed(2)], [t.one(3), t.one(4)]),
            |t| reference(t.four(0), None, [t.two(1), t.two(2)], [t.one(3), t.one(4)]),
        );
    }
}

fn squeeze_excite_averages_a_second_map_before_upsampling(backend: Backend) {
    for (gate_input, channels, means) in [
        (GateInput::Add, 24, 24),
        (GateInput::Concatenate, 24, 48),
        (GateInput::Add, 7, 7),
        (GateInput::Concatenate, 7, 14),
    ] {
        agree(
            backend,
            &format!("squeeze_excite of {channels} channels with {gate_input:?}"),
            &[
                vec![1, 18, 22, channels],
                vec![1, 9, 11, channels],
                vec![means, 24],
                vec![24, channels],
                vec![24],
                vec![channels],
            ],
            |t| {
                squeeze_excite(
                    t.four(0),
                    Some((t.four(1), gate_input)),
                    [t.packed(2), t.packed(3)],
                    [t.one(4), t.one(5)],
                )
            },
            |t| {
                reference(
                    t.four(0),
                    Some((t.four(1), gate_input)),
                    [t.two(2), t.two(3)],
                    [t.one(4), t.one(5)],
                )
            },
        );
    }
}
