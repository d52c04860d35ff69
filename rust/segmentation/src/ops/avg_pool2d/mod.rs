//! Average pooling: the pooled context of the models.

#[cfg(feature = "wgpu")]
mod cube;
mod flex;
#[cfg(test)]
mod reference;

use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, Dispatch, backend_extension};
use burn::tensor::Tensor;

/// The backends' implementations of [`avg_pool2d`].
#[backend_extension(Cube: cfg(feature = "wgpu"), Flex)]
pub(crate) trait AvgPool2dOps: Backend {
    /// See [`avg_pool2d`].
    fn avg_pool2d(input: FloatTensor<Self>, window: [usize; 2], stride: [usize; 2]) -> FloatTensor<Self>;
}

/// The mean of each window that lies entirely inside the input (`VALID` padding).
///
/// - `input`: `[1, H, W, C]`
/// - `window`, `stride`: height and width in pixels; the window is at most as large as the input
/// - result: `[1, (H - window) / stride + 1, ..., C]`; a window as large as the input gives `[1, 1, 1, C]`
pub fn avg_pool2d(input: Tensor<4>, window: [usize; 2], stride: [usize; 2]) -> Tensor<4> {
    #[cfg(all(test, feature = "wgpu"))]
    super::wgsl_test::record(|tiling, _| {
        let (map, [_, height, width, _]) = (super::wgsl_test::Described::of(&input), input.dims());
        if window == [height, width] {
            return cube::launch_whole(super::kernel::Summed::pixels_of(map), tiling);
        }
        cube::launch(map, window, stride, tiling)
    });
    Tensor::from_dispatch(<Dispatch as AvgPool2dOps>::avg_pool2d(input.into_dispatch(), window, stride))
}

/// The number of windows along one axis.
fn windows(size: usize, window: usize, stride: usize) -> usize {
    (size - window) / stride + 1
}
