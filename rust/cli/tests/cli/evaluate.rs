//! `cyclorama evaluate`, from the folders to the report.

use std::fs;

use cyclorama_testing::root;
use image::{DynamicImage, GrayImage, Luma, RgbImage};
use serde_json::{Value, json};

use crate::workplace::Workplace;

impl Workplace {
    /// Runs `cyclorama evaluate images masks` on the CPU and reads its JSON report.
    fn evaluate(&self, arguments: &[&str]) -> Value {
        let all = ["evaluate", "images", "masks", "--backend", "cpu", "--json", "report.json"];
        self.succeed(&[&all, arguments].concat());
        serde_json::from_slice(&fs::read(self.path("report.json")).unwrap()).unwrap()
    }

    fn copy_astronaut(&self, path: &str) {
        self.write(path, fs::read(self.path("astronaut.png")).unwrap());
    }

    /// The alpha matte of the compositor, as `cyclorama segment` writes it.
    fn matte(&self) -> GrayImage {
        self.succeed(&[
            "segment",
            "astronaut.png",
            "--output",
            "cutout.png",
            "--effect",
            "transparent",
            "--backend",
            "cpu",
        ]);
        let cutout = self.image("cutout.png").into_rgba8();
        GrayImage::from_fn(cutout.width(), cutout.height(), |x, y| Luma([cutout.get_pixel(x, y)[3]]))
    }

    fn mask(&self, path: &str, mask: &GrayImage) {
        fs::create_dir_all(self.path("masks")).unwrap();
        mask.save(self.path(path)).unwrap();
    }
}

#[test]
fn the_evaluated_mask_is_the_matte_of_the_compositor() {
    let here = Workplace::new();
    here.copy_astronaut("images/a.png");
    let mut mask = here.matte();
    here.mask("masks/a.png", &mask);
    let soft = here.evaluate(&["--soft-masks"]);
    assert_eq!(soft["mean"]["iou"], 1.0);
    assert_eq!(soft["mean"]["boundary"], json!({ "f": 1.0, "precision": 1.0, "recall": 1.0 }));
    assert_eq!(soft["mean"]["halo"], 0.0);
    assert_eq!(soft["mean"]["flicker"], Value::Null);

    // Thresholded at one half, the area is unchanged, and the soft edge outside it is a halo.
    mask.iter_mut().for_each(|level| *level = u8::from(*level >= 128));
    here.mask("masks/a.png", &mask);
    let hard = here.evaluate(&[]);
    assert_eq!(hard["mean"]["iou"], 1.0);
    assert!(hard["mean"]["halo"].as_f64().unwrap() > 0.05, "{}", hard["mean"]);
}

#[test]
fn a_photo_is_evaluated_on_cpu() {
    evaluate_a_photo("cpu");
}

#[test]
fn a_photo_is_evaluated_on_gpu() {
    evaluate_a_photo("webgpu");
}

fn evaluate_a_photo(backend: &str) {
    let here = Workplace::new();
    here.copy_astronaut("images/astronaut.png");
    here.write("masks/astronaut.png", fs::read(root().join("scripts/clip/matte.png")).unwrap());
    let summary = here.succeed(&[
        "evaluate",
        "images",
        "masks",
        "--backend",
        backend,
        "--soft-masks",
        "--json",
        "report.json",
        "--markdown",
        "report.md",
        "--sheet",
        "sheet.png",
    ]);
    for part in ["IoU", "boundary F", "0.8 % of the diagonal", "halo", "inference", "1 evaluated, 0 skipped"]
    {
        assert!(summary.contains(part), "{part} is not in {summary}");
    }
    let report: Value = serde_json::from_slice(&fs::read(here.path("report.json")).unwrap()).unwrap();
    let figure = |name: &str| report.pointer(&format!("/mean/{name}")).unwrap().as_f64().unwrap();
    assert!(figure("iou") > 0.9 && figure("boundary/f") > 0.5, "{}", report["mean"]);
    assert!((0.01..0.6).contains(&figure("halo")), "{}", report["mean"]);
    assert_eq!(report["method"]["boundary_tolerance"], 0.008);
    assert_eq!(report["images"][0]["boundary_tolerance_pixels"], 6);
    for stage in ["preprocess", "inference", "refine", "composite"] {
        assert!(report["median_times_ms"][stage].as_f64().unwrap() > 0.0, "{stage}");
    }

    let markdown = fs::read_to_string(here.path("report.md")).unwrap();
    assert!(markdown.contains("| images/astronaut.png | 0.9"), "{markdown}");
    assert!(markdown.contains("1. images/astronaut.png"), "{markdown}");
    let sheet = here.image("sheet.png").into_rgb8();
    assert_eq!(sheet.dimensions(), (5 * 260 + 4, 264));
    assert_eq!(
        sheet.get_pixel(4 * 260 + 8, 8).0,
        [0, 177, 64],
        "the background of the composite is the plain color"
    );
}

