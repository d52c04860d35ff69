use super::cpu::Steady;
use super::*;
use crate::Verdict;
use crate::testing::{binding, gpu, size};

const FRAME: Option<Duration> = Some(Duration::from_micros(33_333));
const MASK: Size = size(40, 24);

/// A guide of one colour with a brighter block that begins at column `left`, and a mask of the block.
fn block(left: usize) -> (Vec<f32>, Vec<f32>) {
    let inside = |i: usize| (left..left + 8).contains(&(i % 40)) && (6..18).contains(&(i / 40));
    let guide =
        (0..40 * 24).flat_map(|i| if inside(i) { [0.8, 0.6, 0.5] } else { [0.2, 0.3, 0.4] }).collect();
    (guide, (0..40 * 24).map(|i| f32::from(u8::from(inside(i)))).collect())
}

/// The steadied probabilities after each frame of a clip.
fn steadied(clip: &[(Vec<f32>, Vec<f32>, Option<Duration>)]) -> Vec<Vec<f32>> {
    let mut steady = Steady::default();
    let mut next = |(guide, probability, since): &(Vec<f32>, Vec<f32>, Option<Duration>)| {
        steady.next(guide, probability, Verdict::Open, MASK, *since).iter().map(|pixel| pixel[3]).collect()
    };
    clip.iter().map(&mut next).collect()
}

/// What the gate gives the shader: its verdicts on a mask and on that before.
fn verdicts(verdicts: [Verdict; 2]) -> wgpu::Buffer {
    gpu().buffer(&verdicts.map(|verdict| f32::from_bits(verdict as u32)), 0)
}

fn greatest_difference(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}

#[test]
fn agrees_with_the_twin_on_gpu() {
    let gpu = gpu();
    let mut pass = SteadyPass::new(&gpu.device, &gpu.queue);
    let mut twin = Steady::default();
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
    let mut before = Verdict::Open;
    for (number, since) in times.into_iter().enumerate() {
        // Two frames of another size, and one that is a cut.
        let size = if (2..4).contains(&number) { size(17, 9) } else { MASK };
        let offset = if number == 5 { 0.5 } else { 0.0 };
        let pixels = size.pixels();
        let guide: Vec<f32> =
            (0..pixels * 3).map(|i| 0.4 * (i % 7) as f32 / 7.0 + 0.08 * random() + offset).collect();
        let mut probability: Vec<f32> = (0..pixels).map(|_| random() * 1.2 - 0.1).collect();
        // And one that the gate keeps out.
        let verdict = if number == 8 { Verdict::NotFinite } else { Verdict::Open };
        if verdict == Verdict::NotFinite {
            probability[number] = f32::NAN;
        }
        let verdicts = verdicts([verdict, before]);
        before = verdict;
        let buffers = [gpu.buffer(&guide, 256), gpu.buffer(&probability, 512)];
        let segmentation =
            Segmentation { guide: binding(&buffers[0], 256), probability: binding(&buffers[1], 512), size };
        let found = gpu.submit(|encoder| pass.encode(&mut encoder.into(), &segmentation, &verdicts, since));
        let found: Vec<[f32; 4]> = bytemuck::cast_slice(&gpu.read_buffer(&found)).to_vec();
        let expected = twin.next(&guide, &probability, verdict, size, since);
        let difference = greatest_difference(found.as_flattened(), expected.as_flattened());
        assert!(difference < 1e-5, "frame {number}: {difference}");
    }
}

#[test]
fn a_mask_that_wavers_over_a_still_picture_comes_to_rest() {
    let (guide, _) = block(10);
    let frame =
        |number: usize| (guide.clone(), vec![if number.is_multiple_of(2) { 0.3 } else { 0.7 }; 960], FRAME);
    let calm = steadied(&(0..60).map(frame).collect::<Vec<_>>());
    let swing = greatest_difference(&calm[58], &calm[59]);
    assert!(swing < 0.04, "{swing} of a swing of 0.4");
}

#[test]
fn a_hand_that_moves_leaves_no_ghost() {
    let frame = |left: usize| {
        let (guide, probability) = block(left);
        (guide, probability, FRAME)
    };
    let clip: Vec<_> = (4..20).step_by(3).map(frame).collect();
    for (found, (_, probability, _)) in steadied(&clip).iter().zip(&clip) {
        let difference = greatest_difference(found, probability);
        assert!(difference < 1e-5, "{difference}");
    }
}

