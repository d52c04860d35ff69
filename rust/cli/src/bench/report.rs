//! The report, in the schema `cyclorama-benchmark/1`, which the benchmark page also writes.

use std::{
    collections::BTreeMap,
    time::{Duration, SystemTime},
};

use serde::Serialize;

use super::{
    contender::{FrameTimes, Stage},
    figure::{Clock, Figure},
    machine::Machine,
};
use crate::table;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Report {
    schema: &'static str,
    date: String,
    cyclorama: &'static str,
    by: &'static str,
    pub machine: Machine,
    pub source: Source,
    pub settings: Settings,
    pub rows: Vec<Row>,
}

#[derive(Serialize)]
pub(crate) struct Source {
    pub kind: &'static str,
    pub name: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Settings {
    pub rounds: u32,
    pub frames_per_round: u32,
    pub warm_up: u32,
}

/// One configuration and its statistics.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Row {
    system: &'static str,
    version: &'static str,
    pub model: String,
    /// Width and height of the model's input, if it could be imported.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model_size: Option<[u32; 2]>,
    pub backend: String,
    pub precision: String,
    pub refinement: String,
    /// The format of the frames in memory, where there is a choice.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub format: Option<String>,
    /// Width and height of the frames.
    pub input: [u32; 2],
    pub stages: BTreeMap<Stage, StageFigures>,
    pub ranges: Ranges,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub frames_per_second: Option<Figure>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

#[derive(Clone, Copy, Default, Serialize)]
pub(crate) struct StageFigures {
    /// The time of the calling thread.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cpu: Option<Figure>,
    /// The time on the GPU, or until the GPU had completed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gpu: Option<Figure>,
}

impl StageFigures {
    /// The time on the GPU if known, otherwise on the CPU.
    fn main(&self) -> Option<Figure> {
        self.gpu.or(self.cpu)
    }
}

/// The three ranges that publications commonly report.
#[derive(Clone, Copy, Default, Serialize)]
pub(crate) struct Ranges {
    /// (a): the model alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub inference: Option<Figure>,
    /// (b): from the frame to its mask, without readback.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub segmentation: Option<Figure>,
    /// (c): from the frame in memory to the completed output.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub frame: Option<Figure>,
}

/// All measurements of a configuration.
#[derive(Default)]
pub(crate) struct Samples {
    frames: Vec<FrameTimes>,
    /// The frame rate of each round.
    pub frames_per_second: Vec<f64>,
}

impl Samples {
    pub(crate) fn push(&mut self, frame: FrameTimes) {
        self.frames.push(frame);
    }

    pub(crate) fn extend(&mut self, frames: impl IntoIterator<Item = FrameTimes>) {
        self.frames.extend(frames);
    }

    pub(crate) fn stages(&self) -> BTreeMap<Stage, StageFigures> {
        let mut times: BTreeMap<(Stage, Clock), Vec<f64>> = BTreeMap::new();
        for &(stage, clock, time) in self.frames.iter().flat_map(|frame| &frame.stages) {
            times.entry((stage, clock)).or_default().push(time);
        }
        let mut stages: BTreeMap<Stage, StageFigures> = BTreeMap::new();
        for ((stage, clock), times) in times {
            let figures = stages.entry(stage).or_default();
            let slot = if clock == Clock::Cpu { &mut figures.cpu } else { &mut figures.gpu };
            // GPU timestamps take precedence over the wall clock.
            *slot = slot.or(Figure::of(clock, &times));
        }
        stages
    }

    pub(crate) fn ranges(&self) -> Ranges {
        let stages = self.stages();
        let clock_of = |stage| stages.get(&stage).and_then(StageFigures::main).map(|figure| figure.clock);
        let inference = stages.get(&Stage::Inference).and_then(StageFigures::main);
        // The times of two stages are added only if they are from the same clock.
        let clock = clock_of(Stage::Inference).filter(|clock| clock_of(Stage::Preprocess) == Some(*clock));
        let segmentation = clock.and_then(|clock| {
            let time = |frame: &FrameTimes, wanted| {
                let found = frame.stages.iter().find(|(stage, by, _)| *stage == wanted && *by == clock);
                found.map(|(_, _, time)| *time)
            };
            let sums = self
                .frames
                .iter()
                .filter_map(|frame| Some(time(frame, Stage::Preprocess)? + time(frame, Stage::Inference)?));
            Figure::of(clock, &sums.collect::<Vec<_>>())
        });
        let whole: Vec<f64> = self.frames.iter().filter_map(|frame| frame.whole).collect();
        Ranges { inference, segmentation, frame: Figure::of(Clock::Completed, &whole) }
    }
}

impl Row {
    /// `names` are the names of the model, the backend and the precision.
    pub(crate) fn new(
        names: [String; 3],
        refinement: String,
        format: Option<String>,
        input: [u32; 2],
    ) -> Self {
        let [model, backend, precision] = names;
        Self {
            system: "cyclorama",
            version: env!("CARGO_PKG_VERSION"),
            model,
            model_size: None,
            backend,
            precision,
            refinement,
            format,
            input,
            stages: BTreeMap::new(),
            ranges: Ranges::default(),
            frames_per_second: None,
            error: None,
        }
    }

    /// Fills in the statistics of the samples.
    pub(crate) fn fill(&mut self, samples: &Samples) {
        self.stages = samples.stages();
        self.ranges = samples.ranges();
        self.frames_per_second = Figure::of(Clock::Completed, &samples.frames_per_second);
    }

