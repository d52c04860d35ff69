use crate::Pair;

/// The width of the band around the person in [`halo`], as a fraction of the image's diagonal: 15 pixels at 1280x720. See
/// [`Mask::diagonal_fraction`](crate::Mask::diagonal_fraction).
pub const BAND: f64 = 0.01;

/// Original background left around the person, from 0 (none) to 1 (all of it): the mean over the band `B` of the excess of
/// the mask `m` over the ground truth `t`.
///
/// ```text
/// B    = pixels outside the true person and at most `band` pixels from it
/// halo = 1/|B| · Σ over B of max(m - t, 0)
/// ```
///
/// The mask is used as alpha, without a threshold: half the alpha is half the background. `None` if the band is empty, which
/// means that the ground truth is empty or covers the whole image.
pub fn halo(pair: &Pair<'_>, band: u32) -> Option<f64> {
    let person = pair.truth.person();
    let near = person.dilated(band);
    let mut sum = 0_u64;
    let mut count = 0_u64;
    let levels = pair.found.levels().iter().zip(pair.truth.levels());
    for ((inside, near), (found, truth)) in person.inside.iter().zip(&near.inside).zip(levels) {
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
    fn background_in_the_band_is_averaged() {
        let truth = mask(&["##....."]);
        // In the band of two pixels, one shows all of the background and the other a fifth. Pixels beyond it do not count.
        let found = Mask::new(7, 1, vec![0, 255, 255, 51, 255, 255, 255]).unwrap();
        assert_eq!(of(&found, &truth, 2), Some(0.6));
        assert_eq!(of(&found, &truth, 1), Some(1.0));
    }

    #[test]
    fn alpha_of_the_ground_truth_is_not_a_halo() {
        let truth = Mask::new(3, 1, vec![255, 102, 0]).unwrap();
        let found = Mask::new(3, 1, vec![255, 153, 0]).unwrap();
        assert_eq!(of(&found, &truth, 1), Some(0.2));
        assert_eq!(of(&truth, &found, 1), Some(0.0), "less than the ground truth is not a halo");
    }

    #[test]
    fn an_empty_band_gives_none() {
        let (empty, full) = (mask(&["..."]), mask(&["###"]));
        assert_eq!(of(&full, &empty, 2), None);
        assert_eq!(of(&empty, &full, 2), None);
    }

    proptest! {
        #[test]
        fn a_mask_has_no_halo_compared_with_itself([a, b] in random_masks(), band in 1_u32..4) {
            prop_assert!(of(&a, &a, band).is_none_or(|halo| halo == 0.0));
            prop_assert!(of(&a, &b, band).is_none_or(|halo| (0.0..=1.0).contains(&halo)));
        }
    }
}
