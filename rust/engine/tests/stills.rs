//! The engine with real images and models: GPU and CPU make the same image, and faults are typed errors.

mod astronaut;

use std::sync::OnceLock;
use std::time::Duration;

use cyclorama_engine::effects::{Background, Blending, BlurStrength, Fit, Image, Size};
use cyclorama_engine::{
    Backend, Clock, ComputeContext, Engine, EngineError, FrameTime, GpuContext, MAX_MATTE_AGE, OnCpu, OnGpu,
    PowerPreference, PreparedModel, Segmentation, Stills,
};
use cyclorama_testing::{model, needs_gpu};
use pollster::block_on;

use astronaut::astronaut;

fn request() -> ComputeContext {
    needs_gpu();
    block_on(ComputeContext::request()).expect("a Vulkan, Metal or DX12 adapter")
}

/// The GPU of all tests, except those that destroy their own.
fn gpu() -> ComputeContext {
    static GPU: OnceLock<ComputeContext> = OnceLock::new();
    needs_gpu();
    GPU.get_or_init(request).clone()
}

/// Pixels of the astronaut's face, and of the flag behind her: row, column.
const PERSON: [(usize, usize); 3] = [(110, 225), (140, 215), (420, 250)];
const BACKGROUND: [(usize, usize); 3] = [(20, 20), (60, 480), (250, 500)];

fn pixel(image: &Image, (row, column): (usize, usize)) -> [u8; 4] {
    image.pixels().as_chunks().0[row * image.size().width as usize + column]
}

/// Returns the levels over black, so that nearly transparent colors have little weight.
fn visible(image: &Image) -> impl Iterator<Item = f64> {
    image.pixels().as_chunks().0.iter().flat_map(|[r, g, b, alpha]| {
        let alpha = f64::from(*alpha) / 255.0;
        [f64::from(*r) * alpha, f64::from(*g) * alpha, f64::from(*b) * alpha, alpha * 255.0]
    })
}

fn cut_out(backend: Backend) {
    let mut stills = block_on(Stills::new(backend, &model("selfie_segmentation"))).unwrap();
    let (cut_out, _) = block_on(stills.composite(&astronaut(), &Background::Transparent, None)).unwrap();
    let clear: Vec<_> = cut_out.pixels().as_chunks().0.iter().filter(|pixel| pixel[3] == 0).collect();
    assert!(clear.len() > 10_000, "no background was cut out");
    assert!(clear.iter().all(|pixel| **pixel == [0; 4]));
}

#[test]
fn no_color_of_the_room_is_left_under_zero_alpha_on_cpu() {
    cut_out(Backend::Cpu);
}

#[test]
fn no_color_of_the_room_is_left_under_zero_alpha_on_gpu() {
    cut_out(Backend::Gpu(gpu()));
}

#[test]
fn the_person_stays_and_the_background_is_replaced_on_gpu_and_cpu() {
    let image = astronaut();
    let image_behind =
        Image::new(Size { width: 2, height: 1 }, vec![200, 0, 0, 255, 0, 0, 200, 255]).unwrap();
    let backgrounds = [
        Background::Blur { radius: BlurStrength::High.radius() },
        Background::Image { image: image_behind, layout: Fit::Fill.into() },
        Background::Color([0, 255, 0]),
        Background::Transparent,
    ];
    let bytes = model("selfie_segmentation");
    let mut on_gpu = block_on(Stills::new(Backend::Gpu(gpu()), &bytes)).unwrap();
    let mut on_cpu = block_on(Stills::new(Backend::Cpu, &bytes)).unwrap();
    for background in &backgrounds {
        let (gpu, _) = block_on(on_gpu.composite(&image, background, None)).unwrap();
        let (cpu, _) = block_on(on_cpu.composite(&image, background, None)).unwrap();
        let total: f64 = visible(&gpu).zip(visible(&cpu)).map(|(a, b)| (a - b).abs()).sum();
        let mean = total / gpu.pixels().len() as f64;
        assert!(mean < 0.5, "{background:?}: GPU and CPU differ by {mean} levels on average");
        for at in PERSON {
            let (before, after) = (pixel(&image, at), pixel(&gpu, at));
            assert!(before.iter().zip(after).all(|(a, b)| a.abs_diff(b) <= 1), "{background:?} at {at:?}");
        }
        for at in BACKGROUND {
            assert_ne!(pixel(&image, at), pixel(&gpu, at), "{background:?} at {at:?}");
        }
    }
}

