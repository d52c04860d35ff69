//! Image passes for virtual backgrounds on wgpu, each with a CPU twin.
//!
//! # A frame's way
//!
//! ```text
//! frame -> preprocess -> (the caller's network) -> matte -> blur -> composite -> output
//!                                                        (for a blurred background)
//! frame -> hide -> output                                (when there is no mask to trust)
//! ```
//!
//! [`Preprocess`] writes the network's input, [`Compositor`] reads its output and does the rest. All of it is recorded
//! into one encoder of the caller's, and nothing is read back:
//!
//! ```no_run
//! use cyclorama_effects::{Background, Compositor, EffectError, Mask, Preprocess, Size};
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
//!     let mut compositor = Compositor::new(device, queue, output.format())?;
//!     compositor.set_background(&Background::Color([0, 90, 160]))?;
//!
//!     for frame in camera {
//!         let output = output.create_view(&wgpu::TextureViewDescriptor::default());
//!         let mut encoder = device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
//!         preprocess.encode(&mut encoder, &frame, &network.input.as_entire_buffer_binding(), size)?;
//!         network.encode(&mut encoder);
//!         let mask = Mask { probability: network.probability.as_entire_buffer_binding(), size };
//!         compositor.encode(&mut encoder, &frame, &mask, &output)?;
//!         queue.submit([encoder.finish()]);
//!     }
//!     Ok(())
//! }
//! ```
//!
//! # Stages
//!
//! Each stage is a folder with a shader, its CPU twin and the test that holds the two together. All but `preprocess`
//! are fragment shaders, so that they run wherever wgpu renders. The twins are whole programs of their own:
//! [`preprocess::cpu::resize`], [`composite::cpu::composite`] and [`hide::cpu::hide`].
//!
//! Colours are handled as they are encoded (sRGB, no linear light), as cameras, networks and video mixers do.

mod backdrop;
mod background;
mod bilinear;
mod blur;
pub mod composite;
mod compositor;
mod error;
mod gpu;
pub mod hide;
mod matte;
mod memo;
mod picture;
pub mod preprocess;
mod resample;
mod tent;
#[cfg(test)]
mod testing;

pub use background::{Background, BlurStrength, Fit, Layout};
pub use compositor::Compositor;
pub use error::EffectError;
pub use matte::Mask;
pub use picture::{Picture, Size};
pub use preprocess::Preprocess;
