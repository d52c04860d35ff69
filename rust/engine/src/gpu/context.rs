use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use cyclorama_effects::{Image, Size};

use crate::error::Source;
use crate::{EngineError, Reason};

/// A wgpu device with its queue, and the errors that it reported.
#[derive(Clone)]
pub struct GpuContext {
    instance: wgpu::Instance,
    adapter: wgpu::Adapter,
    device: wgpu::Device,
    queue: wgpu::Queue,
    faults: Arc<Mutex<Faults>>,
}

/// The asynchronous reports of the device.
#[derive(Default)]
struct Faults {
    lost: Option<String>,
    errors: Errors,
}

/// The errors that a device reported, numbered from 0 in their order.
#[derive(Default)]
struct Errors {
    /// The number of all errors. Only the last of them are kept.
    count: u64,
    kept: VecDeque<Arc<Source>>,
}

/// The number of errors that are kept. The first error is the cause; later ones follow from it.
const KEPT_ERRORS: usize = 16;

impl Errors {
    fn push(&mut self, error: Arc<Source>) {
        if self.kept.len() == KEPT_ERRORS {
            self.kept.pop_front();
        }
        self.kept.push_back(error);
        self.count += 1;
    }

    /// Returns the first error after `since`, or the first that is kept.
    fn first_since(&self, since: Generation) -> Option<&Arc<Source>> {
        let newer = usize::try_from(self.count - since.0).unwrap_or(usize::MAX);
        let kept = self.kept.len();
        (newer > 0).then(|| self.kept.get(kept - newer.min(kept))).flatten()
    }
}

/// The number of errors that a device had reported at some time. A caller reads the later ones without removing them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Generation(u64);

/// Selects the GPU of a machine with several.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PowerPreference {
    /// The fastest one.
    #[default]
    HighPerformance,
    /// The one with the lowest power consumption, usually the integrated GPU.
    LowPower,
}

impl From<PowerPreference> for wgpu::PowerPreference {
    fn from(preference: PowerPreference) -> Self {
        match preference {
            PowerPreference::HighPerformance => Self::HighPerformance,
            PowerPreference::LowPower => Self::LowPower,
        }
    }
}

impl GpuContext {
    /// The format of images: 8-bit RGBA, not sRGB.
    pub const IMAGE_FORMAT: wgpu::TextureFormat = wgpu::TextureFormat::Rgba8Unorm;

    /// Acquires a device for images alone, from the machine's preferred adapter that can render to `surface`. It has only
    /// the features of every WebGL2 device: no compute shaders and no storage buffers.
    ///
    /// # Errors
    /// [`EngineError::Unsupported`] if no adapter or device is available.
    pub async fn request(
        instance: wgpu::Instance,
        surface: Option<&wgpu::Surface<'_>>,
        power: PowerPreference,
    ) -> Result<Self, EngineError> {
        let adapter = request_adapter(&instance, surface, power).await?;
        let limits = wgpu::Limits::downlevel_webgl2_defaults().using_resolution(adapter.limits());
        Self::of_adapter(instance, adapter, wgpu::Features::empty(), limits).await
    }

    /// Acquires a device with these features and limits, which the adapter supports.
    pub(crate) async fn of_adapter(
        instance: wgpu::Instance,
        adapter: wgpu::Adapter,
        required_features: wgpu::Features,
        required_limits: wgpu::Limits,
    ) -> Result<Self, EngineError> {
        let (device, queue) = adapter
            .request_device(&wgpu::DeviceDescriptor {
                label: Some("cyclorama"),
                required_features,
                required_limits,
                ..wgpu::DeviceDescriptor::default()
            })
            .await
            .map_err(|error| EngineError::Unsupported(Reason::new("no GPU device is available", error)))?;
        let gpu = Self { instance, adapter, device, queue, faults: Arc::default() };
        gpu.listen();
        Ok(gpu)
    }

    /// Records the reports of the device from now on. Replaces the listener before.
    pub(crate) fn listen(&self) {
        let record = self.clone_faults();
        self.device.set_device_lost_callback(move |reason, message| {
            let message = if message.is_empty() { format!("{reason:?}") } else { message };
            lock(&record).lost = Some(message);
        });
        let record = self.clone_faults();
        self.device.on_uncaptured_error(Arc::new(move |error: wgpu::Error| {
            lock(&record).errors.push(shared(error));
        }));
    }

