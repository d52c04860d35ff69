use std::time::Duration;

use super::pass::Matting;
use super::{MattingOptions, Refinement};
use crate::guided::cpu::GuidedFilter;
use crate::guided::pass::GuidedPass;
use crate::image::to_unorm8;
use crate::planes::Planes;
use crate::testing::{SIZES, binding, disc, gpu, guide, scene, size};
use crate::{EffectError, Image, MaskStatus, Matte, Segmentation, Size, cpu};

const REFINEMENTS: [Refinement; 3] = [Refinement::None, Refinement::Guided, Refinement::Bilateral];

fn halves(texture: &wgpu::TextureView) -> Vec<f32> {
    let bytes = gpu().read_texture(texture);
    bytes.as_chunks().0.iter().map(|half| half::f16::from_le_bytes(*half).to_f32()).collect()
}

/// Returns the twin's matte of the next frame.
fn matte_of(
    twin: &mut cpu::Matting,
    frame: &Image,
    guide: &[f32],
    probability: &[f32],
    mask: Size,
    since: Option<Duration>,
) -> cpu::Matte {
    let mut matte = cpu::Matte::default();
    twin.next(&Planes::from_image(frame), guide, probability, mask, since, &mut matte).unwrap();
    matte
}

/// Returns the greatest difference, relative for values above 1.
fn difference(found: &[f32], expected: &[f32]) -> f32 {
    assert_eq!(found.len(), expected.len());
    found.iter().zip(expected).map(|(a, b)| (a - b).abs() / b.abs().max(1.0)).fold(0.0, f32::max)
}

#[test]
fn agrees_with_the_twin_on_gpu() {
    let gpu = gpu();
    for refinement in REFINEMENTS {
        let mut on_gpu = Matting::new(&gpu.device, &gpu.queue);
        let mut twin = cpu::Matting::default();
        let options = MattingOptions { refinement, temporal_smoothing: true };
        on_gpu.set_options(options);
        twin.set_options(options);
        for (number, frame) in SIZES.map(|size| scene(size, 5)).iter().enumerate() {
            for mask in [size(64, 36), size(37, 50), size(1, 1), size(3, 40)] {
                let guide = guide(frame, mask);
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
                let expected = matte_of(&mut twin, frame, &guide, &probability, mask, since);

                let name = format!("{refinement:?}, frame {}, mask {mask}", frame.size());
                let coefficients =
                    difference(&halves(&found.coefficients), expected.coefficients.as_flattened());
                // The bilateral filter's weights amplify the sampler's rounding between the frame's 8-bit pixels.
                let allowed = if refinement == Refinement::Bilateral { 2e-2 } else { 2e-3 };
                assert!(coefficients < allowed, "{name}: coefficients differ by {coefficients}");
                let foreground = gpu.read_texture(&found.foreground);
                let background = gpu.read_texture(&found.background);
                let levels = expected.foreground.as_flattened().iter().map(|value| to_unorm8(*value));
                let apart = levels.zip(foreground).map(|(a, b)| a.abs_diff(b)).max();
                assert!(apart <= Some(1), "{name}: foreground {apart:?}");
                let levels = expected.background.iter().flat_map(|&[r, g, b]| [r, g, b, 1.0].map(to_unorm8));
                let apart = levels.zip(background).map(|(a, b)| a.abs_diff(b)).max();
                assert!(apart <= Some(1), "{name}: background {apart:?}");
            }
        }
    }
}

#[test]
fn without_temporal_smoothing_a_frame_has_no_history() {
    let frame = scene(size(64, 36), 1);
    let guide = guide(&frame, size(64, 36));
    let run = |temporal_smoothing| {
        let mut matting = cpu::Matting::default();
        matting.set_options(MattingOptions { refinement: Refinement::None, temporal_smoothing });
        let since = Some(Duration::from_millis(33));
        let mask = |value| (0..64 * 36).map(|i| if i < 64 { 0.0 } else { value }).collect::<Vec<f32>>();
        matte_of(&mut matting, &frame, &guide, &mask(0.7), size(64, 36), since);
        matte_of(&mut matting, &frame, &guide, &mask(0.4), size(64, 36), since).coefficients[1000][3]
    };
    assert_eq!(run(false), 0.4);
    assert!(run(true) > 0.65);
}

