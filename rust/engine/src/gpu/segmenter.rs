use burn::backend::wgpu::{AutoCompiler, CubeBackend, WgpuResource};
use burn::backend::{BackendTensor, DispatchTensorKind};
use burn::tensor::Tensor;
use cubecl::MemoryScope;
use cubecl::client::Client;
use cubecl::wgpu::WgpuServer;

use super::timestamps::InferenceTime;
use crate::segmenter::failed;
use crate::{Backend, ComputeContext, EngineError, Segmenter};

/// A model on the GPU whose input and output are buffers for the image passes.
pub struct GpuSegmenter {
    segmenter: Segmenter,
    input: Tensor<4>,
}

impl GpuSegmenter {
    pub(crate) async fn new(model: &[u8], compute: &ComputeContext) -> Result<Self, EngineError> {
        let segmenter = Segmenter::new(model, Backend::Gpu(compute.clone())).await?;
        let [height, width] = segmenter.config().input;
        let zeros = vec![0.0; height * width * 3];
        let input = segmenter.input(zeros)?;
        Ok(Self { segmenter, input })
    }

    /// The buffer of the next inference's input, f32 `[1, H, W, 3]`.
    pub(crate) fn input(&self) -> Result<TensorBuffer, EngineError> {
        TensorBuffer::of(self.input.clone())
    }

    /// Submits an inference on the input buffer. The probability, f32 `[1, H, W, 1]`, is valid for submissions while the
    /// returned value lives.
    pub(crate) fn infer(&self) -> Result<TensorBuffer, EngineError> {
        self.segmenter.submit(&self.input)
    }

    /// Submits an inference and measures its GPU time, if burn's runtime can. Takes two more submissions: `profile_end`
    /// flushes, and the flush after it submits an empty command buffer.
    pub(crate) fn infer_timed(&self) -> Result<(TensorBuffer, Option<InferenceTime>), EngineError> {
        let client = self.input()?.client;
        let Ok(window) = client.profile_start() else { return Ok((self.infer()?, None)) };
        match self.segmenter.queue(&self.input) {
            Ok(probability) => {
                // Also submits.
                let Ok(time) = client.profile_end(window) else {
                    // The frame is shown without the time.
                    client.flush().map_err(failed)?;
                    return Ok((probability, None));
                };
                let time = time.into_future();
                let time = async { time.await.map(|ticks| ticks.duration()) };
                Ok((probability, Some(Box::pin(time))))
            }
            Err(error) => {
                client.profile_abandon(window);
                Err(error)
            }
        }
    }

    /// A handle that reports the memory that burn reserved.
    pub(crate) fn memory(&self) -> Result<ModelMemory, EngineError> {
        Ok(ModelMemory(self.input()?.client))
    }
}

impl AsRef<Segmenter> for GpuSegmenter {
    fn as_ref(&self) -> &Segmenter {
        &self.segmenter
    }
}

impl Segmenter {
    /// Submits an inference to the GPU. Its result is valid for submissions while the returned value lives.
    pub(crate) fn submit(&self, image: &Tensor<4>) -> Result<TensorBuffer, EngineError> {
        let probability = self.queue(image)?;
        probability.client.flush().map_err(failed)?;
        Ok(probability)
    }

    /// Queues an inference. The caller submits it.
    fn queue(&self, image: &Tensor<4>) -> Result<TensorBuffer, EngineError> {
        TensorBuffer::of(self.model.forward(image.clone()))
    }
}

/// Reports the memory that burn reserved for models on a GPU.
#[derive(Clone)]
pub struct ModelMemory(Client);

impl ModelMemory {
    /// Bytes reserved on the GPU for all models and their tensors, in use or kept for reuse.
    pub fn reserved(&self) -> u64 {
        self.0.memory_report(MemoryScope::Device).usage().bytes_reserved
    }
}

/// The range of a wgpu buffer that holds a tensor. It is not reused while this value lives.
pub(crate) struct TensorBuffer {
    resource: WgpuResource,
    client: Client,
    _tensor: Tensor<4>,
}

impl TensorBuffer {
    /// Makes burn encode all queued work for the tensor, and finds its buffer.
    fn of(tensor: Tensor<4>) -> Result<Self, EngineError> {
        let dispatch = tensor.clone().into_dispatch();
        let DispatchTensorKind::Cube(BackendTensor::<CubeBackend>::Float(primitive)) = dispatch.kind else {
            return Err(EngineError::Gpu("a tensor of the GPU model is not on the GPU".into()));
        };
        let client = primitive.client;
        let managed = client.get_resource::<WgpuServer<AutoCompiler>>(primitive.handle).map_err(failed)?;
        Ok(Self { resource: managed.resource().clone(), client, _tensor: tensor })
    }

    pub(crate) fn binding(&self) -> wgpu::BufferBinding<'_> {
        wgpu::BufferBinding {
            buffer: &self.resource.buffer,
            offset: self.resource.offset,
            size: std::num::NonZeroU64::new(self.resource.size),
        }
    }
}