    fn clone_faults(&self) -> Arc<Mutex<Faults>> {
        Arc::clone(&self.faults)
    }

    /// The device, for textures and passes of the caller.
    pub fn device(&self) -> &wgpu::Device {
        &self.device
    }

    /// The queue for all submissions.
    pub fn queue(&self) -> &wgpu::Queue {
        &self.queue
    }

    /// The instance, for surfaces.
    pub fn instance(&self) -> &wgpu::Instance {
        &self.instance
    }

    /// The adapter of the device.
    pub fn adapter(&self) -> &wgpu::Adapter {
        &self.adapter
    }

    /// The reason for which the device is lost; `None` while it is not.
    pub fn lost(&self) -> Option<String> {
        lock(&self.faults).lost.clone()
    }

    /// Marks the device as lost. For losses that wgpu does not notice, such as that of a WebGL context.
    pub fn lose(&self, reason: String) {
        lock(&self.faults).lost.get_or_insert(reason);
    }

    /// The number of the device's errors until now. Later errors fail [`GpuContext::check`].
    pub fn generation(&self) -> Generation {
        Generation(lock(&self.faults).errors.count)
    }

    /// Fails if the device is lost, or if it reported an error after `since`. Every caller receives every error, also those
    /// of another caller's work, unless that caller caught them in a scope.
    ///
    /// # Errors
    /// [`EngineError::DeviceLost`] or [`EngineError::Gpu`].
    pub fn check(&self, since: Generation) -> Result<(), EngineError> {
        let faults = lock(&self.faults);
        if let Some(reason) = &faults.lost {
            return Err(EngineError::DeviceLost(reason.clone()));
        }
        let error = faults.errors.first_since(since);
        error.map_or(Ok(()), |error| Err(EngineError::Gpu(Arc::clone(error).into())))
    }

    /// Runs `work` in an error scope: only the returned future reports the errors of its calls, and no other caller receives
    /// them. The future resolves when the device has validated all calls. It may be dropped.
    ///
    /// The device has one stack of scopes for all callers, so `work` must not await. Natively burn calls the device from
    /// another thread, which has its own scopes. There, all errors that the device reported in the meantime count.
    #[cfg(feature = "compute")]
    pub(crate) fn in_error_scope<T>(
        &self,
        work: impl FnOnce() -> T,
    ) -> (T, impl Future<Output = Result<(), EngineError>>) {
        use wgpu::ErrorFilter::{Internal, OutOfMemory, Validation};
        let (gpu, since) = (self.clone(), self.generation());
        let scopes = [Validation, OutOfMemory, Internal].map(|filter| self.device.push_error_scope(filter));
        let result = work();
        let [validation, memory, internal] = scopes;
        // Scopes are closed in the reverse order.
        let caught = (internal.pop(), memory.pop(), validation.pop());
        let errors = async move {
            let caught = [caught.0.await, caught.1.await, caught.2.await];
            let since = if cfg!(target_family = "wasm") { gpu.generation() } else { since };
            gpu.check(since)?;
            caught
                .into_iter()
                .flatten()
                .next()
                .map_or(Ok(()), |error| Err(EngineError::Gpu(shared(error).into())))
        };
        (result, errors)
    }

    /// Starts to record commands.
    pub(crate) fn encoder(&self, label: &str) -> wgpu::CommandEncoder {
        self.device.create_command_encoder(&wgpu::CommandEncoderDescriptor { label: Some(label) })
    }

    /// Releases the device and everything on it. Later calls fail.
    pub fn destroy(&self) {
        self.device.destroy();
    }

    /// Waits until the GPU has completed all submissions so far. Not for WebGL2, which has no completion callback.
    pub async fn completed(&self) {
        let (done, receiver) = futures_channel::oneshot::channel();
        self.queue.on_submitted_work_done(move || {
            // The receiver is gone if the caller stopped waiting.
            done.send(()).ok();
        });
        // Native callbacks run when the device is polled; a browser runs them without polling.
        #[cfg(not(target_family = "wasm"))]
        self.device.poll(wgpu::PollType::wait_indefinitely()).ok();
        // An error means that the callback was dropped with a lost device, which `check` reports.
        receiver.await.ok();
    }

