use burn::backend::tensor::FloatTensor;
use burn::backend::wgpu::CubeBackend;

use super::MatrixOps;

impl MatrixOps for CubeBackend {
    /// The kernels read `[I, O]` row by row.
    fn pack(weight: FloatTensor<Self>) -> FloatTensor<Self> {
        weight
    }
}
