//! Short runs of the benchmark on every backend.

use std::fs;

use cyclorama_testing::model;
use image::{Rgb, RgbImage};
use serde_json::Value;

use crate::workplace::Workplace;

const MODEL: &str = "selfie_segmentation_landscape";
/// The stages of every backend. Import and output are part of some.
const STAGES: [&str; 4] = ["preprocess", "inference", "refine", "composite"];

/// The report of a run.
fn report(here: &Workplace, arguments: &[&str]) -> Value {
    let quick = ["bench", "--json", "--rounds", "2", "--frames", "2", "--warm-up", "0"];
    serde_json::from_str(&here.succeed(&[&quick, arguments].concat())).unwrap()
}

fn rows(report: &Value) -> &[Value] {
    report["rows"].as_array().unwrap()
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value} is not a number"))
}

/// Checks that statistics of `n` values are consistent, and returns the median.
#[track_caller]
fn median(figure: &Value, clocks: &[&str], n: u64) -> f64 {
    assert!(
        clocks.contains(&figure["clock"].as_str().unwrap()),
        "the clock of {figure} is not one of {clocks:?}"
    );
    assert_eq!(figure["n"], n, "{figure}");
    let [min, p5, median, p95, mad] = ["min", "p5", "median", "p95", "mad"].map(|key| number(&figure[key]));
    assert!(0.0 < min && min <= p5 && p5 <= median && median <= p95, "{figure}");
    assert!(0.0 <= mad && mad <= (p95 - min).max(median - min), "{figure}");
    median
}

#[test]
fn statistics_are_consistent_on_cpu_and_on_gpu() {
    let here = Workplace::new();
    let report = report(&here, &["--model", MODEL, "--precision", "f32", "--input", "160x90"]);
    assert_eq!(report["schema"], "cyclorama-benchmark/1");
    assert_eq!(report["by"], "native");
    assert_eq!(report["source"]["kind"], "synthetic");
    assert_eq!(report["settings"]["framesPerRound"], 2);
    assert!(report["date"].as_str().unwrap().ends_with('Z'));
    assert!(report["machine"]["cores"].as_u64().unwrap() > 0);
    assert!(report["machine"]["adapter"]["software"].is_boolean());
    for peak in ["memoryCopy", "multiplyAdds"] {
        median(&report["machine"][peak], &["cpu"], 2);
    }

    let found: Vec<_> = rows(&report)
        .iter()
        .map(|row| {
            (row["backend"].as_str().unwrap(), row["refinement"].as_str().unwrap(), row["format"].as_str())
        })
        .collect();
    let expected = [
        ("wgpu", "guided", None),
        ("wgpu", "none", None),
        ("cpu", "guided", Some("i420")),
        ("cpu", "guided", Some("rgba")),
        ("cpu", "none", Some("i420")),
        ("cpu", "none", Some("rgba")),
        ("cpu+wgpu", "guided", None),
        ("cpu+wgpu", "none", None),
    ];
    assert_eq!(found, expected);
    for row in rows(&report) {
        assert_eq!(row["error"], Value::Null, "{row}");
        assert_eq!((&row["model"], &row["precision"]), (&MODEL.into(), &"f32".into()));
        assert_eq!((&row["modelSize"], &row["input"]), (&vec![256, 144].into(), &vec![160, 90].into()));
        let on_gpu = row["backend"] == "wgpu";
        let clocks: &[&str] = if on_gpu { &["gpu", "completed"] } else { &["cpu"] };
        let stage = |name: &str| &row["stages"][name][if on_gpu { "gpu" } else { "cpu" }];
        let ranges = &row["ranges"];
        let inference = median(&ranges["inference"], clocks, 4);
        let segmentation = median(&ranges["segmentation"], clocks, 4);
        let frame = median(&ranges["frame"], &["completed"], 4);
        assert_eq!(ranges["inference"], *stage("inference"), "(a) is the stage's time");
        assert!(segmentation > inference, "{row}");
        if !on_gpu {
            // All from the same frames, on one thread.
            assert!(frame > number(&ranges["segmentation"]["min"]), "{row}");
        }
        // A frame is submitted stage by stage, so no stage can take longer than the frame.
        let slowest = number(&ranges["frame"]["p95"]);
        for name in STAGES {
            let cpu = &row["stages"][name]["cpu"];
            assert!(number(&cpu["min"]) <= slowest, "{name}: {row}");
        }
        if row["backend"] == "cpu" {
            for name in ["import", "output"] {
                median(&row["stages"][name]["cpu"], &["cpu"], 4);
            }
        }
        median(&row["framesPerSecond"], &["completed"], 2);
    }
}

