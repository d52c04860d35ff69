use std::ops::Deref;
use std::sync::{Arc, Mutex};

use burn::backend::wgpu::WgpuSetup;
use burn::tensor::Device;
use cyclorama_segmentation::Precision;
use cyclorama_segmentation::ops::Tiling;

use crate::graphics::{lock, request_adapter};
use crate::{EngineError, Graphics};

/// One wgpu device, shared by burn's tensors and the image passes.
#[derive(Clone)]
pub struct Gpu {
    graphics: Graphics,
    tensors: Device,
    precision: Precision,
    /// How the network's operators are split into threads, once that is known.
    tiling: Arc<Mutex<Option<Tiling>>>,
}

/// Launches that burn gathers into one submission: more than any of the networks has.
const TASKS_PER_SUBMISSION: usize = 256;

impl Gpu {
    /// Acquires the machine's most powerful adapter.
    ///
    /// # Errors
    /// [`EngineError::Unsupported`] if there is none or if it cannot run the networks.
    pub async fn request() -> Result<Self, EngineError> {
        Self::request_with(Precision::default()).await
    }

    /// The same with a say in how the weights of its networks are stored.
    ///
    /// # Errors
    /// As [`Gpu::request`].
    pub async fn request_with(precision: Precision) -> Result<Self, EngineError> {
        let instance = wgpu::Instance::new(wgpu::InstanceDescriptor::new_without_display_handle());
        let adapter = request_adapter(&instance, None).await?;
        // burn's runtime for the web profiles with timestamps alone and panics on an adapter without them.
        let timestamps = wgpu::Features::TIMESTAMP_QUERY;
        if cfg!(target_family = "wasm") && !adapter.features().contains(timestamps) {
            return Err(EngineError::Unsupported(
                "the GPU adapter lacks the WebGPU feature \"timestamp-query\"".into(),
            ));
        }
        // 16-bit values are for the weights of files that store them so. burn goes by what the adapter has, whatever is asked
        // of it for the device.
        let features = adapter.features() & (timestamps | wgpu::Features::SHADER_F16);
        let limits = adapter.limits();
        let graphics = Graphics::of_adapter(instance, adapter, features, limits).await?;

        let info = graphics.adapter().get_info();
        let setup = WgpuSetup {
            instance: graphics.instance().clone(),
            adapter: graphics.adapter().clone(),
            device: graphics.device().clone(),
            queue: graphics.queue().clone(),
            backend: info.backend,
        };
        let tensors =
            Device::wgpu_options().tasks_max(TASKS_PER_SUBMISSION).setup(setup).init().map_err(|error| {
                EngineError::Unsupported(format!("burn cannot use the GPU device: {error}"))
            })?;
        // burn's own listener panics at an error, which would end a WebAssembly module.
        graphics.listen();
        // Measured on SwiftShader: there is nothing to find out for software adapters.
        let software = info.device_type == wgpu::DeviceType::Cpu;
        let tiling = Arc::new(Mutex::new(software.then_some(Tiling::Large)));
        Ok(Self { graphics, tensors, precision, tiling })
    }

    /// burn's handle to the device.
    pub fn tensors(&self) -> &Device {
        &self.tensors
    }

    /// How the weights of its networks are stored.
    pub fn precision(&self) -> Precision {
        self.precision
    }

    /// How operators are split into threads on this device, if that is known yet.
    pub(crate) fn tiling(&self) -> Option<Tiling> {
        *lock(&self.tiling)
    }

    pub(crate) fn set_tiling(&self, tiling: Tiling) {
        *lock(&self.tiling) = Some(tiling);
    }
}

/// A [`Gpu`] is a [`Graphics`] that burn computes on, too.
impl Deref for Gpu {
    type Target = Graphics;

    fn deref(&self) -> &Graphics {
        &self.graphics
    }
}
