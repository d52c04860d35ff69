use crate::Pair;

/// The width of the band outside of the person that [`halo`] looks at, as a share of the picture's diagonal: 15 pixels
/// at 1280x720. See [`Mask::diagonal_share`](crate::Mask::diagonal_share).
pub const BAND: f64 = 0.01;

/// How much of the original background survives around the person, in 0 (none) to 1 (all of it): the mean over the
/// band `B` of what the mask `m` lets through beyond the true one `t`.
///
/// ```text
/// B    = pixels outside of the true person and at most `band` pixels from it
/// halo = 1/|B| · Σ over B of max(m - t, 0)
/// ```
///
/// The weights are those that the picture is mixed with, not cut at a threshold: half the weight is half the
/// background. `None` where there is no band: no person, or nothing but the person.
pub fn halo(pair: &Pair<'_>, band: u32) -> Option<f64> {
    let person = pair.truth.person();
    let near = person.dilated(band);
    let mut sum = 0_u64;
    let mut count = 0_u64;
    let weights = pair.found.levels().iter().zip(pair.truth.levels());
    for ((inside, near), (found, truth)) in person.inside.iter().zip(&near.inside).zip(weights) {
        if *near && !*inside {
            sum += u64::from(found.saturating_sub(*truth));
            count += 1;
        }
    }
    (count > 0).then(|| sum as f64 / count as f64 / 255.0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{
        Mask,
        testing::{mask, random_masks},
    };

    fn of(found: &Mask, truth: &Mask, band: u32) -> Option<f64> {
        halo(&Pair::new(found, truth).unwrap(), band)
    }

    #[test]
    fn what_survives_in_the_band_is_averaged() {
        let truth = mask(&["##....."]);
        // Of the two pixels of the band one shows all of the room and one a fifth; beyond it nothing counts.
        let found = Mask::new(7, 1, vec![0, 255, 255, 51, 255, 255, 255]).unwrap();
        assert_eq!(of(&found, &truth, 2), Some(0.6));
        assert_eq!(of(&found, &truth, 1), Some(1.0));
    }

    #[test]
    fn what_the_truth_lets_through_is_no_halo() {
        let truth = Mask::new(3, 1, vec![255, 102, 0]).unwrap();
        let found = Mask::new(3, 1, vec![255, 153, 0]).unwrap();
        assert_eq!(of(&found, &truth, 1), Some(0.2));
        assert_eq!(of(&truth, &found, 1), Some(0.0), "less than the truth is no halo either");
    }

    #[test]
    fn without_a_band_there_is_no_figure() {
        let (empty, full) = (mask(&["..."]), mask(&["###"]));
        assert_eq!(of(&full, &empty, 2), None);
        assert_eq!(of(&empty, &full, 2), None);
    }

    proptest! {
        #[test]
        fn a_mask_has_no_halo_beside_itself([a, b] in random_masks(), band in 1_u32..4) {
            prop_assert!(of(&a, &a, band).is_none_or(|halo| halo == 0.0));
            prop_assert!(of(&a, &b, band).is_none_or(|halo| (0.0..=1.0).contains(&halo)));
        }
    }
}
