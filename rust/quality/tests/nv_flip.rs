//! Compares FLIP with the authors' C++ implementation.

use cyclorama_quality::{Image, ImagePair, PixelsPerDegree, flip};
use nv_flip::{FlipImageRgb8, FlipPool};

const WIDTH: u32 = 160;
const HEIGHT: u32 = 120;

/// An image with the color that `color` returns for each `x` and `y`.
fn draw(color: impl Fn(u32, u32) -> [u32; 3]) -> Vec<[u8; 3]> {
    let pixel = |index| color(index % WIDTH, index / WIDTH).map(|level| (level % 256) as u8);
    (0..WIDTH * HEIGHT).map(pixel).collect()
}

/// The mean and the map of our implementation.
fn ours(a: &[[u8; 3]], b: &[[u8; 3]], pixels_per_degree: f32) -> (f64, Vec<f32>) {
    let rgba = |pixels: &[[u8; 3]]| -> Vec<u8> {
        pixels.iter().flat_map(|[r, g, b]| [*r, *g, *b, u8::MAX]).collect()
    };
    let (a, b) = (rgba(a), rgba(b));
    let [a, b] = [&a, &b].map(|bytes| Image::new(WIDTH, HEIGHT, bytes).unwrap());
    let pixels_per_degree = PixelsPerDegree::new(pixels_per_degree.into()).unwrap();
    let flip = flip(&ImagePair::new(&a, &b).unwrap(), pixels_per_degree);
    (flip.mean, flip.map)
}

/// The mean and the map of the authors' implementation.
fn theirs(a: &[[u8; 3]], b: &[[u8; 3]], pixels_per_degree: f32) -> (f64, Vec<f32>) {
    let [a, b] = [a, b].map(|pixels| FlipImageRgb8::with_data(WIDTH, HEIGHT, pixels.as_flattened()));
    let map = nv_flip::flip(a, b, pixels_per_degree);
    (FlipPool::from_image(&map).mean().into(), map.to_vec())
}

#[test]
fn flip_matches_the_authors_implementation() {
    let texture = |x: u32, y: u32| [x * 5, y * 7, x * y];
    let checks = |x: u32, y: u32| if (x / 8 + y / 8) % 2 == 1 { [200, 180, 40] } else { [20, 60, 90] };
    let pairs = [
        ("a shifted texture", draw(texture), draw(|x, y| texture(x + 1, y))),
        ("checks and a texture", draw(checks), draw(texture)),
    ];
    for (name, a, b) in &pairs {
        for pixels_per_degree in [67.0, 30.0] {
            let ((our_mean, our_map), (their_mean, their_map)) =
                (ours(a, b, pixels_per_degree), theirs(a, b, pixels_per_degree));
            let largest = our_map.iter().zip(&their_map).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            assert!(
                (our_mean - their_mean).abs() < 1e-4 && largest < 1e-3,
                "{name}, {pixels_per_degree} pixels per degree: mean {our_mean} and {their_mean}, largest difference {largest}"
            );
        }
    }
}
