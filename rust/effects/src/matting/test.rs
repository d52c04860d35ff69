use std::time::Duration;

use super::*;
use crate::guided::cpu::fit;
use crate::picture::to_level;
use crate::testing::{SIZES, binding, disc, gpu, scene, size};
use crate::{Picture, Verdict, preprocess};

const REFINEMENTS: [Refinement; 3] = [Refinement::None, Refinement::Guided, Refinement::Bilateral];

fn halves(texture: &wgpu::TextureView) -> Vec<f32> {
    let bytes = gpu().read_texture(texture);
    bytes.as_chunks().0.iter().map(|half| half::f16::from_le_bytes(*half).to_f32()).collect()
}

/// The greatest difference, relative to values above 1.
fn difference(found: &[f32], expected: &[f32]) -> f32 {
    assert_eq!(found.len(), expected.len());
    found.iter().zip(expected).map(|(a, b)| (a - b).abs() / b.abs().max(1.0)).fold(0.0, f32::max)
}

#[test]
fn gpu_agrees_with_the_twin() {
    let gpu = gpu();
    for refinement in REFINEMENTS {
        let mut on_gpu = Matting::new(&gpu.device, &gpu.queue);
        let mut twin = cpu::Matting::default();
        let options = MattingOptions { refinement, steady: true };
        on_gpu.set_options(options);
        twin.set_options(options);
        for (number, frame) in SIZES.map(|size| scene(size, 5)).iter().enumerate() {
            for mask in [size(64, 36), size(37, 50), size(1, 1), size(3, 40)] {
                let guide = preprocess::cpu::resize(frame, mask).unwrap();
                let probability: Vec<f32> =
                    disc(mask).iter().enumerate().map(|(i, p)| p * 0.9 + (i % 11) as f32 * 0.01).collect();
                let (texture, buffers) =
                    (gpu.texture(frame), [gpu.buffer(&guide, 256), gpu.buffer(&probability, 512)]);
                let segmentation = Segmentation {
                    guide: binding(&buffers[0], 256),
                    probability: binding(&buffers[1], 512),
                    size: mask,
                };
                let since = (number % 2 == 1).then_some(Duration::from_millis(40));
                let found =
                    gpu.submit(|encoder| on_gpu.encode(encoder, &texture, &segmentation, since)).unwrap();
                let expected = twin.next(frame, &guide, &probability, mask, since).unwrap();

                let name = format!("{refinement:?}, frame {}, mask {mask}", frame.size());
                let coefficients =
                    difference(&halves(&found.coefficients), expected.coefficients.as_flattened());
                // The bilateral filter's weights magnify what a sampler rounds between the frame's 8-bit pixels.
                let allowed = if refinement == Refinement::Bilateral { 2e-2 } else { 2e-3 };
                assert!(coefficients < allowed, "{name}: coefficients differ by {coefficients}");
                let foreground = gpu.read_texture(&found.foreground);
                let background = gpu.read_texture(&found.background);
                let levels = expected.foreground.as_flattened().iter().map(|value| to_level(*value));
                let apart = levels.zip(foreground).map(|(a, b)| a.abs_diff(b)).max();
                assert!(apart <= Some(1), "{name}: foreground {apart:?}");
                let levels = expected.background.iter().flat_map(|&[r, g, b]| [r, g, b, 1.0].map(to_level));
                let apart = levels.zip(background).map(|(a, b)| a.abs_diff(b)).max();
                assert!(apart <= Some(1), "{name}: background {apart:?}");
            }
        }
    }
}

