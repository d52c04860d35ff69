//! From the network's mask to a matte at the frame's edges: the stages `gate`, `steady`,
//! and `guided` or `bilateral`.

pub mod cpu;
#[cfg(test)]
mod test;

use std::time::Duration;

use crate::bilateral::BilateralPass;
use crate::gate::GatePass;
use crate::gpu::{check_sampled, check_storage};
use crate::guided::GuidedPass;
use crate::matte::Matte;
use crate::steady::SteadyPass;
use crate::{EffectError, Size, StageEncoder};

/// What the network was told of a frame, and what it says.
#[derive(Debug, Clone)]
pub struct Segmentation<'a> {
    /// The frame scaled to the mask's size, which is the network's input: f32 `[1, height, width, 3]`, RGB in `[0, 1]`, tightly
    /// packed, in a buffer with the usage `STORAGE`.
    pub guide: wgpu::BufferBinding<'a>,
    /// How probably each pixel is the person: f32 `[1, height, width, 1]` in `[0, 1]`, likewise. A mask
    /// that cannot be right counts as background all over: see [`Verdict`](crate::Verdict).
    pub probability: wgpu::BufferBinding<'a>,
    /// The mask's width and height, at most [`Matting::MAX_SIDE`].
    pub size: Size,
}

/// How a mask is brought from the network's size to the frame's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Refinement {
    /// Enlarged by a linear filter.
    None,
    /// Made to follow the frame's colours by a guided filter: the best of the three on the demo's clip.
    #[default]
    Guided,
    /// Enlarged along the frame's colours by a joint bilateral filter.
    Bilateral,
}

/// How masks become mattes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MattingOptions {
    /// How a mask is brought to the frame's size; guided by default.
    pub refinement: Refinement,
    /// Whether a mask is steadied by those of the frames before; true by default.
    pub steady: bool,
}

impl Default for MattingOptions {
    fn default() -> Self {
        Self { refinement: Refinement::default(), steady: true }
    }
}

/// Makes a matte of each frame's mask.
///
/// As [`Compositor`](crate::Compositor) it records into the caller's encoder, submits nothing, and makes its resources
/// anew only when a size or a buffer changes. It remembers the last mask it made a matte of.
pub struct Matting {
    device: wgpu::Device,
    options: MattingOptions,
    gate: GatePass,
    steady: SteadyPass,
    guided: GuidedPass,
    bilateral: BilateralPass,
}

impl Matting {
    /// The longest side of a mask.
    pub const MAX_SIDE: u32 = 1024;

    /// Compiles the pipelines.
    pub fn new(device: &wgpu::Device, queue: &wgpu::Queue) -> Self {
        Self {
            device: device.clone(),
            options: MattingOptions::default(),
            gate: GatePass::new(device),
            steady: SteadyPass::new(device, queue),
            guided: GuidedPass::new(device),
            bilateral: BilateralPass::new(device),
        }
    }

    /// Chooses how masks become mattes, from the next frame on.
    pub fn set_options(&mut self, options: MattingOptions) {
        self.options = options;
    }

    /// Begins anew with the next frame, as another network's masks ask for.
    pub fn forget(&mut self) {
        self.steady.forget();
    }

    /// Where the [`Verdict`](crate::Verdict) on the last mask lies: its code, one u32 at the beginning of a buffer with
    /// the usage `COPY_SRC` that is the same for good. No frame waits for it; a copy submitted after a frame holds that frame's.
    pub fn verdict_buffer(&self) -> &wgpu::Buffer {
        self.gate.verdicts()
    }

    /// Records the passes that make the matte of `frame`, a texture as for
    /// [`Compositor::encode`](crate::Compositor::encode). The encoder is to be submitted before the next call, and the matte is
    /// good until then.
    ///
    /// `since` is the time since the frame of the call before if this one continues it; `None`, more than a second or
    /// another size of mask start anew.
    ///
    /// # Errors
    /// A size out of range, a texture or buffer that cannot be bound, or a buffer that is too small. Nothing is
    /// recorded then.
    pub fn encode<'a>(
        &mut self,
        encoder: impl Into<StageEncoder<'a>>,
        frame: &wgpu::Texture,
        segmentation: &Segmentation<'_>,
        since: Option<Duration>,
    ) -> Result<Matte, EffectError> {
        check_sampled("frame", frame)?;
        let Segmentation { guide, probability, size } = segmentation;
        size.check("mask", Self::MAX_SIDE)?;
        let pixels = size.pixels() as u64;
        check_storage(&self.device, "network input", guide, pixels * 12)?;
        check_storage(&self.device, "person probability", probability, pixels * 4)?;

        let MattingOptions { refinement, steady } = self.options;
        let mut encoder = encoder.into();
        self.gate.encode(&mut encoder, probability, *size);
        let since = since.filter(|_| steady);
        let steadied = self.steady.encode(&mut encoder, segmentation, self.gate.verdicts(), since);
        if refinement != Refinement::Bilateral {
            let fitted = refinement == Refinement::Guided;
            return Ok(self.guided.encode(encoder.last(), &steadied, *size, fitted));
        }
        let mut matte = self.guided.encode(&mut encoder, &steadied, *size, false);
        matte.coefficients = self.bilateral.encode(encoder.last(), &steadied, *size, frame);
        Ok(matte)
    }
}
