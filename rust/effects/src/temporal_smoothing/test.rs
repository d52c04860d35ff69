use std::time::Duration;

use super::cpu::TemporalSmoothing;
use super::pass::TemporalSmoothingPass;
use crate::testing::{binding, gpu, size};
use crate::{MaskStatus, Segmentation, Size};

const FRAME: Option<Duration> = Some(Duration::from_micros(33_333));
const MASK: Size = size(40, 24);

/// A guide of one color with a brighter block from column `left`, and the mask of the block.
fn block(left: usize) -> (Vec<f32>, Vec<f32>) {
    let inside = |i: usize| (left..left + 8).contains(&(i % 40)) && (6..18).contains(&(i / 40));
    let guide =
        (0..40 * 24).flat_map(|i| if inside(i) { [0.8, 0.6, 0.5] } else { [0.2, 0.3, 0.4] }).collect();
    (guide, (0..40 * 24).map(|i| f32::from(u8::from(inside(i)))).collect())
}

/// Returns the smoothed probabilities after each frame of a clip.
fn smoothed(clip: &[(Vec<f32>, Vec<f32>, Option<Duration>)]) -> Vec<Vec<f32>> {
    let mut smoothing = TemporalSmoothing::default();
    let mut next = |(guide, probability, since): &(Vec<f32>, Vec<f32>, Option<Duration>)| {
        smoothing
            .next(guide, probability, MaskStatus::Valid, MASK, *since)
            .iter()
            .map(|pixel| pixel[3])
            .collect()
    };
    clip.iter().map(&mut next).collect()
}

/// The shader's input from the mask check: the status of a mask and of the previous one.
fn statuses(statuses: [MaskStatus; 2]) -> wgpu::Buffer {
    gpu().buffer(&statuses.map(|status| f32::from_bits(status as u32)), 0)
}

fn greatest_difference(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}

#[test]
fn agrees_with_the_twin_on_gpu() {
    let gpu = gpu();
    let mut pass = TemporalSmoothingPass::new(&gpu.device, &gpu.queue);
    let mut twin = TemporalSmoothing::default();
    let mut state = 1_u32;
    let mut random = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / 16_777_216.0
    };
    let times = [
        None,
        FRAME,
        FRAME,
        Some(Duration::from_millis(100)),
        Some(Duration::ZERO),
        FRAME,
        None,
        FRAME,
        FRAME,
        FRAME,
        FRAME,
    ];
    let mut before = MaskStatus::Valid;
    for (number, since) in times.into_iter().enumerate() {
        // Two frames of another size, and a cut.
        let size = if (2..4).contains(&number) { size(17, 9) } else { MASK };
        let offset = if number == 5 { 0.5 } else { 0.0 };
        let pixels = size.pixels();
        let guide: Vec<f32> =
            (0..pixels * 3).map(|i| 0.4 * (i % 7) as f32 / 7.0 + 0.08 * random() + offset).collect();
        let mut probability: Vec<f32> = (0..pixels).map(|_| random() * 1.2 - 0.1).collect();
        // One mask is rejected.
        let status = if number == 8 { MaskStatus::NotFinite } else { MaskStatus::Valid };
        if status == MaskStatus::NotFinite {
            probability[number] = f32::NAN;
        }
        let statuses = statuses([status, before]);
        before = status;
        let buffers = [gpu.buffer(&guide, 256), gpu.buffer(&probability, 512)];
        let segmentation =
            Segmentation { guide: binding(&buffers[0], 256), probability: binding(&buffers[1], 512), size };
        let found = gpu.submit(|encoder| pass.encode(&mut encoder.into(), &segmentation, &statuses, since));
        let found: Vec<[f32; 4]> = bytemuck::cast_slice(&gpu.read_buffer(&found)).to_vec();
        let expected = twin.next(&guide, &probability, status, size, since);
        let difference = greatest_difference(found.as_flattened(), expected.as_flattened());
        assert!(difference < 1e-5, "frame {number}: {difference}");
    }
}

#[test]
fn a_flickering_mask_of_a_still_image_settles() {
    let (guide, _) = block(10);
    let frame =
        |number: usize| (guide.clone(), vec![if number.is_multiple_of(2) { 0.3 } else { 0.7 }; 960], FRAME);
    let found = smoothed(&(0..60).map(frame).collect::<Vec<_>>());
    let swing = greatest_difference(&found[58], &found[59]);
    assert!(swing < 0.04, "{swing} of a swing of 0.4");
}

#[test]
fn a_moving_hand_leaves_no_ghost() {
    let frame = |left: usize| {
        let (guide, probability) = block(left);
        (guide, probability, FRAME)
    };
    let clip: Vec<_> = (4..20).step_by(3).map(frame).collect();
    for (found, (_, probability, _)) in smoothed(&clip).iter().zip(&clip) {
        let difference = greatest_difference(found, probability);
        assert!(difference < 1e-5, "{difference}");
    }
}

#[test]
fn a_mask_that_changes_without_movement_is_adopted_in_the_end() {
    let (guide, block) = block(10);
    let mut clip = vec![(guide.clone(), vec![0.0; 960], FRAME)];
    clip.extend(std::iter::repeat_n((guide, block.clone(), FRAME), 30));
    let found = smoothed(&clip);
    assert!(greatest_difference(&found[1], &block) > 0.6, "at once");
    assert!(greatest_difference(&found[30], &block) < 0.01, "after a second");
}