#[test]
fn without_steadying_a_frame_is_what_it_is_by_itself() {
    let frame = scene(size(64, 36), 1);
    let guide = preprocess::cpu::resize(&frame, size(64, 36)).unwrap();
    let run = |steady| {
        let mut matting = cpu::Matting::default();
        matting.set_options(MattingOptions { refinement: Refinement::None, steady });
        let since = Some(Duration::from_millis(33));
        let somebody = |person| (0..64 * 36).map(|i| if i < 64 { 0.0 } else { person }).collect::<Vec<f32>>();
        matting.next(&frame, &guide, &somebody(0.7), size(64, 36), since).unwrap();
        matting.next(&frame, &guide, &somebody(0.4), size(64, 36), since).unwrap().coefficients[1000][3]
    };
    assert_eq!(run(false), 0.4);
    assert!(run(true) > 0.65);
}

/// What a matte on the GPU is made of.
fn texels(matte: &Matte) -> [Vec<u8>; 3] {
    [&matte.coefficients, &matte.foreground, &matte.background].map(|texture| gpu().read_texture(texture))
}

#[test]
fn a_shut_gate_shows_nobody_and_the_next_frame_begins_anew() {
    let gpu = gpu();
    let mask = size(64, 36);
    let frame = scene(size(320, 180), 1);
    let texture = gpu.texture(&frame);
    let guide = preprocess::cpu::resize(&frame, mask).unwrap();
    let guide_buffer = gpu.buffer(&guide, 0);
    let good = disc(mask);
    let later: Vec<f32> = good.iter().map(|person| person * 0.6).collect();
    let since = Some(Duration::from_millis(33));
    let mut broken = good.clone();
    broken[1234] = f32::NAN;
    for refinement in REFINEMENTS {
        for (bad, verdict) in [
            (broken.clone(), Verdict::NotFinite),
            (vec![0.5; good.len()], Verdict::Constant),
            (good.iter().map(|person| 0.95 + 0.05 * person).collect(), Verdict::Everywhere),
        ] {
            let name = format!("{refinement:?}, {verdict:?}");
            let options = MattingOptions { refinement, steady: true };
            let on_gpu = || {
                let mut matting = Matting::new(&gpu.device, &gpu.queue);
                matting.set_options(options);
                matting
            };
            let next_on_gpu = |matting: &mut Matting, probability: &[f32]| {
                let probability = gpu.buffer(probability, 0);
                let segmentation = Segmentation {
                    guide: binding(&guide_buffer, 0),
                    probability: binding(&probability, 0),
                    size: mask,
                };
                let matte =
                    gpu.submit(|encoder| matting.encode(encoder, &texture, &segmentation, since)).unwrap();
                let code = gpu.read_buffer(matting.verdict_buffer());
                let code = u32::from_le_bytes(*code.first_chunk().unwrap());
                (matte, Verdict::from_code(code))
            };
            let mut matting = on_gpu();
            assert_eq!(next_on_gpu(&mut matting, &good).1, Verdict::Open, "{name}");
            let (matte, found) = next_on_gpu(&mut matting, &bad);
            assert_eq!(found, verdict, "{name}");
            assert!(halves(&matte.coefficients).iter().all(|value| *value == 0.0), "{name}");
            assert!(gpu.read_texture(&matte.foreground).chunks(4).all(|pixel| pixel[3] == 0), "{name}");
            let after = texels(&next_on_gpu(&mut matting, &later).0);
            assert!(after == texels(&next_on_gpu(&mut on_gpu(), &later).0), "{name}: the frame after");

            let mut twin = cpu::Matting::default();
            twin.set_options(options);
            let next = |twin: &mut cpu::Matting, probability: &[f32]| {
                twin.next(&frame, &guide, probability, mask, since).unwrap()
            };
            next(&mut twin, &good);
            assert_eq!(twin.verdict(), Verdict::Open, "{name}");
            let matte = next(&mut twin, &bad);
            assert_eq!(twin.verdict(), verdict, "{name}");
            assert!(matte.coefficients.iter().all(|pixel| *pixel == [0.0; 4]), "{name}");
            assert!(matte.foreground.iter().all(|pixel| pixel[3] == 0.0), "{name}");
            let mut fresh = cpu::Matting::default();
            fresh.set_options(options);
            let after = next(&mut twin, &later);
            assert_eq!(after.coefficients, next(&mut fresh, &later).coefficients, "{name}: the frame after");
            assert_eq!(twin.verdict(), Verdict::Open, "{name}");
        }
    }
}

