/// A set of pixels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Region {
    pub width: usize,
    /// Whether each pixel belongs to the set, rows from the top.
    pub inside: Vec<bool>,
}

impl Region {
    /// The number of pixels.
    pub(crate) fn area(&self) -> usize {
        self.inside.iter().filter(|inside| **inside).count()
    }

    /// The number of pixels in both.
    pub(crate) fn overlap(&self, other: &Self) -> usize {
        self.inside.iter().zip(&other.inside).filter(|(a, b)| **a && **b).count()
    }

    /// The pixels that differ from the neighbor at the right, below, or below at the right. The image's border is not an
    /// outline.
    ///
    /// Source: `seg2bmap` of the DAVIS 2016 toolkit, after the Berkeley segmentation benchmark.
    pub(crate) fn outline(&self) -> Self {
        let Self { width, inside } = self;
        let last_row = inside.len() / width - 1;
        let differs = |index: usize| {
            let right = usize::from(index % width + 1 < *width);
            let below = if index / width < last_row { *width } else { 0 };
            [right, below, right + below].into_iter().any(|step| inside[index] != inside[index + step])
        };
        Self { width: *width, inside: (0..inside.len()).map(differs).collect() }
    }

    /// The pixels whose center is at most `radius` from the center of a pixel of the region.
    ///
    /// Exact, and linear in the number of pixels. If the region is `v` rows away in a column, the disc covers
    /// `sqrt(radius² - v²)` columns on either side.
    pub(crate) fn dilated(&self, radius: u32) -> Self {
        let Self { width, .. } = self;
        let radius = radius as usize;
        let reach: Vec<usize> = (0..=radius).map(|v| (radius * radius - v * v).isqrt()).collect();
        let mut inside = Vec::with_capacity(self.inside.len());
        for row in self.vertical_distances(radius).chunks_exact(*width) {
            // The number of runs that start at a column, minus those that ended before it.
            let mut starts = vec![0_isize; width + 1];
            for (x, distance) in row.iter().enumerate() {
                if let Some(reach) = reach.get(*distance) {
                    starts[x.saturating_sub(*reach)] += 1;
                    starts[(x + reach + 1).min(*width)] -= 1;
                }
            }
            inside.extend(starts[..*width].iter().scan(0, |open, change| {
                *open += change;
                Some(*open > 0)
            }));
        }
        Self { width: *width, inside }
    }

    /// For each pixel the distance in rows to the region in its column, or `limit + 1` if it is farther.
    fn vertical_distances(&self, limit: usize) -> Vec<usize> {
        let width = self.width;
        let mut distances: Vec<usize> =
            self.inside.iter().map(|inside| if *inside { 0 } else { limit + 1 }).collect();
        for index in width..distances.len() {
            distances[index] = distances[index].min(distances[index - width] + 1);
        }
        for index in (width..distances.len()).rev() {
            distances[index - width] = distances[index - width].min(distances[index] + 1);
        }
        distances
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use crate::testing::{mask, random_mask};

    #[test]
    fn an_outline_is_at_the_upper_left_of_each_change() {
        let square = mask(&["....", ".##.", ".##.", "...."]);
        assert_eq!(square.person().outline(), mask(&["###.", "#.#.", "###.", "...."]).person());
        let border = mask(&["##", "##"]);
        assert_eq!(border.person().outline().area(), 0);
    }

    #[test]
    fn a_dilated_pixel_is_a_disc() {
        let pixel = mask(&[".....", ".....", "..#..", ".....", "....."]);
        assert_eq!(pixel.person().dilated(1), mask(&[".....", "..#..", ".###.", "..#..", "....."]).person());
        assert_eq!(pixel.person().dilated(2), mask(&["..#..", ".###.", "#####", ".###.", "..#.."]).person());
    }

    proptest! {
        #[test]
        fn dilation_matches_its_definition(mask in random_mask(), radius in 0_u32..6) {
            let region = mask.person();
            let width = region.width;
            let near = |index: usize| {
                region.inside.iter().enumerate().any(|(other, inside)| {
                    let squared = (index % width).abs_diff(other % width).pow(2)
                        + (index / width).abs_diff(other / width).pow(2);
                    *inside && squared <= radius.pow(2) as usize
                })
            };
            let expected: Vec<bool> = (0..region.inside.len()).map(near).collect();
            prop_assert_eq!(region.dilated(radius).inside, expected);
        }
    }
}
