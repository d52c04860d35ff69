use std::time::Duration;

use burn::tensor::{Device, Tensor, TensorData};
use cyclorama_effects::Size;
use cyclorama_segmentation::{ModelConfig, Precision, SegmentationModel, has_half_weights, import_with};
use web_time::Instant;

use crate::EngineError;
#[cfg(feature = "compute")]
use crate::{Gpu, tuning::tune};

/// How long the processor's inferences are repeated in a browser before the first one counts.
const WARM_UP: Duration = Duration::from_millis(500);

/// What runs the network.
#[derive(Clone)]
pub enum Backend {
    /// wgpu: WebGPU in the browser; Vulkan, Metal or DX12 natively. With the feature `compute`.
    #[cfg(feature = "compute")]
    Gpu(Gpu),
    /// The processor, with SIMD.
    Cpu,
}

impl Backend {
    fn device(&self) -> Device {
        match self {
            #[cfg(feature = "compute")]
            Self::Gpu(gpu) => gpu.tensors().clone(),
            Self::Cpu => Device::flex(),
        }
    }

    fn precision(&self) -> Precision {
        match self {
            #[cfg(feature = "compute")]
            Self::Gpu(gpu) => gpu.precision(),
            Self::Cpu => Precision::F32,
        }
    }
}

/// A segmentation network with its weights on a device.
pub struct Segmenter {
    pub(crate) network: SegmentationModel,
    backend: Backend,
}

impl Segmenter {
    /// Imports the bytes of a `.tflite` file and runs the network, so that its code is compiled and its buffers exist before
    /// a picture needs them. The first network on a GPU also finds out which kernels suit the GPU.
    ///
    /// # Errors
    /// [`EngineError::Model`] for a file that is not a person segmentation network, [`EngineError::DeviceLost`] and
    /// [`EngineError::Gpu`] if the GPU cannot run it.
    pub async fn new(model: &[u8], backend: Backend) -> Result<Self, EngineError> {
        let import = || {
            let network = import_with(model, &backend.device(), backend.precision())?;
            let segmenter = Self { network, backend: backend.clone() };
            let [height, width] = segmenter.config().input;
            let picture = segmenter.input(vec![0.0; height * width * 3])?;
            Ok::<_, EngineError>((segmenter, picture))
        };
        let (segmenter, picture) = match &backend {
            #[cfg(feature = "compute")]
            Backend::Gpu(gpu) => {
                let (imported, errors) = gpu.in_error_scope(import);
                let imported = imported?;
                errors.await?;
                imported
            }
            Backend::Cpu => import()?,
        };
        match &segmenter.backend {
            #[cfg(feature = "compute")]
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

    /// Whether weights of it are stored with 16 bits.
    pub fn has_half_weights(&self) -> bool {
        has_half_weights(&self.network)
    }

    /// Which network it is.
    pub fn config(&self) -> &ModelConfig {
        self.network.config()
    }

    /// The probability of a person at each pixel, row by row, for `H * W * 3` RGB values in [0, 1]. Reads back.
    ///
    /// # Errors
    /// [`EngineError::Frame`] for another number of values, [`EngineError::Gpu`] if the GPU fails.
    pub async fn probability(&self, picture: Vec<f32>) -> Result<Vec<f32>, EngineError> {
        read(self.network.forward(self.input(picture)?)).await
    }

    /// The output of the file's own graph for the same input, see [`SegmentationModel::forward_raw`]: logits of
    /// background and person in turn, or probabilities; of BodyPix logits at every eighth pixel, of DeepLabV3 21 at
    /// each. Reads back.
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
            #[cfg(feature = "compute")]
            Backend::Gpu(gpu) => {
                let since = gpu.generation();
                for _ in 0..count {
                    self.submit(&picture)?;
                }
                gpu.completed().await;
                gpu.check(since)?;
            }
            Backend::Cpu => (0..count).for_each(|_| drop(self.network.forward(picture.clone()))),
        }
        Ok(start.elapsed() / count.max(1))
    }

    pub(crate) fn input(&self, picture: Vec<f32>) -> Result<Tensor<4>, EngineError> {
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

impl AsRef<Self> for Segmenter {
    fn as_ref(&self) -> &Self {
        self
    }
}

/// Runs `infer` on the processor until its buffers exist and, in a browser, its code is compiled for good: browsers begin
/// with code that is quick to make and several times slower, and replace it while it runs.
fn warm_up(infer: impl Fn()) {
    let start = Instant::now();
    infer();
    while cfg!(target_family = "wasm") && start.elapsed() < WARM_UP {
        infer();
    }
}

async fn read(tensor: Tensor<4>) -> Result<Vec<f32>, EngineError> {
    let data =
        tensor.into_data_async().await.map_err(|error| EngineError::Gpu(format!("{error:?}").into()))?;
    data.try_to_vec().map_err(|error| EngineError::Gpu(format!("{error:?}").into()))
}
