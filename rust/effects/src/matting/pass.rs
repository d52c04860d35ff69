//! The GPU pass of the stage `matting`.

use std::time::Duration;

use super::{MAX_SIDE, MattingOptions, Refinement};
use crate::bilateral::pass::BilateralPass;
use crate::gpu::{check_sampled, check_storage};
use crate::guided::pass::GuidedPass;
use crate::mask_check::pass::MaskCheckPass;
use crate::matte::pass::Matte;
use crate::temporal_smoothing::pass::TemporalSmoothingPass;
use crate::{EffectError, Segmentation, StageEncoder};

/// Computes a matte from each frame's mask.
///
/// Like [`Compositor`](crate::Compositor) it records into the caller's encoder, submits nothing, and reuses its resources
/// until a size or a buffer changes. It holds the history of the temporal smoothing: the last smoothed mask.
pub struct Matting {
    device: wgpu::Device,
    options: MattingOptions,
    mask_check: MaskCheckPass,
    temporal_smoothing: TemporalSmoothingPass,
    guided: GuidedPass,
    bilateral: BilateralPass,
}

impl Matting {
    /// The longest side of a mask.
    pub const MAX_SIDE: u32 = MAX_SIDE;

    /// Compiles the pipelines of the default options.
    pub fn new(device: &wgpu::Device, queue: &wgpu::Queue) -> Self {
        let matting = Self {
            device: device.clone(),
            options: MattingOptions::default(),
            mask_check: MaskCheckPass::new(device),
            temporal_smoothing: TemporalSmoothingPass::new(device, queue),
            guided: GuidedPass::new(device),
            bilateral: BilateralPass::new(device),
        };
        matting.compile();
        matting
    }

    /// Sets the options from the next frame on, and compiles their pipelines.
    pub fn set_options(&mut self, options: MattingOptions) {
        self.options = options;
        self.compile();
    }

    fn compile(&self) {
        let Self { mask_check, temporal_smoothing, guided, bilateral, options, .. } = self;
        mask_check.compile();
        temporal_smoothing.compile(options.temporal_smoothing);
        guided.compile(options.refinement == Refinement::Guided);
        if options.refinement == Refinement::Bilateral {
            bilateral.compile();
        }
    }

    /// Drops the history, as for the masks of another model.
    pub fn reset(&mut self) {
        self.temporal_smoothing.reset();
    }

    /// The buffer with the [`MaskStatus`](crate::MaskStatus) of the last mask.
    ///
    /// Its first u32 is the code for [`MaskStatus::from_code`](crate::MaskStatus::from_code). The buffer has the usage
    /// `COPY_SRC` and never changes. A copy that is submitted after a frame contains that frame's status.
    pub fn status_buffer(&self) -> &wgpu::Buffer {
        self.mask_check.statuses()
    }

    /// Records the passes that make the matte of `frame`, a texture as for
    /// [`Compositor::encode`](crate::Compositor::encode). Submit the encoder before the next call. The matte is valid until
    /// then.
    ///
    /// `since` is the time since the frame of the last call, if this frame continues it. After `None`, after more than a
    /// second and after another size of mask, the history does not count.
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
        size.check("mask", MAX_SIDE)?;
        let pixels = size.pixels() as u64;
        check_storage(&self.device, "model input", guide, pixels * 12)?;
        check_storage(&self.device, "person probability", probability, pixels * 4)?;

        let MattingOptions { refinement, temporal_smoothing } = self.options;
        let mut encoder = encoder.into();
        self.mask_check.encode(&mut encoder, probability, *size);
        let since = since.filter(|_| temporal_smoothing);
        let statuses = self.mask_check.statuses();
        let smoothed = self.temporal_smoothing.encode(&mut encoder, segmentation, statuses, since);
        if refinement != Refinement::Bilateral {
            let fitted = refinement == Refinement::Guided;
            return Ok(self.guided.encode(encoder.last(), &smoothed, *size, fitted));
        }
        let mut matte = self.guided.encode(&mut encoder, &smoothed, *size, false);
        matte.coefficients = self.bilateral.encode(encoder.last(), &smoothed, *size, frame);
        Ok(matte)
    }
}
