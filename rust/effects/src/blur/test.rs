use super::cpu::{blur, unweigh};
use super::*;
use crate::composite::cpu::composite;
use crate::matte::cpu::Matte;
use crate::picture::to_level;
use crate::testing::{SIZES, assert_close, disc, gpu, matte, plain, scene, size};
use crate::{Background, Blending, BlurStrength, Picture, Refinement};

const RADII: [f32; 4] = [0.4, 6.0, 14.0, 128.0];

/// Texels of the blurred background: the squares of RGB times the weight, and the weight.
fn on_gpu(pass: &mut BlurPass, frame: &Picture, matte: &Matte, radius: f32) -> Vec<[f32; 4]> {
    let gpu = gpu();
    let matte = gpu.matte(matte);
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
        let [r, g, b] = if weight > 0.1 { unweigh(texel, [0.5; 3]) } else { [0.0; 3] };
        [r, g, b, texel[3]].map(to_level)
    });
    Picture::new(size, pixels.collect()).unwrap()
}

#[test]
fn gpu_agrees_with_the_twin() {
    let mut pass = BlurPass::new(&gpu().device);
    for frame in SIZES.map(|size| scene(size, 3)) {
        for mask in [size(40, 23), size(300, 200), size(1, 1)] {
            let matte = matte(&frame, &disc(mask), mask, Refinement::Guided);
            for radius in RADII {
                let found = on_gpu(&mut pass, &frame, &matte, radius);
                assert!(found.as_flattened().iter().all(|value| value.is_finite()));
                let expected = blur(&frame, &matte, radius);
                let name = format!("blur {} mask {mask} radius {radius}", frame.size());
                let [found, expected] =
                    [&found, &expected.pixels].map(|texels| visible(expected.size, texels, &expected.pixels));
                // The root at the end magnifies what is rounded where it is dark.
                assert_close(&name, &found, &expected, 0.5, 8);
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
    // half of its rim lies inside of the person. Reached: 24 of 255 levels, where a
    // sample mixes both across the outline.
    let background: Vec<bool> = hard.iter().map(|person| *person == 0.0).collect();
    for probability in [hard, person] {
        for strength in [BlurStrength::Low, BlurStrength::Medium, BlurStrength::High] {
            let blur = Background::Blur { radius: strength.radius() };
            let matte = matte(&frame, &probability, extent, Refinement::None);
            let shown = composite(&frame, &matte, &blur, Blending::default()).unwrap();
            let levels = shown.pixels().as_chunks::<4>().0.iter().zip(&background);
            let brightest = levels.filter(|(_, background)| **background).map(|(pixel, _)| pixel[0]).max();
            assert!(brightest <= Some(25), "{strength:?}: {brightest:?}");
        }
    }
}

#[test]
fn an_even_background_stays_even() {
    let extent = size(97, 61);
    let frame = plain(extent, [200, 100, 50, 255]);
    let matte = matte(&frame, &disc(extent), extent, Refinement::None);
    for radius in RADII {
        let blurred = blur(&frame, &matte, radius);
        for texel in blurred.pixels.iter().filter(|texel| texel[3] > 1e-6) {
            assert_eq!(
                unweigh(*texel, [200, 100, 50].map(|level: u8| f32::from(level) / 255.0)).map(to_level),
                [200, 100, 50]
            );
        }
    }
}

#[test]
fn all_person_leaves_no_weight_and_stays_finite() {
    let frame = scene(size(97, 61), 4);
    let matte = matte(&frame, &[1.0], size(1, 1), Refinement::None);
    let found = on_gpu(&mut BlurPass::new(&gpu().device), &frame, &matte, 14.0);
    assert!(found.iter().all(|texel| *texel == [0.0; 4]));
    let around = [0.2, 0.4, 0.6];
    assert!(unweigh([0.0; 4], around).iter().zip(around).all(|(a, b)| (a - b).abs() < 1e-6));
}

#[test]
fn a_lamp_outshines_what_is_around_it() {
    let extent = size(320, 180);
    let frame = Picture::from_rows(extent, |y, row| {
        row.fill([30, 30, 30, 255]);
        if (80..100).contains(&y) {
            row[150..170].fill([255, 255, 255, 255]);
        }
    });
    let matte = matte(&frame, &[0.0], size(1, 1), Refinement::None);
    let blurred = blur(&frame, &matte, 60.0);
    let centre =
        blurred.pixels[(blurred.size.height / 2 * blurred.size.width + blurred.size.width / 2) as usize];
    // The same share of white mixed as the levels are encoded.
    let light = centre[0] / centre[3];
    let share = (light - (30.0_f32 / 255.0).powi(2)) / (1.0 - (30.0_f32 / 255.0).powi(2));
    let encoded = (30.0 + share * 225.0) / 255.0;
    assert!(share > 0.05 && unweigh(centre, [0.0; 3])[0] > encoded + 0.1, "{centre:?} beside {encoded}");
}
