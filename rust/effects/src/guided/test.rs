use super::cpu::GuidedFilter;
use crate::Size;
use crate::matte::cpu::{Matte, to_alpha};
use crate::testing::size;

const SIZE: Size = size(48, 32);
const ORANGE: [f32; 3] = [0.8, 0.4, 0.2];
const TEAL: [f32; 3] = [0.2, 0.5, 0.6];

/// Makes pixels with the colors and probabilities of functions of column and row.
fn pixels(color: impl Fn(u32, u32) -> [f32; 3], probability: impl Fn(u32, u32) -> f32) -> Vec<[f32; 4]> {
    let pixel = |i: u32| {
        let (x, y) = (i % SIZE.width, i / SIZE.width);
        let [r, g, b] = color(x, y);
        [r, g, b, probability(x, y)]
    };
    (0..SIZE.width * SIZE.height).map(pixel).collect()
}

fn fit(pixels: &[[f32; 4]], size: Size) -> Matte {
    let mut matte = Matte::default();
    GuidedFilter::default().fit(pixels, size, &mut matte);
    matte
}

/// The alpha of each pixel by the fit.
fn alphas(pixels: &[[f32; 4]], Matte { coefficients, .. }: &Matte) -> Vec<f32> {
    let apply = |(&[r, g, b, _], [wr, wg, wb, offset]): (&[f32; 4], &[f32; 4])| {
        to_alpha(r * wr + g * wg + b * wb + offset)
    };
    pixels.iter().zip(coefficients).map(apply).collect()
}

#[test]
fn the_outline_moves_to_the_color_edge() {
    let edge = |x: u32, y: u32| 20 + y % 3 + x / 1000;
    // The mask has a soft edge two pixels too far out.
    let pixels = pixels(
        |x, y| if x < edge(x, y) { ORANGE } else { TEAL },
        |x, _| ((25.0 - x as f32) / 4.0).clamp(0.0, 1.0),
    );
    let found = alphas(&pixels, &fit(&pixels, SIZE));
    for (i, alpha) in (0..).zip(found) {
        let (x, y) = (i % SIZE.width, i / SIZE.width);
        assert_eq!(alpha > 0.5, x < edge(x, y), "{x}, {y}: {alpha}");
    }
}

#[test]
fn without_a_color_edge_the_mask_is_kept() {
    let pixels = pixels(|_, _| ORANGE, |x, _| if x < 24 { 1.0 } else { 0.0 });
    let found = alphas(&pixels, &fit(&pixels, SIZE));
    for (i, alpha) in (0..).zip(found) {
        let x = i % SIZE.width;
        let expected = if x < 24 { 1.0 } else { 0.0 };
        assert!((18..30).contains(&x) || (alpha - expected).abs() < 0.01, "column {x}: {alpha}");
    }
}

#[test]
fn a_line_of_the_room_in_the_foreground_color_stays_background() {
    let pixels =
        pixels(|x, y| if x < 16 || y == 16 { ORANGE } else { TEAL }, |x, _| if x < 16 { 1.0 } else { 0.0 });
    let found = alphas(&pixels, &fit(&pixels, SIZE));
    for x in 24..SIZE.width {
        assert!(found[(16 * SIZE.width + x) as usize] < 0.1, "column {x}");
    }
}

#[test]
fn the_mean_colors_are_those_of_person_and_room() {
    let pixels = pixels(|x, _| if x < 24 { ORANGE } else { TEAL }, |x, _| if x < 24 { 1.0 } else { 0.0 });
    let Matte { foreground, background, .. } = fit(&pixels, SIZE);
    for x in 19..29 {
        let i = (16 * SIZE.width + x) as usize;
        let near =
            |found: &[f32], expected: [f32; 3]| found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-3);
        assert!(near(&foreground[i][..3], ORANGE) && near(&background[i], TEAL), "column {x}");
        let fraction = (30.0 - x as f32) / 13.0;
        assert!((foreground[i][3] - fraction).abs() < 1e-5, "column {x}: {}", foreground[i][3]);
    }
}
