use std::fmt::Debug;
use std::time::Duration;

use burn::tensor::{Device, Tensor, TensorData};
use cyclorama_effects::Size;
use cyclorama_segmentation::{ModelConfig, Precision, SegmentationModel, has_half_weights, import_with};
use web_time::Instant;

use crate::EngineError;
#[cfg(feature = "compute")]
use crate::gpu::{ComputeContext, tune};

/// The device that runs the model.
#[derive(Clone)]
pub enum Backend {
    /// wgpu: WebGPU in the browser; Vulkan, Metal or DX12 natively. Needs the feature `compute`.
    #[cfg(feature = "compute")]
    Gpu(ComputeContext),
    /// The CPU, with SIMD.
    Cpu,
}

impl Backend {
    fn device(&self) -> Device {
        match self {
            #[cfg(feature = "compute")]
            Self::Gpu(compute) => compute.tensors().clone(),
            Self::Cpu => Device::flex(),
        }
    }

    fn precision(&self) -> Precision {
        match self {
            #[cfg(feature = "compute")]
            Self::Gpu(compute) => compute.precision(),
            Self::Cpu => Precision::F32,
        }
    }
}

/// A segmentation model with its weights on a device.
pub struct Segmenter {
    pub(crate) model: SegmentationModel,
    backend: Backend,
}

impl Segmenter {
    /// Imports the bytes of a `.tflite` file and runs the model, so that its code is compiled and its buffers exist before
    /// the first image. The first model on a GPU also selects the tiling for the GPU.
    ///
    /// # Errors
    /// [`EngineError::Model`] for a file that is not a person segmentation model, [`EngineError::DeviceLost`] and
    /// [`EngineError::Gpu`] if the GPU cannot run it.
    pub async fn new(file: &[u8], backend: Backend) -> Result<Self, EngineError> {
        let import = || {
            let model = import_with(file, &backend.device(), backend.precision())?;
            let segmenter = Self { model, backend: backend.clone() };
            let [height, width] = segmenter.config().input;
            let image = segmenter.input(vec![0.0; height * width * 3])?;
            Ok::<_, EngineError>((segmenter, image))
        };
        let (segmenter, image) = match &backend {
            #[cfg(feature = "compute")]
            Backend::Gpu(compute) => {
                let (imported, errors) = compute.in_error_scope(import);
                let imported = imported?;
                errors.await?;
                imported
            }
            Backend::Cpu => import()?,
        };
        match &segmenter.backend {
            #[cfg(feature = "compute")]
            Backend::Gpu(compute) => tune(compute, || segmenter.submit(&image).map(drop)).await?,
            Backend::Cpu => drop(segmenter.model.forward(image)),
        }
        Ok(segmenter)
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
        read(self.model.forward(self.input(image)?)).await
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
        let image = self.input(image)?;
        let start = Instant::now();
        match &self.backend {
            #[cfg(feature = "compute")]
            Backend::Gpu(compute) => {
                let since = compute.generation();
                for _ in 0..count {
                    self.submit(&image)?;
                }
                compute.completed().await;
                compute.check(since)?;
            }
            Backend::Cpu => (0..count).for_each(|_| drop(self.model.forward(image.clone()))),
        }
        Ok(start.elapsed() / count.max(1))
    }

    pub(crate) fn input(&self, image: Vec<f32>) -> Result<Tensor<4>, EngineError> {
        let [height, width] = self.config().input;
        let expected = height * width * 3;
        if image.len() != expected {
            let found = image.len();
            return Err(EngineError::Frame(format!(
                "a {width}x{height} image has {expected} RGB values, but {found} were passed"
            )));
        }
        Ok(Tensor::from_data(TensorData::new(image, [1, height, width, 3]), &self.backend.device()))
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
