//! Separable filters for a viewing distance.

use std::f64::consts::PI;

/// One value for each pixel, rows from the top.
pub(super) struct Plane {
    pub width: usize,
    pub values: Vec<f32>,
}

/// Weights of an odd number of pixels in a row or column, centered on the pixel itself.
pub(super) struct Taps(Vec<f32>);

impl Plane {
    /// Filters the plane along its rows, then along its columns. Pixels beyond the border repeat the border.
    pub(crate) fn filtered(&self, across: &Taps, down: &Taps) -> Self {
        self.filtered_across(across).filtered_down(down)
    }

    fn filtered_across(&self, Taps(taps): &Taps) -> Self {
        let reach = taps.len() / 2;
        let mut values = vec![0.0; self.values.len()];
        let mut padded = vec![0.0; self.width + 2 * reach];
        for (source, target) in self.values.chunks_exact(self.width).zip(values.chunks_exact_mut(self.width))
        {
            padded[..reach].fill(source[0]);
            padded[reach..][..self.width].copy_from_slice(source);
            padded[reach + self.width..].fill(source[self.width - 1]);
            for (start, weight) in taps.iter().enumerate() {
                add(target, &padded[start..], *weight);
            }
        }
        Self { width: self.width, values }
    }

    fn filtered_down(&self, Taps(taps): &Taps) -> Self {
        let reach = taps.len() / 2;
        let last = self.values.len() / self.width - 1;
        let mut values = vec![0.0; self.values.len()];
        for (y, target) in values.chunks_exact_mut(self.width).enumerate() {
            for (offset, weight) in taps.iter().enumerate() {
                let row = (y + offset).saturating_sub(reach).min(last);
                add(target, &self.values[row * self.width..], *weight);
            }
        }
        Self { width: self.width, values }
    }
}

fn add(target: &mut [f32], source: &[f32], weight: f32) {
    for (sum, value) in target.iter_mut().zip(source) {
        *sum += weight * value;
    }
}

impl Taps {
    fn new(reach: i32, weight: impl Fn(f64) -> f64) -> Self {
        Self((-reach..=reach).map(|x| weight(f64::from(x)) as f32).collect())
    }
}

/// The contrast sensitivity of the eye for an opponent color, as a sum of Gaussians.
pub(super) struct ContrastSensitivity(Vec<(f32, Taps)>);

impl ContrastSensitivity {
    /// Luminance, red-green and blue-yellow: sums of `a √(π/b) exp(-π² x²/b)` over pairs of `a` and `b`, where `x` is in
    /// degrees of the field of view.
    ///
    /// Source: the paper's table 1.
    pub(crate) fn all(pixels_per_degree: f64) -> [Self; 3] {
        [&[(1.0, 0.0047)][..], &[(1.0, 0.0053)], &[(34.1, 0.04), (13.5, 0.025)]]
            .map(|gaussians| Self::new(gaussians, pixels_per_degree))
    }

    fn new(gaussians: &[(f64, f64)], pixels_per_degree: f64) -> Self {
        // Three standard deviations of the widest Gaussian, so that all filters have the same size.
        let reach = (3.0 * (0.04 / (2.0 * PI * PI)).sqrt() * pixels_per_degree).ceil() as i32;
        let gaussians: Vec<_> = gaussians
            .iter()
            .map(|&(a, b)| {
                let gaussian = move |x: f64| (-PI * PI * (x / pixels_per_degree).powi(2) / b).exp();
                let sum: f64 = (-reach..=reach).map(|x| gaussian(f64::from(x))).sum();
                let taps = Taps::new(reach, |x| gaussian(x) / sum);
                // The integral of the Gaussian over its square, which determines its fraction of the whole filter.
                (a * (PI / b).sqrt() * sum * sum, taps)
            })
            .collect();
        let total: f64 = gaussians.iter().map(|(weight, _)| weight).sum();
        Self(gaussians.into_iter().map(|(weight, taps)| ((weight / total) as f32, taps)).collect())
    }

