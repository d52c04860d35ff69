//! The timings of the engine, for each stage and clock.

use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use cyclorama_engine::effects::{Background, Blending, Fit, Image, Layout, MattingOptions, Refinement, Size};
use cyclorama_engine::{
    Clock, Composited, ComputeContext, ComputeContextOptions, Engine, FrameTime, GpuContext, GpuTimes, OnCpu,
    OnGpu, PowerPreference, Precision, StageTimings,
};
use cyclorama_testing::{model, needs_gpu};
use pollster::block_on;

const SMALL: Size = Size { width: 160, height: 90 };
const LARGE: Size = Size { width: 1920, height: 1080 };

const MODEL: &str = "selfie_segmentation_landscape";

fn request(precision: Precision) -> ComputeContext {
    needs_gpu();
    block_on(ComputeContext::request_with(ComputeContextOptions {
        precision,
        ..ComputeContextOptions::default()
    }))
    .expect("a Vulkan, Metal or DX12 adapter")
}

/// An engine with its GPU, or `None` on a GPU without timestamps. One test at a time uses the GPU, so that times contain only
/// its work.
fn engine() -> Option<(Engine<OnGpu>, MutexGuard<'static, ComputeContext>)> {
    static GPU: LazyLock<Mutex<ComputeContext>> = LazyLock::new(|| Mutex::new(request(Precision::Auto)));
    needs_gpu();
    let gpu = GPU.lock().unwrap_or_else(PoisonError::into_inner);
    let mut engine = block_on(Engine::on_gpu(gpu.clone(), &model(MODEL), GpuContext::IMAGE_FORMAT)).unwrap();
    engine.set_background(&Background::Blur { radius: 16.0 }).unwrap();
    if engine.timestamps().is_none() {
        eprintln!("this GPU has no timestamps: nothing is tested");
        return None;
    }
    Some((engine, gpu))
}

struct Frame {
    texture: wgpu::Texture,
    output: wgpu::TextureView,
}

impl Frame {
    fn new(gpu: &GpuContext, size: Size) -> Self {
        let image = Image::new(size, (0..size.pixels() * 4).map(|byte| (byte * 31 % 251) as u8).collect());
        let texture = gpu.upload(&image.unwrap(), None).unwrap();
        let output = gpu.texture(size, wgpu::TextureUsages::RENDER_ATTACHMENT).unwrap();
        Self { texture, output: output.create_view(&wgpu::TextureViewDescriptor::default()) }
    }

    /// Shows the frame. Returns its number and the times of the calling thread.
    fn show(&self, engine: &mut Engine<OnGpu>, clock: Clock) -> (u64, StageTimings, Option<StageTimings>) {
        let segmented = block_on(engine.segment(&self.texture, None, clock)).unwrap();
        let Composited { number, cpu, completed, .. } = segmented.composite(&self.output).unwrap();
        (number, cpu, completed)
    }
}

/// Waits for the GPU and collects the timestamps.
fn collect(engine: &Engine<OnGpu>) -> Vec<GpuTimes> {
    let timestamps = engine.timestamps().expect("they are supported");
    let deadline = Instant::now() + Duration::from_secs(30);
    let mut found = timestamps.collect();
    while found.is_empty() && Instant::now() < deadline {
        block_on(engine.gpu_context().completed());
        found.extend(timestamps.collect());
    }
    found
}

fn timed(engine: &mut Engine<OnGpu>, frame: &Frame) -> GpuTimes {
    assert!(engine.request_timestamps(true), "a buffer is free");
    let (number, ..) = frame.show(engine, Clock::Cpu);
    let [times] = collect(engine).try_into().expect("one frame was timed");
    assert_eq!(times.number, number);
    times
}

fn sum(times: &GpuTimes) -> Duration {
    [times.import, times.preprocess, times.inference, times.refine, times.composite]
        .into_iter()
        .flatten()
        .sum()
}

