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
    complain,
    jobs::{self, Job},
    models, network, pictures,
    progress::{self, milliseconds},
    write_stdout,
};

/// What was done, as `--json` prints it. Times are wall-clock milliseconds.
#[derive(Serialize)]
struct Report {
    model: PathBuf,
    mask_size: [u32; 2],
    backend: String,
    /// Getting the backend and the network ready.
    setup_ms: f64,
    pictures: Vec<PictureReport>,
}

#[derive(Serialize)]
struct PictureReport {
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
    /// Preprocessing, inference and the way back to memory, for the mask.
    mask: Option<f64>,
    /// The stages on the way to the output, each until its work was completed.
    preprocess: Option<f64>,
    inference: Option<f64>,
    refine: Option<f64>,
    composite: Option<f64>,
    total: f64,
}

/// Runs `cyclorama segment`.
///
/// # Errors
/// Whatever stops the command before the first picture; the only picture's error; or [`Error::SomeFailed`], after each
/// picture's error was printed.
pub(crate) fn run(arguments: &SegmentArguments) -> Result<(), Error> {
    let jobs = jobs::plan(arguments)?;
    let layout =
        Layout { fit: arguments.fit.into(), position: arguments.position.0, mirror: arguments.mirror };
    let background = arguments.effect.background(layout)?;
    let model = models::locate(&arguments.network.model, &arguments.network.folder)?;

    let start = Instant::now();
    let (mut stills, backend) = network::prepare(&model, arguments.network.backend)?;
    stills
        .set_blending(Blending {
            light_wrap: arguments.light_wrap,
            match_brightness: arguments.match_brightness,
        })
        .expect("the strength was checked when it was read");
    stills.set_matting(MattingOptions { refinement: arguments.refine.into(), ..MattingOptions::default() });
    let Size { width, height } = stills.mask_size();
    let mut report = Report {
        model,
        mask_size: [width, height],
        backend,
        setup_ms: milliseconds(start.elapsed()),
        pictures: Vec::with_capacity(jobs.len()),
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
        report.pictures.push(PictureReport { source: job.source, outcome });
        progress.inc(1);
    }
    progress.finish_and_clear();

    let total = report.pictures.len();
    write_stdout(&if arguments.json { json(&report) } else { lines(&report) })?;
    match failures.len() {
        0 => Ok(()),
        1 if total == 1 => Err(failures.remove(0)),
        failed => {
            failures.iter().for_each(complain);
            Err(Error::SomeFailed { failed, total })
        }
    }
}

/// Reads one picture and writes what was asked of it.
fn process(stills: &mut Stills, job: &Job, background: &Background) -> Result<Done, Error> {
    let failed = |source: EngineError| Error::Process { path: job.source.clone(), source };
    let start = Instant::now();
    let picture = pictures::read(&job.source)?;
    let read = start.elapsed();

    let mut mask_time = None;
    if let Some(path) = &job.mask {
        let start = Instant::now();
        let probability = pollster::block_on(stills.probability(&picture)).map_err(failed)?;
        mask_time = Some(milliseconds(start.elapsed()));
        pictures::write_mask(path, &probability, stills.mask_size())?;
    }
    let mut stages = None;
    if let Some((path, format)) = &job.output {
        let (output, times) =
            pollster::block_on(stills.composite(&picture, background, None)).map_err(failed)?;
        stages = Some(times);
        pictures::write(path, *format, output)?;
    }

    let Size { width, height } = picture.size();
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

/// A line for each picture that was done.
fn lines(report: &Report) -> String {
    let [width, height] = report.mask_size;
    let line = |picture: &PictureReport| {
        let Outcome::Done(done) = &picture.outcome else { return None };
        let mask = done.mask.as_ref().map(|path| format!(", mask {} ({width}x{height})", path.display()));
        let output = done.output.as_ref().map(|path| format!(", output {}", path.display()));
        Some(format!(
            "{} ({}x{}){}{}, {:.0} ms\n",
            picture.source.display(),
            done.width,
            done.height,
            mask.unwrap_or_default(),
            output.unwrap_or_default(),
            done.times_ms.total,
        ))
    };
    report.pictures.iter().filter_map(line).collect()
}