#[test]
fn an_open_gate_changes_no_bit_of_a_matte() {
    let gpu = gpu();
    let mask = size(97, 61);
    let frame = scene(mask, 7);
    let texture = gpu.texture(&frame);
    let guide = preprocess::cpu::resize(&frame, mask).unwrap();
    let close_up: Vec<f32> = (0..mask.pixels()).map(|i| if i < 3 { 0.3 } else { 0.97 }).collect();
    for probability in [disc(mask), close_up, vec![0.1; mask.pixels()]] {
        let pixels = guide.as_chunks().0.iter().zip(&probability).flat_map(|(&[r, g, b], p)| [r, g, b, *p]);
        let pixels: Vec<f32> = pixels.collect();
        let (guide_buffer, buffer) = (gpu.buffer(&guide, 0), gpu.buffer(&probability, 0));
        let segmentation =
            Segmentation { guide: binding(&guide_buffer, 0), probability: binding(&buffer, 0), size: mask };
        let mut matting = Matting::new(&gpu.device, &gpu.queue);
        let found = gpu.submit(|encoder| matting.encode(encoder, &texture, &segmentation, None)).unwrap();
        let mut guided = GuidedPass::new(&gpu.device);
        let expected =
            gpu.submit(|encoder| guided.encode(&mut encoder.into(), &gpu.buffer(&pixels, 0), mask, true));
        assert!(texels(&found) == texels(&expected));

        let found = cpu::Matting::default().next(&frame, &guide, &probability, mask, None).unwrap();
        assert_eq!(found.coefficients, fit(pixels.as_chunks().0, mask).coefficients);
    }
}

#[test]
fn what_cannot_be_used_is_a_typed_error() {
    let gpu = gpu();
    let mut matting = Matting::new(&gpu.device, &gpu.queue);
    let frame = gpu.texture(&scene(size(8, 8), 1));
    let [guide, probability] = [gpu.buffer(&[0.0; 12], 0), gpu.buffer(&[0.0; 4], 0)];
    let mut encode = |size| {
        let segmentation =
            Segmentation { guide: binding(&guide, 0), probability: binding(&probability, 0), size };
        gpu.submit(|encoder| matting.encode(encoder, &frame, &segmentation, None)).err()
    };
    let small = |what, needed, found| Some(EffectError::BindingTooSmall { what, needed, found });
    assert_eq!(encode(size(2, 2)), None);
    assert_eq!(encode(size(5, 1)), small("network input", 60, 48));
    assert!(matches!(encode(size(2, 0)), Some(EffectError::EmptySize { what: "mask", .. })));
    let too_large = Some(EffectError::SizeAboveLimit { what: "mask", size: size(1025, 1), limit: 1024 });
    assert_eq!(encode(size(1025, 1)), too_large);

    let mut twin = cpu::Matting::default();
    let picture = Picture::new(size(1, 1), vec![0; 4]).unwrap();
    let mut next =
        |guide: &[f32], probability: &[f32], size| twin.next(&picture, guide, probability, size, None).err();
    let count =
        |what, expected, found| Some(EffectError::ValueCount { what, size: size(3, 3), expected, found });
    assert_eq!(next(&[0.0; 26], &[0.0; 9], size(3, 3)), count("network input", 27, 26));
    assert_eq!(next(&[0.0; 27], &[0.0; 8], size(3, 3)), count("person probability", 9, 8));
    assert!(matches!(next(&[], &[], size(0, 3)), Some(EffectError::EmptySize { what: "mask", .. })));
    assert_eq!(next(&[], &[], size(1025, 1)), too_large);
}
