//! Shared by the operators' tests: pseudo-random inputs on every backend, and the comparison.

use burn::tensor::activation::{hard_swish, relu, sigmoid};
use burn::tensor::{Device, Tensor, TensorData};

use super::{Activation, Tiling, pack, same_padding_before};

/// Maximum allowed difference between a backend and the reference. Sums have at most a few hundred products of values in
/// [-1, 1], in another order on each backend.
const TOLERANCE: f32 = 2e-5;

/// The backend that an operator is verified on.
#[derive(Clone, Copy)]
pub(crate) enum Backend {
    Cpu,
    Gpu,
}

impl Backend {
    /// Its devices. The GPU has one for each tiling.
    pub(crate) fn devices(self) -> Vec<(&'static str, Device)> {
        match self {
            Self::Cpu => vec![("flex", Device::flex())],
            Self::Gpu => vec![
                ("wgpu with small tiles", crate::testing::gpu(Tiling::Small)),
                ("wgpu with medium tiles", crate::testing::gpu(Tiling::Medium)),
                ("wgpu with large tiles", crate::testing::gpu(Tiling::Large)),
            ],
        }
    }
}

/// Creates two tests of each function, one on the CPU and one on the GPU.
macro_rules! on_each_backend {
    ($($test:ident),+) => {
        mod on_cpu {
            $(#[test]
            fn $test() {
                super::$test(crate::ops::testing::Backend::Cpu);
            })+
        }

        mod on_gpu {
            $(#[test]
            fn $test() {
                super::$test(crate::ops::testing::Backend::Gpu);
            })+
        }
    };
}
pub(crate) use on_each_backend;

/// The tensors of one case on one device.
pub(crate) struct Case {
    tensors: Vec<(Vec<usize>, Vec<f32>)>,
    device: Device,
}

impl Case {
    fn tensor<const D: usize>(&self, index: usize) -> Tensor<D> {
        let (shape, values) = &self.tensors[index];
        Tensor::from_data(TensorData::new(values.clone(), shape.clone()), &self.device)
    }

    pub(crate) fn one(&self, index: usize) -> Tensor<1> {
        self.tensor(index)
    }

    pub(crate) fn two(&self, index: usize) -> Tensor<2> {
        self.tensor(index)
    }

    /// A weight for a matrix product, in the backend's own order.
    pub(crate) fn packed(&self, index: usize) -> Tensor<2> {
        pack(self.tensor(index))
    }

    pub(crate) fn three(&self, index: usize) -> Tensor<3> {
        self.tensor(index)
    }

    pub(crate) fn four(&self, index: usize) -> Tensor<4> {
        self.tensor(index)
    }
}

/// Compares an operator on a backend with its reference, on pseudo-random tensors of these shapes.
pub(crate) fn agree(
    backend: Backend,
    name: &str,
    shapes: &[Vec<usize>],
    operator: impl Fn(&Case) -> Tensor<4>,
    reference: impl Fn(&Case) -> Tensor<4>,
) {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut next = || {
        // xorshift64*; the top 24 bits as a value in [-1, 1)
        state ^= state >> 12;
        state ^= state << 25;
        state ^= state >> 27;
        (state.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 40) as f32 / (1 << 23) as f32 - 1.0
    };
    let tensors: Vec<_> = shapes
        .iter()
        .map(|shape| (shape.clone(), (0..shape.iter().product()).map(|_| next()).collect()))
        .collect();
    let on = |device: Device| Case { tensors: tensors.clone(), device };
    let expected = reference(&on(Device::flex()));
    let shape = expected.dims();
    let expected = expected.into_data().try_to_vec::<f32>().expect("float tensors hold f32");
    assert!(expected.iter().any(|value| value.abs() > 0.01), "{name}: the reference is all zeros");
    for (backend, device) in backend.devices() {
        let actual = operator(&on(device));
        assert_eq!(actual.dims(), shape, "{name} on {backend}: shape");
        let actual = actual.into_data().try_to_vec::<f32>().expect("float tensors hold f32");
        let worst = actual.iter().zip(&expected).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        let finite = actual.iter().all(|value| value.is_finite());
        assert!(finite && worst <= TOLERANCE, "{name} on {backend}: worst difference {worst:e}");
    }
}

pub(crate) fn activate<const D: usize>(x: Tensor<D>, activation: Activation) -> Tensor<D> {
    match activation {
        Activation::Linear => x,
        Activation::Relu => relu(x),
        Activation::Relu6 => x.clamp(0.0, 6.0),
        Activation::HardSwish => hard_swish(x),
        Activation::Sigmoid => sigmoid(x),
    }
}

pub(crate) fn nchw(x: Tensor<4>) -> Tensor<4> {
    x.permute([0, 3, 1, 2])
}

pub(crate) fn nhwc(x: Tensor<4>) -> Tensor<4> {
    x.permute([0, 2, 3, 1])
}

/// Adds the zero padding of a `SAME` convolution with this kernel and stride to an NCHW feature map.
pub(crate) fn same_padded(x: Tensor<4>, kernel: usize, stride: usize) -> Tensor<4> {
    let [batch, channels, height, width] = x.dims();
    let sides = |size: usize| {
        let total = ((size.div_ceil(stride) - 1) * stride + kernel).saturating_sub(size);
        let before = same_padding_before(size, kernel, stride);
        (before, total - before)
    };
    let ((top, bottom), (left, right)) = (sides(height), sides(width));
    let zeros = Tensor::zeros([batch, channels, height + top + bottom, width + left + right], &x.device());
    zeros.slice_assign([0..batch, 0..channels, top..top + height, left..left + width], x)
}

/// Bilinear resizing with half-pixel centers and clamped edges.
pub(crate) fn resized(x: Tensor<4>, size: [usize; 2]) -> Tensor<4> {
    interpolated(x, size, |to, size_to, size_from| {
        (to as f32 + 0.5) * size_from as f32 / size_to as f32 - 0.5
    })
}

/// Bilinear resizing with clamped edges, as two matrix products. `position` maps a position of the result, the result's
/// size and the source's size to a position of the source.
pub(crate) fn interpolated(
    x: Tensor<4>,
    [height, width]: [usize; 2],
    position: fn(usize, usize, usize) -> f32,
) -> Tensor<4> {
    let [_, from_height, from_width, channels] = x.dims();
    let device = x.device();
    let matrix = |to: usize, from: usize| {
        let mut weights = vec![0.0_f32; to * from];
        for row in 0..to {
            let at = position(row, to, from).clamp(0.0, (from - 1) as f32);
            let low = at.floor() as usize;
            weights[row * from + low] += 1.0 - at.fract();
            weights[row * from + (low + 1).min(from - 1)] += at.fract();
        }
        Tensor::<2>::from_data(TensorData::new(weights, [to, from]), &device)
    };
    let rows = matrix(height, from_height).matmul(x.reshape([from_height, from_width * channels]));
    let columns = rows.reshape([height, from_width, channels]).permute([1, 0, 2]);
    let columns = matrix(width, from_width).matmul(columns.reshape([from_width, height * channels]));
    columns.reshape([width, height, channels]).permute([1, 0, 2]).unsqueeze()
}

#[test]
fn same_padding_is_asymmetric_where_tensorflow_makes_it_so() {
    assert_eq!(same_padding_before(144, 3, 2), 0);
    assert_eq!(same_padding_before(18, 5, 2), 1);
    assert_eq!(same_padding_before(9, 3, 2), 1);
    assert_eq!(same_padding_before(9, 5, 1), 2);
    assert_eq!(same_padding_before(1, 5, 1), 2);
}
