//! The reduction of the previous frame a blur, and the Gaussian kernel: for the shader and its CPU twin.

use crate::Size;

/// The largest radius of the kernel in pixels: three standard deviations of the widest Gaussian.
pub(crate) const REACH: usize = 8;

/// The height in pixels of the frame that radii refer to.
const REFERENCE_HEIGHT: f32 = 720.0;

/// The reduction of a frame before its blur.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Reduction {
    /// Size of the reduced frame.
    pub size: Size,
    /// Samples along each side of the block of the frame that becomes one reduced pixel. Each sample lies between two by
    /// two pixels of the frame, so that every pixel counts.
    pub taps: u32,
    /// Standard deviation in reduced pixels, across and down.
    pub deviation: [f32; 2],
}

impl Reduction {
    /// Reduces by the power of two that leaves a standard deviation of 1.25 to 2.5 pixels. That is wide enough for
    /// bilinear upsampling without visible artifacts: less than a thousandth of the signal aliases. And the kernel stays
    /// small for every strength and resolution.
    pub fn new(frame: Size, radius: f32) -> Self {
        let deviation = radius * frame.height as f32 / REFERENCE_HEIGHT;
        let factor = 1 << (deviation / 1.25).max(1.0).log2() as u32;
        let size = Size { width: frame.width.div_ceil(factor), height: frame.height.div_ceil(factor) };
        let reduced = |to: u32, from: u32| deviation * to as f32 / from as f32;
        let deviation = [reduced(size.width, frame.width), reduced(size.height, frame.height)];
        Self { size, taps: (factor / 2).max(1), deviation }
    }
}

/// Returns the center and one side of a normalized Gaussian kernel, cut off at three standard deviations.
pub(crate) fn gaussian(deviation: f32) -> [f32; REACH + 1] {
    let reach = (3.0 * deviation).ceil().min(REACH as f32) as usize;
    let mut weights = [0.0; REACH + 1];
    weights[0] = 1.0;
    for (distance, weight) in weights.iter_mut().enumerate().take(reach + 1).skip(1) {
        *weight = (-0.5 * (distance as f32 / deviation).powi(2)).exp();
    }
    let total = weights[0] + 2.0 * weights[1..].iter().sum::<f32>();
    weights.map(|weight| weight / total)
}

#[cfg(test)]
mod test {
    use super::*;

    #[test]
    fn every_radius_leaves_a_small_deviation() {
        for height in [1, 17, 720, 1081, 2160, Size::MAX_SIDE] {
            for radius in [0.01, 1.0, 6.0, 14.0, 32.0, 128.0] {
                let frame = Size { width: 1000, height };
                let Reduction { size, taps, deviation: [_, down] } = Reduction::new(frame, radius);
                assert!(size.width >= 1 && size.height >= 1 && taps >= 1);
                assert!(down <= 2.5 * 1.1, "deviation {down} for radius {radius} at height {height}");
            }
        }
    }

    #[test]
    fn the_kernel_has_the_requested_variance() {
        for deviation in [1.25, 2.0, 2.5_f32] {
            let weights = gaussian(deviation);
            let squares = weights.iter().enumerate().map(|(x, weight)| 2.0 * weight * (x * x) as f32);
            // The cut at three deviations removes 3 % of a Gaussian's variance.
            let variance = squares.sum::<f32>();
            assert!((variance / deviation.powi(2) - 0.98).abs() < 0.02, "{variance} for {deviation}");
        }
    }

    #[test]
    fn a_vanishing_deviation_keeps_the_image() {
        assert_eq!(gaussian(1e-9)[0], 1.0);
    }
}
