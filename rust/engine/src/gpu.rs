use std::ops::Deref;
use std::sync::{Arc, Mutex};

use burn::backend::wgpu::WgpuSetup;
use burn::tensor::Device;
use cyclorama_segmentation::Precision;
use cyclorama_segmentation::ops::Tiling;

use crate::adapter::adapter_for_burn;
use crate::graphics::{lock, request_adapter};
use crate::{EngineError, Graphics, PowerPreference, Reason};

/// What a [`Gpu`] is asked for with.
#[derive(Clone, Copy, Debug, Default)]
pub struct GpuOptions {
    /// How the weights of its networks are stored.
    pub precision: Precision,
    /// Which GPU to use.
    pub power: PowerPreference,
}

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
    /// Acquires the machine's preferred adapter.
    ///
    /// # Errors
    /// [`EngineError::Unsupported`] if there is none or if it cannot run the networks.
    pub async fn request() -> Result<Self, EngineError> {
        Self::request_with(GpuOptions::default()).await
    }

    /// The same with options.
    ///
    /// # Errors
    /// As [`Gpu::request`].
    pub async fn request_with(options: GpuOptions) -> Result<Self, EngineError> {
        let GpuOptions { precision, power } = options;
        let instance = wgpu::Instance::new(wgpu::InstanceDescriptor::new_without_display_handle());
        let adapter = request_adapter(&instance, None, power).await?;
        // 16-bit values are for the weights of files that store them so. burn goes by what the adapter has, whatever is asked
        // of it for the device.
        let wanted = wgpu::Features::TIMESTAMP_QUERY | wgpu::Features::SHADER_F16;
        let features = adapter.features() & wanted;
        let limits = adapter.limits();
        let graphics = Graphics::of_adapter(instance, adapter, features, limits).await?;

        let info = graphics.adapter().get_info();
        let setup = WgpuSetup {
            instance: graphics.instance().clone(),
            adapter: adapter_for_burn(graphics.adapter()),
            device: graphics.device().clone(),
            queue: graphics.queue().clone(),
            backend: info.backend,
        };
        let tensors =
            Device::wgpu_options().tasks_max(TASKS_PER_SUBMISSION).setup(setup).init().map_err(|error| {
                EngineError::Unsupported(Reason::new("burn cannot use the GPU device", error))
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

    /// Releases the device, everything on it and what is registered for it. What is asked of it later fails.
    ///
    /// burn offers no way to unregister a device: an entry without buffers stays, as long as the process or the module.
    pub fn destroy(&self) {
        Tiling::forget(&self.tensors);
        self.tensors.memory_cleanup();
        self.graphics.destroy();
    }
}

/// A [`Gpu`] is a [`Graphics`] that burn computes on, too.
impl Deref for Gpu {
    type Target = Graphics;

    fn deref(&self) -> &Graphics {
        &self.graphics
    }
}