#[test]
fn the_history_fades_equally_fast_at_any_frame_rate() {
    let (guide, block) = block(10);
    let run = |count: usize, interval: f64| {
        let since = Some(Duration::from_secs_f64(interval));
        let mut clip = vec![(guide.clone(), vec![0.0; 960], since)];
        clip.extend(std::iter::repeat_n((guide.clone(), block.clone(), since), count));
        smoothed(&clip).pop().unwrap()
    };
    let difference = greatest_difference(&run(10, 1.0 / 30.0), &run(5, 1.0 / 15.0));
    assert!(difference < 1e-5, "{difference}");
}

#[test]
fn a_cut_a_pause_and_another_size_drop_the_history() {
    let (guide, block) = block(10);
    let before = (guide.clone(), vec![0.9; 960], FRAME);
    let other: Vec<f32> = guide.iter().map(|value| 1.0 - value).collect();
    let uncertain: Vec<f32> = block.iter().map(|value| 0.4 + 0.2 * value).collect();
    let after = |guide: &Vec<f32>, since| {
        let clip = [before.clone(), (guide.clone(), uncertain.clone(), since)];
        smoothed(&clip).pop().unwrap()
    };
    assert_ne!(after(&guide, FRAME), uncertain, "a frame that continues");
    assert_eq!(after(&other, FRAME), uncertain, "a cut");
    assert_eq!(after(&guide, None), uncertain, "a first frame");
    assert_eq!(after(&guide, Some(Duration::from_millis(1001))), uncertain, "a pause");

    let mut smoothing = TemporalSmoothing::default();
    smoothing.next(&before.0, &before.1, MaskStatus::Valid, MASK, None);
    let found = smoothing.next(&guide, &uncertain, MaskStatus::Valid, size(24, 40), FRAME);
    assert!(found.iter().map(|pixel| pixel[3]).eq(uncertain.iter().copied()), "another size");
}

#[test]
fn a_rejected_mask_is_background_at_once_and_drops_the_history() {
    let (guide, block) = block(10);
    let uncertain: Vec<f32> = block.iter().map(|value| 0.4 + 0.2 * value).collect();
    let mut smoothing = TemporalSmoothing::default();
    let mut next = |probability: &[f32], status| -> Vec<f32> {
        let pixels = smoothing.next(&guide, probability, status, MASK, FRAME);
        pixels.iter().map(|pixel| pixel[3]).collect()
    };
    next(&block, MaskStatus::Valid);
    assert_eq!(next(&[1.0; 960], MaskStatus::Constant), [0.0; 960]);
    assert_eq!(next(&uncertain, MaskStatus::Valid), uncertain);
    assert_ne!(next(&block, MaskStatus::Valid), block, "a frame that continues again");
}

/// Returns the shader's probabilities for the next frame, of the same value everywhere before.
fn next_on_gpu(pass: &mut TemporalSmoothingPass, guide: &[f32], value: f32, size: Size) -> Vec<f32> {
    let (gpu, valid) = (gpu(), statuses([MaskStatus::Valid; 2]));
    let (guide, probability) = (gpu.buffer(guide, 0), gpu.buffer(&vec![value; size.pixels()], 0));
    let segmentation =
        Segmentation { guide: binding(&guide, 0), probability: binding(&probability, 0), size };
    let pixels = gpu.submit(|encoder| pass.encode(&mut encoder.into(), &segmentation, &valid, FRAME));
    bytemuck::cast_slice::<_, [f32; 4]>(&gpu.read_buffer(&pixels)).iter().map(|pixel| pixel[3]).collect()
}

#[test]
fn a_reset_drops_the_history_on_gpu() {
    let mut pass = TemporalSmoothingPass::new(&gpu().device, &gpu().queue);
    let (guide, _) = block(10);
    let next = |pass: &mut _, value| next_on_gpu(pass, &guide, value, MASK)[0];
    next(&mut pass, 0.9);
    assert!(next(&mut pass, 0.4) > 0.8, "a frame that continues");
    pass.reset();
    assert_eq!(next(&mut pass, 0.4), 0.4);
}

#[test]
fn changes_in_every_part_of_a_large_mask_can_be_a_cut_on_gpu() {
    let mut pass = TemporalSmoothingPass::new(&gpu().device, &gpu().queue);
    let size = size(256, 144);
    let count = size.pixels();
    for start in [0, 1, 2, 3].map(|quarter| quarter * count / 4) {
        // Colors change by 0.8, so that the mean changes by 0.2 and by 0.08.
        for (changed, is_cut) in [(count / 4, true), (count / 10, false)] {
            let moved = |i: usize| (start..start + changed).contains(&(i / 3));
            let guide: Vec<f32> = (0..3 * count).map(|i| if moved(i) { 1.0 } else { 0.2 }).collect();
            pass.reset();
            next_on_gpu(&mut pass, &vec![0.2; 3 * count], 0.9, size);
            let still = next_on_gpu(&mut pass, &guide, 0.4, size)[(start + count / 2) % count];
            assert_eq!(still == 0.4, is_cut, "{changed} pixels from {start}: {still}");
        }
    }
}

/// Products of such values are subnormal numbers, which are slow.
#[test]
fn the_smallest_probabilities_count_as_zero() {
    let (guide, mask) = block(5);
    let tiny: Vec<f32> = mask.iter().map(|value| value.max(1e-30)).collect();
    let clip = [(guide.clone(), tiny.clone(), None), (guide, tiny, FRAME)];
    for probabilities in smoothed(&clip) {
        assert!(probabilities.iter().all(|value| *value == 0.0 || *value >= 1e-6));
        assert!(probabilities.contains(&0.0) && probabilities.contains(&1.0));
    }
}
