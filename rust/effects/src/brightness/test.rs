use super::cpu::gain;
use super::*;
use crate::gpu::view;
use crate::testing::{disc, gpu, matte, plain, scene, size};
use crate::{Picture, Refinement};

fn of(frame: &Picture, glow: &Picture) -> [f32; 2] {
    let gpu = gpu();
    let mask = size(64, 36);
    let matte = matte(frame, &disc(mask), mask, Refinement::Guided);
    let mut pass = BrightnessPass::new(&gpu.device);
    let (on_gpu, picture) = (gpu.matte(&matte), view(&gpu.texture(glow)));
    let found = gpu.submit(|encoder| pass.encode(&mut encoder.into(), &on_gpu, &picture));
    let bytes = gpu.read_texture(&found);
    [half::f16::from_le_bytes([bytes[0], bytes[1]]).to_f32(), gain(&matte, glow)]
}

#[test]
fn gpu_agrees_with_the_twin() {
    for (frame, glow) in [(1, 2), (3, 4)].map(|(a, b)| (scene(size(320, 180), a), scene(size(32, 18), b))) {
        let [found, expected] = of(&frame, &glow);
        assert!((found - expected).abs() < 0.01, "{found} {expected}");
    }
}

#[test]
fn a_bright_picture_is_dimmed_for_a_dim_room_but_not_put_out() {
    let gray = |level: u8, extent| plain(extent, [level, level, level, 255]);
    for (room, picture, expected) in [(80, 120, 80.0 / 120.0), (10, 250, 0.5), (250, 10, 2.0), (9, 0, 2.0)] {
        for found in of(&gray(room, size(320, 180)), &gray(picture, size(32, 18))) {
            assert!((found - expected).abs() < 0.01, "{room} before {picture}: {found}");
        }
    }
}
