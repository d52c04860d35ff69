//! `cyclorama segment` on a photo, on both backends.

use std::{fs, io::Cursor};

use cyclorama_testing::{MEET_MODELS, MODELS, model, root};
use image::{
    DynamicImage, GenericImageView, GrayImage, ImageEncoder, Rgb, RgbImage, Rgba, RgbaImage,
    codecs::jpeg::JpegEncoder,
};
use serde_json::Value;

use crate::workplace::Workplace;

/// Inside the astronaut's face, and in the upper left corner, in pixels of `astronaut.png`.
const FACE: (u32, u32) = (220, 120);
const CORNER: (u32, u32) = (4, 4);

/// The width and height of a model's input.
fn input_size(model: &str) -> (u32, u32) {
    match model {
        "segm_lite_v681" => (160, 96),
        "segm_lite_v509" => (128, 128),
        "segm_full_v679" | "selfie_segmentation_landscape" => (256, 144),
        "selfie_segmentation" => (256, 256),
        "body-pix-float-050-8" | "deeplabv3_257_mv_gpu" => (257, 257),
        _ => panic!("unknown model {model}"),
    }
}

/// The values of a golden file for `astronaut.png` (see `tests/golden`).
fn golden(model: &str, part: &str) -> Vec<f32> {
    let path = root().join(format!("tests/golden/{model}__astronaut__{part}.npy"));
    let bytes = fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    // NumPy's format, version 1: magic, version, header length as a little-endian u16, header, values.
    let header = usize::from(u16::from_le_bytes([bytes[8], bytes[9]]));
    bytes[10 + header..].as_chunks().0.iter().copied().map(f32::from_le_bytes).collect()
}

/// The person probability that `LiteRT` computes for the golden input.
fn litert_probability(model: &str) -> Vec<f32> {
    if model.starts_with("selfie_") {
        golden(model, "out")
    } else if model.starts_with("segm_") {
        let output = golden(model, "out");
        let logits = output.as_chunks().0.iter();
        logits.map(|[background, person]| 1.0 / (1.0 + (background - person).exp())).collect()
    } else {
        golden(model, "person")
    }
}

/// The mean and the largest difference of a mask from probabilities, in levels of 255.
fn difference(mask: &GrayImage, probability: &[f32]) -> (f32, f32) {
    assert_eq!(mask.len(), probability.len());
    let differences: Vec<f32> = mask
        .iter()
        .zip(probability)
        .map(|(level, value)| (f32::from(*level) - value * 255.0).abs())
        .collect();
    (differences.iter().sum::<f32>() / differences.len() as f32, differences.into_iter().fold(0.0, f32::max))
}

/// Compares the masks of these models with those of `LiteRT`.
fn compare_masks(models: &[&str], backend: &str) {
    let here = Workplace::new();
    for model in models {
        let (width, height) = input_size(model);
        // An image of the model's own size is not resized, so the comparison covers the model alone.
        let pixels = golden(model, "in").iter().map(|value| (value * 255.0).round() as u8).collect();
        RgbImage::from_raw(width, height, pixels).unwrap().save(here.path("input.png")).unwrap();
        let arguments = ["--mask", "masks", "--model", model, "--backend", backend];
        here.succeed(&[&["segment", "input.png", "astronaut.png"], &arguments[..]].concat());
        let mask = |image: &str| {
            let DynamicImage::ImageLuma8(mask) = here.image(&format!("masks/{image}")) else {
                panic!("expected an 8-bit grayscale mask")
            };
            assert_eq!(mask.dimensions(), (width, height), "{model}");
            difference(&mask, &litert_probability(model))
        };
        let (_, largest) = mask("input.png");
        // Half a level is rounding, the rest 1e-4 of probability.
        assert!(largest < 0.53, "{model} on {backend}: {largest} levels from LiteRT");

        // The golden input was resized by Pillow, which rounds to 8 bits after each of its two passes.
        let (mean, resized) = mask("astronaut.png");
        assert!(mean < 0.5, "{model} on {backend}: mean difference of {mean} levels with our resizing");
        eprintln!(
            "{model} on {backend}: at most {largest:.3} levels from LiteRT; \
             with our resizing mean {mean:.3}, at most {resized:.1}"
        );
    }
}

mod masks_are_those_of_litert {
    use super::{MEET_MODELS, MODELS, compare_masks};

    #[test]
    fn on_cpu() {
        compare_masks(&MODELS, "cpu");
    }

    #[test]
    fn on_gpu() {
        compare_masks(&MODELS, "webgpu");
    }

    #[test]
    fn meet_on_cpu() {
        compare_masks(&MEET_MODELS, "cpu");
    }

    #[test]
    fn meet_on_gpu() {
        compare_masks(&MEET_MODELS, "webgpu");
    }
}

