//! From a frame to the model's input.

pub(crate) mod cpu;
#[cfg(feature = "wgpu")]
pub(crate) mod pass;
#[cfg(all(test, feature = "wgpu"))]
mod test;
