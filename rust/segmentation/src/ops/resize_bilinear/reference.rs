use burn::tensor::activation::{sigmoid, softmax};
use burn::tensor::{Tensor, TensorData};

use super::{class_probability, resize_bilinear};
use crate::ops::testing::{Backend, agree, interpolated, on_each_backend};

/// [`resize_bilinear`] in plain tensor operations.
fn aligned(input: Tensor<4>, size: [usize; 2]) -> Tensor<4> {
    interpolated(input, size, |to, size_to, size_from| {
        to as f32 * (size_from - 1) as f32 / (size_to - 1).max(1) as f32
    })
}

/// [`class_probability`] in plain tensor operations.
fn probability(logits: Tensor<4>, size: [usize; 2], class: usize) -> Tensor<4> {
    match aligned(logits, size) {
        logits if logits.dims()[3] == 1 => sigmoid(logits),
        logits => softmax(logits, 3).slice([0..1, 0..size[0], 0..size[1], class..class + 1]),
    }
}

/// Feature maps with their channels, and the sizes that they are resized to: by whole and fractional factors, to the same
/// size, from and to a single row or column, and to a smaller size.
const CASES: [([usize; 3], [usize; 2]); 9] = [
    ([5, 7, 21], [33, 49]),
    ([5, 4, 1], [33, 25]),
    ([3, 4, 8], [10, 7]),
    ([4, 6, 12], [4, 6]),
    ([1, 1, 4], [4, 3]),
    ([3, 1, 2], [9, 1]),
    ([1, 5, 3], [1, 6]),
    ([2, 2, 9], [2, 40]),
    ([9, 8, 4], [3, 5]),
];

on_each_backend!(
    resize_bilinear_agrees_with_the_reference,
    class_probability_agrees_with_the_reference,
    distant_logits_give_certain_classes
);

fn resize_bilinear_agrees_with_the_reference(backend: Backend) {
    for ([height, width, channels], size) in CASES {
        agree(
            backend,
            &format!("resize_bilinear {height}x{width}x{channels} to {size:?}"),
            &[vec![1, height, width, channels]],
            |t| resize_bilinear(t.four(0), size),
            |t| aligned(t.four(0), size),
        );
    }
}

fn class_probability_agrees_with_the_reference(backend: Backend) {
    for ([height, width, channels], size) in CASES {
        for class in [0, channels / 2, channels - 1] {
            agree(
                backend,
                &format!("class {class} of {height}x{width}x{channels} at {size:?}"),
                &[vec![1, height, width, channels]],
                |t| class_probability(t.four(0) * 2.0, size, class),
                |t| probability(t.four(0) * 2.0, size, class),
            );
        }
    }
}

fn distant_logits_give_certain_classes(backend: Backend) {
    let logits = TensorData::new(vec![-2e4_f32, 0.0, 1e4, 7.0, -300.0], [1, 1, 1, 5]);
    for (_, device) in backend.devices() {
        for (class, expected) in [(0, 0.0), (2, 1.0), (4, 0.0)] {
            let logits = Tensor::from_data(logits.clone(), &device);
            let found = class_probability(logits, [2, 2], class).into_data().try_to_vec::<f32>().unwrap();
            assert!(found.iter().all(|value| (value - expected).abs() < 1e-6), "class {class}: {found:?}");
        }
    }
}