fn hide(backend: Backend) {
    let mut stills = block_on(Stills::new(backend, &model("selfie_segmentation_landscape"))).unwrap();
    let mut hide =
        |width, height| block_on(stills.hide(None, Size { width, height }, &Background::Transparent));
    for (width, height) in [(0, 4), (4, 0), (1 << 30, 4)] {
        let error = hide(width, height).unwrap_err();
        assert!(error.to_string().contains(&format!("{width}x{height}")), "{error}");
    }
    let hidden = hide(5, 3).expect("an error does not affect the GPU");
    assert_eq!((hidden.size(), hidden.pixels()), (Size { width: 5, height: 3 }, &[0; 60][..]));
}

#[test]
fn a_placeholder_frame_has_a_valid_size_on_cpu() {
    hide(Backend::Cpu);
}

#[test]
fn a_placeholder_frame_has_a_valid_size_on_gpu() {
    hide(Backend::Gpu(gpu()));
}

#[test]
fn the_same_person_is_found_on_cpu_and_on_gpu() {
    find_the_same_person("selfie_segmentation_landscape");
}

#[test]
fn the_same_person_is_found_by_meet_on_cpu_and_on_gpu() {
    find_the_same_person("segm_full_v679");
}

fn find_the_same_person(name: &str) {
    let image = astronaut();
    let bytes = model(name);
    let gpu = block_on(Stills::new(Backend::Gpu(gpu()), &bytes)).unwrap();
    let cpu = block_on(Stills::new(Backend::Cpu, &bytes)).unwrap();
    let gpu = block_on(gpu.probability(&image)).unwrap();
    let cpu = block_on(cpu.probability(&image)).unwrap();
    let worst = gpu.iter().zip(&cpu).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    assert!(worst < 1e-4, "worst difference {worst}");
    assert!(cpu.iter().any(|p| *p > 0.99) && cpu.iter().any(|p| *p < 0.01), "an undecided mask");
}

#[test]
fn a_wrong_number_of_input_values_is_a_typed_error() {
    let model = model("selfie_segmentation_landscape");
    let cpu = block_on(Stills::new(Backend::Cpu, &model)).unwrap();
    assert_eq!(cpu.mask_size(), Size { width: 256, height: 144 });
    let segmenter = block_on(cyclorama_engine::Segmenter::new(&model, Backend::Cpu)).unwrap();
    let error = block_on(segmenter.probability(vec![0.0; 7])).unwrap_err();
    assert_eq!(error.code(), "frame");
    assert!(error.to_string().contains("110592") && error.to_string().contains('7'), "{error}");
}

#[test]
fn bytes_that_are_not_a_model_are_a_typed_error() {
    for bytes in [&b""[..], b"not a model at all, but long enough to be read ", &[0; 4096]] {
        let Err(error) = block_on(Stills::new(Backend::Cpu, bytes)) else {
            panic!("{} bytes of nothing became a model", bytes.len());
        };
        assert_eq!(error.code(), "model", "{error}");
    }
}

/// An engine with an empty frame and a target.
fn engine(gpu: &ComputeContext) -> (Engine<OnGpu>, wgpu::Texture, wgpu::TextureView) {
    let model = model("selfie_segmentation_landscape");
    let engine = block_on(Engine::on_gpu(gpu.clone(), &model, GpuContext::IMAGE_FORMAT)).unwrap();
    let frame = gpu.texture(SMALL, wgpu::TextureUsages::TEXTURE_BINDING).unwrap();
    (engine, frame, target(gpu, SMALL))
}

const SMALL: Size = Size { width: 64, height: 48 };

