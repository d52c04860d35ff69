//! Converts the values of a file into the parameters of a model.

#[cfg(feature = "wgpu")]
use burn::backend::DispatchDevice;
use burn::module::{Param, ParamId};
use burn::tensor::{DType, Device, Tensor, TensorData};

use crate::Precision;
use crate::ops::pack;

/// The device and the storage precision of weights.
#[derive(Clone, Copy)]
pub(super) struct Storage<'d> {
    pub device: &'d Device,
    #[cfg_attr(not(feature = "wgpu"), expect(dead_code, reason = "weights on the CPU are float32"))]
    pub precision: Precision,
}

/// A weight in row-major order.
pub(super) fn plain<const D: usize>(
    storage: Storage<'_>,
    values: Vec<f32>,
    shape: [usize; D],
) -> Param<Tensor<D>> {
    Param::initialized(ParamId::new(), tensor(storage, values, shape))
}

/// A weight for a matrix product, in the backend's own order.
pub(super) fn packed(storage: Storage<'_>, values: Vec<f32>, shape: [usize; 2]) -> Param<Tensor<2>> {
    Param::initialized(ParamId::new(), pack(tensor(storage, values, shape)))
}

/// Transposes a row-major matrix of `rows` rows.
pub(super) fn transposed(values: &[f32], rows: usize) -> Vec<f32> {
    let columns = values.len() / rows;
    let mut transposed = vec![0.0; values.len()];
    for (column, values_of_column) in transposed.chunks_exact_mut(rows).enumerate() {
        for (value, row) in values_of_column.iter_mut().zip(values.chunks_exact(columns)) {
            *value = row[column];
        }
    }
    transposed
}

fn tensor<const D: usize>(storage: Storage<'_>, values: Vec<f32>, shape: [usize; D]) -> Tensor<D> {
    let data = TensorData::new(values, shape);
    let dtype = data_type(storage, &data);
    Tensor::from_data(data, (storage.device, dtype))
}

/// The storage type of these weights: float16 if the device is a GPU that supports it and no weight changes, as with files
/// that store float16 themselves.
#[cfg(feature = "wgpu")]
fn data_type(Storage { device, precision }: Storage<'_>, weights: &TensorData) -> DType {
    let on_gpu = matches!(device.as_dispatch(), DispatchDevice::Cube(_));
    if on_gpu && precision == Precision::Auto && device.supports_dtype(DType::F16) {
        let half = weights.clone().convert_dtype(DType::F16);
        if half.convert_dtype(DType::F32) == *weights {
            return DType::F16;
        }
    }
    DType::F32
}

#[cfg(not(feature = "wgpu"))]
fn data_type(_storage: Storage<'_>, _weights: &TensorData) -> DType {
    DType::F32
}

#[cfg(test)]
mod tests {
    use burn::tensor::{DType, Device};

    use super::{Storage, plain};
    use crate::Precision;
    use crate::ops::Tiling;

    #[test]
    fn weights_are_float16_on_gpu_if_lossless() {
        let gpu = crate::testing::gpu(Tiling::Small);
        let half = if gpu.supports_dtype(DType::F16) { DType::F16 } else { DType::F32 };
        // 1/3 is not exact in float16, and 65,536 is out of its range.
        for (values, dtype) in
            [([0.5, -3.25], half), ([0.5, 1.0 / 3.0], DType::F32), ([0.5, 65536.0], DType::F32)]
        {
            let stored =
                |device, precision| plain(Storage { device, precision }, values.to_vec(), [2]).val().dtype();
            assert_eq!(stored(&gpu, Precision::Auto), dtype, "{values:?}");
            assert_eq!(stored(&gpu, Precision::F32), DType::F32, "{values:?}");
            assert_eq!(stored(&Device::flex(), Precision::Auto), DType::F32, "{values:?}");
        }
    }
}