#[test]
fn flicker_is_measured_between_consecutive_frames_only() {
    let here = Workplace::new();
    let mask = here.matte();
    let mirrored = DynamicImage::ImageRgba8(here.image("astronaut.png").fliph().into_rgba8());
    for (name, image) in [("1", here.image("astronaut.png")), ("2", here.image("astronaut.png"))] {
        fs::create_dir_all(here.path("images")).unwrap();
        image.save(here.path(&format!("images/{name}.png"))).unwrap();
        here.mask(&format!("masks/{name}.png"), &mask);
    }
    mirrored.save(here.path("images/3.png")).unwrap();
    here.mask("masks/3.png", &mask);
    mirrored.save(here.path("images/5.png")).unwrap();
    here.mask("masks/5.png", &mask);
    // Frame 4 has no image, so frames 3 and 5 are not consecutive.
    here.mask("masks/4.png", &mask);

    let output = here.run(&[
        "evaluate",
        "images",
        "masks",
        "--backend",
        "cpu",
        "--sequence",
        "--soft-masks",
        "--json",
        "report.json",
    ]);
    assert!(output.status.success());
    let report: Value = serde_json::from_slice(&fs::read(here.path("report.json")).unwrap()).unwrap();
    let flicker: Vec<&Value> =
        report["images"].as_array().unwrap().iter().map(|image| &image["flicker"]).collect();
    assert_eq!(flicker[..2], [&Value::Null, &json!(0.0)]);
    assert!(flicker[2].as_f64().unwrap() > 0.1, "the mask was mirrored and its ground truth was not");
    assert_eq!(flicker[3], &Value::Null);
}

#[test]
fn the_mask_refinement_is_selected_and_reported() {
    let here = Workplace::new();
    here.copy_astronaut("images/astronaut.png");
    here.write("masks/astronaut.png", fs::read(root().join("scripts/clip/matte.png")).unwrap());
    let halo = |refinement| {
        let report = here.evaluate(&["--soft-masks", "--refine", refinement]);
        assert_eq!(report["method"]["refinement"], refinement);
        assert_eq!(report["method"]["temporal_smoothing"], false, "a single image is not smoothed");
        report["mean"]["halo"].as_f64().unwrap()
    };
    let [none, bilateral, guided] = ["none", "bilateral", "guided"].map(halo);
    assert!(guided < none && bilateral < none, "none {none}, bilateral {bilateral}, guided {guided}");
}

#[test]
fn a_sequence_is_smoothed_unless_disabled() {
    let here = Workplace::new();
    fs::create_dir_all(here.path("images")).unwrap();
    let image = here.image("astronaut.png");
    let mask = GrayImage::new(image.width(), image.height());
    for number in 0..6 {
        // Nothing moves. The brightness and the model's mask change by less than the motion threshold.
        image.brighten(number % 2 * 2).save(here.path(&format!("images/{number}.png"))).unwrap();
        here.mask(&format!("masks/{number}.png"), &mask);
    }
    let flicker = |arguments: &[&str]| {
        let report = here.evaluate(&[&["--sequence"], arguments].concat());
        assert_eq!(
            report["method"]["temporal_smoothing"],
            arguments.is_empty() || arguments[0] == "--frame-rate"
        );
        report["mean"]["flicker"].as_f64().unwrap()
    };
    let plain = flicker(&["--no-temporal-smoothing"]);
    let (smoothed, slow) = (flicker(&[]), flicker(&["--frame-rate", "2"]));
    assert!(plain > 0.0 && smoothed < plain / 2.0, "{plain} smoothed to {smoothed}");
    assert!(smoothed < slow && slow <= plain, "smoothing is weaker at two frames per second: {slow}");
}