    /// The name of the configuration in messages.
    pub(crate) fn title(&self) -> String {
        let [width, height] = self.input;
        let frame = self.format.as_deref().map_or(String::new(), |format| format!(" {format}"));
        let Self { model, backend, precision, refinement, .. } = self;
        format!("{model}, {backend}, {precision}, {refinement}, {width}x{height}{frame}")
    }
}

impl Report {
    pub(crate) fn new(machine: Machine, source: Source, settings: Settings, rows: Vec<Row>) -> Self {
        let now = SystemTime::now();
        let since_epoch = now.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        // Whole seconds are enough.
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(since_epoch.as_secs());
        Self {
            schema: "cyclorama-benchmark/1",
            date: humantime::format_rfc3339(now).to_string(),
            cyclorama: env!("CARGO_PKG_VERSION"),
            by: "native",
            machine,
            source,
            settings,
            rows,
        }
    }

    pub(crate) fn json(&self) -> String {
        let text = serde_json::to_string_pretty(self).expect("a report has string keys and finite numbers");
        format!("{text}\n")
    }

    /// The report as text: the machine, a table and a legend.
    pub(crate) fn text(&self) -> String {
        let Settings { rounds, frames_per_round, .. } = self.settings;
        let mut text = format!(
            "{}\n{rounds} rounds of {frames_per_round} frames, blurred background. Medians in milliseconds ± median absolute deviation\n\n",
            self.machine.describe()
        );
        let mut rows = vec![
            [
                "MODEL",
                "BACKEND",
                "WEIGHTS",
                "REFINEMENT",
                "INPUT",
                "IMPORT",
                "PREPROCESS",
                "INFERENCE",
                "REFINE",
                "COMPOSITE",
                "OUTPUT",
                "(a)",
                "(b)",
                "(c)",
                "FRAMES/S",
            ]
            .map(str::to_owned),
        ];
        rows.extend(self.rows.iter().filter(|row| row.error.is_none()).map(cells));
        text.push_str(&table::align(&rows));
        text.push_str(
            "\n(a) inference; (b) preprocess and inference; (c) the whole frame, from memory to the completed output\n\
             ᵍ GPU timestamps, ʷ wall clock until the GPU had completed, others CPU time\n",
        );
        text
    }
}

fn cells(row: &Row) -> [String; 15] {
    let [width, height] = row.input;
    let stage = |stage| cell(row.stages.get(&stage).and_then(StageFigures::main));
    [
        row.model.clone(),
        row.backend.clone(),
        row.precision.clone(),
        row.refinement.clone(),
        format!(
            "{width}x{height}{}",
            row.format.as_deref().map_or(String::new(), |format| format!(" {format}"))
        ),
        stage(Stage::Import),
        stage(Stage::Preprocess),
        stage(Stage::Inference),
        stage(Stage::Refine),
        stage(Stage::Composite),
        stage(Stage::Output),
        spread(row.ranges.inference),
        spread(row.ranges.segmentation),
        spread(row.ranges.frame),
        row.frames_per_second.map_or(String::new(), |figure| format!("{:.1}", figure.median)),
    ]
}

fn cell(figure: Option<Figure>) -> String {
    figure.map_or(String::new(), |figure| format!("{:.2}{}", figure.median, mark(figure.clock)))
}

fn spread(figure: Option<Figure>) -> String {
    figure.map_or(String::new(), |figure| {
        format!("{:.2}±{:.2}{}", figure.median, figure.mad, mark(figure.clock))
    })
}

fn mark(clock: Clock) -> &'static str {
    match clock {
        Clock::Cpu => "",
        Clock::Gpu => "ᵍ",
        Clock::Completed => "ʷ",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(preprocess: f64, inference: f64, clock: Clock) -> FrameTimes {
        let stages = vec![(Stage::Preprocess, clock, preprocess), (Stage::Inference, clock, inference)];
        FrameTimes { stages, whole: None }
    }

    #[test]
    fn gpu_timestamps_precede_waits_and_waits_precede_cpu_times() {
        let mut samples = Samples::default();
        samples.push(frame(1.0, 2.0, Clock::Cpu));
        assert_eq!(samples.ranges().inference.unwrap().clock, Clock::Cpu);
        samples.push(frame(10.0, 20.0, Clock::Completed));
        assert_eq!(samples.ranges().segmentation.unwrap().median, 30.0);
        samples.push(frame(3.0, 4.0, Clock::Gpu));
        let ranges = samples.ranges();
        assert_eq!((ranges.inference.unwrap().median, ranges.segmentation.unwrap().median), (4.0, 7.0));
        let stage = samples.stages()[&Stage::Inference];
        assert_eq!((stage.cpu.unwrap().median, stage.gpu.unwrap().clock), (2.0, Clock::Gpu));
    }

    #[test]
    fn times_of_different_clocks_are_not_added() {
        let mut samples = Samples::default();
        let stages = vec![(Stage::Preprocess, Clock::Cpu, 1.0), (Stage::Inference, Clock::Gpu, 2.0)];
        samples.push(FrameTimes { stages, whole: Some(9.0) });
        let ranges = samples.ranges();
        assert_eq!(ranges.segmentation, None);
        assert_eq!((ranges.inference.unwrap().median, ranges.frame.unwrap().median), (2.0, 9.0));
    }
}
