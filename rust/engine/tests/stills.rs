//! The engine on real pictures and models: GPU and CPU give the same picture, faults give typed errors.

use std::path::{Path, PathBuf};

use cyclorama_engine::effects::{Background, BlurStrength, Fit, Picture, Size};
use cyclorama_engine::{Backend, Clock, Engine, EngineError, Gpu, Stills};
use pollster::block_on;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn model(name: &str) -> Vec<u8> {
    let path = root().join("models").join(name).with_extension("tflite");
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}; run `npm run setup`", path.display()))
}

fn astronaut() -> Picture {
    let image =
        image::open(root().join("tests/data/astronaut.png")).expect("the picture is part of the repository");
    let image = image.into_rgba8();
    let size = Size { width: image.width(), height: image.height() };
    Picture::new(size, image.into_raw()).expect("as many bytes as pixels")
}

fn gpu() -> Gpu {
    block_on(Gpu::request()).expect("a Vulkan, Metal or DX12 adapter")
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

#[test]
fn nothing_of_the_room_is_left_under_full_transparency() {
    let picture = astronaut();
    for backend in [Backend::Gpu(gpu()), Backend::Cpu] {
        let mut stills = block_on(Stills::new(backend, &model("selfie_segmentation"))).unwrap();
        let (cut_out, _) = block_on(stills.composite(&picture, &Background::Transparent, None)).unwrap();
        let clear: Vec<_> = cut_out.pixels().as_chunks().0.iter().filter(|pixel| pixel[3] == 0).collect();
        assert!(clear.len() > 10_000, "no background was cut out");
        assert!(clear.iter().all(|pixel| **pixel == [0; 4]));
    }
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

#[test]
fn what_hides_a_frame_has_a_size() {
    for backend in [Backend::Gpu(gpu()), Backend::Cpu] {
        let mut stills = block_on(Stills::new(backend, &model("segm_lite_v681"))).unwrap();
        let mut hide =
            |width, height| block_on(stills.hide(None, Size { width, height }, &Background::Transparent));
        for (width, height) in [(0, 4), (4, 0), (1 << 30, 4)] {
            let error = hide(width, height).unwrap_err();
            assert!(error.to_string().contains(&format!("{width}x{height}")), "{error}");
        }
        let hidden = hide(5, 3).expect("a fault leaves the GPU as it was");
        assert_eq!((hidden.size(), hidden.pixels()), (Size { width: 5, height: 3 }, &[0; 60][..]));
    }
}

#[test]
fn gpu_and_cpu_see_the_same_person() {
    let picture = astronaut();
    let bytes = model("segm_full_v679");
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
    let cpu = block_on(Stills::new(Backend::Cpu, &model("segm_lite_v681"))).unwrap();
    assert_eq!(cpu.mask_size(), Size { width: 160, height: 96 });
    let segmenter =
        block_on(cyclorama_engine::Segmenter::new(&model("segm_lite_v681"), Backend::Cpu)).unwrap();
    let error = block_on(segmenter.probability(vec![0.0; 7])).unwrap_err();
    assert_eq!(error.code(), "frame");
    assert!(error.to_string().contains("46080") && error.to_string().contains('7'), "{error}");
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
fn engine(gpu: &Gpu) -> (Engine, wgpu::Texture, wgpu::TextureView) {
    let format = wgpu::TextureFormat::Rgba8Unorm;
    let engine = block_on(Engine::new(gpu.clone(), &model("segm_lite_v681"), format)).unwrap();
    let frame = gpu.device().create_texture(&wgpu::TextureDescriptor {
        label: None,
        size: wgpu::Extent3d { width: 64, height: 48, depth_or_array_layers: 1 },
        mip_level_count: 1,
        sample_count: 1,
        dimension: wgpu::TextureDimension::D2,
        format,
        usage: wgpu::TextureUsages::TEXTURE_BINDING,
        view_formats: &[],
    });
    let target = gpu.device().create_texture(&wgpu::TextureDescriptor {
        label: None,
        size: frame.size(),
        mip_level_count: 1,
        sample_count: 1,
        dimension: wgpu::TextureDimension::D2,
        format,
        usage: wgpu::TextureUsages::RENDER_ATTACHMENT,
        view_formats: &[],
    });
    (engine, frame, target.create_view(&wgpu::TextureViewDescriptor::default()))
}

#[test]
fn a_frame_is_not_shown_under_the_matte_of_the_next() {
    let (mut engine, frame, output) = engine(&gpu());
    for clock in [Clock::Encode, Clock::Completed] {
        let [first, second] = [0, 1].map(|_| block_on(engine.segment(&frame, None, clock)).unwrap());
        let error =
            engine.composite(first, &output).expect_err("a frame was shown under another one's matte");
        assert!(matches!(&error, EngineError::Frame(_)), "{error}");
        engine.composite(second, &output).expect("the last frame has its own matte");
    }
}

#[test]
fn no_frame_is_shown_on_a_destroyed_device() {
    let gpu = gpu();
    let (mut engine, frame, output) = engine(&gpu);
    let mut show = || {
        let segmented = block_on(engine.segment(&frame, None, Clock::Encode))?;
        engine.composite(segmented, &output)
    };
    show().expect("the device is there");
    gpu.device().destroy();
    // Native devices report their end when they are polled.
    block_on(gpu.completed());
    let error = show().expect_err("a frame was shown on a destroyed device");
    assert!(matches!(error, EngineError::DeviceLost(_) | EngineError::Gpu(_)), "{error}");
}
