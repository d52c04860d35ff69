//! The alpha matte: how much of each pixel of a frame belongs to the person.
//!
//! The probability of a person is a linear function of the pixel's color. Its coefficients vary slowly over the image, so
//! they are stored at the mask's size and upsampled bilinearly. A step then pushes nearly certain values to 0 and 1: a model
//! is rarely fully certain, and without the step the person would be slightly transparent and the room would show through
//! the background. Applied at full size, the step also smooths the staircase of a bilinearly upsampled outline. It lies
//! above the middle (0.2 to 0.9), because the models' outlines lie outside of the person more often than inside.

pub(crate) mod cpu;
#[cfg(feature = "wgpu")]
pub(crate) mod pass;
pub(crate) mod samples;
#[cfg(all(test, feature = "wgpu"))]
mod test;
#[cfg(feature = "wgpu")]
pub(crate) mod upload;

/// The edges of the step from probability to alpha.
pub(crate) const STEP: [f32; 2] = [0.2, 0.9];
