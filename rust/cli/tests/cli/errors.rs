//! Every error is reported on one line with its location, and with the exit status of its cause.

use std::{fs, process::Command};

use cyclorama_testing::model;

use crate::workplace::Workplace;

/// Exit status for invalid arguments, images or models.
const INPUT: i32 = 2;
/// Exit status for failed processing.
const WORK: i32 = 1;

impl Workplace {
    /// Checks that a run fails with `status`, prints one line that contains all of `parts`, and prints nothing else.
    #[track_caller]
    fn fail(&self, status: i32, arguments: &[&str], parts: &[&str]) {
        fail(&mut self.command(arguments), status, parts);
    }

    /// Checks that the model in `other.tflite` is refused.
    #[track_caller]
    fn refuse_model(&self, model: &[u8], parts: &[&str]) {
        self.write("other.tflite", model);
        let arguments =
            ["segment", "astronaut.png", "--mask", "m.png", "--backend", "cpu", "--model", "other.tflite"];
        self.fail(INPUT, &arguments, &[&["other.tflite"], parts].concat());
        assert!(!self.path("m.png").exists());
    }
}

#[track_caller]
fn fail(command: &mut Command, status: i32, parts: &[&str]) {
    let output = command.output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(status), "{command:?}: {stderr}");
    assert_eq!(stderr.lines().count(), 1, "{command:?}: {stderr}");
    assert!(stderr.starts_with("error: "), "{stderr}");
    for part in parts {
        assert!(stderr.contains(part), "{part:?} is not in: {stderr}");
    }
    assert!(output.stdout.is_empty(), "{}", String::from_utf8_lossy(&output.stdout));
}

#[test]
fn invalid_arguments() {
    let here = Workplace::new();
    for (arguments, parts) in [
        (&[][..], &["subcommand"][..]),
        (&["segment"], &["<IMAGE>", "--mask", "--output"]),
        (&["segment", "astronaut.png"], &["--mask", "--output"]),
        (
            &["segment", "astronaut.png", "--output", "o.png", "--light-wrap", "2"],
            &["light wrap of 2", "0 to 1"],
        ),
        (&["segment", "astronaut.png", "--output", "o.png", "--light-wrap", "nan"], &["light wrap of NaN"]),
        (
            &["segment", "astronaut.png", "--output", "o.png", "--refine", "sharp"],
            &["sharp", "none, bilateral, guided"],
        ),
        (&["segment", "astronaut.png", "--mask", "m.png", "--refine", "none"], &["--output"]),
        (&["evaluate", "i", "m", "--no-temporal-smoothing"], &["--sequence"]),
        (&["evaluate", "i", "m", "--sequence", "--frame-rate", "0"], &["frame rate", "from 1 to 1000"]),
        (&["segment", "astronaut.png", "--mask", "m.png", "--backend", "webgl"], &["webgl", "webgpu, cpu"]),
        (&["segment", "astronaut.png", "--mask", "m.png", "--effect", "blur"], &["--output"]),
        (
            &["segment", "astronaut.png", "--output", "o.png", "--effect", "sepia"],
            &["sepia", "color:#rrggbb"],
        ),
        (&["segment", "astronaut.png", "--output", "o.png", "--effect", "color:red"], &["red", "#2266aa"]),
        (&["segment", "astronaut.png", "--output", "o.png", "--effect", "blur:999"], &["999", "128"]),
        (
            &["segment", "astronaut.png", "--output", "o.png", "--position", "0.5,2"],
            &["0.5,2", "from 0 to 1"],
        ),
        (&["segment", "astronaut.png", "--sharpen"], &["--sharpen"]),
        (&["bench", "--backend", "webgl"], &["webgl", "wgpu, cpu, cpu+wgpu"]),
        (&["bench", "--input", "720"], &["720", "1280x720"]),
        (&["bench", "--rounds", "0"], &["0", "1..=10000"]),
        (&["bench", "--precision", "f64"], &["f64", "f16, f32"]),
    ] {
        here.fail(INPUT, arguments, parts);
    }
}