    /// Reads a buffer with `MAP_READ` after all submissions so far. `what` names the bytes in errors.
    pub(crate) async fn read(&self, what: &str, buffer: &wgpu::Buffer) -> Result<Vec<u8>, EngineError> {
        let (done, mapped) = futures_channel::oneshot::channel();
        buffer.map_async(wgpu::MapMode::Read, .., move |result| {
            // The receiver is gone if the caller stopped waiting.
            done.send(result).ok();
        });
        self.completed().await;
        let failed = |error: Box<Source>| {
            EngineError::Gpu(Reason::new(&format!("{what} could not be read back"), error))
        };
        mapped.await.map_err(|error| failed(error.into()))?.map_err(|error| failed(error.into()))?;
        let bytes = buffer.get_mapped_range(..).map_err(|error| failed(error.into()))?;
        Ok(bytes.to_vec())
    }

    /// Checks that an image of this size fits into a texture.
    ///
    /// # Errors
    /// [`EngineError::Frame`] for an image without pixels and for one that is too large.
    pub fn check_size(&self, size: Size) -> Result<(), EngineError> {
        if size.width == 0 || size.height == 0 {
            return Err(EngineError::Frame(format!(
                "the image is {size}: both sides must be at least 1 pixel"
            )));
        }
        let limit = self.device.limits().max_texture_dimension_2d;
        if size.width.max(size.height) > limit {
            return Err(EngineError::Frame(format!(
                "the image is {size}, but this GPU takes at most {limit} pixels a side: scale it down or use the CPU"
            )));
        }
        Ok(())
    }

    /// Creates an empty texture for an image of this size.
    ///
    /// # Errors
    /// Those of [`GpuContext::check_size`].
    pub fn texture(&self, size: Size, usage: wgpu::TextureUsages) -> Result<wgpu::Texture, EngineError> {
        self.check_size(size)?;
        Ok(self.device.create_texture(&wgpu::TextureDescriptor {
            label: Some("image"),
            size: extent(size),
            mip_level_count: 1,
            sample_count: 1,
            dimension: wgpu::TextureDimension::D2,
            format: Self::IMAGE_FORMAT,
            usage,
            view_formats: &[],
        }))
    }

    /// Uploads an image to a texture for sampling, with the queue's next submission. Uses `texture` if it has the image's
    /// size, else a new one.
    ///
    /// # Errors
    /// Those of [`GpuContext::check_size`].
    pub fn upload(
        &self,
        image: &Image,
        texture: Option<wgpu::Texture>,
    ) -> Result<wgpu::Texture, EngineError> {
        let size = image.size();
        let texture = match texture.filter(|texture| texture.size() == extent(size)) {
            Some(texture) => texture,
            None => {
                self.texture(size, wgpu::TextureUsages::TEXTURE_BINDING | wgpu::TextureUsages::COPY_DST)?
            }
        };
        let layout = wgpu::TexelCopyBufferLayout {
            offset: 0,
            bytes_per_row: Some(size.width * 4),
            rows_per_image: None,
        };
        self.queue.write_texture(texture.as_image_copy(), image.pixels(), layout, extent(size));
        Ok(texture)
    }

    /// Reads back a texture of RGBA bytes with `COPY_SRC`.
    ///
    /// # Errors
    /// [`EngineError::Gpu`] and [`EngineError::DeviceLost`] if the GPU fails.
    pub async fn download(&self, texture: &wgpu::Texture) -> Result<Image, EngineError> {
        let since = self.generation();
        let size = texture.size();
        let row = size.width * 4;
        let padded_row = row.next_multiple_of(wgpu::COPY_BYTES_PER_ROW_ALIGNMENT);
        let buffer = self.device.create_buffer(&wgpu::BufferDescriptor {
            label: Some("image"),
            size: u64::from(padded_row) * u64::from(size.height),
            usage: wgpu::BufferUsages::MAP_READ | wgpu::BufferUsages::COPY_DST,
            mapped_at_creation: false,
        });
        let mut encoder = self.device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        let layout =
            wgpu::TexelCopyBufferLayout { offset: 0, bytes_per_row: Some(padded_row), rows_per_image: None };
        let target = wgpu::TexelCopyBufferInfo { buffer: &buffer, layout };
        encoder.copy_texture_to_buffer(texture.as_image_copy(), target, size);
        self.queue.submit([encoder.finish()]);

        let bytes = self.read("the image", &buffer).await?;
        let rows = bytes.chunks_exact(padded_row as usize).flat_map(|padded| &padded[..row as usize]);
        let pixels = rows.copied().collect();
        self.check(since)?;
        Ok(Image::new(Size { width: size.width, height: size.height }, pixels)?)
    }
}

