use std::time::Duration;

use burn::backend::wgpu::{AutoCompiler, CubeBackend, WgpuResource};
use burn::backend::{BackendTensor, DispatchTensorKind};
use burn::tensor::{Device, Tensor, TensorData};
use cubecl::wgpu::WgpuServer;
use cyclorama_effects::Size;
use cyclorama_segmentation::{NetworkConfig, SegmentationNetwork, import};
use web_time::Instant;

use crate::tuning::{tune, warm_up};
use crate::{EngineError, Gpu};

/// What runs the network.
#[derive(Clone)]
pub enum Backend {
    /// wgpu: WebGPU in the browser; Vulkan, Metal or DX12 natively.
    Gpu(Gpu),
    /// The processor, with SIMD.
    Cpu,
}

impl Backend {
    fn device(&self) -> Device {
        match self {
            Self::Gpu(gpu) => gpu.tensors().clone(),
            Self::Cpu => Device::flex(),
        }
    }
}

/// A segmentation network with its weights on a device.
pub struct Segmenter {
    network: SegmentationNetwork,
    backend: Backend,
}

impl Segmenter {
    /// Imports the bytes of a `.tflite` file and runs the network, so that its code is compiled and its buffers exist before
    /// a picture needs them. The first network on a GPU also finds out which kernels suit the GPU.
    ///
    /// # Errors
    /// [`EngineError::Model`] for a file that is not a selfie segmentation network, [`EngineError::DeviceLost`] and
    /// [`EngineError::Gpu`] if the GPU cannot run it.
    pub async fn new(model: &[u8], backend: Backend) -> Result<Self, EngineError> {
        if let Backend::Gpu(gpu) = &backend {
            gpu.check()?;
        }
        let network = import(model, &backend.device())?;
        let segmenter = Self { network, backend };
        let [height, width] = segmenter.config().input;
        let picture = segmenter.input(vec![0.0; height * width * 3])?;
        match &segmenter.backend {
            Backend::Gpu(gpu) => tune(gpu, || segmenter.submit(&picture).map(drop)).await?,
            Backend::Cpu => warm_up(|| drop(segmenter.network.forward(picture.clone()))),
        }
        Ok(segmenter)
    }

    /// The size of the network's input and of its mask.
    pub fn size(&self) -> Size {
        let [height, width] =
            self.config().input.map(|side| u32::try_from(side).expect("the importer's limit"));
        Size { width, height }
    }

    /// Which network it is.
    pub fn config(&self) -> &NetworkConfig {
        self.network.config()
    }

    /// The probability of a person at each pixel, row by row, for `H * W * 3` RGB values in [0, 1]. Reads back.
    ///
    /// # Errors
    /// [`EngineError::Frame`] for another number of values, [`EngineError::Gpu`] if the GPU fails.
    pub async fn probability(&self, picture: Vec<f32>) -> Result<Vec<f32>, EngineError> {
        read(self.network.forward(self.input(picture)?)).await
    }

    /// The output of the file's own graph for the same input: logits of background and person in turn, or
    /// probabilities. Reads back.
    ///
    /// # Errors
    /// As [`Segmenter::probability`].
    pub async fn raw(&self, picture: Vec<f32>) -> Result<Vec<f32>, EngineError> {
        read(self.network.forward_raw(self.input(picture)?)).await
    }

    /// The wall-clock time of one inference, as the mean over `count` in a row on the same picture, which is uploaded
    /// before. Nothing is read back; on a GPU the time ends when the last of them is completed.
    ///
    /// # Errors
    /// As [`Segmenter::probability`].
    pub async fn time(&self, picture: Vec<f32>, count: u32) -> Result<Duration, EngineError> {
        let picture = self.input(picture)?;
        let start = Instant::now();
        match &self.backend {
            Backend::Gpu(gpu) => {
                for _ in 0..count {
                    self.submit(&picture)?;
                }
                gpu.completed().await;
                gpu.check()?;
            }
            Backend::Cpu => (0..count).for_each(|_| drop(self.network.forward(picture.clone()))),
        }
        Ok(start.elapsed() / count.max(1))
    }

    /// Submits an inference to the GPU. Its result stays valid for submissions made while the returned value lives.
    fn submit(&self, picture: &Tensor<4>) -> Result<TensorBuffer, EngineError> {
        TensorBuffer::of(self.network.forward(picture.clone()))
    }

    fn input(&self, picture: Vec<f32>) -> Result<Tensor<4>, EngineError> {
        let [height, width] = self.config().input;
        let expected = height * width * 3;
        if picture.len() != expected {
            let found = picture.len();
            return Err(EngineError::Frame(format!(
                "a {width}x{height} picture has {expected} RGB values, but {found} were given"
            )));
        }
        Ok(Tensor::from_data(TensorData::new(picture, [1, height, width, 3]), &self.backend.device()))
    }
}

async fn read(tensor: Tensor<4>) -> Result<Vec<f32>, EngineError> {
    let data = tensor.into_data_async().await.map_err(|error| EngineError::Gpu(format!("{error:?}")))?;
    data.try_to_vec().map_err(|error| EngineError::Gpu(format!("{error:?}")))
}

/// A network on the GPU whose input and output are buffers that passes of our own write and read.
pub(crate) struct GpuSegmenter {
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

    pub(crate) fn segmenter(&self) -> &Segmenter {
        &self.segmenter
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
