//! Where the networks that score a small map end: it is enlarged to the picture's size, and each pixel judged.

#[cfg(feature = "wgpu")]
mod cube;
mod flex;
#[cfg(test)]
mod reference;

use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, Dispatch, backend_extension};
use burn::tensor::Tensor;

/// The backends' side of [`enlarge`] and, for a class, of [`class_probability`].
#[backend_extension(Cube: cfg(feature = "wgpu"), Flex)]
pub trait EnlargementOps: Backend {
    /// See [`enlarge`] and [`class_probability`].
    fn enlargement(input: FloatTensor<Self>, size: [usize; 2], class: Option<usize>) -> FloatTensor<Self>;
}

/// A map `[1, h, w, C]` enlarged bilinearly to `[1, H, W, C]`, corner pixel onto corner pixel: row `y` of the result lies
/// at `y * (h - 1) / (H - 1)`, and columns likewise (TensorFlow's `align_corners`).
pub fn enlarge(input: Tensor<4>, size: [usize; 2]) -> Tensor<4> {
    Tensor::from_dispatch(<Dispatch as EnlargementOps>::enlargement(input.into_dispatch(), size, None))
}

/// The probability of one class at each pixel, `[1, H, W, 1]`, for the logits `[1, h, w, C]` of a small map: their
/// softmax over the classes, of a single channel the logistic function, taken of the logits that [`enlarge`] gives. The
/// enlarged logits are never written.
///
/// # Panics
/// If there is no such class.
pub fn class_probability(logits: Tensor<4>, size: [usize; 2], class: usize) -> Tensor<4> {
    let [.., classes] = logits.dims();
    assert!(class < classes, "class {class} of {classes}");
    Tensor::from_dispatch(<Dispatch as EnlargementOps>::enlargement(
        logits.into_dispatch(),
        size,
        Some(class),
    ))
}