/// Both kinds of context, for code that is generic over them.
impl AsRef<Self> for GpuContext {
    fn as_ref(&self) -> &Self {
        self
    }
}

/// Converts an error for several callers. In browsers wgpu's errors are bound to their thread and contain only a message.
fn shared(error: wgpu::Error) -> Arc<Source> {
    #[cfg(target_family = "wasm")]
    let error = Box::<Source>::from(error.to_string());
    #[cfg(not(target_family = "wasm"))]
    let error = Box::<Source>::from(error);
    Arc::from(error)
}

/// Requests the machine's preferred adapter.
pub(crate) async fn request_adapter(
    instance: &wgpu::Instance,
    surface: Option<&wgpu::Surface<'_>>,
    power: PowerPreference,
) -> Result<wgpu::Adapter, EngineError> {
    instance
        .request_adapter(&wgpu::RequestAdapterOptions {
            power_preference: power.into(),
            compatible_surface: surface,
            ..wgpu::RequestAdapterOptions::default()
        })
        .await
        .map_err(|error| EngineError::Unsupported(Reason::new("no GPU adapter is available", error)))
}

fn extent(size: Size) -> wgpu::Extent3d {
    wgpu::Extent3d { width: size.width, height: size.height, depth_or_array_layers: 1 }
}

/// Locks a mutex. Its content is consistent even after a panic of a holder.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use pollster::block_on;

    use super::{Errors, Generation, GpuContext, KEPT_ERRORS, PowerPreference};
    use crate::EngineError;

    #[test]
    fn errors_are_read_from_any_generation_and_kept_for_others() {
        let mut errors = Errors::default();
        let first = |errors: &Errors, since| errors.first_since(Generation(since)).map(ToString::to_string);
        assert_eq!(first(&errors, 0), None);
        for number in 0..3 {
            errors.push(Arc::from(Box::from(number.to_string())));
        }
        for _ in 0..2 {
            for since in 0..3 {
                assert_eq!(first(&errors, since), Some(since.to_string()));
            }
            assert_eq!(first(&errors, 3), None);
        }
        for number in 3..100 {
            errors.push(Arc::from(Box::from(number.to_string())));
        }
        assert_eq!(first(&errors, 0), Some((100 - KEPT_ERRORS).to_string()), "the first that is kept");
        assert_eq!(first(&errors, 99), Some("99".into()));
        assert_eq!(first(&errors, 100), None);
    }

    #[test]
    fn only_a_scope_reports_its_errors_on_gpu() {
        cyclorama_testing::needs_gpu();
        let instance = wgpu::Instance::new(wgpu::InstanceDescriptor::new_without_display_handle());
        let gpu = block_on(GpuContext::request(instance, None, PowerPreference::LowPower))
            .expect("a Vulkan, Metal or DX12 adapter");
        let provoke = || {
            let usage = wgpu::BufferUsages::MAP_READ | wgpu::BufferUsages::MAP_WRITE;
            let descriptor =
                wgpu::BufferDescriptor { label: None, size: 4, usage, mapped_at_creation: false };
            drop(gpu.device().create_buffer(&descriptor));
        };
        let before = gpu.generation();
        let ((), errors) = gpu.in_error_scope(provoke);
        let error = block_on(errors).expect_err("an error in the scope");
        assert!(matches!(error, EngineError::Gpu(_)), "{error}");
        gpu.check(before).expect("no other caller receives it");
        let ((), errors) = gpu.in_error_scope(|| ());
        provoke();
        gpu.check(before).expect_err("an error outside of the scope");
        drop(errors);
    }
}