#[test]
fn unreadable_images() {
    let here = Workplace::new();
    here.write("empty.png", "");
    here.write("text.jpg", "not an image");
    let astronaut = fs::read(here.path("astronaut.png")).unwrap();
    here.write("half.png", &astronaut[..astronaut.len() / 2]);
    fs::create_dir(here.path("folder")).unwrap();
    for (image, part) in [
        ("absent.png", "cannot be read"),
        ("empty.png", "not an image"),
        ("text.jpg", "not an image"),
        ("half.png", "not an image"),
        ("folder", "no images"),
    ] {
        here.fail(INPUT, &["segment", image, "--mask", "m.png", "--backend", "cpu"], &[image, part]);
        assert!(!here.path("m.png").exists());
    }
    let effect = ["segment", "astronaut.png", "--output", "o.png", "--effect", "image:absent.png"];
    here.fail(INPUT, &effect, &["absent.png", "cannot be read"]);
}

#[test]
fn missing_models() {
    let here = Workplace::new();
    let segment = ["segment", "astronaut.png", "--mask", "m.png", "--model"];
    here.fail(INPUT, &[&segment[..], &["segm"]].concat(), &["segm", "segm_lite_v681"]);
    here.fail(INPUT, &[&segment[..], &["absent.tflite"]].concat(), &["absent.tflite", "neither a file"]);
    fs::create_dir(here.path("folder")).unwrap();
    here.fail(INPUT, &[&segment[..], &["folder"]].concat(), &["folder", "not a file"]);
    let elsewhere = [&segment[..], &["segm_lite_v681", "--models", "folder"]].concat();
    let parts =
        ["segm_lite_v681.tflite", "folder", "scripts/models.mjs", "npm package @dannadori/", "@1.0.30"];
    here.fail(INPUT, &elsewhere, &parts);
    let elsewhere = [&segment[..], &["selfie_segmentation", "--models", "folder"]].concat();
    here.fail(
        INPUT,
        &elsewhere,
        &["folder", "source checkout", "models/selfie_segmentation.tflite", "--models"],
    );
}

#[test]
fn benchmarks_that_cannot_start() {
    let here = Workplace::new();
    fs::create_dir(here.path("folder")).unwrap();
    here.write("text.png", "not an image");
    for (arguments, parts) in [
        (&["--model", "segm"][..], &["segm", "segm_lite_v681"][..]),
        (&["--model", "absent.tflite"], &["absent.tflite", "neither a file"]),
        (&["--model", "folder"], &["folder", "not a file"]),
        (&["--models", "folder"], &["tflite", "folder", "source checkout"]),
        (&["absent.png"], &["absent.png", "cannot be read"]),
        (&["text.png"], &["text.png", "not an image"]),
    ] {
        here.fail(INPUT, &[&["bench"], arguments].concat(), parts);
    }
}

#[test]
fn unsupported_models() {
    let here = Workplace::new();
    let whole = model("selfie_segmentation_landscape");
    here.refuse_model(&[], &["not a TensorFlow Lite model"]);
    here.refuse_model(b"\x89PNG\r\n\x1a\n", &["not a TensorFlow Lite model"]);
    here.refuse_model(&whole[..whole.len() - 1000], &["corrupt or truncated"]);
    // An unknown name of the custom operator makes it a valid file of another model.
    let name = b"Convolution2DTransposeBias";
    let at = whole.windows(name.len()).position(|window| window == name).unwrap();
    let mut other = whole.clone();
    other[at..at + name.len()].make_ascii_lowercase();
    here.refuse_model(&other, &["unsupported model", "does not end in a Convolution2DTransposeBias"]);
}

#[test]
fn evaluations_that_cannot_start() {
    let here = Workplace::new();
    let astronaut = fs::read(here.path("astronaut.png")).unwrap();
    here.write("images/a.png", &astronaut);
    here.write("masks/a.png", &astronaut);
    fs::create_dir(here.path("empty")).unwrap();
    for (arguments, parts) in [
        (&["images"][..], &["<MASKS>"][..]),
        (&["images", "absent"], &["absent", "cannot be read"]),
        (&["images", "empty"], &["empty", "no images"]),
        (&["images", "masks", "--sheet", "s.jpg"], &["s.jpg", ".png"]),
        (&["images", "masks", "--sheet", "masks/a.png"], &["masks/a.png", "overwrite"]),
        (&["images", "masks", "--json", "r", "--markdown", "./r"], &["./r", "two outputs"]),
        (&["images", "masks", "--model", "segm"], &["segm", "segm_lite_v681"]),
    ] {
        here.fail(INPUT, &[&["evaluate"], arguments].concat(), parts);
    }
}