fn target(gpu: &GpuContext, size: Size) -> wgpu::TextureView {
    let usage = wgpu::TextureUsages::RENDER_ATTACHMENT | wgpu::TextureUsages::COPY_SRC;
    gpu.texture(size, usage).unwrap().create_view(&wgpu::TextureViewDescriptor::default())
}

fn engine_on_cpu() -> Engine<OnCpu> {
    needs_gpu();
    let instance = wgpu::Instance::new(wgpu::InstanceDescriptor::new_without_display_handle());
    let gpu = block_on(GpuContext::request(instance, None, PowerPreference::default()))
        .expect("a Vulkan, Metal or DX12 adapter");
    block_on(Engine::on_cpu(gpu, &model("selfie_segmentation"), GpuContext::IMAGE_FORMAT)).unwrap()
}

#[test]
fn no_frame_is_shown_on_a_destroyed_device_on_gpu() {
    let gpu = request();
    let (mut engine, frame, output) = engine(&gpu);
    let mut show = || block_on(engine.segment(&frame, None, Clock::Cpu))?.composite(&output);
    show().expect("the device exists");
    gpu.device().destroy();
    // Native devices report their loss when they are polled.
    block_on(gpu.completed());
    let error = show().expect_err("a frame was shown on a destroyed device");
    assert!(matches!(error, EngineError::DeviceLost(_) | EngineError::Gpu(_)), "{error}");
}

/// Makes the device report an error, with a buffer that no device supports.
fn provoke(gpu: &GpuContext) {
    let usage = wgpu::BufferUsages::MAP_READ | wgpu::BufferUsages::MAP_WRITE;
    let descriptor = wgpu::BufferDescriptor { label: None, size: 4, usage, mapped_at_creation: false };
    drop(gpu.device().create_buffer(&descriptor));
}

#[test]
fn an_error_of_the_gpu_fails_one_frame_and_not_a_model_prepared_later_on_gpu() {
    let gpu = request();
    let (mut engine, frame, output) = engine(&gpu);
    let segmented = block_on(engine.segment(&frame, None, Clock::Cpu)).unwrap();
    provoke(&gpu);
    let prepared = block_on(PreparedModel::on_gpu(&gpu, &model("selfie_segmentation_landscape")));
    prepared.expect("the error was reported before");
    let error = segmented.composite(&output).expect_err("the model removed the error of the frame");
    assert!(matches!(error, EngineError::Gpu(_)), "{error}");
    let segmented = block_on(engine.segment(&frame, None, Clock::Cpu)).expect("it was reported once");
    segmented.composite(&output).unwrap();
}

#[test]
fn every_engine_on_a_gpu_receives_its_error_on_gpu() {
    let gpu = request();
    let engines = [engine(&gpu), engine(&gpu)];
    provoke(&gpu);
    for (mut engine, ..) in engines {
        let error = engine.check().expect_err("another engine removed the error");
        assert!(matches!(error, EngineError::Gpu(_)), "{error}");
        engine.check().expect("it was reported once");
    }
}

#[test]
fn images_of_unusable_size_are_frame_errors_on_gpu() {
    let gpu = gpu();
    let limit = gpu.device().limits().max_texture_dimension_2d;
    for (width, height) in [(0, 0), (0, 8), (8, 0), (limit + 1, 8), (8, u32::MAX)] {
        let error = gpu.check_size(Size { width, height }).expect_err("no texture has this size");
        assert_eq!(error.code(), "frame", "{error}");
        assert!(error.to_string().contains(&format!("{width}x{height}")), "{error}");
    }
    gpu.check_size(Size { width: limit, height: 1 }).expect("the largest size");
}

/// The time of a frame that is received `received` after the first.
fn at(received: Duration) -> FrameTime {
    FrameTime { received, timestamp: None }
}

/// Shows a frame, which may reuse the last matte. Returns whether it was segmented.
fn show<S: Segmentation>(
    engine: &mut Engine<S>,
    frame: &S::Frame,
    received: Duration,
    output: &wgpu::TextureView,
) -> bool {
    let next = block_on(engine.next(frame, at(received), true, Clock::Cpu)).unwrap();
    next.composite(output).unwrap().is_segmented
}

