//! `cyclorama bench`.

mod clip;
mod contender;
mod figure;
mod gpus;
mod machine;
mod on_cpu;
mod peaks;
mod report;

use std::{fs, path::PathBuf, time::Instant};

use clap::ValueEnum;
use clip::Clip;
use contender::Contender;
use cyclorama_engine::{EngineError, effects::Size};
use gpus::Gpus;
use machine::Machine;
use peaks::Peaks;
use report::{Report, Row, Samples, Settings, Source};

use crate::{
    Error,
    arguments::{BenchArguments, BenchBackend, FrameFormat, InputSize, PrecisionName, RefinementName},
    models, progress, write_stdout,
};

/// A model that was read.
struct Model {
    name: String,
    bytes: Vec<u8>,
}

/// A model to prepare on a backend at a precision.
#[derive(Clone, Copy)]
struct Entry<'a> {
    model: &'a Model,
    backend: BenchBackend,
    precision: PrecisionName,
}

/// One row of the report: its contender, its frames and its samples.
struct Configuration {
    contender: usize,
    clip: usize,
    refinement: RefinementName,
    format: FrameFormat,
    samples: Samples,
    row: Row,
}

/// Runs `cyclorama bench`.
///
/// # Errors
/// An error before the first round, or [`Error::NothingMeasured`].
pub(crate) fn run(arguments: &BenchArguments) -> Result<(), Error> {
    let models = read_models(arguments)?;
    let (image, name) = clip::image(arguments.image.as_deref())?;
    let clips: Vec<Clip> = arguments.input.iter().map(|InputSize(size)| Clip::new(&image, *size)).collect();
    let source = Source { kind: if arguments.image.is_some() { "file" } else { "synthetic" }, name };
    let settings =
        Settings { rounds: arguments.rounds, frames_per_round: arguments.frames, warm_up: arguments.warm_up };

    let gpus = Gpus::request(arguments);
    let mut contenders = prepare_all(arguments, &models, &gpus);
    let mut configurations = configurations(arguments, &contenders, &clips);
    let mut peaks = Peaks::default();
    let total = arguments.rounds as usize * configurations.len();
    let measuring = progress::bar_of(total, "turns");
    for round in 0..arguments.rounds as usize {
        peaks.measure();
        for turn in 0..configurations.len() {
            // The order rotates, so that no configuration always follows the same one.
            let index = (turn + round) % configurations.len();
            let configuration = &mut configurations[index];
            if let (Ok(contender), None) =
                (&mut contenders[configuration.contender].1, &configuration.row.error)
            {
                let before = 1 + if round == 0 { arguments.warm_up } else { 0 };
                let clip = &clips[configuration.clip];
                if let Err(error) = configuration.take_turn(contender, clip, before, arguments) {
                    configuration.row.error = Some(error.to_string());
                }
            }
            measuring.inc(1);
        }
    }
    measuring.finish_and_clear();

    let rows = configurations.into_iter().map(Configuration::finish).collect();
    let machine = Machine::here(gpus.any().ok(), &peaks);
    conclude(&Report::new(machine, source, settings, rows), arguments.json)
}

/// Prints the report, and failures on standard error.
fn conclude(report: &Report, json: bool) -> Result<(), Error> {
    write_stdout(&if json { report.json() } else { report.text() })?;
    for row in &report.rows {
        if let Some(error) = &row.error {
            eprintln!("failed: {}: {error}", row.title());
        }
    }
    if report.rows.iter().all(|row| row.error.is_some()) {
        return Err(Error::NothingMeasured(report.rows.len()));
    }
    Ok(())
}

/// The requested models, or all available ones.
fn read_models(arguments: &BenchArguments) -> Result<Vec<Model>, Error> {
    let paths: Vec<(String, PathBuf)> = if arguments.model.is_empty() {
        models::all_here(&arguments.folder)?
    } else {
        let found = |model: &String| Ok((models::name_of(model), models::locate(model, &arguments.folder)?));
        arguments.model.iter().map(found).collect::<Result<_, Error>>()?
    };
    let read = |(name, path): (String, PathBuf)| {
        if path.is_dir() {
            return Err(Error::NotAFile { path });
        }
        let bytes = fs::read(&path).map_err(|source| Error::Read { path, source })?;
        Ok(Model { name, bytes })
    };
    paths.into_iter().map(read).collect()
}

