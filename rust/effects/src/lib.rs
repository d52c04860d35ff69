//! Image passes for virtual backgrounds on wgpu, each with a CPU twin.
//!
//! # A frame's way
//!
//! ```text
//! frame -> preprocess -> (the caller's network) -> gate -> steady -> guided -> blur -> composite -> output
//! frame -> hide -> output                                             (when there is no mask to trust)
//! ```
//!
//! [`Preprocess`] writes the network's input, [`Matting`] makes a matte of its output (`gate`, `steady`, and `guided` or
//! `bilateral`) and [`Compositor`] lays the person over the background (`blur` or `brightness`, and `composite`). All of it is recorded
//! into one encoder of the caller's, and nothing is read back:
//!
//! ```no_run
//! use std::time::Duration;
//!
//! use cyclorama_effects::{Background, Compositor, EffectError, Matting, Preprocess, Segmentation, Size};
//!
//! # struct Network { input: wgpu::Buffer, probability: wgpu::Buffer }
//! # impl Network { fn encode(&self, _: &mut wgpu::CommandEncoder) {} }
//! fn frames(
//!     device: &wgpu::Device,
//!     queue: &wgpu::Queue,
//!     network: &Network,
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
//!         preprocess.encode(&mut encoder, &frame, &network.input.as_entire_buffer_binding(), size)?;
//!         network.encode(&mut encoder);
//!         let guide = network.input.as_entire_buffer_binding();
//!         let probability = network.probability.as_entire_buffer_binding();
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
//! Each stage is a folder with a shader, its CPU twin and the test that holds the two together. What works at the
//! network's size is a compute shader, as the network itself is; what works at the frame's is a fragment shader and runs
//! wherever wgpu renders. (`bilateral` is in between, and a compute shader.) The twins are whole programs of their own:
//! [`preprocess::cpu::resize`], [`matting::cpu::Matting`], [`composite::cpu::composite`] and [`hide::cpu::hide`]. Where there
//! are no compute shaders, as on WebGL2, [`MatteUpload`] brings a matte of the twins' to the [`Compositor`].
//!
//! Colours are handled as they are encoded (sRGB, no linear light), as cameras, networks and video mixers do.

mod backdrop;
mod background;
mod bilateral;
mod bilinear;
mod blending;
mod blur;
mod brightness;
pub mod composite;
mod compositor;
mod error;
mod gate;
mod gpu;
mod guided;
pub mod hide;
pub mod matte;
pub mod matting;
mod memo;
mod picture;
pub mod preprocess;
mod resample;
mod stage;
mod steady;
mod tent;
#[cfg(test)]
mod testing;

pub use background::{Background, BlurStrength, Fit, Layout};
pub use blending::Blending;
pub use compositor::Compositor;
pub use error::EffectError;
pub use gate::Verdict;
pub use matte::{Matte, MatteUpload};
pub use matting::{Matting, MattingOptions, Refinement, Segmentation};
pub use picture::{Picture, Size};
pub use preprocess::Preprocess;
pub use stage::{StageEncoder, StageTimestamps};