/// Asserts that an engine reuses mattes only for frames of their size, time and model. `frame` makes a frame.
fn assert_reuses_only_matching_mattes<S: Segmentation>(
    engine: &mut Engine<S>,
    frame: impl Fn(Size) -> S::Frame,
    model: PreparedModel<S>,
) {
    let high = Size { width: SMALL.height, height: SMALL.width };
    let gpu = engine.gpu_context().clone();
    let show =
        |engine: &mut Engine<S>, size, received| show(engine, &frame(size), received, &target(&gpu, size));
    let start = Duration::from_secs(1);
    assert!(show(engine, SMALL, start), "the first frame");
    assert!(!show(engine, SMALL, start + MAX_MATTE_AGE));
    assert!(!show(engine, SMALL, start + MAX_MATTE_AGE), "the matte can still be reused");
    let late = start + MAX_MATTE_AGE + Duration::from_nanos(1);
    assert!(show(engine, SMALL, late), "the matte is too old");
    assert!(!show(engine, SMALL, late));
    assert!(show(engine, high, late), "another size");
    assert!(!show(engine, high, late));
    engine.set_model(model);
    assert!(show(engine, high, late), "another model");
    assert!(!show(engine, high, late));
}

#[test]
fn a_matte_is_reused_only_for_frames_of_its_size_time_and_model_on_gpu() {
    let gpu = gpu();
    let (mut on_gpu, ..) = engine(&gpu);
    let frame = |size| gpu.texture(size, wgpu::TextureUsages::TEXTURE_BINDING).unwrap();
    let other = block_on(PreparedModel::on_gpu(&gpu, &model("selfie_segmentation"))).unwrap();
    assert_reuses_only_matching_mattes(&mut on_gpu, frame, other);

    let empty = |size: Size| Image::new(size, vec![0; size.pixels() * 4]).unwrap();
    let other = block_on(PreparedModel::on_cpu(&model("selfie_segmentation_landscape"))).unwrap();
    assert_reuses_only_matching_mattes(&mut engine_on_cpu(), empty, other);
}

#[test]
fn a_matte_that_was_never_shown_is_not_reused_on_gpu() {
    let (mut engine, frame, output) = engine(&gpu());
    drop(block_on(engine.next(&frame, at(Duration::ZERO), false, Clock::Cpu)).unwrap());
    assert!(show(&mut engine, &frame, Duration::ZERO, &output));
    // An output of another size.
    let wrong = target(engine.gpu_context(), Size { width: 1, height: 1 });
    let next = block_on(engine.next(&frame, at(Duration::ZERO), false, Clock::Cpu)).unwrap();
    assert_eq!(next.composite(&wrong).unwrap_err().code(), "effect");
    assert!(show(&mut engine, &frame, Duration::ZERO, &output));
}

#[test]
fn a_mask_of_the_caller_is_shown_and_not_reused_on_gpu() {
    let image = astronaut();
    let mut engine = engine_on_cpu();
    // Light wrap would change all that the model classifies as room.
    engine.set_blending(Blending { light_wrap: 0.0, match_brightness: false }).unwrap();
    engine.set_background(&Background::Color([0, 255, 0])).unwrap();
    let output = target(engine.gpu_context(), image.size());
    let all = Image::new(image.size(), [0, 0, 0, 255].repeat(image.size().pixels())).unwrap();
    let mask = engine.gpu_context().upload(&all, None).unwrap();
    let next = block_on(engine.next(&image, at(Duration::ZERO), false, Clock::Cpu)).unwrap();
    next.with_mask(&mask).unwrap().composite(&output).unwrap();
    let shown = block_on(engine.gpu_context().download(output.texture())).unwrap();
    for at in PERSON.into_iter().chain(BACKGROUND) {
        assert_eq!(pixel(&shown, at), pixel(&image, at), "at {at:?}");
    }
    assert!(show(&mut engine, &image, Duration::ZERO, &output), "the mask of the caller was reused");
}

