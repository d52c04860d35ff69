use crate::Pair;

/// How far an outline may lie from the true one and still count, as a share of the picture's diagonal: what DAVIS
/// takes, 12 pixels at 1280x720. See [`Mask::diagonal_share`](crate::Mask::diagonal_share).
pub const TOLERANCE: f64 = 0.008;

/// How well an outline agrees with the true one; all three are in 0..=1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Boundary {
    /// The share of the outline that lies near the true one.
    pub precision: f64,
    /// The share of the true outline that lies near the one found.
    pub recall: f64,
    /// The F-measure: the harmonic mean of the two.
    pub f: f64,
}

/// Compares the outlines of two masks, each cut at [`Mask::THRESHOLD`](crate::Mask::THRESHOLD), with a tolerance of
/// `tolerance` pixels between pixel centres.
///
/// ```text
/// precision = |{p in ∂F : d(p, ∂T) <= tolerance}| / |∂F|
/// recall    = |{p in ∂T : d(p, ∂F) <= tolerance}| / |∂T|
/// f         = 2 precision recall / (precision + recall)
/// ```
///
/// A mask without an outline claims nothing that is wrong, so its precision is 1, and likewise the recall of an empty
/// truth; the other of the two is then 0, unless both are empty.
///
/// Source: Csurka, Larlus, Perronnin, "What is a good evaluation measure for semantic segmentation?", 2013; Perazzi et
/// al., "A Benchmark Dataset and Evaluation Methodology for Video Object Segmentation" (DAVIS), 2016, whose toolkit
/// sets the cases without an outline.
pub fn boundary(pair: &Pair<'_>, tolerance: u32) -> Boundary {
    let (found, truth) = (pair.found.person().outline(), pair.truth.person().outline());
    let share = |part: usize, whole: usize, other: usize| match (whole, other) {
        (0, _) => 1.0,
        (_, 0) => 0.0,
        _ => part as f64 / whole as f64,
    };
    let (found_length, truth_length) = (found.area(), truth.area());
    let precision = share(found.overlap(&truth.dilated(tolerance)), found_length, truth_length);
    let recall = share(truth.overlap(&found.dilated(tolerance)), truth_length, found_length);
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
    fn an_edge_counts_up_to_the_tolerance() {
        let (found, truth) = (mask(&["######..", "######.."]), mask(&["###.....", "###....."]));
        let none = Boundary { precision: 0.0, recall: 0.0, f: 0.0 };
        assert_eq!(of(&found, &truth, 2), none);
        assert_eq!(of(&found, &truth, 3), Boundary { precision: 1.0, recall: 1.0, f: 1.0 });
    }

    #[test]
    fn an_outline_too_many_costs_precision_alone() {
        // Two outlines of two pixels were found and one is true.
        let (found, truth) = (mask(&["#....###", "#....###"]), mask(&["#.......", "#......."]));
        assert_eq!(of(&found, &truth, 1), Boundary { precision: 0.5, recall: 1.0, f: 2.0 / 3.0 });
    }

    #[test]
    fn an_absent_outline_is_precise_and_finds_nothing() {
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
        fn more_tolerance_never_costs([a, b] in random_masks(), tolerance in 0_u32..4) {
            let (strict, lax) = (of(&a, &b, tolerance), of(&a, &b, tolerance + 1));
            prop_assert!(strict.precision <= lax.precision && strict.recall <= lax.recall);
        }
    }
}
