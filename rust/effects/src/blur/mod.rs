//! Gaussian blur of a frame's background, without the person.

pub(crate) mod cpu;
mod gaussian;
#[cfg(feature = "wgpu")]
pub(crate) mod pass;
#[cfg(all(test, feature = "wgpu"))]
mod test;

/// Where the blurred weight of the background is below this, the local mean is added with the weight [`PRIOR`].
const NEAR: f32 = 0.25;
const PRIOR: f32 = 1e-3;
