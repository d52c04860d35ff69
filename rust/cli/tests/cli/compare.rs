//! `cyclorama compare`.

use std::fs;

use image::{Rgb, RgbImage, Rgba, RgbaImage};
use serde_json::{Value, json};

use crate::workplace::Workplace;

const SIZE: (u32, u32) = (64, 48);

impl Workplace {
    /// Saves a striped image whose red is increased by `redder` levels.
    fn stripes(&self, name: &str, redder: u8) {
        fs::create_dir_all(self.path(name).parent().unwrap()).unwrap();
        let color = |x: u32, _| Rgb([if x & 4 == 0 { 200 } else { 40 } + redder, 90, 120]);
        RgbImage::from_fn(SIZE.0, SIZE.1, color).save(self.path(name)).unwrap();
    }

    /// The output of `cyclorama compare --json`, which must exit with `status`.
    fn compare(&self, status: i32, arguments: &[&str]) -> Value {
        let output = self.run(&[&["compare", "--json"], arguments].concat());
        assert_eq!(output.status.code(), Some(status), "{}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap()
    }
}

#[test]
fn two_images_are_compared() {
    let here = Workplace::new();
    here.stripes("a.png", 0);
    here.stripes("b.png", 5);
    let line = here.succeed(&["compare", "a.png", "a.png", "--max-flip", "0"]);
    assert_eq!(line, "a.png, a.png (64x48): mean FLIP 0.000000, largest difference 0\n");

    let report = here.compare(0, &["a.png", "b.png"]);
    let pair = &report["images"][0];
    assert_eq!([&pair["width"], &pair["height"], &pair["largest_difference"]], [64, 48, 5]);
    let mean = pair["mean_flip"].as_f64().unwrap();
    assert!((0.001..0.1).contains(&mean), "{mean}");
    assert_eq!(here.compare(0, &["b.png", "a.png"])["images"][0]["mean_flip"], mean);

    let close = here.compare(0, &["a.png", "b.png", "--pixels-per-degree", "20"]);
    assert_eq!((&report["pixels_per_degree"], &close["pixels_per_degree"]), (&json!(67.0), &json!(20.0)));
    assert_ne!(close["images"][0]["mean_flip"], mean);
}

#[test]
fn the_map_shows_where_images_differ() {
    let here = Workplace::new();
    here.stripes("a.png", 0);
    let mut spotted = here.image("a.png").into_rgb8();
    spotted.put_pixel(40, 20, Rgb([0, 255, 0]));
    spotted.save(here.path("b.png")).unwrap();
    here.succeed(&["compare", "a.png", "b.png", "--map", "maps/m.png"]);
    let map = here.image("maps/m.png").into_rgb8();
    assert_eq!(map.dimensions(), SIZE);
    assert!(map.get_pixel(40, 20).0[0] > 100);
    assert_eq!(map.get_pixel(5, 5), &Rgb([0, 0, 0]));
}

#[test]
fn a_difference_above_the_limit_is_an_error() {
    let here = Workplace::new();
    here.stripes("a.png", 0);
    here.stripes("b.png", 5);
    let output = here.run(&["compare", "a.png", "b.png", "--max-flip", "0.001"]);
    let [stdout, stderr] = [output.stdout, output.stderr].map(|text| String::from_utf8(text).unwrap());
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    assert!(stdout.contains("largest difference 5"), "{stdout}");
    assert_eq!(stderr.lines().count(), 1);
    for part in ["error: a.png", "b.png", "mean FLIP of 0.0", "exceeds 0.001"] {
        assert!(stderr.contains(part), "{stderr}");
    }
    here.compare(0, &["a.png", "b.png", "--max-flip", "0.5"]);
}

#[test]
fn transparency_is_compared() {
    let here = Workplace::new();
    for (name, pixel) in [("clear", [200, 0, 0, 0]), ("nothing", [0; 4]), ("black", [0, 0, 0, 255])] {
        RgbaImage::from_pixel(8, 8, Rgba(pixel)).save(here.path(&format!("{name}.png"))).unwrap();
    }
    assert_eq!(here.compare(0, &["clear.png", "nothing.png"])["images"][0]["mean_flip"], 0.0);
    let black = &here.compare(0, &["clear.png", "black.png"])["images"][0];
    assert!(black["mean_flip"].as_f64().unwrap() > 0.9 && black["largest_difference"] == 255);
}

#[test]
fn folders_are_compared_name_by_name() {
    let here = Workplace::new();
    for name in ["found/a.png", "found/b.png", "found/small.png", "expected/a.png", "expected/missing.png"] {
        here.stripes(name, 0);
    }
    here.stripes("expected/b.png", 9);
    RgbImage::new(3, 4).save(here.path("expected/small.png")).unwrap();
    let output = here.run(&["compare", "found", "expected", "--max-flip", "0.001", "--map", "maps"]);
    let [stdout, stderr] = [output.stdout, output.stderr].map(|text| String::from_utf8(text).unwrap());
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    let table: Vec<Vec<_>> = stdout.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(table[1], ["a.png", "64x48", "0.000000", "0"]);
    assert_eq!((table[2][0], table[2][3], table.len()), ("b.png", "9", 3));
    for (line, parts) in stderr.lines().zip([
        &["found/b.png", "expected/b.png", "exceeds 0.001"][..],
        &["found/missing.png", "cannot be read"],
        &["found/small.png", "64x48", "expected/small.png", "3x4", "same size"],
        &["3 of 4 images failed"],
    ]) {
        assert!(line.starts_with("error: ") && parts.iter().all(|part| line.contains(part)), "{line}");
    }
    assert_eq!(stderr.lines().count(), 4, "{stderr}");
    assert_eq!(fs::read_dir(here.path("maps")).unwrap().count(), 2);

    let report = here.compare(1, &["found", "expected"]);
    assert_eq!(report["images"].as_array().unwrap().len(), 4);
    assert!(report["images"][3]["error"].as_str().unwrap().contains("3x4"));
}
