use super::cpu::gain;
use super::pass::BrightnessPass;
use crate::gpu::view;
use crate::matte::cpu::Matte;
use crate::testing::{disc, gpu, matte, plain, scene, size};
use crate::{Image, Refinement};

fn matte_of(frame: &Image) -> Matte {
    let mask = size(64, 36);
    matte(frame, &disc(mask), mask, Refinement::Guided)
}

fn on_cpu(frame: &Image, light_map: &Image) -> f32 {
    gain(&matte_of(frame), light_map)
}

fn on_gpu(frame: &Image, light_map: &Image) -> f32 {
    let gpu = gpu();
    let mut pass = BrightnessPass::new(&gpu.device);
    let (matte, image) = (gpu.matte(&matte_of(frame)), view(&gpu.texture(light_map)));
    let found = gpu.submit(|encoder| pass.encode(&mut encoder.into(), &matte, &image));
    let bytes = gpu.read_texture(&found);
    half::f16::from_le_bytes([bytes[0], bytes[1]]).to_f32()
}

#[test]
fn agrees_with_the_twin_on_gpu() {
    for (frame, light_map) in
        [(1, 2), (3, 4)].map(|(a, b)| (scene(size(320, 180), a), scene(size(32, 18), b)))
    {
        let (found, expected) = (on_gpu(&frame, &light_map), on_cpu(&frame, &light_map));
        assert!((found - expected).abs() < 0.01, "{found} {expected}");
    }
}

/// Asserts that a bright image is dimmed for a dim room, but not to black.
#[track_caller]
fn assert_dims(gain: fn(&Image, &Image) -> f32) {
    let gray = |level: u8, extent| plain(extent, [level, level, level, 255]);
    for (room, image, expected) in [(80, 120, 80.0 / 120.0), (10, 250, 0.5), (250, 10, 2.0), (9, 0, 2.0)] {
        let found = gain(&gray(room, size(320, 180)), &gray(image, size(32, 18)));
        assert!((found - expected).abs() < 0.01, "{room} before {image}: {found}");
    }
}

#[test]
fn a_bright_image_is_dimmed_for_a_dim_room_but_not_to_black() {
    assert_dims(on_cpu);
}

#[test]
fn a_bright_image_is_dimmed_for_a_dim_room_but_not_to_black_on_gpu() {
    assert_dims(on_gpu);
}
