use super::cpu::blur;
use super::pass::BlurPass;
use crate::composite::cpu::composite;
use crate::matte::cpu::Matte;
use crate::testing::{SIZES, assert_close, disc, gpu, matte, plain, scene, size};
use crate::{Background, Blending, BlurStrength, Image, Refinement};

const RADII: [f32; 4] = [0.4, 6.0, 14.0, 128.0];

fn on_gpu(pass: &mut BlurPass, frame: &Image, matte: &Matte, radius: f32) -> Image {
    let gpu = gpu();
    let (frame, matte) = (gpu.texture(frame), gpu.matte(matte));
    let blurred = gpu.submit(|encoder| pass.encode(&mut encoder.into(), &frame, &matte, radius));
    gpu.read_image(&blurred)
}

#[test]
fn agrees_with_the_twin_on_gpu() {
    let mut pass = BlurPass::new(&gpu().device);
    for frame in SIZES.map(|size| scene(size, 3)) {
        for mask in [size(40, 23), size(300, 200), size(1, 1)] {
            let matte = matte(&frame, &disc(mask), mask, Refinement::Guided);
            for radius in RADII {
                let found = on_gpu(&mut pass, &frame, &matte, radius);
                let expected = blur(&frame, &matte, radius);
                let name = format!("blur {} mask {mask} radius {radius}", frame.size());
                // The root at the end amplifies rounding in dark areas and where weights are small.
                assert_close(&name, &found, &expected, 0.5, 4);
            }
        }
    }
}

#[test]
fn the_person_does_not_bleed_into_the_background() {
    let extent = size(320, 180);
    let soft = disc(extent);
    let hard: Vec<f32> = soft.iter().map(|p| p.round()).collect();
    let frame = Image::from_rows(extent, |y, row| {
        for (x, pixel) in row.iter_mut().enumerate() {
            let white = hard[y * extent.width as usize + x] > 0.0;
            *pixel = if white { [u8::MAX; 4] } else { [0, 0, 0, u8::MAX] };
        }
    });
    // The first mask follows the person's outline, so that only samples across it can bleed. The second is soft, and half
    // of its edge lies inside of the person. Measured: 0 and 12 of 255 levels.
    let background: Vec<bool> = hard.iter().map(|value| *value == 0.0).collect();
    for probability in [hard, soft] {
        for strength in [BlurStrength::Low, BlurStrength::Medium, BlurStrength::High] {
            let blur = Background::Blur { radius: strength.radius() };
            let matte = matte(&frame, &probability, extent, Refinement::None);
            let shown = composite(&frame, &matte, &blur, Blending::default()).unwrap();
            let levels = shown.pixels().as_chunks::<4>().0.iter().zip(&background);
            let brightest = levels.filter(|(_, background)| **background).map(|(pixel, _)| pixel[0]).max();
            assert!(brightest <= Some(12), "{strength:?}: {brightest:?}");
        }
    }
}

#[test]
fn a_constant_background_stays_constant() {
    let extent = size(97, 61);
    let frame = plain(extent, [200, 100, 50, 255]);
    let mut matte = matte(&frame, &disc(extent), extent, Refinement::None);
    // Deep inside of the person, far from the background, the replacement is not visible.
    matte.background.fill([200, 100, 50].map(|level: u8| f32::from(level) / 255.0));
    for radius in RADII {
        let blurred = blur(&frame, &matte, radius);
        let expected = plain(blurred.size(), [200, 100, 50, 255]);
        assert_close(&format!("constant, radius {radius}"), &blurred, &expected, 0.5, 1);
    }
}

/// Asserts that the blur of a frame without background is the local mean.
#[track_caller]
fn assert_local_mean(blur: impl FnOnce(&Image, &Matte) -> Image) {
    let frame = scene(size(97, 61), 4);
    let mut matte = matte(&frame, &[1.0], size(1, 1), Refinement::None);
    matte.background = vec![[0.2, 0.4, 0.6]];
    let found = blur(&frame, &matte);
    assert_close("all person", &found, &plain(found.size(), [51, 102, 153, 255]), 1.0, 1);
}

#[test]
fn a_frame_without_background_blurs_to_the_local_mean() {
    assert_local_mean(|frame, matte| blur(frame, matte, 14.0));
}

#[test]
fn a_frame_without_background_blurs_to_the_local_mean_on_gpu() {
    let mut pass = BlurPass::new(&gpu().device);
    assert_local_mean(|frame, matte| on_gpu(&mut pass, frame, matte, 14.0));
}

#[test]
fn a_lamp_outshines_its_surroundings() {
    let extent = size(320, 180);
    let frame = Image::from_rows(extent, |y, row| {
        row.fill([30, 30, 30, 255]);
        if (80..100).contains(&y) {
            row[150..170].fill([255, 255, 255, 255]);
        }
    });
    let matte = matte(&frame, &[0.0], size(1, 1), Refinement::None);
    let blurred = blur(&frame, &matte, 60.0);
    let center = blurred.row(blurred.size().height as usize / 2)[blurred.size().width as usize / 2][0];
    // The lamp's fraction of the light there, and the level if encoded levels were mixed.
    let light = |level: f32| (level / 255.0).powi(2);
    let fraction = (light(center.into()) - light(30.0)) / (1.0 - light(30.0));
    let encoded = 30.0 + fraction * 225.0;
    assert!(fraction > 0.05 && f32::from(center) > encoded + 25.0, "{center}, encoded {encoded}");
}
