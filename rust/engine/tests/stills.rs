//! The engine on real pictures and models: GPU and CPU give the same picture, faults give typed errors.

use std::sync::OnceLock;
use std::time::Duration;

use cyclorama_engine::effects::{Background, Blending, BlurStrength, Fit, Picture, Size};
use cyclorama_engine::{
    Backend, Clock, Engine, EngineError, Gpu, Graphics, MAX_MATTE_AGE, OnCpu, OnGpu, PowerPreference,
    PreparedModel, Segmentation, Stills,
};
use cyclorama_testing::{model, needs_gpu, root};
use pollster::block_on;

fn astronaut() -> Picture {
    let image =
        image::open(root().join("tests/data/astronaut.png")).expect("the picture is part of the repository");
    let image = image.into_rgba8();
    let size = Size { width: image.width(), height: image.height() };
    Picture::new(size, image.into_raw()).expect("as many bytes as pixels")
}

fn request() -> Gpu {
    needs_gpu();
    block_on(Gpu::request()).expect("a Vulkan, Metal or DX12 adapter")
}

/// The GPU that all tests share, but for the one that destroys its own.
fn gpu() -> Gpu {
    static GPU: OnceLock<Gpu> = OnceLock::new();
    needs_gpu();
    GPU.get_or_init(request).clone()
}

/// Pixels of the astronaut's face, and of the flag behind her: row, column.
const PERSON: [(usize, usize); 3] = [(110, 225), (140, 215), (420, 250)];
const BACKGROUND: [(usize, usize); 3] = [(20, 20), (60, 480), (250, 500)];

fn pixel(picture: &Picture, (row, column): (usize, usize)) -> [u8; 4] {
    picture.pixels().as_chunks().0[row * picture.size().width as usize + column]
}

