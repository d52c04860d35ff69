use proptest::prelude::*;

use super::*;
use crate::Image;

const WIDTH: u32 = 48;
const HEIGHT: u32 = 32;

type Rgba = [u8; 4];

/// An image with the color that `color` returns for each `x` and `y`.
fn draw(color: impl Fn(u32, u32) -> [u32; 3]) -> Vec<Rgba> {
    let pixel = |index| {
        let [r, g, b] = color(index % WIDTH, index / WIDTH).map(|level| level as u8);
        [r, g, b, u8::MAX]
    };
    (0..WIDTH * HEIGHT).map(pixel).collect()
}

fn texture(x: u32, y: u32) -> [u32; 3] {
    [x * 5 % 256, y * 7 % 256, x * y % 256]
}

fn checks(x: u32, y: u32) -> [u32; 3] {
    if (x / 8 + y / 8) % 2 == 1 { [200, 180, 40] } else { [20, 60, 90] }
}

const SPOT: (u32, u32) = (20, 12);

fn of(a: &[Rgba], b: &[Rgba], pixels_per_degree: f64) -> Flip {
    let [a, b] = [a, b].map(|pixels| Image::new(WIDTH, HEIGHT, pixels.as_flattened()).unwrap());
    let pair = ImagePair::new(&a, &b).unwrap();
    flip(&pair, PixelsPerDegree::new(pixels_per_degree).unwrap())
}

/// Means, and values at [`SPOT`], of the authors' own implementation (flip-evaluator 1.7).
#[test]
fn results_match_the_authors_implementation() {
    let plain = |color: [u32; 3]| draw(move |_, _| color);
    let redder = draw(|x, y| {
        let [r, g, b] = texture(x, y);
        [r + 5, g, b]
    });
    let spotted = draw(|x, y| if (x, y) == SPOT { [255, 0, 0] } else { checks(x, y) });
    let pairs = [
        ("black and white", plain([0; 3]), plain([255; 3])),
        ("green and blue", plain([0, 255, 0]), plain([0, 0, 255])),
        ("shifted by a pixel", draw(texture), draw(|x, y| texture(x + 1, y))),
        ("redder", draw(texture), redder),
        ("a spot", draw(checks), spotted),
        ("nothing in common", draw(checks), draw(texture)),
    ];
    let close = [
        (0.967_392, 0.967_392),
        (1.0, 1.0),
        (0.131_231, 0.126_274),
        (0.071_147, 0.061_759),
        (0.003_719, 0.312_344),
        (0.871_712, 0.978_937),
    ];
    let far = [
        (0.967_384, 0.967_384),
        (1.0, 1.0),
        (0.199_758, 0.174_262),
        (0.071_658, 0.059_855),
        (0.002_495, 0.872_390),
        (0.881_647, 0.970_959),
    ];
    for (pixels_per_degree, expected) in [(67.0, close), (30.0, far)] {
        for ((name, a, b), (mean, at_spot)) in pairs.iter().zip(expected) {
            let found = of(a, b, pixels_per_degree);
            let found_at_spot = found.map[(SPOT.1 * WIDTH + SPOT.0) as usize];
            let near = |a: f64, b: f64| (a - b).abs() < 1e-5;
            assert!(
                near(found.mean, mean) && near(found_at_spot.into(), at_spot),
                "{name}, {pixels_per_degree} pixels per degree: mean {}, at the spot {found_at_spot}",
                found.mean
            );
        }
    }
}

#[test]
fn a_change_appears_at_its_position() {
    let edited =
        draw(|x, y| if (4..8).contains(&x) && (4..8).contains(&y) { [255; 3] } else { checks(x, y) });
    let Flip { map, .. } = of(&draw(checks), &edited, 67.0);
    let at = |x: u32, y: u32| map[(y * WIDTH + x) as usize];
    assert!(at(6, 6) > 0.5, "{}", at(6, 6));
    // The filters reach ten pixels.
    assert!((0..HEIGHT).all(|y| (20..WIDTH).all(|x| at(x, y) == 0.0)));
}

#[test]
fn more_noise_gives_a_larger_difference() {
    let noisy = |amount: u32| {
        draw(move |x, y| {
            let noise = (x * 7919 + y * 104_729) % 97 * amount / 97;
            texture(x, y).map(|level| (level + noise).min(255))
        })
    };
    let means: Vec<_> =
        [0, 4, 16, 64].into_iter().map(|amount| of(&draw(texture), &noisy(amount), 67.0).mean).collect();
    assert_eq!(means[0], 0.0);
    assert!(means.is_sorted_by(|a, b| a < b), "{means:?}");
}

#[test]
fn transparency_counts_by_its_appearance() {
    let clear = |color: [u8; 3]| vec![[color[0], color[1], color[2], 0]; (WIDTH * HEIGHT) as usize];
    let (black, white) = (draw(|_, _| [0; 3]), draw(|_, _| [255; 3]));
    assert_eq!(
        of(&clear([255, 0, 0]), &clear([0; 3]), 67.0).mean,
        0.0,
        "the color of transparent pixels does not count"
    );
    let most = of(&black, &white, 67.0).mean;
    assert_eq!(of(&clear([0; 3]), &black, 67.0).mean, most);
    assert_eq!(of(&clear([255; 3]), &white, 67.0).mean, most);
}

#[test]
fn a_single_pixel_can_be_compared() {
    let of_one = |a: Rgba, b: Rgba| {
        let [a, b] = [&a, &b].map(|bytes| Image::new(1, 1, bytes).unwrap());
        flip(&ImagePair::new(&a, &b).unwrap(), PixelsPerDegree::default()).mean
    };
    assert_eq!(of_one([9, 8, 7, 255], [9, 8, 7, 255]), 0.0);
    assert!(of_one([0, 0, 0, 255], [255, 255, 255, 255]) > 0.96);
}

#[test]
fn a_heat_map_ranges_from_black_to_white() {
    let flip = Flip { map: vec![0.0, 0.2, 0.5, 1.0], mean: 0.425 };
    let expected = [[0, 0, 0], [153, 0, 0], [255, 128, 0], [255, 255, 255]];
    assert_eq!(flip.heat_map(), expected.as_flattened());
}

#[test]
fn pixels_per_degree_out_of_range_are_a_typed_error() {
    for pixels in [0.0, -67.0, 0.99, 1000.1, f64::NAN, f64::INFINITY] {
        let error = PixelsPerDegree::new(pixels).unwrap_err();
        assert!(error.to_string().contains("1 to 1000"), "{error}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn identity_gives_zero_and_order_does_not_matter(
        a in proptest::collection::vec(any::<Rgba>(), (WIDTH * HEIGHT) as usize),
        b in proptest::collection::vec(any::<Rgba>(), (WIDTH * HEIGHT) as usize),
        pixels_per_degree in PixelsPerDegree::RANGE,
    ) {
        prop_assert_eq!(of(&a, &a, pixels_per_degree).mean, 0.0);
        let flip = of(&a, &b, pixels_per_degree);
        prop_assert!(flip.map.iter().all(|value| (0.0..=1.0).contains(value)));
        prop_assert_eq!(flip, of(&b, &a, pixels_per_degree));
    }
}