#[test]
fn what_changes_without_a_movement_is_believed_in_the_end() {
    let (guide, block) = block(10);
    let mut clip = vec![(guide.clone(), vec![0.0; 960], FRAME)];
    clip.extend(std::iter::repeat_n((guide, block.clone(), FRAME), 30));
    let found = steadied(&clip);
    assert!(greatest_difference(&found[1], &block) > 0.6, "at once");
    assert!(greatest_difference(&found[30], &block) < 0.01, "after a second");
}

#[test]
fn slow_frames_forget_as_fast_as_quick_ones() {
    let (guide, block) = block(10);
    let run = |count: usize, interval: f64| {
        let since = Some(Duration::from_secs_f64(interval));
        let mut clip = vec![(guide.clone(), vec![0.0; 960], since)];
        clip.extend(std::iter::repeat_n((guide.clone(), block.clone(), since), count));
        steadied(&clip).pop().unwrap()
    };
    let difference = greatest_difference(&run(10, 1.0 / 30.0), &run(5, 1.0 / 15.0));
    assert!(difference < 1e-5, "{difference}");
}

#[test]
fn nothing_of_before_counts_after_a_cut_a_pause_or_another_size() {
    let (guide, block) = block(10);
    let before = (guide.clone(), vec![0.9; 960], FRAME);
    let other: Vec<f32> = guide.iter().map(|value| 1.0 - value).collect();
    let uncertain: Vec<f32> = block.iter().map(|person| 0.4 + 0.2 * person).collect();
    let after = |guide: &Vec<f32>, since| {
        let clip = [before.clone(), (guide.clone(), uncertain.clone(), since)];
        steadied(&clip).pop().unwrap()
    };
    assert_ne!(after(&guide, FRAME), uncertain, "a frame that continues");
    assert_eq!(after(&other, FRAME), uncertain, "a cut");
    assert_eq!(after(&guide, None), uncertain, "a frame by itself");
    assert_eq!(after(&guide, Some(Duration::from_millis(1001))), uncertain, "a pause");

    let mut steady = Steady::default();
    steady.next(&before.0, &before.1, Verdict::Open, MASK, None);
    let found = steady.next(&guide, &uncertain, Verdict::Open, size(24, 40), FRAME);
    assert!(found.iter().map(|pixel| pixel[3]).eq(uncertain.iter().copied()), "another size");
}

#[test]
fn a_shut_gate_is_background_at_once_and_the_frame_after_begins_anew() {
    let (guide, block) = block(10);
    let uncertain: Vec<f32> = block.iter().map(|person| 0.4 + 0.2 * person).collect();
    let mut steady = Steady::default();
    let mut next = |probability: &[f32], verdict| -> Vec<f32> {
        let pixels = steady.next(&guide, probability, verdict, MASK, FRAME);
        pixels.iter().map(|pixel| pixel[3]).collect()
    };
    next(&block, Verdict::Open);
    assert_eq!(next(&[1.0; 960], Verdict::Constant), [0.0; 960]);
    assert_eq!(next(&uncertain, Verdict::Open), uncertain);
    assert_ne!(next(&block, Verdict::Open), block, "a frame that continues again");
}

#[test]
fn nothing_of_before_counts_once_it_is_forgotten_on_gpu() {
    let gpu = gpu();
    let mut pass = SteadyPass::new(&gpu.device, &gpu.queue);
    let (guide, _) = block(10);
    let guide = gpu.buffer(&guide, 0);
    let open = verdicts([Verdict::Open; 2]);
    let next = |pass: &mut SteadyPass, person: f32| {
        let probability = gpu.buffer(&[person; 960], 0);
        let segmentation =
            Segmentation { guide: binding(&guide, 0), probability: binding(&probability, 0), size: MASK };
        let pixels = gpu.submit(|encoder| pass.encode(&mut encoder.into(), &segmentation, &open, FRAME));
        bytemuck::cast_slice::<_, [f32; 4]>(&gpu.read_buffer(&pixels))[0][3]
    };
    next(&mut pass, 0.9);
    assert!(next(&mut pass, 0.4) > 0.8, "a frame that continues");
    pass.forget();
    assert_eq!(next(&mut pass, 0.4), 0.4);
}