    /// Filters the plane by the contrast sensitivity.
    pub(crate) fn filter(&self, plane: &Plane) -> Plane {
        let mut values = vec![0.0; plane.values.len()];
        for (fraction, taps) in &self.0 {
            add(&mut values, &plane.filtered(taps, taps).values, *fraction);
        }
        Plane { width: plane.width, values }
    }
}

/// Detects edges and points with derivatives of a Gaussian, which model simple cells of the visual system.
pub(super) struct FeatureDetector {
    smooth: Taps,
    edge: Taps,
    point: Taps,
}

/// The strength of edges, and of points or lines, at each pixel, in 0..=√2.
pub(super) struct Features {
    pub edges: Vec<f32>,
    pub points: Vec<f32>,
}

impl FeatureDetector {
    /// Source: the paper's section 4.2, with its width of 0.082 degrees.
    pub(crate) fn new(pixels_per_degree: f64) -> Self {
        let deviation = 0.5 * 0.082 * pixels_per_degree;
        let reach = (3.0 * deviation).ceil() as i32;
        let gaussian = |x: f64| (-x * x / (2.0 * deviation * deviation)).exp();
        let sum = |weight: &dyn Fn(f64) -> f64| (-reach..=reach).map(|x| weight(f64::from(x))).sum::<f64>();
        // The positive weights of a derivative are normalized to a sum of 1, the negative ones to -1.
        let balanced = |weight: &dyn Fn(f64) -> f64| {
            let (positive, negative) = (sum(&|x| weight(x).max(0.0)), -sum(&|x| weight(x).min(0.0)));
            Taps::new(reach, |x| weight(x) / if weight(x) > 0.0 { positive } else { negative })
        };
        let total = sum(&gaussian);
        Self {
            smooth: Taps::new(reach, |x| gaussian(x) / total),
            edge: balanced(&|x| -x * gaussian(x)),
            point: balanced(&|x| (x * x / (deviation * deviation) - 1.0) * gaussian(x)),
        }
    }

    /// Detects the features of a luminance in 0..=1.
    pub(crate) fn find(&self, luminance: &Plane) -> Features {
        let strength = |derivative: &Taps| {
            let across = luminance.filtered(derivative, &self.smooth).values;
            let down = luminance.filtered(&self.smooth, derivative).values;
            across.into_iter().zip(down).map(|(across, down)| across.hypot(down)).collect()
        };
        Features { edges: strength(&self.edge), points: strength(&self.point) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_preserves_a_constant_plane_up_to_its_border() {
        for ppd in [1.0, 10.0, 67.0, 1000.0] {
            let plane = Plane { width: 3, values: vec![0.25; 6] };
            for sensitivity in ContrastSensitivity::all(ppd) {
                let filtered = sensitivity.filter(&plane).values;
                assert!(filtered.iter().all(|value| (value - 0.25).abs() < 1e-6), "{ppd}: {filtered:?}");
            }
            let Features { edges, points } = FeatureDetector::new(ppd).find(&plane);
            assert!(edges.iter().chain(&points).all(|value| *value < 1e-6), "{ppd}: {edges:?} {points:?}");
        }
    }

    #[test]
    fn rows_and_columns_have_their_own_taps() {
        let plane = Plane { width: 3, values: vec![0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0] };
        let (across, down) = (Taps(vec![1.0, 2.0, 3.0]), Taps(vec![10.0, 20.0, 30.0]));
        let expected = [90.0, 60.0, 30.0, 60.0, 40.0, 20.0, 30.0, 20.0, 10.0];
        assert_eq!(plane.filtered(&across, &down).values, expected);
    }

    #[test]
    fn a_step_is_an_edge_and_a_line_is_a_point() {
        let width = 41;
        let detector = FeatureDetector::new(67.0);
        let find = |bright: &dyn Fn(usize) -> bool| {
            let row: Vec<f32> = (0..width).map(|x| f32::from(u8::from(bright(x)))).collect();
            detector.find(&Plane { width, values: row.repeat(5) })
        };
        let middle = 2 * width + 20;
        let step = find(&|x| x >= 20);
        assert!(step.edges[middle] > 0.9 && step.points[middle] < 0.2);
        let line = find(&|x| x == 20);
        assert!(line.edges[middle] < 1e-6 && line.points[middle] > 0.2);
    }
}
