use crate::{MaskError, Pair};

/// Changes between two frames that the ground truth lacks, from 0 (none) to 2: the mean over all pixels of the absolute
/// difference between the change of the mask `m` and the change of the ground truth `t`.
///
/// ```text
/// flicker = 1/|pixels| · Σ |(mₙ - mₙ₋₁) - (tₙ - tₙ₋₁)|
/// ```
///
/// For a person who does not move, this is the mean change of the mask. An error that is the same in both frames does not
/// count while it does not move. An outline that is too wide or too soft counts a little when it moves. Compare values of
/// the same clip only.
///
/// Source: Erofeev et al., "Perceptually Motivated Benchmark for Video Matting", 2015, whose dtSSD takes squares.
/// Absolute values make this metric a fraction of the image.
///
/// # Errors
/// [`MaskError::Sizes`] if the two frames differ in size.
pub fn flicker(before: &Pair<'_>, now: &Pair<'_>) -> Result<f64, MaskError> {
    let (a, b) = (before.found.size(), now.found.size());
    if a != b {
        return Err(MaskError::Sizes { a, b });
    }
    let change = |old: &[u8], new: &[u8], index: usize| i32::from(new[index]) - i32::from(old[index]);
    let pixels = now.found.levels().len();
    let difference = |index| {
        let found = change(before.found.levels(), now.found.levels(), index);
        let truth = change(before.truth.levels(), now.truth.levels(), index);
        u64::from(found.abs_diff(truth))
    };
    let sum: u64 = (0..pixels).map(difference).sum();
    Ok(sum as f64 / pixels as f64 / 255.0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{
        Mask,
        testing::{mask, random_masks},
    };

    fn of(found: [&Mask; 2], truth: [&Mask; 2]) -> f64 {
        let [before, now] = [0, 1].map(|frame| Pair::new(found[frame], truth[frame]).unwrap());
        flicker(&before, &now).unwrap()
    }

    #[test]
    fn each_change_counts_if_the_person_does_not_move() {
        let truth = mask(&["##.."]);
        let found = Mask::new(4, 1, vec![255, 255, 102, 0]).unwrap();
        // 102 levels of 255, in one pixel of four.
        assert!((of([&truth, &found], [&truth, &truth]) - 0.1).abs() < 1e-12);
    }

    #[test]
    fn a_mask_that_follows_the_person_does_not_flicker() {
        let (left, right) = (mask(&["##.."]), mask(&[".##."]));
        assert_eq!(of([&left, &right], [&left, &right]), 0.0);
        assert_eq!(of([&left, &left], [&left, &right]), 0.5, "a mask that does not follow flickers");
        assert_eq!(of([&right, &left], [&left, &right]), 1.0, "and twice as much in the wrong direction");
    }

    #[test]
    fn frames_of_different_sizes_are_a_typed_error() {
        let (small, large) = (mask(&["#"]), mask(&["##"]));
        let [small, large] = [&small, &large].map(|mask| Pair::new(mask, mask).unwrap());
        assert_eq!(flicker(&small, &large), Err(MaskError::Sizes { a: [1, 1], b: [2, 1] }));
    }

    proptest! {
        #[test]
        fn a_constant_error_does_not_flicker([found, truth] in random_masks()) {
            prop_assert_eq!(of([&found, &found], [&truth, &truth]), 0.0);
        }

        #[test]
        fn reversing_time_changes_nothing([a, b, c, d] in random_masks()) {
            let flicker = of([&a, &b], [&c, &d]);
            prop_assert_eq!(flicker, of([&b, &a], [&d, &c]));
            prop_assert!((0.0..=2.0).contains(&flicker));
        }
    }
}