/// Levels as they look over black: a colour that is nearly transparent counts as little as it shows.
fn visible(picture: &Picture) -> impl Iterator<Item = f64> {
    picture.pixels().as_chunks().0.iter().flat_map(|[r, g, b, alpha]| {
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
fn nothing_of_the_room_is_left_under_full_transparency_on_cpu() {
    cut_out(Backend::Cpu);
}

#[test]
fn nothing_of_the_room_is_left_under_full_transparency_on_gpu() {
    cut_out(Backend::Gpu(gpu()));
}

#[test]
fn the_person_stays_and_the_background_goes_alike_on_gpu_and_cpu() {
    let picture = astronaut();
    let backdrop = Picture::new(Size { width: 2, height: 1 }, vec![200, 0, 0, 255, 0, 0, 200, 255]).unwrap();
    let backgrounds = [
        Background::Blur { radius: BlurStrength::High.radius() },
        Background::Image { picture: backdrop, layout: Fit::Fill.into() },
        Background::Color([0, 255, 0]),
        Background::Transparent,
    ];
    let bytes = model("selfie_segmentation");
    let mut on_gpu = block_on(Stills::new(Backend::Gpu(gpu()), &bytes)).unwrap();
    let mut on_cpu = block_on(Stills::new(Backend::Cpu, &bytes)).unwrap();
    for background in &backgrounds {
        let (gpu, _) = block_on(on_gpu.composite(&picture, background, None)).unwrap();
        let (cpu, _) = block_on(on_cpu.composite(&picture, background, None)).unwrap();
        let total: f64 = visible(&gpu).zip(visible(&cpu)).map(|(a, b)| (a - b).abs()).sum();
        let mean = total / gpu.pixels().len() as f64;
        assert!(mean < 0.5, "{background:?}: GPU and CPU differ by {mean} levels on average");
        for at in PERSON {
            let (before, after) = (pixel(&picture, at), pixel(&gpu, at));
            assert!(before.iter().zip(after).all(|(a, b)| a.abs_diff(b) <= 1), "{background:?} at {at:?}");
        }
        for at in BACKGROUND {
            assert_ne!(pixel(&picture, at), pixel(&gpu, at), "{background:?} at {at:?}");
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
    let hidden = hide(5, 3).expect("a fault leaves the GPU as it was");
    assert_eq!((hidden.size(), hidden.pixels()), (Size { width: 5, height: 3 }, &[0; 60][..]));
}

#[test]
fn what_hides_a_frame_has_a_size_on_cpu() {
    hide(Backend::Cpu);
}

#[test]
fn what_hides_a_frame_has_a_size_on_gpu() {
    hide(Backend::Gpu(gpu()));
}

#[test]
fn the_same_person_is_seen_on_cpu_and_on_gpu() {
    see_the_same_person("selfie_segmentation_landscape");
}

#[test]
fn the_same_person_is_seen_by_meet_on_cpu_and_on_gpu() {
    see_the_same_person("segm_full_v679");
}

fn see_the_same_person(name: &str) {
    let picture = astronaut();
    let bytes = model(name);
    let gpu = block_on(Stills::new(Backend::Gpu(gpu()), &bytes)).unwrap();
    let cpu = block_on(Stills::new(Backend::Cpu, &bytes)).unwrap();
    let gpu = block_on(gpu.probability(&picture)).unwrap();
    let cpu = block_on(cpu.probability(&picture)).unwrap();
    let worst = gpu.iter().zip(&cpu).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    assert!(worst < 1e-4, "worst difference {worst}");
    assert!(cpu.iter().any(|p| *p > 0.99) && cpu.iter().any(|p| *p < 0.01), "no decided mask");
}

#[test]
fn another_number_of_values_than_the_network_takes_is_a_typed_error() {
    let model = model("selfie_segmentation_landscape");
    let cpu = block_on(Stills::new(Backend::Cpu, &model)).unwrap();
    assert_eq!(cpu.mask_size(), Size { width: 256, height: 144 });
    let segmenter = block_on(cyclorama_engine::Segmenter::new(&model, Backend::Cpu)).unwrap();
    let error = block_on(segmenter.probability(vec![0.0; 7])).unwrap_err();
    assert_eq!(error.code(), "frame");
    assert!(error.to_string().contains("110592") && error.to_string().contains('7'), "{error}");
}

#[test]
fn what_is_no_model_is_a_typed_error() {
    for bytes in [&b""[..], b"not a model at all, but long enough to look at", &[0; 4096]] {
        let Err(error) = block_on(Stills::new(Backend::Cpu, bytes)) else {
            panic!("{} bytes of nothing became a model", bytes.len());
        };
        assert_eq!(error.code(), "model", "{error}");
    }
}

/// An engine with a frame of nothing and a target to show it on.
fn engine(gpu: &Gpu) -> (Engine<OnGpu>, wgpu::Texture, wgpu::TextureView) {
    let model = model("selfie_segmentation_landscape");
    let engine = block_on(Engine::on_gpu(gpu.clone(), &model, Graphics::PICTURE_FORMAT)).unwrap();
    let frame = gpu.texture(SMALL, wgpu::TextureUsages::TEXTURE_BINDING).unwrap();
    (engine, frame, target(gpu, SMALL))
}

const SMALL: Size = Size { width: 64, height: 48 };

fn target(graphics: &Graphics, size: Size) -> wgpu::TextureView {
    let usage = wgpu::TextureUsages::RENDER_ATTACHMENT | wgpu::TextureUsages::COPY_SRC;
    graphics.texture(size, usage).unwrap().create_view(&wgpu::TextureViewDescriptor::default())
}

fn engine_on_cpu() -> Engine<OnCpu> {
    needs_gpu();
    let instance = wgpu::Instance::new(wgpu::InstanceDescriptor::new_without_display_handle());
    let graphics = block_on(Graphics::request(instance, None, PowerPreference::default()))
        .expect("a Vulkan, Metal or DX12 adapter");
    block_on(Engine::on_cpu(graphics, &model("selfie_segmentation"), Graphics::PICTURE_FORMAT)).unwrap()
}

#[test]
fn a_frame_is_not_shown_under_the_matte_of_the_next_on_gpu() {
    let (mut engine, frame, output) = engine(&gpu());
    for clock in [Clock::Cpu, Clock::Completed] {
        let [first, second] = [0, 1].map(|_| block_on(engine.segment(&frame, None, clock)).unwrap());
        let error =
            engine.composite(first, &output).expect_err("a frame was shown under another one's matte");
        assert!(matches!(&error, EngineError::Frame(_)), "{error}");
        engine.composite(second, &output).expect("the last frame has its own matte");
    }
}

#[test]
fn no_frame_is_shown_on_a_destroyed_device_on_gpu() {
    let gpu = request();
    let (mut engine, frame, output) = engine(&gpu);
    let mut show = || {
        let segmented = block_on(engine.segment(&frame, None, Clock::Cpu))?;
        engine.composite(segmented, &output)
    };
    show().expect("the device is there");
    gpu.device().destroy();
    // Native devices report their end when they are polled.
    block_on(gpu.completed());
    let error = show().expect_err("a frame was shown on a destroyed device");
    assert!(matches!(error, EngineError::DeviceLost(_) | EngineError::Gpu(_)), "{error}");
}

/// Asks the device for what no device has: it reports an error by itself.
fn provoke(graphics: &Graphics) {
    let usage = wgpu::BufferUsages::MAP_READ | wgpu::BufferUsages::MAP_WRITE;
    let descriptor = wgpu::BufferDescriptor { label: None, size: 4, usage, mapped_at_creation: false };
    drop(graphics.device().create_buffer(&descriptor));
}

#[test]
fn an_error_of_the_gpu_fails_one_frame_and_no_model_that_was_prepared_later_on_gpu() {
    let gpu = request();
    let (mut engine, frame, output) = engine(&gpu);
    let segmented = block_on(engine.segment(&frame, None, Clock::Cpu)).unwrap();
    provoke(&gpu);
    let prepared = block_on(PreparedModel::on_gpu(&gpu, &model("selfie_segmentation_landscape")));
    prepared.expect("the error came before");
    let error = engine.composite(segmented, &output).expect_err("the model took the frame's error");
    assert!(matches!(error, EngineError::Gpu(_)), "{error}");
    let segmented = block_on(engine.segment(&frame, None, Clock::Cpu)).expect("it was reported once");
    engine.composite(segmented, &output).unwrap();
}

#[test]
fn every_engine_on_a_gpu_learns_of_its_error_on_gpu() {
    let gpu = request();
    let engines = [engine(&gpu), engine(&gpu)];
    provoke(&gpu);
    for (mut engine, ..) in engines {
        let error = engine.check().expect_err("another engine took the error");
        assert!(matches!(error, EngineError::Gpu(_)), "{error}");
        engine.check().expect("it was reported once");
    }
}

#[test]
fn pictures_that_are_no_textures_are_frame_errors_on_gpu() {
    let gpu = gpu();
    let limit = gpu.device().limits().max_texture_dimension_2d;
    for (width, height) in [(0, 0), (0, 8), (8, 0), (limit + 1, 8), (8, u32::MAX)] {
        let error = gpu.check_size(Size { width, height }).expect_err("no texture has this size");
        assert_eq!(error.code(), "frame", "{error}");
        assert!(error.to_string().contains(&format!("{width}x{height}")), "{error}");
    }
    gpu.check_size(Size { width: limit, height: 1 }).expect("the largest that there are");
}

/// What both kinds of engine refuse: `segment` shows a frame of [`SMALL`] as it is meant to be, `reuse` tries to show another
/// one of a size after a time.
fn refuses_mattes_that_are_not_the_frames<S: Segmentation>(
    engine: &mut Engine<S>,
    segment: impl Fn(&mut Engine<S>),
    reuse: impl Fn(&mut Engine<S>, Size, Duration) -> Result<(), EngineError>,
    model: impl Fn(&mut Engine<S>),
) {
    let now = Duration::from_millis(33);
    let expect_none = |found: Result<(), EngineError>| {
        let error = found.expect_err("a frame was shown under a matte that is not to be used again");
        assert!(matches!(error, EngineError::Matte(_)) && error.code() == "matte", "{error}");
    };
    expect_none(reuse(engine, SMALL, now));
    segment(engine);
    for age in [now, now, Duration::ZERO, MAX_MATTE_AGE] {
        reuse(engine, SMALL, age).expect("the matte is new enough");
    }
    expect_none(reuse(engine, SMALL, MAX_MATTE_AGE + Duration::from_nanos(1)));
    expect_none(reuse(engine, Size { width: 48, height: 64 }, now));
    reuse(engine, SMALL, now).expect("what was refused leaves the matte where it was");
    model(engine);
    expect_none(reuse(engine, SMALL, now));
    segment(engine);
    reuse(engine, SMALL, now).expect("the new network's matte");
}

#[test]
fn a_matte_is_used_again_for_frames_of_its_size_and_time_alone_on_gpu() {
    let gpu = gpu();
    let (mut on_gpu, frame, output) = engine(&gpu);
    refuses_mattes_that_are_not_the_frames(
        &mut on_gpu,
        |engine| {
            let segmented = block_on(engine.segment(&frame, None, Clock::Cpu)).unwrap();
            engine.composite(segmented, &output).unwrap();
        },
        |engine, size, age| {
            let frame = gpu.texture(size, wgpu::TextureUsages::TEXTURE_BINDING)?;
            let segmented = engine.reuse_matte(&frame, age)?;
            engine.composite(segmented, &target(&gpu, size))
        },
        |engine| {
            let model = block_on(PreparedModel::on_gpu(&gpu, &model("selfie_segmentation"))).unwrap();
            engine.set_model(model);
        },
    );

    let nothing = |size: Size| Picture::new(size, vec![0; size.pixels() * 4]).unwrap();
    refuses_mattes_that_are_not_the_frames(
        &mut engine_on_cpu(),
        |engine| {
            let segmented = block_on(engine.segment(&nothing(SMALL), None)).unwrap();
            let output = target(engine.graphics(), SMALL);
            engine.composite(segmented, &output).unwrap();
        },
        |engine, size, age| {
            let segmented = engine.reuse_matte(&nothing(size), age)?;
            let output = target(engine.graphics(), size);
            engine.composite(segmented, &output)
        },
        |engine| {
            let model = block_on(PreparedModel::on_cpu(&model("selfie_segmentation_landscape"))).unwrap();
            engine.set_model(model);
        },
    );
}

#[test]
fn a_matte_that_was_never_shown_is_not_used_again_on_gpu() {
    let gpu = gpu();
    let (mut engine, frame, output) = engine(&gpu);
    let segment = |engine: &mut Engine<OnGpu>| block_on(engine.segment(&frame, None, Clock::Cpu)).unwrap();
    drop(segment(&mut engine));
    assert!(engine.reuse_matte(&frame, Duration::ZERO).is_err(), "a matte that nothing made was used");
    // Made by the old network, and shown after the new one came.
    let segmented = segment(&mut engine);
    engine.set_model(block_on(PreparedModel::on_gpu(&gpu, &model("selfie_segmentation"))).unwrap());
    engine.composite(segmented, &output).unwrap();
    assert!(engine.reuse_matte(&frame, Duration::ZERO).is_err(), "another network's matte was used");
}

#[test]
fn a_mask_of_the_callers_is_shown_and_not_used_again_on_gpu() {
    let picture = astronaut();
    let mut engine = engine_on_cpu();
    // Its light would fall on all that the network takes for the room.
    engine.set_blending(Blending { light_wrap: 0.0, match_brightness: false }).unwrap();
    engine.set_background(&Background::Color([0, 255, 0])).unwrap();
    let output = target(engine.graphics(), picture.size());
    let all = Picture::new(picture.size(), [0, 0, 0, 255].repeat(picture.size().pixels())).unwrap();
    let mask = engine.graphics().upload(&all, None).unwrap();
    let segmented = block_on(engine.segment(&picture, None)).unwrap().under_mask(&mask).unwrap();
    engine.composite(segmented, &output).unwrap();
    let shown = block_on(engine.graphics().download(output.texture())).unwrap();
    for at in PERSON.into_iter().chain(BACKGROUND) {
        assert_eq!(pixel(&shown, at), pixel(&picture, at), "at {at:?}");
    }
    assert!(engine.reuse_matte(&picture, Duration::ZERO).is_err(), "the caller's mask was used again");
}

#[test]
fn a_frame_under_a_matte_used_again_shows_its_own_person_on_gpu() {
    let picture = astronaut();
    let dark =
        Picture::new(picture.size(), picture.pixels().iter().map(|level| level / 2 + 128).collect()).unwrap();
    let mut engine = engine_on_cpu();
    engine.set_background(&Background::Color([0, 255, 0])).unwrap();
    let output = target(engine.graphics(), picture.size());
    let segmented = block_on(engine.segment(&picture, None)).unwrap();
    engine.composite(segmented, &output).unwrap();
    let segmented = engine.reuse_matte(&dark, Duration::from_millis(33)).unwrap();
    assert_eq!((segmented.cpu, segmented.completed), Default::default());
    engine.composite(segmented, &output).unwrap();
    let shown = block_on(engine.graphics().download(output.texture())).unwrap();
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