#[test]
fn every_stage_has_a_time_within_that_of_the_frame_on_gpu() {
    let Some((mut engine, _gpu)) = engine() else { return };
    let frame = Frame::new(engine.gpu_context(), SMALL);
    frame.show(&mut engine, Clock::Completed);
    block_on(engine.gpu_context().completed());
    for clock in [Clock::Cpu, Clock::Completed] {
        assert!(engine.request_timestamps(true));
        let start = Instant::now();
        let (number, cpu, completed) = frame.show(&mut engine, clock);
        block_on(engine.gpu_context().completed());
        let whole = start.elapsed();
        let [times] = collect(&engine).try_into().expect("one frame was timed");
        assert_eq!((times.number, times.import), (number, None));
        for (stage, time) in [
            ("preprocess", times.preprocess),
            ("inference", times.inference),
            ("refine", times.refine),
            ("composite", times.composite),
        ] {
            assert!(time.is_some_and(|time| time > Duration::ZERO), "{stage}: {times:?}");
        }
        assert!(sum(&times) <= whole, "{times:?} in {whole:?}");
        assert_eq!(completed.is_some(), clock == Clock::Completed);
        if let Some(completed) = completed {
            assert!(completed.inference >= cpu.inference, "{completed:?}, {cpu:?}");
            assert!(completed.inference >= times.inference.unwrap(), "{completed:?}, {times:?}");
        }
    }
}

#[test]
fn every_kind_of_stage_has_a_time_on_gpu() {
    let Some((mut engine, _gpu)) = engine() else { return };
    let frame = Frame::new(engine.gpu_context(), SMALL);
    let image = Image::new(SMALL, vec![200; SMALL.pixels() * 4]).unwrap();
    let backgrounds = [
        Background::Blur { radius: 8.0 },
        Background::Image { image, layout: Layout { fit: Fit::Cover, position: [0.5, 0.5], mirror: false } },
        Background::Color([0, 90, 160]),
        Background::Transparent,
    ];
    for background in &backgrounds {
        for match_brightness in [false, true] {
            engine.set_background(background).unwrap();
            engine.set_blending(Blending { match_brightness, ..Blending::default() }).unwrap();
            // The first frame scales the image, the second reuses it.
            for frames in ["first", "second"] {
                let times = timed(&mut engine, &frame);
                assert!(times.composite.is_some(), "{frames} frame on {background:?}: {times:?}");
            }
        }
    }
    for refinement in [Refinement::None, Refinement::Guided, Refinement::Bilateral] {
        engine.set_matting(MattingOptions { refinement, temporal_smoothing: true });
        let times = timed(&mut engine, &frame);
        assert!(times.refine.is_some_and(|time| time > Duration::ZERO), "{refinement:?}: {times:?}");
    }
}

#[test]
fn only_a_stage_with_more_work_takes_longer_on_gpu() {
    let Some((mut engine, _gpu)) = engine() else { return };
    let (small, large) = (Frame::new(engine.gpu_context(), SMALL), Frame::new(engine.gpu_context(), LARGE));
    // Interleaved, so that other load affects both. The least time is the one that it affected least.
    let mut least = [[Duration::MAX; 2]; 2];
    for _ in 0..8 {
        for (frame, least) in [&small, &large].into_iter().zip(&mut least) {
            frame.show(&mut engine, Clock::Cpu);
            let times = timed(&mut engine, frame);
            least[0] = least[0].min(times.composite.unwrap());
            least[1] = least[1].min(times.inference.unwrap());
        }
    }
    let [[small_composite, small_inference], [large_composite, large_inference]] = least;
    assert!(large_composite > small_composite * 3, "144 times the pixels: {least:?}");
    assert!(large_inference < small_inference * 2, "the same model: {least:?}");
}

#[test]
fn a_frame_with_a_reused_matte_has_only_the_time_of_its_composite_on_gpu() {
    let Some((mut engine, _gpu)) = engine() else { return };
    let frame = Frame::new(engine.gpu_context(), SMALL);
    let time = FrameTime { received: Duration::ZERO, timestamp: None };
    let [first, second] = [0, 1].map(|_| {
        assert!(engine.request_timestamps(true));
        let next = block_on(engine.next(&frame.texture, time, true, Clock::Completed)).unwrap();
        let shown = next.composite(&frame.output).unwrap();
        let [times] = collect(&engine).try_into().expect("one frame was timed");
        (shown, times)
    });
    let (shown, times) = first;
    assert!(
        shown.is_segmented && shown.completed.is_some() && times.inference.is_some(),
        "{shown:?}, {times:?}"
    );
    let (Composited { number, is_segmented, cpu, completed }, times) = second;
    assert_eq!((is_segmented, cpu, completed), Default::default());
    assert!(times.composite.is_some());
    assert_eq!(times, GpuTimes { number, composite: times.composite, ..GpuTimes::default() });
}

