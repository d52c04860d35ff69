//! CPU twin of the stage `guided`.

use super::{EPSILON, FIT_RADIUS, RADIUS, TRUST};
use crate::Size;

/// Values of a pixel whose window means the fit uses: RGB, probability, RGB times probability, and the products of RGB:
/// red with red, green with green, blue with blue, red with green, red with blue, green with blue.
type Moments = [f32; 13];

/// The fit and the mean colors around each pixel.
pub(crate) struct Fitted {
    /// Weights of red, green and blue, and the offset.
    pub coefficients: Vec<[f32; 4]>,
    /// The mean foreground color, and the mean probability of a person.
    pub foreground: Vec<[f32; 4]>,
    /// The mean background color.
    pub background: Vec<[f32; 3]>,
}

/// Fits the probabilities of `pixels` (RGB and the probability of a person) to their colors.
pub(crate) fn fit(pixels: &[[f32; 4]], size: Size) -> Fitted {
    let moments: Vec<_> = pixels.iter().map(moments).collect();
    let moments = means(&moments, size, RADIUS);
    let foreground = |m: &Moments| {
        let color = |c: usize| m[4 + c] / m[3].max(1e-4);
        [color(0), color(1), color(2), m[3]].map(to_unit)
    };
    let background = |m: &Moments| {
        let color = |c: usize| (m[c] - m[4 + c]) / (1.0 - m[3]).max(1e-4);
        [color(0), color(1), color(2)].map(to_unit)
    };
    let fits: Vec<_> = moments.iter().map(fit_window).collect();
    Fitted {
        coefficients: means(&fits, size, FIT_RADIUS),
        foreground: moments.iter().map(foreground).collect(),
        background: moments.iter().map(background).collect(),
    }
}

fn moments(&[r, g, b, p]: &[f32; 4]) -> Moments {
    [r, g, b, p, r * p, g * p, b * p, r * r, g * g, b * b, r * g, r * b, g * b]
}

/// The linear function of the color that fits the probability best within the window (least squares).
fn fit_window(m: &Moments) -> [f32; 4] {
    let color = [m[0], m[1], m[2]];
    let probability = m[3];
    let covariance: [f32; 3] = std::array::from_fn(|c| m[4 + c] - color[c] * probability);
    let [rr, gg, bb] = std::array::from_fn(|c| m[7 + c] - color[c] * color[c] + EPSILON);
    let (rg, rb, gb) =
        (m[10] - color[0] * color[1], m[11] - color[0] * color[2], m[12] - color[1] * color[2]);
    // Cramer's rule: the matrix is symmetric and positive definite.
    let rows = [[rr, rg, rb], [rg, gg, gb], [rb, gb, bb]];
    let inverse = [cross(rows[1], rows[2]), cross(rows[2], rows[0]), cross(rows[0], rows[1])];
    let determinant = dot(rows[0], inverse[0]);
    let weights = inverse.map(|row| dot(row, covariance) / determinant);
    let t = ((probability - TRUST[0]) / (TRUST[1] - TRUST[0])).clamp(0.0, 1.0);
    let trust = t * t * (3.0 - 2.0 * t);
    [weights[0], weights[1], weights[2], probability - dot(weights, color)].map(|value| value * trust)
}

fn cross(a: [f32; 3], b: [f32; 3]) -> [f32; 3] {
    [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
}

fn dot(a: [f32; 3], b: [f32; 3]) -> f32 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

/// Clamps a value as an 8-bit texture does, without its rounding.
fn to_unit(value: f32) -> f32 {
    value.clamp(0.0, 1.0)
}

/// Returns the means over the window of `radius` pixels to each side. Outside of the image the nearest pixel repeats.
fn means<const N: usize>(values: &[[f32; N]], size: Size, radius: usize) -> Vec<[f32; N]> {
    let (width, height) = (size.width as usize, size.height as usize);
    let scale = ((2 * radius + 1) as f32).recip();
    let mut of_rows = vec![[0.0; N]; values.len()];
    for (row, target) in values.chunks_exact(width).zip(of_rows.chunks_exact_mut(width)) {
        let at = |x: isize| &row[x.clamp(0, width as isize - 1) as usize];
        let mut window = [0.0; N];
        (-(radius as isize)..=radius as isize).for_each(|x| add_scaled(&mut window, at(x), 1.0));
        for (x, mean) in (0_isize..).zip(target) {
            *mean = window.map(|sum| sum * scale);
            add_scaled(&mut window, at(x + radius as isize + 1), 1.0);
            add_scaled(&mut window, at(x - radius as isize), -1.0);
        }
    }

    let row = |y: isize| &of_rows[y.clamp(0, height as isize - 1) as usize * width..][..width];
    let mut window = vec![[0.0; N]; width];
    let add_row = |window: &mut [[f32; N]], y: isize, scale: f32| {
        window.iter_mut().zip(row(y)).for_each(|(sum, value)| add_scaled(sum, value, scale));
    };
    (-(radius as isize)..=radius as isize).for_each(|y| add_row(&mut window, y, 1.0));
    let mut means = vec![[0.0; N]; values.len()];
    for (y, target) in (0_isize..).zip(means.chunks_exact_mut(width)) {
        target.iter_mut().zip(&window).for_each(|(mean, sum)| *mean = sum.map(|sum| sum * scale));
        add_row(&mut window, y + radius as isize + 1, 1.0);
        add_row(&mut window, y - radius as isize, -1.0);
    }
    means
}

fn add_scaled<const N: usize>(sum: &mut [f32; N], value: &[f32; N], scale: f32) {
    sum.iter_mut().zip(value).for_each(|(sum, value)| *sum += value * scale);
}