/// Prepares every model on every backend. One precision is enough if the weights are not on the GPU or do not differ.
fn prepare_all<'a>(
    arguments: &BenchArguments,
    models: &'a [Model],
    gpus: &Gpus,
) -> Vec<(Entry<'a>, Result<Contender, String>)> {
    let chosen = !arguments.precision.is_empty();
    let on_gpu = if chosen { &arguments.precision } else { gpus.precisions() };
    let mut entries = Vec::new();
    for model in models {
        for &backend in &arguments.backend {
            let precisions = if backend == BenchBackend::Wgpu { on_gpu } else { &[PrecisionName::F32] };
            entries.extend(precisions.iter().map(|&precision| Entry { model, backend, precision }));
        }
    }
    let progress = progress::bar_of(entries.len(), "models prepared");
    let ready = entries.into_iter().filter_map(|entry| {
        let contender = prepare(entry, gpus);
        progress.inc(1);
        let half = contender.as_ref().is_ok_and(Contender::has_half_weights);
        match entry.precision {
            PrecisionName::F16 if contender.is_ok() && !half => chosen.then(|| {
                (
                    entry,
                    Err("this file has weights that float16 would change: omit --precision f16".to_owned()),
                )
            }),
            _ => Some((entry, contender)),
        }
    });
    let ready = ready.collect();
    progress.finish_and_clear();
    ready
}

fn prepare(Entry { model, backend, precision }: Entry<'_>, gpus: &Gpus) -> Result<Contender, String> {
    let contender = match backend {
        BenchBackend::Wgpu => Contender::on_wgpu(gpus.with(precision)?, &model.bytes),
        BenchBackend::Cpu => Contender::on_cpu(&model.bytes),
        BenchBackend::CpuAndWgpu => Contender::on_cpu_and_wgpu(gpus.any()?, &model.bytes),
    };
    contender.map_err(|error| error.to_string())
}

/// A row for every combination, in the order of the report.
fn configurations(
    arguments: &BenchArguments,
    contenders: &[(Entry<'_>, Result<Contender, String>)],
    clips: &[Clip],
) -> Vec<Configuration> {
    let mut configurations = Vec::new();
    for (contender, (Entry { model, backend, precision }, ready)) in contenders.iter().enumerate() {
        let names = [model.name.clone(), name_of(backend), name_of(precision)];
        // GPUs take RGBA alone.
        let on_cpu = *backend == BenchBackend::Cpu;
        let formats = if on_cpu { &arguments.format[..] } else { &[FrameFormat::Rgba] };
        for (&refinement, &format) in
            arguments.refine.iter().flat_map(|refine| formats.iter().map(move |format| (refine, format)))
        {
            for (clip, Clip { size, .. }) in clips.iter().enumerate() {
                let format_name = on_cpu.then(|| name_of(&format));
                let mut row =
                    Row::new(names.clone(), name_of(&refinement), format_name, [size.width, size.height]);
                match ready {
                    Ok(ready) => {
                        let Size { width, height } = ready.model_size();
                        row.model_size = Some([width, height]);
                    }
                    Err(error) => row.error = Some(error.clone()),
                }
                let samples = Samples::default();
                configurations.push(Configuration { contender, clip, refinement, format, samples, row });
            }
        }
    }
    configurations
}

impl Configuration {
    /// Measures the frames of one round, after `before` unmeasured frames that create the resources for the size.
    fn take_turn(
        &mut self,
        contender: &mut Contender,
        clip: &Clip,
        before: u32,
        arguments: &BenchArguments,
    ) -> Result<(), EngineError> {
        let frames = arguments.frames;
        contender.begin(self.refinement.into(), clip.size, self.format)?;
        let mut clip_frames = (0..).map(|number| clip.frame(number));
        let mut next = || clip_frames.next().expect("the clip is endless");
        for _ in 0..before {
            contender.frame(next())?;
        }
        for _ in 0..frames {
            self.samples.push(contender.frame(next())?);
        }
        for _ in 0..frames {
            self.samples.extend(contender.frame_by_stages(next(), arguments.clock)?);
        }
        let start = Instant::now();
        for _ in 0..frames {
            contender.submit(next())?;
        }
        contender.complete()?;
        self.samples.frames_per_second.push(f64::from(frames) / start.elapsed().as_secs_f64());
        Ok(())
    }

    /// The row with its statistics, which a failed configuration lacks.
    fn finish(self) -> Row {
        let Self { samples, mut row, .. } = self;
        if row.error.is_none() {
            row.fill(&samples);
        }
        row
    }
}

/// The name of a value on the command line.
fn name_of(value: &impl ValueEnum) -> String {
    value.to_possible_value().expect("every value has a name").get_name().to_owned()
}
