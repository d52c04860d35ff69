use burn::backend::wgpu::{AutoCompiler, CubeBackend, WgpuResource};
use burn::backend::{BackendTensor, DispatchTensorKind};
use burn::tensor::Tensor;
use cubecl::wgpu::WgpuServer;

use crate::{Backend, EngineError, Gpu, Segmenter};

/// A network on the GPU whose input and output are buffers that passes of our own write and read.
pub struct GpuSegmenter {
    segmenter: Segmenter,
    input: Tensor<4>,
}

impl GpuSegmenter {
    pub(crate) async fn new(model: &[u8], gpu: &Gpu) -> Result<Self, EngineError> {
        let segmenter = Segmenter::new(model, Backend::Gpu(gpu.clone())).await?;
        let [height, width] = segmenter.config().input;
        let zeros = vec![0.0; height * width * 3];
        let input = segmenter.input(zeros)?;
        Ok(Self { segmenter, input })
    }

    /// The buffer that the next inference reads, f32 `[1, H, W, 3]`.
    pub(crate) fn input(&self) -> Result<TensorBuffer, EngineError> {
        TensorBuffer::of(self.input.clone())
    }

    /// Runs the network on what the input buffer holds and submits it. The probability, f32 `[1, H, W, 1]`, stays valid
    /// for submissions made while the returned value lives.
    pub(crate) fn infer(&self) -> Result<TensorBuffer, EngineError> {
        self.segmenter.submit(&self.input)
    }
}

impl AsRef<Segmenter> for GpuSegmenter {
    fn as_ref(&self) -> &Segmenter {
        &self.segmenter
    }
}

impl Segmenter {
    /// Submits an inference to the GPU. Its result stays valid for submissions made while the returned value lives.
    pub(crate) fn submit(&self, picture: &Tensor<4>) -> Result<TensorBuffer, EngineError> {
        TensorBuffer::of(self.network.forward(picture.clone()))
    }
}

/// A tensor on the GPU as the wgpu buffer range behind it, which is not reused while this lives.
pub(crate) struct TensorBuffer {
    resource: WgpuResource,
    _tensor: Tensor<4>,
}

impl TensorBuffer {
    /// Submits whatever burn has queued for the tensor, and finds its buffer.
    fn of(tensor: Tensor<4>) -> Result<Self, EngineError> {
        let dispatch = tensor.clone().into_dispatch();
        let DispatchTensorKind::Cube(BackendTensor::<CubeBackend>::Float(primitive)) = dispatch.kind else {
            return Err(EngineError::Gpu("a tensor of the GPU network is not on the GPU".into()));
        };
        let failed = |error| EngineError::Gpu(format!("{error:?}"));
        let client = &primitive.client;
        let managed =
            client.get_resource::<WgpuServer<AutoCompiler>>(primitive.handle.clone()).map_err(failed)?;
        client.flush().map_err(failed)?;
        Ok(Self { resource: managed.resource().clone(), _tensor: tensor })
    }

    pub(crate) fn binding(&self) -> wgpu::BufferBinding<'_> {
        wgpu::BufferBinding {
            buffer: &self.resource.buffer,
            offset: self.resource.offset,
            size: std::num::NonZeroU64::new(self.resource.size),
        }
    }
}