fn replace_with_a_color(backend: &str) {
    let here = Workplace::new();
    let before = here.image("astronaut.png");
    let effect = ["--output", "o.png", "--effect", "color:#2266aa"];
    here.succeed(&[&["segment", "astronaut.png", "--backend", backend], &effect[..]].concat());
    let after = here.image("o.png");
    assert_eq!(after.dimensions(), before.dimensions());
    assert_eq!(after.get_pixel(CORNER.0, CORNER.1), Rgba([0x22, 0x66, 0xaa, 255]));
    let [before, after] = [&before, &after].map(|image| image.get_pixel(FACE.0, FACE.1).0);
    assert!(before.iter().zip(after).all(|(a, b)| a.abs_diff(b) <= 1), "{before:?} {after:?}");
}

#[test]
fn a_color_replaces_only_the_background_on_cpu() {
    replace_with_a_color("cpu");
}

#[test]
fn a_color_replaces_only_the_background_on_gpu() {
    replace_with_a_color("webgpu");
}

#[test]
fn png_and_webp_store_transparency() {
    let here = Workplace::new();
    for output in ["o.png", "o.webp"] {
        here.succeed(&[
            "segment",
            "astronaut.png",
            "--output",
            output,
            "--effect",
            "transparent",
            "--backend",
            "cpu",
        ]);
        let cut_out = here.image(output);
        assert_eq!(cut_out.get_pixel(CORNER.0, CORNER.1).0[3], 0, "{output}");
        assert_eq!(cut_out.get_pixel(FACE.0, FACE.1).0[3], 255, "{output}");
    }
}

#[test]
fn an_image_and_a_blur_change_only_the_background() {
    let here = Workplace::new();
    let before = here.image("astronaut.png");
    let checks = RgbImage::from_fn(64, 64, |x, y| {
        if (x / 8 + y / 8) % 2 == 0 { Rgb([250, 240, 10]) } else { Rgb([10, 20, 240]) }
    });
    checks.save(here.path("checks.png")).unwrap();
    for effect in ["blur:high", "image:checks.png"] {
        here.succeed(&[
            "segment",
            "astronaut.png",
            "--output",
            "o.jpg",
            "--effect",
            effect,
            "--backend",
            "cpu",
        ]);
        let after = here.image("o.jpg");
        let mean_change = |x, y| {
            let area = |image: &DynamicImage| image.crop_imm(x, y, 24, 24).into_rgb8();
            let (before, after) = (area(&before), area(&after));
            before.iter().zip(after.iter()).map(|(a, b)| f32::from(a.abs_diff(*b))).sum::<f32>()
                / before.len() as f32
        };
        let (face, background) = (mean_change(FACE.0, FACE.1), mean_change(0, 100));
        assert!(face < 3.0, "{effect}: the face changed by {face} levels, more than JPEG's loss");
        assert!(background > 8.0, "{effect}: the background changed by {background} levels");
    }
}

#[test]
fn a_background_image_follows_the_layout_options() {
    let here = Workplace::new();
    let (red, green, blue) = (Rgba([255, 0, 0, 255]), Rgba([0, 255, 0, 255]), Rgba([0, 0, 255, 255]));
    let thirds = RgbaImage::from_fn(96, 32, |x, _| [red, green, blue][x as usize / 32]);
    thirds.save(here.path("thirds.png")).unwrap();
    for (layout, expected) in [
        (&[][..], green),
        (&["--position", "0,0.5"], red),
        (&["--position", "0,0.5", "--mirror"], red),
        (&["--fit", "fill"], red),
        (&["--fit", "fill", "--mirror"], blue),
        (&["--fit", "contain"], Rgba([0, 0, 0, 255])),
        (&["--fit", "contain", "--position", "1,0"], red),
    ] {
        let start = ["segment", "astronaut.png", "--output", "o.png", "--effect", "image:thirds.png"];
        here.succeed(&[&start[..], &["--backend", "cpu"], layout].concat());
        assert_eq!(here.image("o.png").get_pixel(CORNER.0, CORNER.1), expected, "{layout:?}");
    }
}

#[test]
fn exif_orientation_is_applied() {
    let here = Workplace::new();
    // EXIF: a little-endian TIFF with one entry, orientation (0x0112), a SHORT of value 6: rotate clockwise.
    let exif = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0";
    let sideways = here.image("astronaut.png").crop_imm(0, 0, 512, 400).rotate270().into_rgb8();
    let mut file = Cursor::new(Vec::new());
    let mut encoder = JpegEncoder::new(&mut file);
    encoder.set_exif_metadata(exif.to_vec()).unwrap();
    encoder
        .write_image(&sideways, sideways.width(), sideways.height(), image::ExtendedColorType::Rgb8)
        .unwrap();
    here.write("sideways.jpg", file.into_inner());

    here.succeed(&[
        "segment",
        "sideways.jpg",
        "--output",
        "o.png",
        "--effect",
        "color:#00ff00",
        "--backend",
        "cpu",
    ]);
    let rotated = here.image("o.png");
    assert_eq!(rotated.dimensions(), (512, 400));
    assert_eq!(rotated.get_pixel(CORNER.0, CORNER.1), Rgba([0, 255, 0, 255]));
    assert_ne!(rotated.get_pixel(FACE.0, FACE.1), Rgba([0, 255, 0, 255]));
}

