//! Scaling of a texture: the background image, and the coarse grid of a placeholder frame.

pub(crate) mod cpu;
#[cfg(feature = "wgpu")]
pub(crate) mod pass;
#[cfg(all(test, feature = "wgpu"))]
mod test;
