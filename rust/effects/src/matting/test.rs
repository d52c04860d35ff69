use std::time::Duration;

use super::*;
use crate::picture::to_level;
use crate::testing::{SIZES, binding, disc, gpu, scene, size};
use crate::{Picture, preprocess};

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
        matting.next(&frame, &guide, &[0.7; 64 * 36], size(64, 36), since).unwrap();
        matting.next(&frame, &guide, &[0.4; 64 * 36], size(64, 36), since).unwrap().coefficients[0][3]
    };
    assert_eq!(run(false), 0.4);
    assert!(run(true) > 0.65);
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