/// Reads the textures of a matte back.
fn texels(matte: &Matte) -> [Vec<u8>; 3] {
    [&matte.coefficients, &matte.foreground, &matte.background].map(|texture| gpu().read_texture(texture))
}

/// A clip whose second mask is rejected.
struct Rejected {
    name: String,
    options: MattingOptions,
    good: Vec<f32>,
    bad: Vec<f32>,
    later: Vec<f32>,
    status: MaskStatus,
}

const REJECTED_MASK: Size = size(64, 36);
const SINCE: Option<Duration> = Some(Duration::from_millis(33));

fn rejected_masks() -> impl Iterator<Item = Rejected> {
    REFINEMENTS.into_iter().flat_map(|refinement| {
        let good = disc(REJECTED_MASK);
        let mut broken = good.clone();
        broken[1234] = f32::NAN;
        let everywhere = good.iter().map(|value| 0.95 + 0.05 * value).collect();
        [
            (broken, MaskStatus::NotFinite),
            (vec![0.5; good.len()], MaskStatus::Constant),
            (everywhere, MaskStatus::Everywhere),
        ]
        .map(|(bad, status)| Rejected {
            name: format!("{refinement:?}, {status:?}"),
            options: MattingOptions { refinement, temporal_smoothing: true },
            good: good.clone(),
            bad,
            later: good.iter().map(|value| value * 0.6).collect(),
            status,
        })
    })
}

#[test]
fn a_rejected_mask_shows_only_background_and_drops_the_history() {
    let frame = scene(size(320, 180), 1);
    let guide = guide(&frame, REJECTED_MASK);
    for Rejected { name, options, good, bad, later, status } in rejected_masks() {
        let matting = || {
            let mut matting = cpu::Matting::default();
            matting.set_options(options);
            matting
        };
        let next = |matting: &mut cpu::Matting, probability: &[f32]| {
            matte_of(matting, &frame, &guide, probability, REJECTED_MASK, SINCE)
        };
        let mut rejecting = matting();
        next(&mut rejecting, &good);
        assert_eq!(rejecting.status(), MaskStatus::Valid, "{name}");
        let matte = next(&mut rejecting, &bad);
        assert_eq!(rejecting.status(), status, "{name}");
        assert!(matte.coefficients.iter().all(|pixel| *pixel == [0.0; 4]), "{name}");
        assert!(matte.foreground.iter().all(|pixel| pixel[3] == 0.0), "{name}");
        let after = next(&mut rejecting, &later);
        assert_eq!(after.coefficients, next(&mut matting(), &later).coefficients, "{name}: the next frame");
        assert_eq!(rejecting.status(), MaskStatus::Valid, "{name}");
    }
}

#[test]
fn a_rejected_mask_shows_only_background_and_drops_the_history_on_gpu() {
    let gpu = gpu();
    let frame = scene(size(320, 180), 1);
    let texture = gpu.texture(&frame);
    let guide = gpu.buffer(&guide(&frame, REJECTED_MASK), 0);
    for Rejected { name, options, good, bad, later, status } in rejected_masks() {
        let matting = || {
            let mut matting = Matting::new(&gpu.device, &gpu.queue);
            matting.set_options(options);
            matting
        };
        let next = |matting: &mut Matting, probability: &[f32]| {
            let probability = gpu.buffer(probability, 0);
            let segmentation = Segmentation {
                guide: binding(&guide, 0),
                probability: binding(&probability, 0),
                size: REJECTED_MASK,
            };
            let matte =
                gpu.submit(|encoder| matting.encode(encoder, &texture, &segmentation, SINCE)).unwrap();
            let code = gpu.read_buffer(matting.status_buffer());
            (matte, MaskStatus::from_code(u32::from_le_bytes(*code.first_chunk().unwrap())))
        };
        let mut rejecting = matting();
        assert_eq!(next(&mut rejecting, &good).1, MaskStatus::Valid, "{name}");
        let (matte, found) = next(&mut rejecting, &bad);
        assert_eq!(found, status, "{name}");
        assert!(halves(&matte.coefficients).iter().all(|value| *value == 0.0), "{name}");
        assert!(gpu.read_texture(&matte.foreground).chunks(4).all(|pixel| pixel[3] == 0), "{name}");
        let after = texels(&next(&mut rejecting, &later).0);
        assert!(after == texels(&next(&mut matting(), &later).0), "{name}: the next frame");
    }
}

