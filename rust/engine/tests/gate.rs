//! A network that computes nonsense shows nothing of the camera.

mod damage;

use std::sync::OnceLock;

use cyclorama_engine::effects::{Background, Picture, Size, Verdict};
use cyclorama_engine::{Backend, Clock, Engine, EngineError, Gpu, PreparedModel, Stills};
use cyclorama_testing::{model, needs_gpu, root};
use damage::Half;
use pollster::block_on;

const FORMAT: wgpu::TextureFormat = wgpu::TextureFormat::Rgba8Unorm;

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
    needs_gpu();
    GPU.get_or_init(|| block_on(Gpu::request()).expect("a Vulkan, Metal or DX12 adapter"))
}

/// A network that computes nonsense shows nothing of the camera.
fn damage_and_show(name: &str, backend: &Backend) {
    let picture = astronaut();
    let green = [0, 255, 0, 255].repeat(picture.size().pixels());
    let good = model(name);
    for (damaged, verdict) in [
        (damage::even(&good, Half::ZERO), Verdict::Constant),
        (damage::even(&good, Half::MAX), Verdict::Constant),
        // What a network says of an empty room.
        (damage::even(&good, Half::MIN), Verdict::Open),
        (damage::overflowing(&good), Verdict::NotFinite),
    ] {
        let mut stills =
            block_on(Stills::new(backend.clone(), &damaged)).expect("damage leaves what the importer reads");
        let (shown, _) = block_on(stills.composite(&picture, &Background::Color([0, 255, 0]), None)).unwrap();
        assert!(shown.pixels() == green, "{name}, {verdict:?}: something of the picture is shown");
        assert_eq!(block_on(stills.verdict()).unwrap(), verdict, "{name}");
    }
}

/// One of Meet's gives a pair of logits, the other network a probability.
mod a_network_that_computes_nonsense_shows_nothing_of_the_camera {
    use super::{Backend, damage_and_show, gpu};

    #[test]
    fn on_cpu() {
        damage_and_show("selfie_segmentation_landscape", &Backend::Cpu);
    }

    #[test]
    fn on_gpu() {
        damage_and_show("selfie_segmentation_landscape", &Backend::Gpu(gpu().clone()));
    }

    #[test]
    fn meet_on_cpu() {
        damage_and_show("segm_lite_v681", &Backend::Cpu);
    }

    #[test]
    fn meet_on_gpu() {
        damage_and_show("segm_lite_v681", &Backend::Gpu(gpu().clone()));
    }
}

fn open_gate(backend: Backend) {
    let mut stills = block_on(Stills::new(backend, &model("selfie_segmentation"))).unwrap();
    let background = Background::Color([0, 255, 0]);
    block_on(stills.composite(&astronaut(), &background, None)).unwrap();
    assert_eq!(block_on(stills.verdict()).unwrap(), Verdict::Open);
}

#[test]
fn an_undamaged_network_opens_the_gate_on_cpu() {
    open_gate(Backend::Cpu);
}

#[test]
fn an_undamaged_network_opens_the_gate_on_gpu() {
    open_gate(Backend::Gpu(gpu().clone()));
}

#[test]
fn the_verdict_is_that_on_the_last_frame_shown_on_gpu() {
    needs_gpu();
    let gpu = block_on(Gpu::request()).expect("a Vulkan, Metal or DX12 adapter");
    let good = model("selfie_segmentation_landscape");
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
