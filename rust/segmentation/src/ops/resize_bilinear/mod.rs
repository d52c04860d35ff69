//! Bilinear upsampling of logits (`align_corners`) with fused softmax: the last step of BodyPix and DeepLabV3.

#[cfg(feature = "wgpu")]
mod cube;
mod flex;
#[cfg(test)]
mod reference;

use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, Dispatch, backend_extension};
use burn::tensor::Tensor;

/// The backends' implementations of [`resize_bilinear`] and, for a class, of [`class_probability`].
#[backend_extension(Cube: cfg(feature = "wgpu"), Flex)]
pub(crate) trait ResizeBilinearOps: Backend {
    /// See [`resize_bilinear`] and [`class_probability`].
    fn resize_bilinear(input: FloatTensor<Self>, size: [usize; 2], class: Option<usize>)
    -> FloatTensor<Self>;
}

/// Resizes `[1, h, w, C]` bilinearly to `[1, H, W, C]` with aligned corners (TensorFlow's `align_corners`): row `y` of the
/// result is at `y * (h - 1) / (H - 1)`, and columns likewise.
pub fn resize_bilinear(input: Tensor<4>, size: [usize; 2]) -> Tensor<4> {
    resize(input, size, None)
}

/// The probability of one class at each pixel, `[1, H, W, 1]`, for the logits `[1, h, w, C]` of a smaller feature map.
///
/// Applies softmax over the classes, or the logistic function to a single channel, to the logits that
/// [`resize_bilinear`] gives. The resized logits are never stored.
///
/// # Panics
/// If `class` is not less than `C`.
pub fn class_probability(logits: Tensor<4>, size: [usize; 2], class: usize) -> Tensor<4> {
    let [.., classes] = logits.dims();
    assert!(class < classes, "class {class} of {classes}");
    resize(logits, size, Some(class))
}

fn resize(input: Tensor<4>, size: [usize; 2], class: Option<usize>) -> Tensor<4> {
    #[cfg(all(test, feature = "wgpu"))]
    super::wgsl_test::record(|tiling, _| {
        cube::launch(super::wgsl_test::Described::of(&input), size, class, tiling)
    });
    Tensor::from_dispatch(<Dispatch as ResizeBilinearOps>::resize_bilinear(
        input.into_dispatch(),
        size,
        class,
    ))
}