#[test]
fn a_frame_with_a_reused_matte_shows_its_own_person_on_gpu() {
    let image = astronaut();
    let dark =
        Image::new(image.size(), image.pixels().iter().map(|level| level / 2 + 128).collect()).unwrap();
    let mut engine = engine_on_cpu();
    engine.set_background(&Background::Color([0, 255, 0])).unwrap();
    let output = target(engine.gpu_context(), image.size());
    assert!(show(&mut engine, &image, Duration::ZERO, &output));
    assert!(!show(&mut engine, &dark, Duration::from_millis(33), &output));
    let shown = block_on(engine.gpu_context().download(output.texture())).unwrap();
    for at in PERSON {
        let [before, after] = [pixel(&dark, at), pixel(&shown, at)];
        assert!(
            before.iter().zip(after).all(|(a, b)| a.abs_diff(b) <= 1),
            "{before:?} and {after:?} at {at:?}"
        );
    }
    for at in BACKGROUND {
        assert_eq!(pixel(&shown, at), [0, 255, 0, 255], "at {at:?}");
    }
}

/// Shows two frames of a video: the astronaut, and the same a few pixels lower. Returns the second. `between` makes a frame
/// fail between the two.
fn second_frame(between: impl Fn(&mut Engine<OnGpu>, &wgpu::Texture, &wgpu::TextureView)) -> Image {
    let gpu = request();
    let model = model("selfie_segmentation");
    let mut engine = block_on(Engine::on_gpu(gpu.clone(), &model, GpuContext::IMAGE_FORMAT)).unwrap();
    let image = astronaut();
    let mut lower = image.pixels().to_vec();
    lower.rotate_right(image.size().width as usize * 4 * 4);
    let lower = Image::new(image.size(), lower).unwrap();
    let behind = Image::new(Size { width: 2, height: 1 }, vec![200, 0, 0, 255, 0, 0, 200, 255]).unwrap();
    engine.set_background(&Background::Image { image: behind, layout: Fit::Fill.into() }).unwrap();
    let output = target(&gpu, image.size());
    let [first, second] = [&image, &lower].map(|image| gpu.upload(image, None).unwrap());
    block_on(engine.segment(&first, None, Clock::Cpu)).unwrap().composite(&output).unwrap();
    between(&mut engine, &first, &output);
    let since = Some(Duration::from_millis(33));
    block_on(engine.segment(&second, since, Clock::Cpu)).unwrap().composite(&output).unwrap();
    block_on(gpu.download(output.texture())).unwrap()
}

#[test]
fn a_frame_after_one_that_failed_starts_without_history_on_gpu() {
    let continued = second_frame(|_, _, _| {});
    let fresh = second_frame(|engine, _, _| {
        let model = block_on(PreparedModel::on_gpu(engine.compute_context(), &model("selfie_segmentation")));
        engine.set_model(model.unwrap());
    });
    assert!(fresh != continued, "the history changes the frame");

    let dropped = second_frame(|engine, frame, _| {
        drop(block_on(engine.segment(frame, None, Clock::Cpu)).unwrap());
    });
    assert!(dropped == fresh, "the mask of a frame that was not submitted was used");

    let rejected = second_frame(|engine, _, output| {
        // The first frame that shows this background also scales it.
        let behind = Image::new(Size { width: 1, height: 1 }, vec![200, 0, 0, 255]).unwrap();
        engine.set_background(&Background::Image { image: behind, layout: Fit::Fill.into() }).unwrap();
        let frame =
            engine.gpu_context().texture(astronaut().size(), wgpu::TextureUsages::TEXTURE_BINDING).unwrap();
        let segmented = block_on(engine.segment(&frame, None, Clock::Cpu)).unwrap();
        frame.destroy();
        let error = segmented.composite(output).expect_err("the GPU rejects a destroyed texture");
        assert!(matches!(error, EngineError::Gpu(_)), "{error}");
    });
    for at in BACKGROUND {
        assert_eq!(pixel(&rejected, at), [200, 0, 0, 255], "the background of a rejected frame at {at:?}");
    }
}
