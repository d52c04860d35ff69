//! A damaged model shows nothing of the camera.

mod damage;

mod astronaut;

use std::sync::OnceLock;

use cyclorama_engine::effects::{Background, MaskStatus};
use cyclorama_engine::{Backend, Clock, ComputeContext, Engine, EngineError, PreparedModel, Stills};
use cyclorama_testing::{model, needs_gpu};
use damage::Half;
use pollster::block_on;

use astronaut::astronaut;

const FORMAT: wgpu::TextureFormat = wgpu::TextureFormat::Rgba8Unorm;

/// The GPU of all tests, except the one that destroys its own.
fn gpu() -> &'static ComputeContext {
    static GPU: OnceLock<ComputeContext> = OnceLock::new();
    needs_gpu();
    GPU.get_or_init(|| block_on(ComputeContext::request()).expect("a Vulkan, Metal or DX12 adapter"))
}

/// Asserts that damaged models show nothing of the camera.
fn damage_and_show(name: &str, backend: &Backend) {
    let image = astronaut();
    let green = [0, 255, 0, 255].repeat(image.size().pixels());
    let good = model(name);
    for (damaged, status) in [
        (damage::constant(&good, Half::ZERO), MaskStatus::Constant),
        (damage::constant(&good, Half::MAX), MaskStatus::Constant),
        // The mask of an empty room.
        (damage::constant(&good, Half::MIN), MaskStatus::Valid),
        (damage::overflowing(&good), MaskStatus::NotFinite),
    ] {
        let mut stills =
            block_on(Stills::new(backend.clone(), &damaged)).expect("the importer accepts the damaged file");
        let (shown, _) = block_on(stills.composite(&image, &Background::Color([0, 255, 0]), None)).unwrap();
        assert!(shown.pixels() == green, "{name}, {status:?}: something of the image is shown");
        assert_eq!(block_on(stills.mask_status()).unwrap(), status, "{name}");
    }
}

/// The output of one of Meet's models is a pair of logits, that of the other model a probability.
mod a_damaged_model_shows_nothing_of_the_camera {
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

fn assert_valid_mask(backend: Backend) {
    let mut stills = block_on(Stills::new(backend, &model("selfie_segmentation"))).unwrap();
    let background = Background::Color([0, 255, 0]);
    block_on(stills.composite(&astronaut(), &background, None)).unwrap();
    assert_eq!(block_on(stills.mask_status()).unwrap(), MaskStatus::Valid);
}

#[test]
fn an_undamaged_model_has_a_valid_mask_on_cpu() {
    assert_valid_mask(Backend::Cpu);
}

#[test]
fn an_undamaged_model_has_a_valid_mask_on_gpu() {
    assert_valid_mask(Backend::Gpu(gpu().clone()));
}

#[test]
fn the_status_is_that_of_the_last_composited_frame_on_gpu() {
    needs_gpu();
    let gpu = block_on(ComputeContext::request()).expect("a Vulkan, Metal or DX12 adapter");
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
    // Nothing is written to it: the frame of a covered lens.
    let frame = texture(wgpu::TextureUsages::TEXTURE_BINDING);
    let output =
        texture(wgpu::TextureUsages::RENDER_ATTACHMENT).create_view(&wgpu::TextureViewDescriptor::default());
    let mask_check = engine.mask_check();
    let status = || block_on(mask_check.status());
    assert_eq!(status().unwrap(), MaskStatus::Valid, "before the first frame");

    let segmented = block_on(engine.segment(&frame, None, Clock::Cpu)).unwrap();
    segmented.composite(&output).unwrap();
    assert_eq!(status().unwrap(), MaskStatus::Valid);

    let damaged = damage::constant(&good, Half::ZERO);
    engine.set_model(block_on(PreparedModel::on_gpu(&gpu, &damaged)).unwrap());
    let segmented = block_on(engine.segment(&frame, None, Clock::Cpu)).unwrap();
    assert_eq!(status().unwrap(), MaskStatus::Valid, "a frame that is not composited yet");
    segmented.composite(&output).unwrap();
    assert_eq!(status().unwrap(), MaskStatus::Constant);

    engine.set_model(block_on(PreparedModel::on_gpu(&gpu, &good)).unwrap());
    let segmented = block_on(engine.segment(&frame, None, Clock::Cpu)).unwrap();
    segmented.composite(&output).unwrap();
    assert_eq!(status().unwrap(), MaskStatus::Valid, "after the damaged model");

    gpu.device().destroy();
    block_on(gpu.completed());
    let error = status().expect_err("a status of a destroyed device");
    assert!(matches!(error, EngineError::DeviceLost(_)), "{error}");
}
