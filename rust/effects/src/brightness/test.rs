use super::cpu::gain;
use super::*;
use crate::gpu::view;
use crate::matte::cpu::Matte;
use crate::testing::{disc, gpu, matte, plain, scene, size};
use crate::{Picture, Refinement};

fn matte_of(frame: &Picture) -> Matte {
    let mask = size(64, 36);
    matte(frame, &disc(mask), mask, Refinement::Guided)
}

fn on_cpu(frame: &Picture, glow: &Picture) -> f32 {
    gain(&matte_of(frame), glow)
}

fn on_gpu(frame: &Picture, glow: &Picture) -> f32 {
    let gpu = gpu();
    let mut pass = BrightnessPass::new(&gpu.device);
    let (matte, picture) = (gpu.matte(&matte_of(frame)), view(&gpu.texture(glow)));
    let found = gpu.submit(|encoder| pass.encode(&mut encoder.into(), &matte, &picture));
    let bytes = gpu.read_texture(&found);
    half::f16::from_le_bytes([bytes[0], bytes[1]]).to_f32()
}

#[test]
fn agrees_with_the_twin_on_gpu() {
    for (frame, glow) in [(1, 2), (3, 4)].map(|(a, b)| (scene(size(320, 180), a), scene(size(32, 18), b))) {
        let (found, expected) = (on_gpu(&frame, &glow), on_cpu(&frame, &glow));
        assert!((found - expected).abs() < 0.01, "{found} {expected}");
    }
}

/// A bright picture must be dimmed for a dim room, but not put out.
#[track_caller]
fn assert_dims(gain: fn(&Picture, &Picture) -> f32) {
    let gray = |level: u8, extent| plain(extent, [level, level, level, 255]);
    for (room, picture, expected) in [(80, 120, 80.0 / 120.0), (10, 250, 0.5), (250, 10, 2.0), (9, 0, 2.0)] {
        let found = gain(&gray(room, size(320, 180)), &gray(picture, size(32, 18)));
        assert!((found - expected).abs() < 0.01, "{room} before {picture}: {found}");
    }
}

#[test]
fn a_bright_picture_is_dimmed_for_a_dim_room_but_not_put_out() {
    assert_dims(on_cpu);
}

#[test]
fn a_bright_picture_is_dimmed_for_a_dim_room_but_not_put_out_on_gpu() {
    assert_dims(on_gpu);
}
