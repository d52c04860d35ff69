//! CPU twin of the stage `guided`.

use crate::Size;

/// Pixels to each side of the window that colours are fitted in.
const RADIUS: usize = 6;
/// Pixels to each side of the window that fits are averaged over.
const FIT_RADIUS: usize = 3;
/// Keeps the fit from following differences of colour of less than about its root.
const EPSILON: f32 = 0.001;
/// The mean probability of a window below which nothing of its fit counts, and from which all of it does.
const TRUST: [f32; 2] = [0.05, 0.25];

/// Values of a pixel whose means over a window the fit takes: RGB, probability, RGB times probability, and the products
/// of RGB: red with red, green with green, blue with blue, red with green, red with blue, green with blue.
type Moments = [f32; 13];

/// What is known of the surroundings of each pixel.
pub(crate) struct Fitted {
    /// Weights of red, green and blue, and the offset.
    pub coefficients: Vec<[f32; 4]>,
    /// The colour of the person around it, and how much person there is.
    pub foreground: Vec<[f32; 4]>,
    /// The colour of the background around it.
    pub background: Vec<[f32; 3]>,
}

/// Fits the probabilities to the colours of `pixels`, RGB and the probability of a person.
pub(crate) fn fit(pixels: &[[f32; 4]], size: Size) -> Fitted {
    let moments: Vec<_> = pixels.iter().map(moments).collect();
    let moments = means(&moments, size, RADIUS);
    let foreground = |m: &Moments| {
        let own = |c: usize| m[4 + c] / m[3].max(1e-4);
        [own(0), own(1), own(2), m[3]].map(to_unit)
    };
    let background = |m: &Moments| {
        let other = |c: usize| (m[c] - m[4 + c]) / (1.0 - m[3]).max(1e-4);
        [other(0), other(1), other(2)].map(to_unit)
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

/// The linear function of the colour that is nearest to the probability within the window.
fn fit_window(m: &Moments) -> [f32; 4] {
    let color = [m[0], m[1], m[2]];
    let person = m[3];
    let covariance: [f32; 3] = std::array::from_fn(|c| m[4 + c] - color[c] * person);
    let [rr, gg, bb] = std::array::from_fn(|c| m[7 + c] - color[c] * color[c] + EPSILON);
    let (rg, rb, gb) =
        (m[10] - color[0] * color[1], m[11] - color[0] * color[2], m[12] - color[1] * color[2]);
    // Cramer's rule; the matrix is symmetric and positive definite.
    let rows = [[rr, rg, rb], [rg, gg, gb], [rb, gb, bb]];
    let inverse = [cross(rows[1], rows[2]), cross(rows[2], rows[0]), cross(rows[0], rows[1])];
    let determinant = dot(rows[0], inverse[0]);
    let weights = inverse.map(|row| dot(row, covariance) / determinant);
    let t = ((person - TRUST[0]) / (TRUST[1] - TRUST[0])).clamp(0.0, 1.0);
    let trust = t * t * (3.0 - 2.0 * t);
    [weights[0], weights[1], weights[2], person - dot(weights, color)].map(|value| value * trust)
}

fn cross(a: [f32; 3], b: [f32; 3]) -> [f32; 3] {
    [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
}

fn dot(a: [f32; 3], b: [f32; 3]) -> f32 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

/// What an 8-bit texture keeps of a value, without its rounding.
fn to_unit(value: f32) -> f32 {
    value.clamp(0.0, 1.0)
}

/// The mean over the window of `radius` pixels to each side; outside of the picture stands the nearest pixel inside.
fn means<const N: usize>(values: &[[f32; N]], size: Size, radius: usize) -> Vec<[f32; N]> {
    let (width, height) = (size.width as usize, size.height as usize);
    let share = ((2 * radius + 1) as f32).recip();
    let mut of_rows = vec![[0.0; N]; values.len()];
    for (row, target) in values.chunks_exact(width).zip(of_rows.chunks_exact_mut(width)) {
        let at = |x: isize| &row[x.clamp(0, width as isize - 1) as usize];
        let mut window = [0.0; N];
        (-(radius as isize)..=radius as isize).for_each(|x| add_scaled(&mut window, at(x), 1.0));
        for (x, mean) in (0_isize..).zip(target) {
            *mean = window.map(|sum| sum * share);
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
        target.iter_mut().zip(&window).for_each(|(mean, sum)| *mean = sum.map(|sum| sum * share));
        add_row(&mut window, y + radius as isize + 1, 1.0);
        add_row(&mut window, y - radius as isize, -1.0);
    }
    means
}

fn add_scaled<const N: usize>(sum: &mut [f32; N], value: &[f32; N], scale: f32) {
    sum.iter_mut().zip(value).for_each(|(sum, value)| *sum += value * scale);
}
