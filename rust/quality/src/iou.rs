use crate::Pair;

/// Intersection over union, in 0..=1: `|F ∩ T| / |F ∪ T|` of the person's pixels in both masks, thresholded at
/// [`Mask::THRESHOLD`](crate::Mask::THRESHOLD). Two empty masks give 1.
///
/// Source: Jaccard, "The distribution of the flora in the alpine zone", 1912; DAVIS calls it J.
pub fn iou(pair: &Pair<'_>) -> f64 {
    let (found, truth) = (pair.found.person(), pair.truth.person());
    let both = found.overlap(&truth);
    let either = found.area() + truth.area() - both;
    if either == 0 { 1.0 } else { both as f64 / either as f64 }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{
        Mask,
        testing::{mask, random_masks},
    };

    fn of(found: &Mask, truth: &Mask) -> f64 {
        iou(&Pair::new(found, truth).unwrap())
    }

    #[test]
    fn one_pixel_of_three_overlaps() {
        assert_eq!(of(&mask(&["##."]), &mask(&[".##"])), 1.0 / 3.0);
        assert_eq!(of(&mask(&["#.."]), &mask(&["..#"])), 0.0);
        assert_eq!(of(&mask(&["..."]), &mask(&["..."])), 1.0);
    }

    #[test]
    fn a_pixel_belongs_to_the_person_from_one_half() {
        let half = Mask::new(2, 1, vec![127, 128]).unwrap();
        assert_eq!(of(&half, &mask(&[".#"])), 1.0);
    }

    proptest! {
        #[test]
        fn identity_gives_one_and_order_does_not_matter([a, b] in random_masks()) {
            prop_assert_eq!(of(&a, &a), 1.0);
            prop_assert_eq!(of(&a, &b), of(&b, &a));
            prop_assert!((0.0..=1.0).contains(&of(&a, &b)));
        }
    }
}