#[test]
fn frames_are_not_timed_while_all_buffers_are_in_flight_on_gpu() {
    let Some((mut engine, _gpu)) = engine() else { return };
    let frame = Frame::new(engine.gpu_context(), SMALL);
    let mut expected = Vec::new();
    for _ in 0..20 {
        let timed = engine.request_timestamps(true);
        // Nothing is collected, so no buffer becomes free, even on a fast GPU.
        let (number, ..) = frame.show(&mut engine, Clock::Cpu);
        expected.extend(timed.then_some(number));
    }
    assert!((2..20).contains(&expected.len()), "timed: {expected:?}");
    block_on(engine.gpu_context().completed());
    let found: Vec<_> = collect(&engine).iter().map(|times| times.number).collect();
    assert_eq!(found, expected);
    assert!(engine.request_timestamps(true), "collected buffers are free again");
}

#[test]
fn a_frame_that_is_not_shown_is_not_timed_and_uses_no_buffer_on_gpu() {
    let Some((mut engine, _gpu)) = engine() else { return };
    let frame = Frame::new(engine.gpu_context(), SMALL);
    for _ in 0..20 {
        assert!(engine.request_timestamps(true));
        drop(block_on(engine.segment(&frame.texture, None, Clock::Cpu)).unwrap());
    }
    block_on(engine.gpu_context().completed());
    assert_eq!(engine.timestamps().unwrap().collect(), []);
    timed(&mut engine, &frame);
}

#[test]
fn nothing_is_timed_without_a_request_on_gpu() {
    let Some((mut engine, _gpu)) = engine() else { return };
    let frame = Frame::new(engine.gpu_context(), SMALL);
    timed(&mut engine, &frame);
    frame.show(&mut engine, Clock::Cpu);
    block_on(engine.gpu_context().completed());
    assert_eq!(engine.timestamps().unwrap().collect(), []);
}

#[test]
fn a_device_without_timestamps_times_no_frame_on_gpu() {
    needs_gpu();
    let instance = wgpu::Instance::new(wgpu::InstanceDescriptor::new_without_display_handle());
    let gpu = block_on(GpuContext::request(instance, None, PowerPreference::default()))
        .expect("a Vulkan, Metal or DX12 adapter");
    let mut engine: Engine<OnCpu> =
        block_on(Engine::on_cpu(gpu, &model(MODEL), GpuContext::IMAGE_FORMAT)).unwrap();
    assert!(engine.timestamps().is_none());
    assert!(!engine.request_timestamps(true));
    let image = Image::new(SMALL, vec![128; SMALL.pixels() * 4]).unwrap();
    let output = Frame::new(engine.gpu_context(), SMALL).output;
    let segmented = block_on(engine.segment(&image, None, Clock::Completed)).unwrap();
    let shown = segmented.composite(&output).expect("the frame is shown without timestamps");
    // On the CPU, the time of the thread is that of the stage.
    assert!(shown.cpu.inference > Duration::ZERO);
    assert_eq!(shown.completed, None);
}

#[test]
fn weights_have_32_bits_if_requested_on_gpu() {
    let sizes = [Precision::Auto, Precision::F32].map(|precision| {
        let gpu = request(precision);
        let half =
            precision == Precision::Auto && gpu.device().features().contains(wgpu::Features::SHADER_F16);
        let engine = block_on(Engine::on_gpu(gpu, &model(MODEL), GpuContext::IMAGE_FORMAT)).unwrap();
        assert_eq!(
            engine.segmenter().has_half_weights(),
            half,
            "{precision:?}: the file's weights have 16 bits"
        );
        engine.model_memory().reserved()
    });
    assert!(sizes.iter().all(|bytes| *bytes > 500_000), "less than the file: {sizes:?}");
}