#[test]
fn bad_pairs_are_listed_counted_and_skipped() {
    let here = Workplace::new();
    let mask = GrayImage::from_pixel(512, 512, Luma([255]));
    for name in ["good", "alone", "small", "broken", "twice"] {
        here.copy_astronaut(&format!("images/{name}.png"));
    }
    here.copy_astronaut("images/twice.webp");
    here.mask("masks/good.png", &mask);
    here.mask("masks/small.png", &GrayImage::new(256, 512));
    here.write("masks/broken.png", "not an image");
    here.mask("masks/twice.png", &mask);
    here.mask("masks/orphan.png", &mask);
    here.write("masks/notes.txt", "ignored");

    let output = here.run(&[
        "evaluate",
        "images",
        "masks",
        "--backend",
        "cpu",
        "--json",
        "reports/report.json",
        "--markdown",
        "report.md",
    ]);
    let (stdout, stderr) =
        (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert!(output.status.success(), "{stderr}");
    assert!(stdout.contains("1 evaluated, 5 skipped"), "{stdout}");
    let report: Value = serde_json::from_slice(&fs::read(here.path("reports/report.json")).unwrap()).unwrap();
    assert_eq!(report["evaluated"], 1);
    assert_eq!(report["images"][0]["image"], "images/good.png");
    let markdown = fs::read_to_string(here.path("report.md")).unwrap();
    let skipped: Vec<&str> =
        report["skipped"].as_array().unwrap().iter().map(|pair| pair["error"].as_str().unwrap()).collect();
    for (error, parts) in skipped.iter().zip([
        ["images/alone.png", "no file of this name in masks"],
        ["masks/broken.png", "not an image"],
        ["masks/orphan.png", "no file of this name in images"],
        ["masks/small.png", "256x512 and its image 512x512"],
        ["images/twice.webp", "images/twice.png"],
    ]) {
        assert!(parts.iter().all(|part| error.contains(part)), "{error}");
        assert!(stderr.contains(&format!("skipped: {error}\n")) && markdown.contains(error), "{stderr}");
    }
    assert_eq!((skipped.len(), stderr.lines().count()), (5, 5), "{stderr}");
}

#[test]
fn nothing_to_evaluate_is_an_error_with_a_hint() {
    let here = Workplace::new();
    here.copy_astronaut("images/a.png");
    here.mask("masks/b.png", &GrayImage::new(512, 512));
    let output = here.run(&[
        "evaluate",
        "images",
        "masks",
        "--backend",
        "cpu",
        "--json",
        "r.json",
        "--sheet",
        "s.png",
    ]);
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{stderr}");
    let error = stderr.lines().last().unwrap();
    for part in ["error: none of 2", "images", "masks", "the same name", "the same size"] {
        assert!(error.contains(part), "{part} is not in {error}");
    }
    assert!(output.stdout.is_empty() && !here.path("r.json").exists() && !here.path("s.png").exists());
}

#[test]
fn an_image_without_a_person_has_no_halo() {
    let here = Workplace::new();
    fs::create_dir_all(here.path("images")).unwrap();
    RgbImage::new(64, 48).save(here.path("images/dark.png")).unwrap();
    here.mask("masks/dark.png", &GrayImage::new(64, 48));
    let report = here.evaluate(&[]);
    assert_eq!(report["mean"]["halo"], Value::Null);
    assert_eq!(report["mean"]["iou"], report["images"][0]["iou"]);
}
