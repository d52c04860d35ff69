//! Whether the network's mask can be right. Where one cannot be, the gate is shut: the whole picture is background.
//!
//! Damaged weights or a GPU that computes wrongly must not end in the camera's picture on the screen. Three kinds of
//! masks are no segmentation of anything:
//!
//! - **A value that is not finite**, be it one alone: it comes of sums that overflowed, and the network that made it made
//!   all the others too.
//! - **The same value everywhere**, to less than a level of an 8-bit picture (1/256).
//! - **A person everywhere**: no value below 0.9, from which [`matte`](crate::matte) shows a pixel wholly. Such a mask gives
//!   out the camera's picture as it is, which is what the background is there to prevent.
//!
//! Somebody who fills the picture is another thing, and not to be hidden. Of 520 parts of the test picture's face and of the
//! demo clip's people with nothing else in them, each of the five networks of `models/` gave some place 0.88 or less,
//! and where it saw anybody at all, values that are 0.12 apart or more. Nothing but such a picture comes near: should
//! the gate be shut on one after all, the background alone is shown until the person moves.
//!
//! A mask whose greatest value is 0.2 or less is let through, however even it is. It shows nobody anyway, because a
//! matte begins to show at 0.2; and the networks' masks of plain and noisy pictures were even to 1e-4 and closer, so that
//! nothing tells an empty room or a covered lens from a network that says 0 of everything.
//!
//! The verdict is made on the GPU in the frame that it is about, before [`steady`](crate::steady), which carries nothing of
//! before over a shut gate.

pub(crate) mod cpu;
#[cfg(test)]
mod test;

use crate::gpu::{Kernel, shader, storage, uniform};
use crate::memo::Memo;
use crate::{Size, StageEncoder};

const LABEL: &str = "gate";

/// Whether a mask can be right, and if not, why.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Verdict {
    /// The mask is used as it is.
    #[default]
    Open,
    /// A value is a NaN or infinite.
    NotFinite,
    /// The mask says the same of every pixel, and not that it is background.
    Constant,
    /// The mask takes every pixel for the person, with hardly a doubt.
    Everywhere,
}

impl Verdict {
    /// What a `u32` that the gate wrote on the GPU means; see
    /// [`Matting::verdict_buffer`](crate::Matting::verdict_buffer). One that it never writes comes of a GPU that computes
    /// wrongly, and counts as not finite.
    pub fn from_code(code: u32) -> Self {
        // Kept in sync with `gate.wgsl`.
        match code {
            0 => Self::Open,
            2 => Self::Constant,
            3 => Self::Everywhere,
            _ => Self::NotFinite,
        }
    }

    /// Why the gate is shut, in a sentence for humans; `None` while it is open.
    pub fn fault(self) -> Option<&'static str> {
        match self {
            Self::Open => None,
            Self::NotFinite => Some("the network's mask has values that are not finite"),
            Self::Constant => Some("the network's mask says the same of every pixel"),
            Self::Everywhere => Some("the network's mask takes every pixel for the person"),
        }
    }
}

/// Makes the verdict on each frame's mask.
pub(crate) struct GatePass {
    device: wgpu::Device,
    judge: Kernel,
    /// The verdict on the last mask and on that before, two u32.
    verdicts: wgpu::Buffer,
    bound: Memo<(wgpu::Buffer, u64, Size), wgpu::BindGroup>,
}

impl GatePass {
    pub fn new(device: &wgpu::Device) -> Self {
        let module = shader(device, LABEL, include_str!("gate.wgsl"));
        Self {
            device: device.clone(),
            judge: Kernel::new(device, LABEL, &module, "judge"),
            verdicts: device.create_buffer(&wgpu::BufferDescriptor {
                label: Some(LABEL),
                size: 8,
                usage: wgpu::BufferUsages::STORAGE | wgpu::BufferUsages::COPY_SRC,
                mapped_at_creation: false,
            }),
            bound: Memo::default(),
        }
    }

    /// What the gate writes, always the same buffer.
    pub fn verdicts(&self) -> &wgpu::Buffer {
        &self.verdicts
    }

    /// Records the pass, one small dispatch, for a checked mask.
    pub fn encode(
        &mut self,
        encoder: &mut StageEncoder<'_>,
        probability: &wgpu::BufferBinding<'_>,
        size: Size,
    ) {
        let Self { device, judge, verdicts, bound } = self;
        let wgpu::BufferBinding { buffer, offset, .. } = probability;
        let resources = bound.get(((*buffer).clone(), *offset, size), || {
            let pixels = size.pixels() as u32;
            judge.bind(&[
                (0, uniform(device, LABEL, &pixels).as_entire_binding()),
                (1, storage(buffer, *offset, u64::from(pixels) * 4)),
                (2, verdicts.as_entire_binding()),
            ])
        });
        judge.dispatch(&mut encoder.compute(LABEL), resources, [1, 1]);
    }
}
