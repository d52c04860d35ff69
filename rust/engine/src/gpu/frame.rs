use cyclorama_effects::Matte;

use super::frame_encoder::FrameEncoder;
use super::timestamps::Stage;
use crate::{Engine, EngineError, Segmentation, StageTimings};

/// A frame with its matte. It borrows the engine, so no other frame can be segmented before this one is composited.
///
/// If a frame that was segmented is dropped instead, the next one starts without history.
pub struct GpuFrame<'e, S> {
    pub(crate) engine: &'e mut Engine<S>,
    pub(crate) texture: wgpu::Texture,
    pub(crate) matte: Matte,
    pub(crate) encoder: FrameEncoder,
    pub(crate) number: u64,
    pub(crate) is_segmented: bool,
    /// Whether the matte has a mask of the caller.
    pub(crate) has_own_mask: bool,
}

/// A frame that was composited.
#[derive(Clone, Copy, Debug)]
pub struct Composited {
    /// The number of the frame in its engine. Its [`GpuTimes`](crate::GpuTimes) have the same number.
    pub number: u64,
    /// Whether the matte was made from this frame: false for one with an older matte.
    pub is_segmented: bool,
    /// The time of each stage on the calling thread until its work was recorded; on the CPU, the time of the stage itself.
    /// Zero for the stages that a frame with a reused matte skips, and for the composite.
    pub cpu: StageTimings,
    /// The time of each stage until the GPU completed it, for [`Clock::Completed`](crate::Clock::Completed).
    pub completed: Option<StageTimings>,
}

impl<S: Segmentation> GpuFrame<'_, S> {
    /// Replaces the model's mask with a mask of the caller: see [`Matte::with_probability`]. Other frames do not reuse the
    /// resulting matte.
    ///
    /// # Errors
    /// [`EngineError::Effect`] for a texture that cannot be bound.
    pub fn with_mask(self, probability: &wgpu::Texture) -> Result<Self, EngineError> {
        Ok(Self { matte: self.matte.with_probability(probability)?, has_own_mask: true, ..self })
    }

    /// Composites the frame over the background into `output`, a texture of the frame's size. All stages of the frame are one
    /// submission, which is not awaited.
    ///
    /// # Errors
    /// [`EngineError::Effect`] for an output of another size; what the GPU reported in the meantime. Do not show the output
    /// then.
    pub fn composite(self, output: &wgpu::TextureView) -> Result<Composited, EngineError> {
        let Self { engine, texture, matte, mut encoder, number, is_segmented, has_own_mask } = self;
        engine.compositor.encode(encoder.stage(Stage::Composite), &texture, &matte, output)?;
        let composited = Composited { number, is_segmented, cpu: encoder.cpu, completed: encoder.completed };
        encoder.submit(number, engine.timestamps());
        engine.is_unsubmitted = false;
        engine.check()?;
        if !has_own_mask {
            engine.history.note_shown(matte);
        }
        Ok(composited)
    }
}