#[test]
fn comparisons_that_cannot_start() {
    let here = Workplace::new();
    let astronaut = fs::read(here.path("astronaut.png")).unwrap();
    for name in ["a/x.png", "b/x.png", "b/x.jpg"] {
        here.write(name, &astronaut);
    }
    fs::create_dir(here.path("empty")).unwrap();
    for (arguments, parts) in [
        (&["a/x.png"][..], &["<B>"][..]),
        (&["a/x.png", "absent.png"], &["absent.png", "cannot be read"]),
        (&["a", "absent"], &["absent", "cannot be read"]),
        (&["a/x.png", "b"], &["a/x.png", "two folders"]),
        (&["a", "empty"], &["empty", "no images"]),
        (&["a/x.png", "b/x.png", "--map", "m.jpg"], &["m.jpg", ".png"]),
        (&["a/x.png", "b/x.png", "--map", "./b/x.png"], &["./b/x.png", "overwrite"]),
        (&["a", "b", "--map", "a"], &["a/x.png", "overwrite"]),
        (&["a", "b", "--map", "m"], &["m/x.png", "a/x.jpg", "a/x.png"]),
        (&["a/x.png", "b/x.png", "--max-flip", "2"], &["2", "0 to 1"]),
        (&["a/x.png", "b/x.png", "--pixels-per-degree", "0"], &["0", "1 to 1000"]),
    ] {
        here.fail(INPUT, &[&["compare"], arguments].concat(), parts);
    }
    here.write("text.png", "not an image");
    here.fail(INPUT, &["compare", "a/x.png", "text.png"], &["text.png", "not an image"]);
    here.fail(WORK, &["compare", "a/x.png", "a/x.png", "--map", "text.png/m.png"], &["text.png/m.png"]);
}

/// The loaders of Vulkan and EGL find their drivers by these variables.
#[test]
#[cfg(target_os = "linux")]
fn a_machine_without_a_gpu() {
    let here = Workplace::new();
    let mut command = here.command(&["segment", "astronaut.png", "--mask", "m.png"]);
    for variable in ["VK_DRIVER_FILES", "VK_ICD_FILENAMES", "__EGL_VENDOR_LIBRARY_FILENAMES"] {
        command.env(variable, "/dev/null");
    }
    fail(&mut command, WORK, &["no GPU adapter", "--backend cpu"]);
}

#[test]
fn results_that_cannot_be_written() {
    let here = Workplace::new();
    here.write("file", "");
    here.write("folder/astronaut.jpg", fs::read(here.path("astronaut.png")).unwrap());
    here.write("portrait.png", fs::read(here.path("astronaut.png")).unwrap());
    for (arguments, parts) in [
        (&["astronaut.png", "--mask", "m.jpg"][..], &["m.jpg", ".png"][..]),
        (&["astronaut.png", "--output", "o.gif"], &["o.gif", ".webp"]),
        (&["astronaut.png", "--output", "o.jpg", "--effect", "transparent"], &["o.jpg", "no transparency"]),
        (&["astronaut.png", "--output", "r.png", "--mask", "./r.png"], &["r.png", "different names"]),
        (&["astronaut.png", "--output", "./astronaut.png"], &["astronaut.png", "overwrite"]),
        (&["astronaut.png", "portrait.png", "--mask", "file"], &["file", "folder"]),
        (
            &["astronaut.png", "folder", "--mask", "masks"],
            &["masks", "folder/astronaut.jpg", "astronaut.png"],
        ),
        (&["astronaut.png", "portrait.png", "--output", "."], &["overwrite"]),
    ] {
        here.fail(INPUT, &[&["segment"], arguments].concat(), parts);
    }
    let under_a_file = ["segment", "astronaut.png", "--mask", "file/m.png", "--backend", "cpu"];
    here.fail(WORK, &under_a_file, &["file/m.png", "cannot be written"]);
    assert!(!here.path("masks").exists(), "nothing was created before the arguments were checked");
}
