use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use cyclorama_effects::{EffectError, Picture, Size};

use crate::EngineError;

/// A wgpu device with its queue, and what it reported since.
#[derive(Clone)]
pub struct Graphics {
    instance: wgpu::Instance,
    adapter: wgpu::Adapter,
    device: wgpu::Device,
    queue: wgpu::Queue,
    faults: Arc<Mutex<Faults>>,
}

/// What the device reported by itself.
#[derive(Default)]
struct Faults {
    lost: Option<String>,
    error: Option<String>,
}

impl Graphics {
    /// The format of pictures: plain 8-bit RGBA.
    pub const PICTURE_FORMAT: wgpu::TextureFormat = wgpu::TextureFormat::Rgba8Unorm;

    /// Acquires a device for images alone, of the machine's most powerful adapter that can render to `surface`. It has no
    /// more than every WebGL2 device has: neither compute shaders nor storage buffers.
    ///
    /// # Errors
    /// [`EngineError::Unsupported`] if there is none.
    pub async fn request(
        instance: wgpu::Instance,
        surface: Option<&wgpu::Surface<'_>>,
    ) -> Result<Self, EngineError> {
        let adapter = request_adapter(&instance, surface).await?;
        let limits = wgpu::Limits::downlevel_webgl2_defaults().using_resolution(adapter.limits());
        Self::of_adapter(instance, adapter, wgpu::Features::empty(), limits).await
    }

    /// Acquires a device with these features and limits, which its adapter has.
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
            .map_err(|error| EngineError::Unsupported(format!("no GPU device could be had: {error}")))?;
        let graphics = Self { instance, adapter, device, queue, faults: Arc::default() };
        graphics.listen();
        Ok(graphics)
    }

    /// Records from now on what the device reports, in place of whoever listened before.
    pub(crate) fn listen(&self) {
        let record = self.clone_faults();
        self.device.set_device_lost_callback(move |reason, message| {
            let message = if message.is_empty() { format!("{reason:?}") } else { message };
            lock(&record).lost = Some(message);
        });
        let record = self.clone_faults();
        self.device.on_uncaptured_error(Arc::new(move |error: wgpu::Error| {
            // The first error is the cause, later ones follow from it.
            lock(&record).error.get_or_insert_with(|| error.to_string());
        }));
    }

    fn clone_faults(&self) -> Arc<Mutex<Faults>> {
        Arc::clone(&self.faults)
    }

    /// The device, for textures and passes of the caller's own.
    pub fn device(&self) -> &wgpu::Device {
        &self.device
    }

    /// The queue that everything is submitted to.
    pub fn queue(&self) -> &wgpu::Queue {
        &self.queue
    }

    /// The instance, for surfaces.
    pub fn instance(&self) -> &wgpu::Instance {
        &self.instance
    }

    /// What the adapter says about itself.
    pub fn adapter(&self) -> &wgpu::Adapter {
        &self.adapter
    }

    /// Why the device is lost, if it is.
    pub fn lost(&self) -> Option<String> {
        lock(&self.faults).lost.clone()
    }

    /// Has the device count as lost from now on, where wgpu is not told: as with a WebGL context.
    pub fn lose(&self, reason: String) {
        lock(&self.faults).lost.get_or_insert(reason);
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

    /// Waits until the GPU has completed everything submitted so far. Not for WebGL2, which tells nobody by itself.
    pub async fn completed(&self) {
        let (done, receiver) = futures_channel::oneshot::channel();
        self.queue.on_submitted_work_done(move || {
            // Nobody listens any more if the caller stopped waiting.
            done.send(()).ok();
        });
        // Native callbacks run when the device is polled; a browser calls by itself.
        #[cfg(not(target_family = "wasm"))]
        self.device.poll(wgpu::PollType::wait_indefinitely()).ok();
        // An error means that the callback was dropped uncalled, with a lost device: `check` says so.
        receiver.await.ok();
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

    /// Checks that a picture of this size can be a texture.
    ///
    /// # Errors
    /// [`EngineError::Effect`] for one without a pixel, [`EngineError::Frame`] for one that is too large.
    pub fn check_size(&self, size: Size) -> Result<(), EngineError> {
        if size.pixels() == 0 {
            return Err(EffectError::EmptySize { what: "picture", size }.into());
        }
        let limit = self.device.limits().max_texture_dimension_2d;
        if size.width.max(size.height) > limit {
            return Err(EngineError::Frame(format!(
                "the picture is {size}, but this GPU takes at most {limit} pixels a side: scale it down or use the CPU"
            )));
        }
        Ok(())
    }

    /// A texture for a picture of this size, which shows nothing yet.
    ///
    /// # Errors
    /// As [`Graphics::check_size`].
    pub fn texture(&self, size: Size, usage: wgpu::TextureUsages) -> Result<wgpu::Texture, EngineError> {
        self.check_size(size)?;
        Ok(self.device.create_texture(&wgpu::TextureDescriptor {
            label: Some("picture"),
            size: extent(size),
            mip_level_count: 1,
            sample_count: 1,
            dimension: wgpu::TextureDimension::D2,
            format: Self::PICTURE_FORMAT,
            usage,
            view_formats: &[],
        }))
    }

    /// Puts a picture into a texture that passes sample, with the queue's next submission: into `texture` if that is one
    /// of its size, else into a new one.
    ///
    /// # Errors
    /// As [`Graphics::check_size`].
    pub fn upload(
        &self,
        picture: &Picture,
        texture: Option<wgpu::Texture>,
    ) -> Result<wgpu::Texture, EngineError> {
        let size = picture.size();
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
        self.queue.write_texture(texture.as_image_copy(), picture.pixels(), layout, extent(size));
        Ok(texture)
    }

    /// What a texture of RGBA bytes with `COPY_SRC` shows.
    ///
    /// # Errors
    /// [`EngineError::Gpu`] and [`EngineError::DeviceLost`] if the GPU fails.
    pub async fn download(&self, texture: &wgpu::Texture) -> Result<Picture, EngineError> {
        let size = texture.size();
        let row = size.width * 4;
        let padded_row = row.next_multiple_of(wgpu::COPY_BYTES_PER_ROW_ALIGNMENT);
        let buffer = self.device.create_buffer(&wgpu::BufferDescriptor {
            label: Some("picture"),
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

        let bytes = self.read("the picture", &buffer).await?;
        let rows = bytes.chunks_exact(padded_row as usize).flat_map(|padded| &padded[..row as usize]);
        let pixels = rows.copied().collect();
        self.check()?;
        Ok(Picture::new(Size { width: size.width, height: size.height }, pixels)?)
    }
}

/// The machine's most powerful adapter.
pub(crate) async fn request_adapter(
    instance: &wgpu::Instance,
    surface: Option<&wgpu::Surface<'_>>,
) -> Result<wgpu::Adapter, EngineError> {
    instance
        .request_adapter(&wgpu::RequestAdapterOptions {
            power_preference: wgpu::PowerPreference::HighPerformance,
            compatible_surface: surface,
            ..wgpu::RequestAdapterOptions::default()
        })
        .await
        .map_err(|error| EngineError::Unsupported(format!("no GPU adapter is available: {error}")))
}

fn extent(size: Size) -> wgpu::Extent3d {
    wgpu::Extent3d { width: size.width, height: size.height, depth_or_array_layers: 1 }
}

/// What is behind the lock; one that panicked while holding it cannot have left it half written.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
