use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use cyclorama_effects::Verdict;

use crate::{EngineError, Graphics};

/// Says whether the masks of an [`Engine`](crate::Engine) can be right.
///
/// The engine shows nobody where one cannot be, in the same frame and without asking here: this is for telling the user.
#[derive(Clone)]
pub struct MaskGate {
    graphics: Graphics,
    verdict: wgpu::Buffer,
    /// What the last reading was copied to, for the next one.
    copy: Arc<Mutex<Option<wgpu::Buffer>>>,
}

impl MaskGate {
    /// `verdict` is [`Matting::verdict_buffer`](cyclorama_effects::Matting::verdict_buffer).
    pub(crate) fn new(graphics: Graphics, verdict: wgpu::Buffer) -> Self {
        Self { graphics, verdict, copy: Arc::default() }
    }

    /// The verdict on the mask of the last frame that was composited; open before the first. Submits a copy of four bytes and
    /// reads them back: once a second is often enough, and no frame is to wait for it.
    ///
    /// # Errors
    /// [`EngineError::DeviceLost`], or [`EngineError::Gpu`] if they could not be read.
    pub async fn verdict(&self) -> Result<Verdict, EngineError> {
        let Self { graphics, verdict, .. } = self;
        let copy = self.kept().take().unwrap_or_else(|| {
            graphics.device().create_buffer(&wgpu::BufferDescriptor {
                label: Some("verdict"),
                size: 4,
                usage: wgpu::BufferUsages::MAP_READ | wgpu::BufferUsages::COPY_DST,
                mapped_at_creation: false,
            })
        });
        let mut encoder =
            graphics.device().create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        encoder.copy_buffer_to_buffer(verdict, 0, &copy, 0, copy.size());
        graphics.queue().submit([encoder.finish()]);
        let read = graphics.read("the verdict on the mask", &copy).await;
        // What the device reported of itself is left for the frames, but that it is gone.
        if let Some(reason) = graphics.lost() {
            return Err(EngineError::DeviceLost(reason));
        }
        let bytes = read?;
        copy.unmap();
        *self.kept() = Some(copy);
        let code = bytes.first_chunk().copied().map(u32::from_le_bytes);
        code.map(Verdict::from_code)
            .ok_or_else(|| EngineError::Gpu("the verdict on the mask came back empty".into()))
    }

    fn kept(&self) -> MutexGuard<'_, Option<wgpu::Buffer>> {
        self.copy.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
