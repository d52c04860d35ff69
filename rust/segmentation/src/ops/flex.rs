//! Access to the values of burn's CPU tensors.

use burn::backend::Flex;
use burn::backend::tensor::FloatTensor;
use burn::tensor::{Shape, TensorData};

/// The tensor primitive of burn's CPU backend.
pub(crate) type FlexTensor = FloatTensor<Flex>;

/// A tensor whose values lie row by row, ready to be read as a slice.
pub(crate) struct Rows(FlexTensor);

impl Rows {
    pub(crate) fn new(tensor: &FlexTensor) -> Self {
        Self(tensor.to_contiguous())
    }

    pub(crate) fn values(&self) -> &[f32] {
        self.0.as_slice().expect("contiguous f32 tensors are slices")
    }

    /// The four sizes `[batch, height, width, channels]`.
    pub(crate) fn nhwc(&self) -> [usize; 4] {
        self.0.layout().shape().dims()
    }

    /// The sizes of a tensor of any rank.
    pub(crate) fn shape<const D: usize>(&self) -> [usize; D] {
        self.0.layout().shape().dims()
    }
}

/// A new tensor of `shape` with these values.
pub(crate) fn tensor(values: Vec<f32>, shape: impl Into<Shape>) -> FlexTensor {
    FlexTensor::from_data(TensorData::new(values, shape))
}

/// Source positions and the weight of the second for half-pixel bilinear sampling: output position `to` of
/// `size_to`, read from an axis of `size_from`; edges are clamped.
pub(crate) fn bilinear_tap(to: usize, size_to: usize, size_from: usize) -> (usize, usize, f32) {
    let at = (to as f32 + 0.5) * size_from as f32 / size_to as f32 - 0.5;
    let at = at.clamp(0.0, (size_from - 1) as f32);
    let low = at as usize;
    (low, (low + 1).min(size_from - 1), at - low as f32)
}

/// Samples `map` bilinearly as if it were stretched to `size` (height, width), at the pixel `at` (row, column),
/// into one value a channel.
pub(crate) fn bilinear_into(values: &mut [f32], map: &Rows, size: [usize; 2], at: [usize; 2]) {
    let [_, height, width, channels] = map.nhwc();
    let (top, bottom, down) = bilinear_tap(at[0], size[0], height);
    let (left, right, along) = bilinear_tap(at[1], size[1], width);
    let pixel = |row: usize, column: usize| &map.values()[(row * width + column) * channels..][..channels];
    let corners = [pixel(top, left), pixel(top, right), pixel(bottom, left), pixel(bottom, right)];
    let [top_left, top_right, bottom_left, bottom_right] = corners;
    for (channel, value) in values.iter_mut().enumerate() {
        let above = top_left[channel] + (top_right[channel] - top_left[channel]) * along;
        let below = bottom_left[channel] + (bottom_right[channel] - bottom_left[channel]) * along;
        *value = above + (below - above) * down;
    }
}
