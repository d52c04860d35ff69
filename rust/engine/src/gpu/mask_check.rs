use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use cyclorama_effects::MaskStatus;

use crate::{EngineError, GpuContext};

/// Reports the status of the masks of an [`Engine`](crate::Engine).
///
/// The engine itself rejects a mask in the same frame, without this handle. It exists to inform the user.
#[derive(Clone)]
pub struct MaskCheck {
    gpu: GpuContext,
    status: wgpu::Buffer,
    /// The buffer for readback, reused by the next call.
    copy: Arc<Mutex<Option<wgpu::Buffer>>>,
}

impl MaskCheck {
    /// `status` is [`Matting::status_buffer`](cyclorama_effects::Matting::status_buffer).
    pub(crate) fn new(gpu: GpuContext, status: wgpu::Buffer) -> Self {
        Self { gpu, status, copy: Arc::default() }
    }

    /// Reads the status of the mask of the last frame that was composited; valid before the first. Submits a copy of four
    /// bytes and reads them back. Call it about once a second, and let no frame wait for it.
    ///
    /// # Errors
    /// [`EngineError::DeviceLost`], or [`EngineError::Gpu`] if the bytes cannot be read.
    pub async fn status(&self) -> Result<MaskStatus, EngineError> {
        let Self { gpu, status, .. } = self;
        let copy = self.kept().take().unwrap_or_else(|| {
            gpu.device().create_buffer(&wgpu::BufferDescriptor {
                label: Some("mask status"),
                size: 4,
                usage: wgpu::BufferUsages::MAP_READ | wgpu::BufferUsages::COPY_DST,
                mapped_at_creation: false,
            })
        });
        let mut encoder = gpu.device().create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        encoder.copy_buffer_to_buffer(status, 0, &copy, 0, copy.size());
        gpu.queue().submit([encoder.finish()]);
        let read = gpu.read("the status of the mask", &copy).await;
        // Other errors of the device are reported to the frames.
        if let Some(reason) = gpu.lost() {
            return Err(EngineError::DeviceLost(reason));
        }
        let bytes = read?;
        copy.unmap();
        *self.kept() = Some(copy);
        let code = bytes.first_chunk().copied().map(u32::from_le_bytes);
        code.map(MaskStatus::from_code)
            .ok_or_else(|| EngineError::Gpu("the status of the mask was read back empty".into()))
    }

    fn kept(&self) -> MutexGuard<'_, Option<wgpu::Buffer>> {
        self.copy.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
