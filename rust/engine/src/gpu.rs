use std::sync::{Arc, Mutex, PoisonError};

use burn::backend::wgpu::WgpuSetup;
use burn::tensor::Device;
use cyclorama_segmentation::ops::Tiling;

use crate::EngineError;

/// One wgpu device, shared by burn's tensors and the image passes, and what it reported since.
#[derive(Clone)]
pub struct Gpu {
    setup: WgpuSetup,
    tensors: Device,
    faults: Arc<Mutex<Faults>>,
    /// How the network's operators are split into threads, once that is known.
    tiling: Arc<Mutex<Option<Tiling>>>,
}

/// What the device reported by itself.
#[derive(Default)]
struct Faults {
    lost: Option<String>,
    error: Option<String>,
}

/// Launches that burn gathers into one submission: more than any of the networks has.
const TASKS_PER_SUBMISSION: usize = 256;

impl Gpu {
    /// Acquires the machine's most powerful adapter.
    ///
    /// # Errors
    /// [`EngineError::Unsupported`] if there is none or if it cannot run the networks.
    pub async fn request() -> Result<Self, EngineError> {
        let instance = wgpu::Instance::new(wgpu::InstanceDescriptor::new_without_display_handle());
        let adapter = instance
            .request_adapter(&wgpu::RequestAdapterOptions {
                power_preference: wgpu::PowerPreference::HighPerformance,
                ..wgpu::RequestAdapterOptions::default()
            })
            .await
            .map_err(|error| EngineError::Unsupported(format!("no GPU adapter is available: {error}")))?;
        // burn's runtime for the web profiles with timestamps alone and panics on an adapter without them.
        let timestamps = wgpu::Features::TIMESTAMP_QUERY;
        if cfg!(target_family = "wasm") && !adapter.features().contains(timestamps) {
            return Err(EngineError::Unsupported(
                "the GPU adapter lacks the WebGPU feature \"timestamp-query\"".into(),
            ));
        }
        let (device, queue) = adapter
            .request_device(&wgpu::DeviceDescriptor {
                label: Some("cyclorama"),
                // 16-bit values are for the weights of files that store them so.
                required_features: adapter.features() & (timestamps | wgpu::Features::SHADER_F16),
                required_limits: adapter.limits(),
                ..wgpu::DeviceDescriptor::default()
            })
            .await
            .map_err(|error| EngineError::Unsupported(format!("no GPU device could be had: {error}")))?;

        let backend = adapter.get_info().backend;
        let setup = WgpuSetup { instance, adapter, device, queue, backend };
        let tensors =
            Device::wgpu_options().tasks_max(TASKS_PER_SUBMISSION).setup(setup.clone()).init().map_err(
                |error| EngineError::Unsupported(format!("burn cannot use the GPU device: {error}")),
            )?;
        // After burn's own, which it replaces: that one panics at an error, which would end a WebAssembly module.
        let faults = Arc::new(Mutex::new(Faults::default()));
        let record = Arc::clone(&faults);
        setup.device.set_device_lost_callback(move |reason, message| {
            let message = if message.is_empty() { format!("{reason:?}") } else { message };
            lock(&record).lost = Some(message);
        });
        let record = Arc::clone(&faults);
        setup.device.on_uncaptured_error(Arc::new(move |error: wgpu::Error| {
            // The first error is the cause, later ones follow from it.
            lock(&record).error.get_or_insert_with(|| error.to_string());
        }));
        // Measured on SwiftShader: there is nothing to find out for software adapters.
        let software = setup.adapter.get_info().device_type == wgpu::DeviceType::Cpu;
        let tiling = Arc::new(Mutex::new(software.then_some(Tiling::Large)));
        Ok(Self { setup, tensors, faults, tiling })
    }

    /// The device, for textures and passes of the caller's own.
    pub fn device(&self) -> &wgpu::Device {
        &self.setup.device
    }

    /// The queue that everything is submitted to.
    pub fn queue(&self) -> &wgpu::Queue {
        &self.setup.queue
    }

    /// The instance, for surfaces.
    pub fn instance(&self) -> &wgpu::Instance {
        &self.setup.instance
    }

    /// What the adapter says about itself.
    pub fn adapter(&self) -> &wgpu::Adapter {
        &self.setup.adapter
    }

    /// burn's handle to the device.
    pub fn tensors(&self) -> &Device {
        &self.tensors
    }

    /// How operators are split into threads on this device, if that is known yet.
    pub(crate) fn tiling(&self) -> Option<Tiling> {
        *lock(&self.tiling)
    }

    pub(crate) fn set_tiling(&self, tiling: Tiling) {
        *lock(&self.tiling) = Some(tiling);
    }

    /// Why the device is lost, if it is.
    pub fn lost(&self) -> Option<String> {
        lock(&self.faults).lost.clone()
    }

    /// Fails if the device was lost, or if it reported an error since the last call.
    ///
    /// # Errors
    /// [`EngineError::DeviceLost`], for good, or [`EngineError::Gpu`], once.
    pub fn check(&self) -> Result<(), EngineError> {
        let mut faults = lock(&self.faults);
        if let Some(reason) = &faults.lost {
            return Err(EngineError::DeviceLost(reason.clone()));
        }
        faults.error.take().map_or(Ok(()), |message| Err(EngineError::Gpu(message)))
    }

    /// The bytes of a buffer made with `MAP_READ`, as what was submitted so far leaves them. `what` names them in errors.
    pub(crate) async fn read(&self, what: &str, buffer: &wgpu::Buffer) -> Result<Vec<u8>, EngineError> {
        let (done, mapped) = futures_channel::oneshot::channel();
        buffer.map_async(wgpu::MapMode::Read, .., move |result| {
            // Nobody listens any more if the caller stopped waiting.
            done.send(result).ok();
        });
        self.completed().await;
        let failed = |reason: String| EngineError::Gpu(format!("{what} could not be read back: {reason}"));
        mapped
            .await
            .map_err(|_| failed("the GPU did not answer".into()))?
            .map_err(|error| failed(error.to_string()))?;
        let bytes = buffer.get_mapped_range(..).map_err(|error| failed(error.to_string()))?;
        Ok(bytes.to_vec())
    }

    /// Waits until the GPU has completed everything submitted so far.
    pub async fn completed(&self) {
        let (done, receiver) = futures_channel::oneshot::channel();
        self.queue().on_submitted_work_done(move || {
            // Nobody listens any more if the caller stopped waiting.
            done.send(()).ok();
        });
        // Native callbacks run when the device is polled; a browser calls by itself.
        #[cfg(not(target_family = "wasm"))]
        self.device().poll(wgpu::PollType::wait_indefinitely()).ok();
        // An error means that the callback was dropped uncalled, with a lost device: `check` says so.
        receiver.await.ok();
    }
}

/// What is behind the lock; one that panicked while holding it cannot have left it half written.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
