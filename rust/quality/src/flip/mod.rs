//! LDR-FLIP: the difference that an observer perceives when alternating between two images.

mod color;
mod filter;

use color::{from_opponent, hunt_lab, hyab, linear_levels, opponent};
use filter::{ContrastSensitivity, FeatureDetector, Features, Plane};

use crate::ImagePair;

/// Pixels per degree of the viewer's field of view, in [`PixelsPerDegree::RANGE`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PixelsPerDegree(f64);

/// A number of pixels per degree outside [`PixelsPerDegree::RANGE`].
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[error(
    "{found} pixels per degree are out of range: use {} to {}",
    PixelsPerDegree::RANGE.start(),
    PixelsPerDegree::RANGE.end()
)]
pub struct PixelsPerDegreeError {
    /// The number given.
    pub found: f64,
}

impl PixelsPerDegree {
    /// Below, the filters are smaller than a pixel; above, they are hundreds of pixels wide.
    pub const RANGE: std::ops::RangeInclusive<f64> = 1.0..=1000.0;

    /// # Errors
    /// [`PixelsPerDegreeError`] outside [`PixelsPerDegree::RANGE`].
    pub fn new(pixels: f64) -> Result<Self, PixelsPerDegreeError> {
        if Self::RANGE.contains(&pixels) {
            Ok(Self(pixels))
        } else {
            Err(PixelsPerDegreeError { found: pixels })
        }
    }

    /// The number.
    pub fn get(self) -> f64 {
        self.0
    }
}

impl Default for PixelsPerDegree {
    /// 67: a screen 0.7 m wide, 3840 pixels across, viewed from 0.7 m, as in the paper.
    fn default() -> Self {
        Self(67.0)
    }
}

/// The perceived difference of two images.
#[derive(Clone, Debug, PartialEq)]
pub struct Flip {
    /// The difference of each pixel, rows from the top, from 0 (not visible) to 1.
    pub map: Vec<f32>,
    /// The mean of the map.
    pub mean: f64,
}

impl Flip {
    /// The map as 8-bit RGB: black for no difference, red for 1/3, yellow for 2/3, white for 1.
    pub fn heat_map(&self) -> Vec<u8> {
        let color = |value: &f32| [0.0, 1.0, 2.0].map(|start| ((value * 3.0 - start) * 255.0).round() as u8);
        self.map.iter().flat_map(color).collect()
    }
}

/// Compares two images as an observer who alternates between them. Differences of color are filtered by what the eye
/// resolves at its distance, and amplified where edges or points appear or disappear. The order of the images does not
/// matter.
///
/// ```text
/// difference = color^(1 - feature)
/// ```
///
/// For images with transparency, returns the larger of two differences; see [`ImagePair`].
///
/// Source: Andersson et al., "FLIP: A Difference Evaluator for Alternating Images", 2020; the constants are
/// those of its tables and of the authors' implementation. The tests compare the results with that implementation.
pub fn flip(pair: &ImagePair, PixelsPerDegree(pixels_per_degree): PixelsPerDegree) -> Flip {
    let observer = Observer {
        linear: linear_levels(),
        sensitivity: ContrastSensitivity::all(pixels_per_degree),
        features: FeatureDetector::new(pixels_per_degree),
    };
    let results = pair.composites.iter().map(|[a, b]| {
        let map = compare(&observer.perceive(a, pair.width), &observer.perceive(b, pair.width));
        let mean = map.iter().copied().map(f64::from).sum::<f64>() / map.len() as f64;
        Flip { map, mean }
    });
    results.max_by(|a, b| a.mean.total_cmp(&b.mean)).expect("a pair has at least one background")
}

/// The filters and tables that do not depend on the image.
struct Observer {
    linear: [f32; 256],
    sensitivity: [ContrastSensitivity; 3],
    features: FeatureDetector,
}

/// An image as it is perceived.
struct Perceived {
    /// CIELAB with the Hunt effect, of each pixel.
    colors: Vec<[f32; 3]>,
    features: Features,
}

impl Observer {
    fn perceive(&self, pixels: &[[u8; 3]], width: usize) -> Perceived {
        let mut planes = [(); 3].map(|()| Plane { width, values: Vec::with_capacity(pixels.len()) });
        for pixel in pixels {
            let rgb = pixel.map(|level| self.linear[usize::from(level)]);
            for (plane, value) in planes.iter_mut().zip(opponent(rgb)) {
                plane.values.push(value);
            }
        }
        let [luminance, red_green, blue_yellow] =
            std::array::from_fn(|channel| self.sensitivity[channel].filter(&planes[channel]).values);
        let colors = luminance.into_iter().zip(red_green).zip(blue_yellow).map(|((y, x), z)| {
            // A filtered color may be outside the display gamut.
            hunt_lab(from_opponent([y, x, z]).map(|value| value.clamp(0.0, 1.0)))
        });
        let colors = colors.collect();
        let [mut luminance, ..] = planes;
        luminance.values.iter_mut().for_each(|value| *value = (*value + 16.0) / 116.0);
        Perceived { colors, features: self.features.find(&luminance) }
    }
}

fn compare(a: &Perceived, b: &Perceived) -> Vec<f32> {
    let color_scale = ColorScale::new();
    let colors = a.colors.iter().zip(&b.colors).map(|(a, b)| color_scale.difference(*a, *b));
    let edges = a.features.edges.iter().zip(&b.features.edges);
    let points = a.features.points.iter().zip(&b.features.points);
    let features = edges.zip(points).map(|((edge_a, edge_b), (point_a, point_b))| {
        let strongest = (edge_a - edge_b).abs().max((point_a - point_b).abs());
        // The paper's q_f is 1/2.
        (strongest / std::f32::consts::SQRT_2).min(1.0).sqrt()
    });
    colors.zip(features).map(|(color, feature)| color.powf(1.0 - feature)).collect()
}

/// Maps color distances to 0..=1, with most of the range for small distances.
///
/// Source: the paper's section 4.1, with its `q_c`, `p_c` and `p_t`.
struct ColorScale {
    /// The largest possible distance, of green and blue, compressed.
    largest: f32,
}

impl ColorScale {
    /// `q_c`, which compresses large distances.
    const EXPONENT: f32 = 0.7;
    /// `p_c`: the scale is steep up to this fraction of the largest distance,
    const KNEE: f32 = 0.4;
    /// `p_t`: where it has this value.
    const KNEE_VALUE: f32 = 0.95;

    fn new() -> Self {
        let [green, blue] = [[0.0, 1.0, 0.0], [0.0, 0.0, 1.0]].map(hunt_lab);
        Self { largest: hyab(green, blue).powf(Self::EXPONENT) }
    }

    fn difference(&self, a: [f32; 3], b: [f32; 3]) -> f32 {
        let distance = hyab(a, b).powf(Self::EXPONENT);
        let knee = Self::KNEE * self.largest;
        let scaled = if distance < knee {
            Self::KNEE_VALUE / knee * distance
        } else {
            Self::KNEE_VALUE + (distance - knee) / (self.largest - knee) * (1.0 - Self::KNEE_VALUE)
        };
        scaled.min(1.0)
    }
}

#[cfg(test)]
mod tests;
