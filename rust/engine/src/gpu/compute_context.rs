use std::ops::Deref;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex};

use burn::backend::wgpu::WgpuSetup;
use burn::tensor::Device;
use cyclorama_segmentation::Precision;
use cyclorama_segmentation::ops::Tiling;

use super::adapter::adapter_for_burn;
use super::context::{lock, request_adapter};
use super::memory::Reservation;
use crate::{EngineError, GpuContext, PowerPreference, Reason};

/// Options of a [`ComputeContext`].
#[derive(Clone, Copy, Debug, Default)]
pub struct ComputeContextOptions {
    /// Selects the precision of the models' weights.
    pub precision: Precision,
    /// Selects the GPU of a machine with several.
    pub power: PowerPreference,
}

/// One wgpu device for burn's tensors and for the image passes.
#[derive(Clone)]
pub struct ComputeContext {
    gpu: GpuContext,
    tensors: Device,
    precision: Precision,
    /// The tiling of the model's operators, once it is known.
    tiling: Arc<Mutex<Option<Tiling>>>,
    /// Bytes of the buffers of all inferences.
    reserved: Arc<AtomicU64>,
}

impl ComputeContext {
    /// Acquires the machine's preferred adapter.
    ///
    /// # Errors
    /// [`EngineError::Unsupported`] if no adapter is available or if it cannot run the models.
    pub async fn request() -> Result<Self, EngineError> {
        Self::request_with(ComputeContextOptions::default()).await
    }

    /// Acquires an adapter with options.
    ///
    /// # Errors
    /// Those of [`ComputeContext::request`].
    pub async fn request_with(options: ComputeContextOptions) -> Result<Self, EngineError> {
        let ComputeContextOptions { precision, power } = options;
        let instance = wgpu::Instance::new(wgpu::InstanceDescriptor::new_without_display_handle());
        let adapter = request_adapter(&instance, None, power).await?;
        // Weights that files store with 16 bits use `SHADER_F16`. burn checks the features of the adapter, not of the device.
        let wanted = wgpu::Features::TIMESTAMP_QUERY | wgpu::Features::SHADER_F16;
        let features = adapter.features() & wanted;
        let limits = adapter.limits();
        let gpu = GpuContext::of_adapter(instance, adapter, features, limits).await?;

        let info = gpu.adapter().get_info();
        let setup = WgpuSetup {
            instance: gpu.instance().clone(),
            adapter: adapter_for_burn(gpu.adapter()),
            device: gpu.device().clone(),
            queue: gpu.queue().clone(),
            backend: info.backend,
        };
        let tensors = Device::wgpu_options().setup(setup).init().map_err(|error| {
            EngineError::Unsupported(Reason::new("burn cannot use the GPU device", error))
        })?;
        // burn's own listener panics at an error, which would crash a WebAssembly module.
        gpu.listen();
        // The tiling for software adapters was measured on SwiftShader.
        let software = info.device_type == wgpu::DeviceType::Cpu;
        let tiling = Arc::new(Mutex::new(software.then_some(Tiling::Large)));
        Ok(Self { gpu, tensors, precision, tiling, reserved: Arc::default() })
    }

    /// The device as burn's handle.
    pub fn tensors(&self) -> &Device {
        &self.tensors
    }

    /// The precision of the models' weights.
    pub fn precision(&self) -> Precision {
        self.precision
    }

    /// The tiling of the operators on this device, if it is known.
    pub(crate) fn tiling(&self) -> Option<Tiling> {
        *lock(&self.tiling)
    }

    pub(crate) fn set_tiling(&self, tiling: Tiling) {
        *lock(&self.tiling) = Some(tiling);
    }

    /// Bytes of the buffers of all inferences on this device.
    pub(super) fn reserved(&self) -> &Arc<AtomicU64> {
        &self.reserved
    }

    /// Counts `bytes` as reserved.
    pub(super) fn reserve(&self, bytes: u64) -> Reservation {
        Reservation::new(&self.reserved, bytes)
    }

    /// Releases the device, everything on it and its registrations. Later calls fail.
    ///
    /// burn cannot unregister a device: an entry without buffers stays for the lifetime of the process or the module.
    pub fn destroy(&self) {
        Tiling::forget(&self.tensors);
        self.tensors.memory_cleanup();
        self.gpu.destroy();
    }
}

/// A [`ComputeContext`] is a [`GpuContext`] on which burn computes too.
impl Deref for ComputeContext {
    type Target = GpuContext;

    fn deref(&self) -> &GpuContext {
        &self.gpu
    }
}

impl AsRef<GpuContext> for ComputeContext {
    fn as_ref(&self) -> &GpuContext {
        &self.gpu
    }
}
