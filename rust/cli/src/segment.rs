//! `cyclorama segment`.

use std::{
    path::PathBuf,
    time::{Duration, Instant},
};

use cyclorama_engine::{
    EngineError, StageTimings, Stills,
    effects::{Background, Blending, Layout, MattingOptions, Size},
};
use serde::Serialize;

use crate::{
    Error,
    arguments::SegmentArguments,
    images,
    jobs::{self, Job},
    models, print_error,
    progress::{self, milliseconds},
    write_stdout,
};

/// The results, as `--json` prints them. Timings are wall-clock milliseconds.
#[derive(Serialize)]
struct Report {
    model: PathBuf,
    mask_size: [u32; 2],
    backend: String,
    /// Preparing the backend and the model.
    setup_ms: f64,
    images: Vec<ImageReport>,
}

#[derive(Serialize)]
struct ImageReport {
    source: PathBuf,
    #[serde(flatten)]
    outcome: Outcome,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Outcome {
    Done(Done),
    Failed { error: String },
}

#[derive(Serialize)]
struct Done {
    width: u32,
    height: u32,
    mask: Option<PathBuf>,
    output: Option<PathBuf>,
    times_ms: Times,
}

#[derive(Serialize)]
struct Times {
    read: f64,
    /// Preprocessing, inference and readback of the mask.
    mask: Option<f64>,
    /// The stages of the output, each until its work completed.
    preprocess: Option<f64>,
    inference: Option<f64>,
    refine: Option<f64>,
    composite: Option<f64>,
    total: f64,
}

/// Runs `cyclorama segment`.
///
/// # Errors
/// An error before the first image, the error of the only image, or [`Error::SomeFailed`] after printing the error of each
/// image.
pub(crate) fn run(arguments: &SegmentArguments) -> Result<(), Error> {
    let jobs = jobs::plan(arguments)?;
    let layout =
        Layout { fit: arguments.fit.into(), position: arguments.position.0, mirror: arguments.mirror };
    let background = arguments.effect.background(layout)?;
    let model = models::locate(&arguments.model.name, &arguments.model.folder)?;

    let start = Instant::now();
    let (mut stills, backend) = models::load(&model, arguments.model.backend)?;
    stills
        .set_blending(Blending {
            light_wrap: arguments.light_wrap,
            match_brightness: arguments.match_brightness,
        })
        .expect("the strength was checked by the parser");
    stills.set_matting(MattingOptions { refinement: arguments.refine.into(), ..MattingOptions::default() });
    let Size { width, height } = stills.mask_size();
    let mut report = Report {
        model,
        mask_size: [width, height],
        backend,
        setup_ms: milliseconds(start.elapsed()),
        images: Vec::with_capacity(jobs.len()),
    };

    let progress = progress::bar(jobs.len());
    let mut failures = Vec::new();
    for job in jobs {
        let outcome = match process(&mut stills, &job, &background) {
            Ok(done) => Outcome::Done(done),
            Err(error) => {
                let outcome = Outcome::Failed { error: error.to_string() };
                failures.push(error);
                outcome
            }
        };
        report.images.push(ImageReport { source: job.source, outcome });
        progress.inc(1);
    }
    progress.finish_and_clear();

    let total = report.images.len();
    write_stdout(&if arguments.json { json(&report) } else { lines(&report) })?;
    match failures.len() {
        0 => Ok(()),
        1 if total == 1 => Err(failures.remove(0)),
        failed => {
            failures.iter().for_each(print_error);
            Err(Error::SomeFailed { failed, total })
        }
    }
}

/// Reads one image and writes its outputs.
fn process(stills: &mut Stills, job: &Job, background: &Background) -> Result<Done, Error> {
    let failed = |source: EngineError| Error::Process { path: job.source.clone(), source };
    let start = Instant::now();
    let image = images::read(&job.source)?;
    let read = start.elapsed();

    let mut mask_time = None;
    if let Some(path) = &job.mask {
        let start = Instant::now();
        let probability = pollster::block_on(stills.probability(&image)).map_err(failed)?;
        mask_time = Some(milliseconds(start.elapsed()));
        images::write_mask(path, &probability, stills.mask_size())?;
    }
    let mut stages = None;
    if let Some((path, format)) = &job.output {
        let (output, times) =
            pollster::block_on(stills.composite(&image, background, None)).map_err(failed)?;
        stages = Some(times);
        images::write(path, *format, output)?;
    }

    let Size { width, height } = image.size();
    let stage = |pick: fn(StageTimings) -> Duration| stages.map(pick).map(milliseconds);
    Ok(Done {
        width,
        height,
        mask: job.mask.clone(),
        output: job.output.as_ref().map(|(path, _)| path.clone()),
        times_ms: Times {
            read: milliseconds(read),
            mask: mask_time,
            preprocess: stage(|times| times.preprocess),
            inference: stage(|times| times.inference),
            refine: stage(|times| times.refine),
            composite: stage(|times| times.composite),
            total: milliseconds(start.elapsed()),
        },
    })
}

fn json(report: &Report) -> String {
    format!("{:#}\n", serde_json::json!(report))
}

/// A line for each processed image.
fn lines(report: &Report) -> String {
    let [width, height] = report.mask_size;
    let line = |image: &ImageReport| {
        let Outcome::Done(done) = &image.outcome else { return None };
        let mask = done.mask.as_ref().map(|path| format!(", mask {} ({width}x{height})", path.display()));
        let output = done.output.as_ref().map(|path| format!(", output {}", path.display()));
        Some(format!(
            "{} ({}x{}){}{}, {:.0} ms\n",
            image.source.display(),
            done.width,
            done.height,
            mask.unwrap_or_default(),
            output.unwrap_or_default(),
            done.times_ms.total,
        ))
    };
    report.images.iter().filter_map(line).collect()
}