const VALID_MASK: Size = size(97, 61);

/// Masks that are valid.
fn valid_masks() -> [Vec<f32>; 3] {
    let close_up = (0..VALID_MASK.pixels()).map(|i| if i < 3 { 0.3 } else { 0.97 }).collect();
    [disc(VALID_MASK), close_up, vec![0.1; VALID_MASK.pixels()]]
}

/// Joins the colors of a guide with the probabilities of a mask.
fn joined(guide: &[f32], probability: &[f32]) -> Vec<[f32; 4]> {
    guide.as_chunks().0.iter().zip(probability).map(|(&[r, g, b], value)| [r, g, b, *value]).collect()
}

#[test]
fn the_mask_check_changes_no_bit_of_a_valid_matte() {
    let frame = scene(VALID_MASK, 7);
    let guide = guide(&frame, VALID_MASK);
    for probability in valid_masks() {
        let found = matte_of(&mut cpu::Matting::default(), &frame, &guide, &probability, VALID_MASK, None);
        let mut expected = cpu::Matte::default();
        GuidedFilter::default().fit(&joined(&guide, &probability), VALID_MASK, &mut expected);
        assert_eq!(found.coefficients, expected.coefficients);
    }
}

#[test]
fn the_mask_check_changes_no_bit_of_a_valid_matte_on_gpu() {
    let gpu = gpu();
    let frame = scene(VALID_MASK, 7);
    let texture = gpu.texture(&frame);
    let guide = guide(&frame, VALID_MASK);
    for probability in valid_masks() {
        let pixels = gpu.buffer(joined(&guide, &probability).as_flattened(), 0);
        let (guide, probability) = (gpu.buffer(&guide, 0), gpu.buffer(&probability, 0));
        let segmentation = Segmentation {
            guide: binding(&guide, 0),
            probability: binding(&probability, 0),
            size: VALID_MASK,
        };
        let mut matting = Matting::new(&gpu.device, &gpu.queue);
        let found = gpu.submit(|encoder| matting.encode(encoder, &texture, &segmentation, None)).unwrap();
        let mut guided = GuidedPass::new(&gpu.device);
        let expected = gpu.submit(|encoder| guided.encode(&mut encoder.into(), &pixels, VALID_MASK, true));
        assert!(texels(&found) == texels(&expected));
    }
}

/// The error for one pixel more than a mask may have in a row.
const TOO_LARGE: Option<EffectError> =
    Some(EffectError::SizeAboveLimit { what: "mask", size: size(1025, 1), limit: 1024 });

#[test]
fn unusable_arguments_are_typed_errors_on_gpu() {
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
    assert_eq!(encode(size(5, 1)), small("model input", 60, 48));
    assert!(matches!(encode(size(2, 0)), Some(EffectError::EmptySize { what: "mask", .. })));
    assert_eq!(encode(size(1025, 1)), TOO_LARGE);
}

#[test]
fn unusable_arguments_are_typed_errors() {
    let mut twin = cpu::Matting::default();
    let (frame, mut matte) = (Planes::default(), cpu::Matte::default());
    let mut next = |guide: &[f32], probability: &[f32], size| {
        twin.next(&frame, guide, probability, size, None, &mut matte).err()
    };
    let count =
        |what, expected, found| Some(EffectError::ValueCount { what, size: size(3, 3), expected, found });
    assert_eq!(next(&[0.0; 26], &[0.0; 9], size(3, 3)), count("model input", 27, 26));
    assert_eq!(next(&[0.0; 27], &[0.0; 8], size(3, 3)), count("person probability", 9, 8));
    assert!(matches!(next(&[], &[], size(0, 3)), Some(EffectError::EmptySize { what: "mask", .. })));
    assert_eq!(next(&[], &[], size(1025, 1)), TOO_LARGE);
}
