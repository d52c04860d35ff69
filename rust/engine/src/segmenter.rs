use burn::backend::wgpu::{AutoCompiler, CubeBackend, WgpuResource};
use burn::backend::{BackendTensor, DispatchTensorKind};
use burn::tensor::{Device, Tensor, TensorData};
use cubecl::wgpu::WgpuServer;
use cyclorama_effects::Size;
use cyclorama_segmentation::{NetworkConfig, SegmentationNetwork, import};

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
    device: Device,
}

impl Segmenter {
    /// Imports the bytes of a `.tflite` file.
    ///
    /// # Errors
    /// [`EngineError::Model`] for a file that is not a selfie segmentation network.
    pub fn new(model: &[u8], backend: &Backend) -> Result<Self, EngineError> {
        let device = backend.device();
        Ok(Self { network: import(model, &device)?, device })
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

    fn input(&self, picture: Vec<f32>) -> Result<Tensor<4>, EngineError> {
        let [height, width] = self.config().input;
        let expected = height * width * 3;
        if picture.len() != expected {
            let found = picture.len();
            return Err(EngineError::Frame(format!(
                "a {width}x{height} picture has {expected} RGB values, but {found} were given"
            )));
        }
        Ok(Tensor::from_data(TensorData::new(picture, [1, height, width, 3]), &self.device))
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
    pub(crate) fn new(model: &[u8], gpu: &Gpu) -> Result<Self, EngineError> {
        let segmenter = Segmenter::new(model, &Backend::Gpu(gpu.clone()))?;
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
        TensorBuffer::of(self.segmenter.network.forward(self.input.clone()))
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
