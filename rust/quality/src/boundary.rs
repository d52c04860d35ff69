use crate::Pair;

/// Tolerance between outlines as a fraction of the image's diagonal. DAVIS uses this value: 12 pixels at 1280x720. See
/// [`Mask::diagonal_fraction`](crate::Mask::diagonal_fraction).
pub const TOLERANCE: f64 = 0.008;

/// The agreement of two outlines. All three values are in 0..=1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Boundary {
    /// The fraction of the found outline that is within the tolerance of the true one.
    pub precision: f64,
    /// The fraction of the true outline that is within the tolerance of the found one.
    pub recall: f64,
    /// The F-measure: the harmonic mean of precision and recall.
    pub f: f64,
}

/// Compares the outlines of two masks, each thresholded at [`Mask::THRESHOLD`](crate::Mask::THRESHOLD). `tolerance` is in
/// pixels between pixel centers.
///
/// ```text
/// precision = |{p in ∂F : d(p, ∂T) <= tolerance}| / |∂F|
/// recall    = |{p in ∂T : d(p, ∂F) <= tolerance}| / |∂T|
/// f         = 2 precision recall / (precision + recall)
/// ```
///
/// A mask without an outline has a precision of 1, because it claims nothing wrong. A ground truth without an outline has a
/// recall of 1. The other value is then 0, unless both are empty.
///
/// Source: Csurka, Larlus, Perronnin, "What is a good evaluation measure for semantic segmentation?", 2013; Perazzi et
/// al., "A Benchmark Dataset and Evaluation Methodology for Video Object Segmentation" (DAVIS), 2016, whose toolkit
/// defines the cases without an outline.
pub fn boundary(pair: &Pair<'_>, tolerance: u32) -> Boundary {
    let (found, truth) = (pair.found.person().outline(), pair.truth.person().outline());
    let fraction = |part: usize, whole: usize, other: usize| match (whole, other) {
        (0, _) => 1.0,
        (_, 0) => 0.0,
        _ => part as f64 / whole as f64,
    };
    let (found_length, truth_length) = (found.area(), truth.area());
    let precision = fraction(found.overlap(&truth.dilated(tolerance)), found_length, truth_length);
    let recall = fraction(truth.overlap(&found.dilated(tolerance)), truth_length, found_length);
    let sum = precision + recall;
    Boundary { precision, recall, f: if sum > 0.0 { 2.0 * precision * recall / sum } else { 0.0 } }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{
        Mask,
        testing::{mask, random_masks},
    };

    fn of(found: &Mask, truth: &Mask, tolerance: u32) -> Boundary {
        boundary(&Pair::new(found, truth).unwrap(), tolerance)
    }

    #[test]
    fn an_edge_matches_within_the_tolerance() {
        let (found, truth) = (mask(&["######..", "######.."]), mask(&["###.....", "###....."]));
        let none = Boundary { precision: 0.0, recall: 0.0, f: 0.0 };
        assert_eq!(of(&found, &truth, 2), none);
        assert_eq!(of(&found, &truth, 3), Boundary { precision: 1.0, recall: 1.0, f: 1.0 });
    }

    #[test]
    fn an_extra_outline_lowers_precision_only() {
        // Two outlines of two pixels were found, and one of them is true.
        let (found, truth) = (mask(&["#....###", "#....###"]), mask(&["#.......", "#......."]));
        assert_eq!(of(&found, &truth, 1), Boundary { precision: 0.5, recall: 1.0, f: 2.0 / 3.0 });
    }

    #[test]
    fn a_missing_outline_has_full_precision_and_no_recall() {
        let (empty, person) = (mask(&["....", "...."]), mask(&["##..", "##.."]));
        assert_eq!(of(&empty, &person, 1), Boundary { precision: 1.0, recall: 0.0, f: 0.0 });
        assert_eq!(of(&person, &empty, 1), Boundary { precision: 0.0, recall: 1.0, f: 0.0 });
        assert_eq!(of(&empty, &empty, 1).f, 1.0);
    }

    proptest! {
        #[test]
        fn identity_gives_one_and_order_swaps_precision_and_recall(
            [a, b] in random_masks(),
            tolerance in 0_u32..4,
        ) {
            prop_assert_eq!(of(&a, &a, tolerance).f, 1.0);
            let (there, back) = (of(&a, &b, tolerance), of(&b, &a, tolerance));
            prop_assert_eq!((there.precision, there.recall), (back.recall, back.precision));
            prop_assert!((0.0..=1.0).contains(&there.f));
        }

        #[test]
        fn more_tolerance_never_lowers_the_scores([a, b] in random_masks(), tolerance in 0_u32..4) {
            let (strict, lax) = (of(&a, &b, tolerance), of(&a, &b, tolerance + 1));
            prop_assert!(strict.precision <= lax.precision && strict.recall <= lax.recall);
        }
    }
}
