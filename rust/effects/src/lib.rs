//! Image passes for virtual backgrounds on wgpu, each with a CPU twin.
//!
//! # Pipeline
//!
//! ```text
//! frame -> preprocess -> (the caller's model) -> mask_check -> temporal_smoothing -> guided -> blur -> composite -> output
//! frame -> hide -> output                                                  (if no mask can be trusted)
//! ```
//!
//! [`Preprocess`] writes the model's input. [`Matting`] turns the model's output into an alpha matte (`mask_check`,
//! `temporal_smoothing`, and `guided` or `bilateral`). [`Compositor`] lays the person over the background (`blur` or
//! `brightness`, and `composite`). All passes are recorded into one encoder of the caller, and nothing is read back:
//!
//! ```no_run
//! use std::time::Duration;
//!
//! use cyclorama_effects::{Background, Compositor, EffectError, Matting, Preprocess, Segmentation, Size};
//!
//! # struct Model { input: wgpu::Buffer, probability: wgpu::Buffer }
//! # impl Model { fn encode(&self, _: &mut wgpu::CommandEncoder) {} }
//! fn frames(
//!     device: &wgpu::Device,
//!     queue: &wgpu::Queue,
//!     model: &Model,
//!     camera: impl Iterator<Item = wgpu::Texture>,
//!     output: &wgpu::Texture,
//! ) -> Result<(), EffectError> {
//!     let size = Size { width: 256, height: 144 };
//!     let mut preprocess = Preprocess::new(device);
//!     let mut matting = Matting::new(device, queue);
//!     let mut compositor = Compositor::new(device, queue, output.format())?;
//!     compositor.set_background(&Background::Color([0, 90, 160]))?;
//!
//!     for frame in camera {
//!         let output = output.create_view(&wgpu::TextureViewDescriptor::default());
//!         let mut encoder = device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
//!         preprocess.encode(&mut encoder, &frame, &model.input.as_entire_buffer_binding(), size)?;
//!         model.encode(&mut encoder);
//!         let guide = model.input.as_entire_buffer_binding();
//!         let probability = model.probability.as_entire_buffer_binding();
//!         let segmentation = Segmentation { guide, probability, size };
//!         let since = Some(Duration::from_millis(33));
//!         let matte = matting.encode(&mut encoder, &frame, &segmentation, since)?;
//!         compositor.encode(&mut encoder, &frame, &matte, &output)?;
//!         queue.submit([encoder.finish()]);
//!     }
//!     Ok(())
//! }
//! ```
//!
//! # Stages
//!
//! Each stage is a folder with a shader, its CPU twin and a test that compares the two. Stages at the model's size are
//! compute shaders. Stages at the frame's size are fragment shaders, which run wherever wgpu renders. (`bilateral` is a
//! compute shader at half the frame's size.) The twins form a complete pipeline in [`cpu`]. Where compute shaders are
//! missing, as on WebGL2, [`MatteUpload`] uploads a matte of the CPU for the [`Compositor`].
//!
//! Colors are processed as they are encoded (sRGB, not linear light), as cameras, models and video mixers do.

mod background;
mod bilateral;
mod bilinear;
mod blending;
mod blur;
mod brightness;
mod composite;
mod compositor;
pub mod cpu;
mod error;
mod gpu;
mod guided;
mod hide;
mod image;
mod mask_check;
mod matte;
mod matting;
mod memo;
mod planes;
mod preprocess;
mod resample;
mod scaled_background;
mod segmentation;
mod size;
mod stage;
mod temporal_smoothing;
mod tent;
#[cfg(test)]
mod testing;
mod wgsl;

pub use background::{Background, BlurStrength, Fit, Layout};
pub use blending::Blending;
pub use compositor::Compositor;
pub use error::EffectError;
pub use image::Image;
pub use mask_check::MaskStatus;
pub use matte::{Matte, MatteUpload};
pub use matting::{Matting, MattingOptions, Refinement};
pub use preprocess::Preprocess;
pub use segmentation::Segmentation;
pub use size::Size;
pub use stage::{StageEncoder, StageTimestamps};
