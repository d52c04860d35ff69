//! Image stages for virtual backgrounds: on the CPU with SIMD, and on GPUs with wgpu.
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
#![cfg_attr(feature = "wgpu", doc = "```no_run")]
#![cfg_attr(not(feature = "wgpu"), doc = "```ignore")]
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
//! compute shader at half the frame's size.) The twins form a complete pipeline in [`cpu`], which needs no GPU. Where
//! compute shaders are missing, as on WebGL2, [`MatteUpload`] uploads a matte of the CPU for the [`Compositor`].
//!
//! # Features
//!
//! - `wgpu` (default): the GPU passes. Without it, the crate consists of [`cpu`] and its types, and does not depend on
//!   wgpu.
//!
//! Colors are processed as they are encoded (sRGB, not linear light), as cameras, models and video mixers do.
#![cfg_attr(
    not(feature = "wgpu"),
    expect(rustdoc::broken_intra_doc_links, reason = "the published documentation is that of all features")
)]

mod background;
mod bilateral;
mod bilinear;
mod blending;
mod blur;
mod brightness;
mod composite;
pub mod cpu;
mod error;
#[cfg(feature = "wgpu")]
mod gpu;
mod guided;
mod hide;
mod image;
mod lanes;
mod mask_check;
mod matte;
mod matting;
mod memo;
mod planes;
mod preprocess;
mod quads;
mod resample;
mod size;
mod temporal_smoothing;
mod tent;
#[cfg(all(test, feature = "wgpu"))]
mod testing;

pub use background::{Background, BlurStrength, Fit, Layout};
pub use blending::Blending;
pub use error::EffectError;
pub use image::Image;
pub use mask_check::MaskStatus;
pub use matting::{MattingOptions, Refinement};
pub use size::Size;

#[cfg(feature = "wgpu")]
pub use {
    gpu::compositor::Compositor,
    gpu::segmentation::Segmentation,
    gpu::stage::{StageEncoder, StageTimestamps},
    matte::{pass::Matte, upload::MatteUpload},
    matting::pass::Matting,
    preprocess::pass::Preprocess,
};
