//! What the engine says of its times: each stage's own, by clocks that are what they are called.

use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use cyclorama_engine::effects::{
    Background, Blending, Fit, Layout, MattingOptions, Picture, Refinement, Size,
};
use cyclorama_engine::{
    Clock, Engine, Gpu, GpuOptions, GpuTimes, Graphics, OnCpu, OnGpu, PowerPreference, Precision, StageTimes,
};
use cyclorama_testing::{model, needs_gpu};
use pollster::block_on;

const SMALL: Size = Size { width: 160, height: 90 };
const LARGE: Size = Size { width: 1920, height: 1080 };

const MODEL: &str = "selfie_segmentation_landscape";

fn request(precision: Precision) -> Gpu {
    needs_gpu();
    block_on(Gpu::request_with(GpuOptions { precision, ..GpuOptions::default() }))
        .expect("a Vulkan, Metal or DX12 adapter")
}

/// An engine with its GPU, or `None` where that has no timestamps. One test at a time has the GPU: times are of its work alone.
fn engine() -> Option<(Engine<OnGpu>, MutexGuard<'static, Gpu>)> {
    static GPU: LazyLock<Mutex<Gpu>> = LazyLock::new(|| Mutex::new(request(Precision::Auto)));
    needs_gpu();
    let gpu = GPU.lock().unwrap_or_else(PoisonError::into_inner);
    let mut engine = block_on(Engine::on_gpu(gpu.clone(), &model(MODEL), Graphics::PICTURE_FORMAT)).unwrap();
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
    fn new(graphics: &Graphics, size: Size) -> Self {
        let picture =
            Picture::new(size, (0..size.pixels() * 4).map(|byte| (byte * 31 % 251) as u8).collect());
        let texture = graphics.upload(&picture.unwrap(), None).unwrap();
        let output = graphics.texture(size, wgpu::TextureUsages::RENDER_ATTACHMENT).unwrap();
        Self { texture, output: output.create_view(&wgpu::TextureViewDescriptor::default()) }
    }

    /// Shows the frame; returns its number and what the calling thread measured.
    fn show(&self, engine: &mut Engine<OnGpu>, clock: Clock) -> (u64, StageTimes, Option<StageTimes>) {
        let segmented = block_on(engine.segment(&self.texture, None, clock)).unwrap();
        let measured = (segmented.number, segmented.cpu, segmented.completed);
        engine.composite(segmented, &self.output).unwrap();
        measured
    }
}