#[test]
fn the_clock_can_be_chosen_on_gpu() {
    let here = Workplace::new();
    let arguments = ["--model", MODEL, "--backend", "wgpu", "--refine", "none", "--input", "64x36"];
    for clock in ["gpu", "completed"] {
        let report = report(&here, &[&arguments[..], &["--clock", clock]].concat());
        if clock == "gpu" && report["machine"]["adapter"]["timestamps"] == false {
            continue;
        }
        let both = report["machine"]["adapter"]["f16"] == true;
        assert_eq!(
            rows(&report).len(),
            if both { 2 } else { 1 },
            "float16 weights if the adapter supports them"
        );
        for row in rows(&report) {
            median(&row["ranges"]["segmentation"], &[clock], 4);
            median(&row["stages"]["composite"]["gpu"], &[clock], 4);
            median(&row["stages"]["composite"]["cpu"], &["cpu"], 4);
        }
    }
}

#[test]
fn custom_images_models_and_sizes() {
    let here = Workplace::new();
    RgbImage::from_pixel(300, 200, Rgb([90, 120, 200])).save(here.path("sky.png")).unwrap();
    here.write("mine.tflite", model("selfie_segmentation"));
    let arguments = ["sky.png", "--model", "mine.tflite", "--backend", "cpu", "--refine", "none"];
    let report = report(&here, &[&arguments[..], &["--format", "rgba", "--input", "64x48,48p"]].concat());
    assert_eq!(report["source"], serde_json::json!({ "kind": "file", "name": "sky.png, moving" }));
    assert_eq!(report["machine"]["adapter"], Value::Null, "no GPU was requested");
    let inputs: Vec<_> = rows(&report).iter().map(|row| row["input"].clone()).collect();
    assert_eq!(inputs, [vec![64, 48], vec![85, 48]].map(Value::from));
    assert_eq!(rows(&report)[0]["model"], "mine");
    assert_eq!(rows(&report)[0]["modelSize"], Value::from(vec![256, 256]));
}

#[test]
fn a_failed_configuration_is_reported_with_its_error() {
    let here = Workplace::new();
    here.write("other.tflite", "not a model");
    let models = format!("other.tflite,{MODEL}");
    let arguments =
        ["bench", "--json", "--rounds", "1", "--frames", "1", "--backend", "cpu", "--input", "64x36"];
    let chosen = ["--model", &models, "--refine", "none", "--format", "i420"];
    let output = here.run(&[&arguments[..], &chosen].concat());
    assert!(output.status.success(), "one of two could be measured");
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let [failed, measured] = rows(&report) else { panic!("{report}") };
    assert!(failed["error"].as_str().unwrap().contains("not a TensorFlow Lite model"), "{failed}");
    assert_eq!((&failed["ranges"], &failed["stages"]), (&serde_json::json!({}), &serde_json::json!({})));
    assert!(measured["ranges"]["inference"].is_object() && measured["error"].is_null());
    assert!(String::from_utf8_lossy(&output.stderr).contains("failed: other, cpu"));

    let output = here.run(&[&arguments[..], &["--model", "other.tflite"]].concat());
    assert_eq!(output.status.code(), Some(1), "nothing could be measured");
    assert!(String::from_utf8_lossy(&output.stderr).contains("error: nothing could be measured"));
}

#[test]
fn a_machine_without_a_gpu_measures_the_cpu() {
    let here = Workplace::new();
    let mut command = here.command(&[
        "bench", "--json", "--rounds", "1", "--frames", "1", "--model", MODEL, "--refine", "none", "--input",
        "64x36",
    ]);
    for variable in ["VK_DRIVER_FILES", "VK_ICD_FILENAMES", "__EGL_VENDOR_LIBRARY_FILENAMES"] {
        command.env(variable, "/dev/null");
    }
    let output = command.output().unwrap();
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let failed = |row: &Value| row["error"].as_str().is_some_and(|error| error.contains("no GPU adapter"));
    let found: Vec<_> = rows(&report).iter().map(failed).collect();
    // Vulkan and EGL take their drivers from these variables on Linux alone.
    if cfg!(target_os = "linux") {
        assert_eq!(found, [true, false, false, true]);
        assert!(output.status.success());
    }
}

#[test]
fn the_table_has_a_line_for_each_configuration() {
    let here = Workplace::new();
    let arguments =
        ["bench", "--rounds", "1", "--frames", "1", "--backend", "cpu", "--model", MODEL, "--input", "64x36"];
    let text = here.succeed(&arguments);
    assert_eq!(text.lines().filter(|line| line.starts_with(MODEL)).count(), 4, "{text}");
    for part in
        ["(a)", "(b)", "(c)", "FRAMES/S", "OUTPUT", "64x36 i420", "guided", "none", "cores", "GFLOP/s"]
    {
        assert!(text.contains(part), "{part} in {text}");
    }
}

#[test]
fn help_lists_the_options() {
    let here = Workplace::new();
    let help = here.succeed(&["bench", "--help"]);
    for part in [
        "--model",
        "--backend",
        "cpu+wgpu",
        "--precision",
        "--refine",
        "--input",
        "--format",
        "--rounds",
        "--json",
    ] {
        assert!(help.contains(part), "{part} in {help}");
    }
    assert!(fs::read_dir(here.path(".")).unwrap().count() == 1, "nothing was written");
}
