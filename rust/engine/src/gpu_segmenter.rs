use burn::backend::wgpu::{AutoCompiler, CubeBackend, WgpuResource};
use burn::backend::{BackendTensor, DispatchTensorKind};
use burn::tensor::Tensor;
use cubecl::MemoryScope;
use cubecl::client::Client;
use cubecl::wgpu::WgpuServer;

use crate::timestamps::InferenceTime;
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

    /// The same with the time that the GPU is going to take for it, where burn's runtime can tell. Takes two submissions
    /// more: burn's runtime has submitted the inference by the time that it is asked to, and then submits what there is not.
    pub(crate) fn infer_timed(&self) -> Result<(TensorBuffer, Option<InferenceTime>), EngineError> {
        let client = self.input()?.client;
        let Ok(window) = client.profile_start() else { return Ok((self.infer()?, None)) };
        match self.segmenter.queue(&self.input) {
            Ok(probability) => {
                // Submits, too.
                let Ok(time) = client.profile_end(window) else {
                    // What cannot be timed is shown all the same.
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

    /// What tells of the memory that burn has reserved.
    pub(crate) fn memory(&self) -> Result<NetworkMemory, EngineError> {
        Ok(NetworkMemory(self.input()?.client))
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
        let probability = self.queue(picture)?;
        probability.client.flush().map_err(failed)?;
        Ok(probability)
    }

    /// The same, but leaves it to the caller to have it submitted.
    fn queue(&self, picture: &Tensor<4>) -> Result<TensorBuffer, EngineError> {
        TensorBuffer::of(self.network.forward(picture.clone()))
    }
}

/// How much memory burn has reserved for networks on a GPU.
#[derive(Clone)]
pub struct NetworkMemory(Client);

impl NetworkMemory {
    /// Bytes reserved on the GPU by now, for all networks and their tensors, whether they are in use or kept for the next.
    pub fn reserved(&self) -> u64 {
        self.0.memory_report(MemoryScope::Device).usage().bytes_reserved
    }
}

/// A tensor on the GPU as the wgpu buffer range behind it, which is not reused while this lives.
pub(crate) struct TensorBuffer {
    resource: WgpuResource,
    client: Client,
    _tensor: Tensor<4>,
}

impl TensorBuffer {
    /// Has burn encode whatever it has queued for the tensor, and finds its buffer.
    fn of(tensor: Tensor<4>) -> Result<Self, EngineError> {
        let dispatch = tensor.clone().into_dispatch();
        let DispatchTensorKind::Cube(BackendTensor::<CubeBackend>::Float(primitive)) = dispatch.kind else {
            return Err(EngineError::Gpu("a tensor of the GPU network is not on the GPU".into()));
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

fn failed(error: impl std::fmt::Debug) -> EngineError {
    EngineError::Gpu(format!("{error:?}").into())
}