/// What has come back once the GPU is done.
fn collect(engine: &Engine<OnGpu>) -> Vec<GpuTimes> {
    let timestamps = engine.timestamps().expect("asked before");
    let deadline = Instant::now() + Duration::from_secs(30);
    let mut found = timestamps.collect();
    while found.is_empty() && Instant::now() < deadline {
        block_on(engine.graphics().completed());
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
fn every_stage_has_a_time_and_all_fit_into_the_frame_on_gpu() {
    let Some((mut engine, _gpu)) = engine() else { return };
    let frame = Frame::new(engine.graphics(), SMALL);
    frame.show(&mut engine, Clock::Completed);
    block_on(engine.graphics().completed());
    for clock in [Clock::Cpu, Clock::Completed] {
        assert!(engine.request_timestamps(true));
        let start = Instant::now();
        let (number, cpu, completed) = frame.show(&mut engine, clock);
        block_on(engine.graphics().completed());
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
fn a_stage_has_a_time_whatever_its_passes_are_on_gpu() {
    let Some((mut engine, _gpu)) = engine() else { return };
    let frame = Frame::new(engine.graphics(), SMALL);
    let picture = Picture::new(SMALL, vec![200; SMALL.pixels() * 4]).unwrap();
    let backgrounds = [
        Background::Blur { radius: 8.0 },
        Background::Image {
            picture,
            layout: Layout { fit: Fit::Cover, position: [0.5, 0.5], mirror: false },
        },
        Background::Color([0, 90, 160]),
        Background::Transparent,
    ];
    for background in &backgrounds {
        for match_brightness in [false, true] {
            engine.set_background(background).unwrap();
            engine.set_blending(Blending { match_brightness, ..Blending::default() }).unwrap();
            // The first frame scales a picture, the second finds it scaled.
            for frames in ["first", "second"] {
                let times = timed(&mut engine, &frame);
                assert!(times.composite.is_some(), "{frames} frame on {background:?}: {times:?}");
            }
        }
    }
    for refinement in [Refinement::None, Refinement::Guided, Refinement::Bilateral] {
        engine.set_matting(MattingOptions { refinement, steady: true });
        let times = timed(&mut engine, &frame);
        assert!(times.refine.is_some_and(|time| time > Duration::ZERO), "{refinement:?}: {times:?}");
    }
}

#[test]
fn a_stage_with_more_to_do_takes_longer_and_no_other_on_gpu() {
    let Some((mut engine, _gpu)) = engine() else { return };
    let (small, large) = (Frame::new(engine.graphics(), SMALL), Frame::new(engine.graphics(), LARGE));
    // Interleaved, so that what else the machine does falls on both, and the least of each, which it fell on least.
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
    assert!(large_inference < small_inference * 2, "the same network: {least:?}");
}

#[test]
fn a_frame_under_a_matte_used_again_is_timed_for_what_it_does_on_gpu() {
    let Some((mut engine, _gpu)) = engine() else { return };
    let frame = Frame::new(engine.graphics(), SMALL);
    frame.show(&mut engine, Clock::Cpu);
    assert!(engine.request_timestamps(true));
    // That one is refused leaves the timestamps for the frame that is segmented instead.
    assert!(engine.reuse_matte(&frame.texture, Duration::from_secs(1)).is_err());
    let segmented = engine.reuse_matte(&frame.texture, Duration::ZERO).unwrap();
    assert_eq!((segmented.cpu, segmented.completed), Default::default());
    let number = segmented.number;
    engine.composite(segmented, &frame.output).unwrap();
    let [times] = collect(&engine).try_into().expect("one frame was timed");
    assert!(times.composite.is_some());
    assert_eq!(times, GpuTimes { number, composite: times.composite, ..GpuTimes::default() });
}

#[test]
fn frames_are_not_timed_while_all_buffers_are_on_their_way_on_gpu() {
    let Some((mut engine, _gpu)) = engine() else { return };
    let frame = Frame::new(engine.graphics(), SMALL);
    let mut expected = Vec::new();
    for _ in 0..20 {
        let asked = engine.request_timestamps(true);
        // Nothing is collected meanwhile, so nothing becomes free, however quick the GPU is.
        let (number, ..) = frame.show(&mut engine, Clock::Cpu);
        expected.extend(asked.then_some(number));
    }
    assert!((2..20).contains(&expected.len()), "timed: {expected:?}");
    block_on(engine.graphics().completed());
    let found: Vec<_> = collect(&engine).iter().map(|times| times.number).collect();
    assert_eq!(found, expected);
    assert!(engine.request_timestamps(true), "what was collected is free again");
}

#[test]
fn a_frame_that_is_not_shown_is_not_timed_and_takes_no_buffer_on_gpu() {
    let Some((mut engine, _gpu)) = engine() else { return };
    let frame = Frame::new(engine.graphics(), SMALL);
    for _ in 0..20 {
        assert!(engine.request_timestamps(true));
        drop(block_on(engine.segment(&frame.texture, None, Clock::Cpu)).unwrap());
    }
    block_on(engine.graphics().completed());
    assert_eq!(engine.timestamps().unwrap().collect(), []);
    timed(&mut engine, &frame);
}

#[test]
fn nothing_is_timed_unless_asked_for_on_gpu() {
    let Some((mut engine, _gpu)) = engine() else { return };
    let frame = Frame::new(engine.graphics(), SMALL);
    timed(&mut engine, &frame);
    frame.show(&mut engine, Clock::Cpu);
    block_on(engine.graphics().completed());
    assert_eq!(engine.timestamps().unwrap().collect(), []);
}

#[test]
fn a_device_without_timestamps_gives_none_on_gpu() {
    needs_gpu();
    let instance = wgpu::Instance::new(wgpu::InstanceDescriptor::new_without_display_handle());
    let graphics = block_on(Graphics::request(instance, None, PowerPreference::default()))
        .expect("a Vulkan, Metal or DX12 adapter");
    let mut engine: Engine<OnCpu> =
        block_on(Engine::on_cpu(graphics, &model(MODEL), Graphics::PICTURE_FORMAT)).unwrap();
    assert!(engine.timestamps().is_none());
    assert!(!engine.request_timestamps(true));
    let picture = Picture::new(SMALL, vec![128; SMALL.pixels() * 4]).unwrap();
    let segmented = block_on(engine.segment(&picture, None)).unwrap();
    // On the processor, the thread's time is the stage's.
    assert!(segmented.cpu.inference > Duration::ZERO);
    let output = Frame::new(engine.graphics(), SMALL).output;
    engine.composite(segmented, &output).expect("a frame is shown without");
}

#[test]
fn weights_take_32_bits_where_that_is_asked_for_on_gpu() {
    let sizes = [Precision::Auto, Precision::F32].map(|precision| {
        let gpu = request(precision);
        let half =
            precision == Precision::Auto && gpu.device().features().contains(wgpu::Features::SHADER_F16);
        let engine = block_on(Engine::on_gpu(gpu, &model(MODEL), Graphics::PICTURE_FORMAT)).unwrap();
        assert_eq!(
            engine.segmenter().has_half_weights(),
            half,
            "{precision:?}: the file's weights have 16 bits"
        );
        engine.network_memory().unwrap().reserved()
    });
    assert!(sizes.iter().all(|bytes| *bytes > 500_000), "less than the file has: {sizes:?}");
}
