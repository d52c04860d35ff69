//! Edge refinement with the fast guided filter.
//!
//! In a window around each pixel of the mask, a linear function of the frame's color is fitted to the probability of a
//! person. Where an edge of the person is also a color edge, the fit follows it. The coefficients of the functions are
//! smooth, so they are stored at the mask's size, upsampled, and applied to the frame's colors at full size
//! ([`matte`](crate::matte)).
//!
//! Sources: He, Sun, Tang, "Guided Image Filtering", 2010 (its color form), and He, Sun, "Fast Guided Filter", 2015, which
//! fits at a small size. Two things are our own. The window sizes were measured on the demo's clip (`docs/quality.md`). And
//! a window with almost no person in it has no weight: otherwise thin lines of the room that end at the person would
//! become foreground.
//!
//! The same sums give the mean colors of foreground and background around each pixel. With these,
//! [`composite`](crate::composite) removes the old background from a soft edge.

pub(crate) mod cpu;
#[cfg(feature = "wgpu")]
pub(crate) mod pass;
mod sums;
#[cfg(all(test, feature = "wgpu"))]
mod test;

/// Pixels to each side of the window in which colors are fitted.
const RADIUS: usize = 6;
/// Pixels to each side of the window over which fits are averaged.
const FIT_RADIUS: usize = 3;
/// Regularization: the fit ignores color differences below about its root.
const EPSILON: f32 = 0.001;
/// The mean probabilities of a window between which the weight of its fit rises from 0 to 1.
const TRUST: [f32; 2] = [0.05, 0.25];
