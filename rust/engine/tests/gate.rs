//! A network that computes nonsense shows nothing of the camera.

mod damage;

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use cyclorama_engine::effects::{Background, Picture, Size, Verdict};
use cyclorama_engine::{Backend, Clock, Engine, EngineError, Gpu, PreparedModel, Stills};
use damage::Half;
use pollster::block_on;

const FORMAT: wgpu::TextureFormat = wgpu::TextureFormat::Rgba8Unorm;

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

/// The GPU that all tests share, but for the one that destroys its own.
fn gpu() -> &'static Gpu {
    static GPU: OnceLock<Gpu> = OnceLock::new();
    GPU.get_or_init(|| block_on(Gpu::request()).expect("a Vulkan, Metal or DX12 adapter"))
}

#[test]
fn a_network_that_computes_nonsense_shows_nothing_of_the_camera() {
    let picture = astronaut();
    let green = [0, 255, 0, 255].repeat(picture.size().pixels());
    // One that gives a logit and one that gives a pair.
    for name in ["selfie_segmentation_landscape", "segm_lite_v681"] {
        let good = model(name);
        for (damaged, verdict) in [
            (damage::even(&good, Half::ZERO), Verdict::Constant),
            (damage::even(&good, Half::MAX), Verdict::Constant),
            // What a network says of an empty room.
            (damage::even(&good, Half::MIN), Verdict::Open),
            (damage::overflowing(&good), Verdict::NotFinite),
        ] {
            for backend in [Backend::Gpu(gpu().clone()), Backend::Cpu] {
                let mut stills =
                    block_on(Stills::new(backend, &damaged)).expect("damage leaves what the importer reads");
                let (shown, _) =
                    block_on(stills.composite(&picture, &Background::Color([0, 255, 0]), None)).unwrap();
                assert!(shown.pixels() == green, "{name}, {verdict:?}: something of the picture is shown");
                assert_eq!(block_on(stills.verdict()).unwrap(), verdict, "{name}");
            }
        }
    }
}

#[test]
fn an_undamaged_network_opens_the_gate() {
    for backend in [Backend::Gpu(gpu().clone()), Backend::Cpu] {
        let mut stills = block_on(Stills::new(backend, &model("selfie_segmentation"))).unwrap();
        let background = Background::Color([0, 255, 0]);
        block_on(stills.composite(&astronaut(), &background, None)).unwrap();
        assert_eq!(block_on(stills.verdict()).unwrap(), Verdict::Open);
    }
}

#[test]
fn the_verdict_is_that_on_the_last_frame_shown() {
    let gpu = block_on(Gpu::request()).expect("a Vulkan, Metal or DX12 adapter");
    let good = model("segm_lite_v681");
    let mut engine = block_on(Engine::on_gpu(gpu.clone(), &good, FORMAT)).unwrap();
    let texture = |usage| {
        gpu.device().create_texture(&wgpu::TextureDescriptor {
            label: None,
            size: wgpu::Extent3d { width: 64, height: 48, depth_or_array_layers: 1 },
            mip_level_count: 1,
            sample_count: 1,
            dimension: wgpu::TextureDimension::D2,
            format: FORMAT,
            usage,
            view_formats: &[],
        })
    };
    // Nothing is written to it: the picture of a covered lens.
    let frame = texture(wgpu::TextureUsages::TEXTURE_BINDING);
    let output =
        texture(wgpu::TextureUsages::RENDER_ATTACHMENT).create_view(&wgpu::TextureViewDescriptor::default());
    let gate = engine.mask_gate();
    let verdict = || block_on(gate.verdict());
    assert_eq!(verdict().unwrap(), Verdict::Open, "before the first frame");

    let mut segmented = block_on(engine.segment(&frame, None, Clock::Cpu)).unwrap();
    engine.composite(segmented, &output).unwrap();
    assert_eq!(verdict().unwrap(), Verdict::Open);

    let damaged = damage::even(&good, Half::ZERO);
    engine.set_model(block_on(PreparedModel::on_gpu(&gpu, &damaged)).unwrap());
    segmented = block_on(engine.segment(&frame, None, Clock::Cpu)).unwrap();
    assert_eq!(verdict().unwrap(), Verdict::Open, "a frame that is not shown yet");
    engine.composite(segmented, &output).unwrap();
    assert_eq!(verdict().unwrap(), Verdict::Constant);

    engine.set_model(block_on(PreparedModel::on_gpu(&gpu, &good)).unwrap());
    segmented = block_on(engine.segment(&frame, None, Clock::Cpu)).unwrap();
    engine.composite(segmented, &output).unwrap();
    assert_eq!(verdict().unwrap(), Verdict::Open, "after the damage");

    gpu.device().destroy();
    block_on(gpu.completed());
    let error = verdict().expect_err("a verdict of a destroyed device");
    assert!(matches!(error, EngineError::DeviceLost(_)), "{error}");
}
