//! The color spaces of FLIP. `XYZ` and linear RGB are in 0..=1 for colors within the display gamut.

/// Linear RGB to CIE XYZ, for the primaries of sRGB under D65.
///
/// Source: IEC 61966-2-1, to the digits of the authors' implementation, so that results are comparable.
const RGB_TO_XYZ: [[f32; 3]; 3] = [
    [0.412_386_56, 0.357_591_5, 0.180_450_49],
    [0.212_636_82, 0.715_183, 0.072_180_2],
    [0.019_330_62, 0.119_197_16, 0.950_372_6],
];

/// The inverse of [`RGB_TO_XYZ`].
const XYZ_TO_RGB: [[f32; 3]; 3] = [
    [3.241_003_2, -1.537_399, -0.498_615_9],
    [-0.969_224_3, 1.875_93, 0.041_554_226],
    [0.055_639_42, -0.204_011_21, 1.057_149],
];

/// XYZ of white: the sums of the rows of [`RGB_TO_XYZ`].
const WHITE: [f32; 3] = [0.950_428_55, 1.0, 1.088_900_4];

/// The linear value of each sRGB level (IEC 61966-2-1).
pub(super) fn linear_levels() -> [f32; 256] {
    std::array::from_fn(|level| {
        let value = level as f32 / 255.0;
        if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
    })
}

/// Linear RGB to `YCxCz`: CIELAB without its cube roots, one luminance and two opponent colors.
///
/// Source: the paper's section 4.1.
pub(super) fn opponent(rgb: [f32; 3]) -> [f32; 3] {
    let [x, y, z] = relative_to_white(rgb);
    [116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)]
}

/// The inverse of [`opponent`].
pub(super) fn from_opponent([luminance, red_green, blue_yellow]: [f32; 3]) -> [f32; 3] {
    let y = (luminance + 16.0) / 116.0;
    let relative = [y + red_green / 500.0, y, y - blue_yellow / 200.0];
    multiply(&XYZ_TO_RGB, std::array::from_fn(|i| relative[i] * WHITE[i]))
}

/// Linear RGB to CIELAB, with the chroma scaled by the lightness (Hunt effect).
///
/// Sources: CIE 15; for the second step Hunt, "Light and dark adaptation and the perception of color", 1952.
pub(super) fn hunt_lab(rgb: [f32; 3]) -> [f32; 3] {
    const DELTA: f32 = 6.0 / 29.0;
    let [x, y, z] = relative_to_white(rgb)
        .map(|t| if t > DELTA * DELTA * DELTA { t.cbrt() } else { t / (3.0 * DELTA * DELTA) + 4.0 / 29.0 });
    let lightness = 116.0 * y - 16.0;
    let hunt = 0.01 * lightness;
    [lightness, hunt * 500.0 * (x - y), hunt * 200.0 * (y - z)]
}

/// The `HyAB` distance of two CIELAB colors, which is suited to large differences.
///
/// Source: Abasi, Tehran, Fairchild, "Distance metrics for very large color differences", 2019.
pub(super) fn hyab(a: [f32; 3], b: [f32; 3]) -> f32 {
    (a[0] - b[0]).abs() + (a[1] - b[1]).hypot(a[2] - b[2])
}

fn relative_to_white(rgb: [f32; 3]) -> [f32; 3] {
    let xyz = multiply(&RGB_TO_XYZ, rgb);
    std::array::from_fn(|i| xyz[i] / WHITE[i])
}

fn multiply(matrix: &[[f32; 3]; 3], [a, b, c]: [f32; 3]) -> [f32; 3] {
    matrix.map(|[x, y, z]| x * a + y * b + z * c)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assert_near(found: [f32; 3], expected: [f32; 3], tolerance: f32) {
        let near = found.iter().zip(expected).all(|(a, b)| (a - b).abs() <= tolerance);
        assert!(near, "{found:?} instead of {expected:?}");
    }

    #[test]
    fn conversions_are_inverse() {
        for rgb in [[0.0, 0.0, 0.0], [1.0, 1.0, 1.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.2], [0.1, 0.5, 0.9]] {
            assert_near(from_opponent(opponent(rgb)), rgb, 2e-6);
        }
    }

    #[test]
    fn grays_have_no_chroma_and_the_lightness_of_cielab() {
        // A fifth of the light has lightness 51.837 (CIE 15: 116 · 0.2^(1/3) - 16).
        for (level, lightness) in [(0.0, 0.0), (0.2, 51.837), (1.0, 100.0)] {
            assert_near(hunt_lab([level; 3]), [lightness, 0.0, 0.0], 1e-3);
        }
    }

    #[test]
    fn levels_are_decoded_as_srgb() {
        let levels = linear_levels();
        assert_eq!([levels[0], levels[255]], [0.0, 1.0]);
        // Half of the scale is slightly more than a fifth of the light.
        assert!((levels[128] - 0.215_86).abs() < 1e-5, "{}", levels[128]);
    }
}
