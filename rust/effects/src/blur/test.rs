use super::cpu::{blur, unweigh};
use super::*;
use crate::composite::cpu::composite;
use crate::matte::cpu::Matte;
use crate::picture::to_level;
use crate::testing::{SIZES, assert_close, disc, gpu, plain, scene, size};
use crate::{Background, BlurStrength, Picture};

const RADII: [f32; 4] = [0.4, 6.0, 14.0, 128.0];

/// Texels of the blurred background: RGB times the weight, and the weight.
fn on_gpu(pass: &mut BlurPass, frame: &Picture, matte: &Matte, radius: f32) -> Vec<[f32; 4]> {
    let gpu = gpu();
    let gray = matte.levels.iter().flat_map(|level| [*level, 0, 0, u8::MAX]).collect();
    let matte = view(&gpu.texture(&Picture::new(matte.size, gray).unwrap()));
    let frame = gpu.texture(frame);
    let blurred = gpu.submit(|encoder| pass.encode(encoder, &frame, &matte, radius));
    let bytes = gpu.read_texture(&blurred);
    let channel = |bytes: &[u8; 2]| half::f16::from_le_bytes(*bytes).to_f32();
    let texel = |bytes: &[[u8; 2]; 4]| bytes.each_ref().map(channel);
    bytes.as_chunks().0.as_chunks().0.iter().map(texel).collect()
}

/// The colours where `weights` has enough of a weight to tell them, and the weights in alpha.
fn visible(size: Size, texels: &[[f32; 4]], weights: &[[f32; 4]]) -> Picture {
    let pixels = texels.iter().zip(weights).flat_map(|(&texel, &[.., weight])| {
        let [r, g, b] = if weight > 0.01 { unweigh(texel) } else { [0.0; 3] };
        [r, g, b, texel[3]].map(to_level)
    });
    Picture::new(size, pixels.collect()).unwrap()
}

#[test]
fn gpu_agrees_with_the_twin() {
    let mut pass = BlurPass::new(&gpu().device);
    for frame in SIZES.map(|size| scene(size, 3)) {
        for mask in [size(40, 23), size(300, 200), size(1, 1)] {
            let matte = Matte::new(&disc(mask), mask).unwrap();
            for radius in RADII {
                let found = on_gpu(&mut pass, &frame, &matte, radius);
                assert!(found.as_flattened().iter().all(|value| value.is_finite()));
                let expected = blur(&frame, &matte, radius);
                let name = format!("blur {} mask {mask} radius {radius}", frame.size());
                let [found, expected] =
                    [&found, &expected.pixels].map(|texels| visible(expected.size, texels, &expected.pixels));
                assert_close(&name, &found, &expected, 0.5, 3);
            }
        }
    }
}

#[test]
fn the_person_does_not_bleed_into_the_background() {
    let extent = size(320, 180);
    let person = disc(extent);
    let hard: Vec<f32> = person.iter().map(|p| p.round()).collect();
    let frame = Picture::from_rows(extent, |y, row| {
        for (x, pixel) in row.iter_mut().enumerate() {
            let white = hard[y * extent.width as usize + x] > 0.0;
            *pixel = if white { [u8::MAX; 4] } else { [0, 0, 0, u8::MAX] };
        }
    });
    // The first mask follows the person's outline, so that only samples that lie across it bleed; the second is soft and
    // half of its rim lies inside of the person. Reached: 9 of 255 levels; with uncubed weights it would be 25.
    let background: Vec<bool> = hard.iter().map(|person| *person == 0.0).collect();
    for probability in [hard, person] {
        for strength in [BlurStrength::Low, BlurStrength::Medium, BlurStrength::High] {
            let blur = Background::Blur { radius: strength.radius() };
            let shown = composite(&frame, &probability, extent, &blur).unwrap();
            let levels = shown.pixels().as_chunks::<4>().0.iter().zip(&background);
            let brightest = levels.filter(|(_, background)| **background).map(|(pixel, _)| pixel[0]).max();
            assert!(brightest <= Some(10), "{strength:?}: {brightest:?}");
        }
    }
}

#[test]
fn an_even_background_stays_even() {
    let extent = size(97, 61);
    let matte = Matte::new(&disc(extent), extent).unwrap();
    for radius in RADII {
        let blurred = blur(&plain(extent, [200, 100, 50, 255]), &matte, radius);
        for texel in blurred.pixels.iter().filter(|texel| texel[3] > 1e-6) {
            assert_eq!(unweigh(*texel).map(to_level), [200, 100, 50]);
        }
    }
}

#[test]
fn all_person_leaves_no_weight_and_stays_finite() {
    let frame = scene(size(97, 61), 4);
    let matte = Matte::new(&[1.0], size(1, 1)).unwrap();
    let found = on_gpu(&mut BlurPass::new(&gpu().device), &frame, &matte, 14.0);
    assert!(found.iter().all(|texel| *texel == [0.0; 4]));
    assert_eq!(unweigh([0.0; 4]), [0.0; 3]);
}
