use std::fmt::Debug;
use std::time::Duration;

use burn::tensor::{Device, Tensor, TensorData};
use cyclorama_effects::Size;
use cyclorama_segmentation::{ModelConfig, Precision, SegmentationModel, has_half_weights, import_with};
use web_time::Instant;

use crate::EngineError;
#[cfg(feature = "compute")]
use crate::gpu::{ComputeContext, GpuInference, GpuSegmenter};

/// The device that runs the model.
#[derive(Clone)]
pub enum Backend {
    /// wgpu: WebGPU in the browser; Vulkan, Metal or DX12 natively. Needs the feature `compute`.
    #[cfg(feature = "compute")]
    Gpu(ComputeContext),
    /// The CPU, with SIMD.
    Cpu,
}

/// A segmentation model with its weights on a device.
pub struct Segmenter {
    model: SegmentationModel,
    inference: Inference,
}

/// What runs the model.
enum Inference {
    #[cfg(feature = "compute")]
    Gpu(GpuInference),
    Cpu,
}

impl Segmenter {
    /// Imports the bytes of a `.tflite` file and runs the model, so that its code is compiled and its buffers exist before
    /// the first image. The first model on a GPU also selects the tiling for the GPU.
    ///
    /// # Errors
    /// [`EngineError::Model`] for a file that is not a person segmentation model, [`EngineError::DeviceLost`] and
    /// [`EngineError::Gpu`] if the GPU cannot run it.
    pub async fn new(file: &[u8], backend: Backend) -> Result<Self, EngineError> {
        match backend {
            #[cfg(feature = "compute")]
            Backend::Gpu(compute) => Ok(GpuSegmenter::new(file, &compute).await?.into()),
            Backend::Cpu => {
                let model = import_with(file, &Device::flex(), Precision::F32)?;
                let segmenter = Self { model, inference: Inference::Cpu };
                let [height, width] = segmenter.config().input;
                segmenter.probability_now(&vec![0.0; height * width * 3])?;
                Ok(segmenter)
            }
        }
    }

    #[cfg(feature = "compute")]
    pub(crate) fn on_gpu(model: SegmentationModel, inference: GpuInference) -> Self {
        Self { model, inference: Inference::Gpu(inference) }
    }

    /// The size of the model's input and of its mask.
    pub fn size(&self) -> Size {
        let [height, width] =
            self.config().input.map(|side| u32::try_from(side).expect("the importer's limit"));
        Size { width, height }
    }

    /// Whether weights of the model are stored with 16 bits.
    pub fn has_half_weights(&self) -> bool {
        has_half_weights(&self.model)
    }

    /// The configuration of the model.
    pub fn config(&self) -> &ModelConfig {
        self.model.config()
    }

    /// Returns the probability of a person at each pixel, row by row, for `H * W * 3` RGB values in [0, 1]. Reads back.
    ///
    /// # Errors
    /// [`EngineError::Frame`] for a wrong number of values, [`EngineError::Gpu`] if the GPU fails.
    pub async fn probability(&self, image: Vec<f32>) -> Result<Vec<f32>, EngineError> {
        match &self.inference {
            #[cfg(feature = "compute")]
            Inference::Gpu(inference) => {
                self.check(&image)?;
                inference.probability(&image).await
            }
            Inference::Cpu => self.probability_now(&image),
        }
    }

    /// Returns the probability as [`Segmenter::probability`] does, of a model on the CPU and without waiting.
    pub(crate) fn probability_now(&self, image: &[f32]) -> Result<Vec<f32>, EngineError> {
        let probability = self.model.forward(self.input(image.to_vec())?).try_into_data();
        probability.map_err(failed)?.try_into_vec().map_err(failed)
    }

    /// Returns the output of the file's graph, see [`SegmentationModel::forward_raw`]: logits of background and person in
    /// turn, or probabilities. BodyPix has logits at every eighth pixel, DeepLabV3 21 logits at each pixel. Reads back.
    ///
    /// # Errors
    /// Those of [`Segmenter::probability`].
    pub async fn raw(&self, image: Vec<f32>) -> Result<Vec<f32>, EngineError> {
        read(self.model.forward_raw(self.input(image)?)).await
    }

    /// Measures the wall-clock time of one inference: the mean over `count` consecutive inferences on one image. The upload
    /// does not count, and nothing is read back. On a GPU the time ends when the last inference is completed.
    ///
    /// # Errors
    /// Those of [`Segmenter::probability`].
    pub async fn time(&self, image: Vec<f32>, count: u32) -> Result<Duration, EngineError> {
        self.check(&image)?;
        let elapsed = match &self.inference {
            #[cfg(feature = "compute")]
            Inference::Gpu(inference) => {
                inference.upload(&image);
                let start = Instant::now();
                inference.repeat(count).await?;
                start.elapsed()
            }
            Inference::Cpu => {
                let image = self.input(image)?;
                let start = Instant::now();
                (0..count).for_each(|_| drop(self.model.forward(image.clone())));
                start.elapsed()
            }
        };
        Ok(elapsed / count.max(1))
    }

    fn input(&self, image: Vec<f32>) -> Result<Tensor<4>, EngineError> {
        self.check(&image)?;
        let [height, width] = self.config().input;
        Ok(Tensor::from_data(TensorData::new(image, [1, height, width, 3]), &self.device()))
    }

    /// Checks the number of values of an image.
    fn check(&self, image: &[f32]) -> Result<(), EngineError> {
        let [height, width] = self.config().input;
        let (expected, found) = (height * width * 3, image.len());
        if found == expected {
            return Ok(());
        }
        Err(EngineError::Frame(format!(
            "a {width}x{height} image has {expected} RGB values, but {found} were passed"
        )))
    }

    fn device(&self) -> Device {
        match &self.inference {
            #[cfg(feature = "compute")]
            Inference::Gpu(inference) => inference.compute().tensors().clone(),
            Inference::Cpu => Device::flex(),
        }
    }
}

impl AsRef<Self> for Segmenter {
    fn as_ref(&self) -> &Self {
        self
    }
}

async fn read(tensor: Tensor<4>) -> Result<Vec<f32>, EngineError> {
    tensor.into_data_async().await.map_err(failed)?.try_into_vec().map_err(failed)
}

/// Wraps an error of burn.
pub(crate) fn failed(error: impl Debug) -> EngineError {
    EngineError::Gpu(format!("{error:?}").into())
}
