use burn::tensor::Tensor;
use burn::tensor::activation::{relu, sigmoid};

use super::{Join, gate};
use crate::ops::testing::{Backend, agree, on_each_backend, resized};

/// [`gate`] in plain tensor operations, with the second map upsampled before it is averaged, as the graphs do.
fn reference(
    input: Tensor<4>,
    second: Option<(Tensor<4>, Join)>,
    [squeeze_weight, excite_weight]: [Tensor<2>; 2],
    [squeeze_bias, excite_bias]: [Tensor<1>; 2],
) -> Tensor<4> {
    let [_, height, width, channels] = input.dims();
    let joined = match second {
        None => input,
        Some((map, Join::Add)) => input + resized(map, [height, width]),
        Some((map, Join::Concatenate)) => Tensor::cat(vec![input, resized(map, [height, width])], 3),
    };
    let means: Tensor<2> = joined.mean_dim(1).mean_dim(2).flatten(0, 2);
    let squeezed = relu(means.matmul(squeeze_weight) + squeeze_bias.unsqueeze());
    sigmoid(squeezed.matmul(excite_weight) + excite_bias.unsqueeze()).reshape([1, 1, 1, channels])
}

on_each_backend!(gate_agrees_with_the_reference, gate_joins_a_second_map_by_its_mean_before_upsampling);

fn gate_agrees_with_the_reference(backend: Backend) {
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
            &format!("gate {height}x{width}x{channels} squeezed to {squeezed}"),
            &[
                vec![1, height, width, channels],
                vec![channels, squeezed],
                vec![squeezed, channels],
                vec![squeezed],
                vec![channels],
            ],
            |t| gate(t.four(0), None, [t.packed(1), t.packed(2)], [t.one(3), t.one(4)]),
            |t| reference(t.four(0), None, [t.two(1), t.two(2)], [t.one(3), t.one(4)]),
        );
    }
}

fn gate_joins_a_second_map_by_its_mean_before_upsampling(backend: Backend) {
    for (join, channels, joined) in
        [(Join::Add, 24, 24), (Join::Concatenate, 24, 48), (Join::Add, 7, 7), (Join::Concatenate, 7, 14)]
    {
        agree(
            backend,
            &format!("gate of {channels} channels with {join:?}"),
            &[
                vec![1, 18, 22, channels],
                vec![1, 9, 11, channels],
                vec![joined, 24],
                vec![24, channels],
                vec![24],
                vec![channels],
            ],
            |t| gate(t.four(0), Some((t.four(1), join)), [t.packed(2), t.packed(3)], [t.one(4), t.one(5)]),
            |t| reference(t.four(0), Some((t.four(1), join)), [t.two(2), t.two(3)], [t.one(4), t.one(5)]),
        );
    }
}