#[test]
fn light_wrap_and_brightness_change_the_expected_pixels() {
    let here = Workplace::new();
    RgbaImage::from_pixel(4, 4, Rgba([250, 250, 250, 255])).save(here.path("white.png")).unwrap();
    let shown = |arguments: &[&str]| {
        let effect = ["segment", "astronaut.png", "--output", "o.png", "--effect", "image:white.png"];
        here.succeed(&[&effect[..], &["--backend", "cpu"], arguments].concat());
        here.image("o.png").into_rgba8()
    };
    let (plain, wrapped) = (shown(&["--light-wrap", "0"]), shown(&["--light-wrap", "1"]));
    assert_eq!(plain.get_pixel(CORNER.0, CORNER.1), wrapped.get_pixel(CORNER.0, CORNER.1));
    assert_eq!(plain.get_pixel(FACE.0, FACE.1), wrapped.get_pixel(FACE.0, FACE.1));
    let brighter =
        plain.pixels().zip(wrapped.pixels()).filter(|(a, b)| a[0].saturating_add(20) < b[0]).count();
    assert!(brighter > 500, "{brighter} pixels of the edge received light of the white image");

    let dimmed = shown(&["--match-brightness"]);
    let level = dimmed.get_pixel(CORNER.0, CORNER.1)[0];
    assert!((100..220).contains(&level), "white behind a photo of medium brightness became {level}");
}

#[test]
fn a_folder_is_processed_and_reported() {
    let here = Workplace::new();
    let astronaut = fs::read(here.path("astronaut.png")).unwrap();
    here.write("images/a.png", &astronaut);
    here.write("images/b.png", "not an image");
    here.write("images/c.png", &astronaut);
    here.write("images/notes.txt", "ignored");

    let output = here.run(&[
        "segment",
        "images",
        "images/a.png",
        "--mask",
        "masks",
        "--output",
        "done",
        "--backend",
        "cpu",
        "--json",
    ]);
    assert_eq!(output.status.code(), Some(1));
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(stderr.contains("b.png") && stderr.contains("1 of 3 images failed"), "{stderr}");
    for file in ["masks/a.png", "masks/c.png", "done/a.png", "done/c.png"] {
        here.image(file);
    }
    assert_eq!(fs::read_dir(here.path("masks")).unwrap().count(), 2);

    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["backend"], "cpu");
    assert_eq!(report["mask_size"], serde_json::json!([256, 144]));
    let images = report["images"].as_array().unwrap();
    assert_eq!(images.len(), 3);
    assert!(images[1]["error"].as_str().unwrap().contains("not an image"));
    assert_eq!((&images[2]["width"], &images[2]["height"]), (&512.into(), &512.into()));
    for time in ["read", "mask", "preprocess", "inference", "composite", "total"] {
        assert!(images[2]["times_ms"][time].as_f64().unwrap() > 0.0, "{time}");
    }
}

/// Checks that these models are listed with their files, as text and as JSON.
fn list(models: &[&str]) {
    let here = Workplace::new();
    let table = here.succeed(&["models"]);
    let listed: Value = serde_json::from_str(&here.succeed(&["models", "--json"])).unwrap();
    for name in models {
        let row = table.lines().find(|line| line.split_whitespace().next() == Some(name));
        assert!(row.is_some_and(|row| row.contains("  here  ")), "{table}");
        let entry = listed["models"].as_array().unwrap().iter().find(|entry| entry["name"] == *name).unwrap();
        assert_eq!(fs::read(entry["path"].as_str().unwrap()).unwrap(), model(name));
        assert_eq!(entry["bytes"], model(name).len());
    }
}

#[test]
fn models_are_listed() {
    list(&MODELS);
}

#[test]
fn models_of_meet_are_listed() {
    list(&MEET_MODELS);
}

#[test]
fn missing_models_are_listed_with_their_origin() {
    let here = Workplace::new();
    let table = here.succeed(&["models", "--models", "."]);
    assert_eq!(table.lines().filter(|line| line.contains("  missing  ")).count(), 7, "{table}");
    let sources: Vec<_> = table.lines().skip_while(|line| !line.is_empty()).skip(1).collect();
    assert_eq!(sources.len(), 7, "{table}");
    for (name, source) in MODELS
        .map(|name| (name, "available in the source checkout"))
        .into_iter()
        .chain(MEET_MODELS.map(|name| (name, "npm package")))
    {
        let line = sources.iter().find(|line| line.starts_with(&format!("{name}:")));
        assert!(line.is_some_and(|line| line.contains(source)), "{table}");
    }
    let listed: Value = serde_json::from_str(&here.succeed(&["models", "--json", "--models", "."])).unwrap();
    assert!(listed["models"].as_array().unwrap().iter().all(|model| model["path"] == Value::Null));
}
