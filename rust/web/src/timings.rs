//! The times of frames, as objects for JavaScript.

use std::time::Duration;

use cyclorama_engine::{GpuTimes, StageTimings};
use js_sys::Object;
use wasm_bindgen::JsValue;

use crate::javascript::object;

/// The time of a stage until its work was recorded, and until it was completed.
pub(crate) struct StageTime {
    pub(crate) cpu: Duration,
    pub(crate) completed: Duration,
}

/// The times of one frame, by both clocks.
pub(crate) struct FrameTimings {
    pub(crate) import: StageTime,
    /// The stages of the segmentation, without the composite.
    pub(crate) segment_cpu: StageTimings,
    /// The same until the GPU completed them.
    pub(crate) segment_completed: StageTimings,
    pub(crate) composite: Duration,
    pub(crate) output: StageTime,
    /// The whole frame, including the time between its stages.
    pub(crate) total: Duration,
}

impl FrameTimings {
    /// The objects `cpu` and `completed`.
    pub(crate) fn objects(self) -> (Object, Object) {
        let Self { import, segment_cpu, segment_completed, composite, output, total } = self;
        let cpu = Timings {
            import: import.cpu,
            stages: StageTimings { composite, ..segment_cpu },
            output: output.cpu,
        };
        // The wait after the output is for the GPU's work on the composite.
        let waited = output.completed - output.cpu;
        let completed = Timings {
            import: import.completed,
            stages: StageTimings { composite: composite + waited, ..segment_completed },
            output: output.cpu,
        };
        let all_waited = completed.sum().saturating_sub(cpu.sum());
        (cpu.object(total.saturating_sub(all_waited)), completed.object(total))
    }
}

/// The times of one frame's stages by one clock.
struct Timings {
    import: Duration,
    stages: StageTimings,
    output: Duration,
}

impl Timings {
    fn sum(&self) -> Duration {
        let StageTimings { preprocess, inference, refine, composite } = self.stages;
        self.import + preprocess + inference + refine + composite + self.output
    }

    /// Converts the times to milliseconds.
    fn object(&self, total: Duration) -> Object {
        let StageTimings { preprocess, inference, refine, composite } = self.stages;
        object([
            ("import", milliseconds(self.import)),
            ("preprocess", milliseconds(preprocess)),
            ("inference", milliseconds(inference)),
            ("refine", milliseconds(refine)),
            ("composite", milliseconds(composite)),
            ("output", milliseconds(self.output)),
            ("total", milliseconds(total)),
        ])
    }
}

/// Converts GPU times to milliseconds; `undefined` for a stage without time.
pub(crate) fn gpu_times(times: &GpuTimes) -> Object {
    let GpuTimes { number, import, preprocess, inference, refine, composite } = *times;
    let stage = |time: Option<Duration>| time.map_or(JsValue::UNDEFINED, milliseconds);
    object([
        ("number", (number as f64).into()),
        ("import", stage(import)),
        ("preprocess", stage(preprocess)),
        ("inference", stage(inference)),
        ("refine", stage(refine)),
        ("composite", stage(composite)),
    ])
}

fn milliseconds(duration: Duration) -> JsValue {
    (duration.as_secs_f64() * 1000.0).into()
}
