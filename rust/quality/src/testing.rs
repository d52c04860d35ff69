//! Masks for tests.

use proptest::{collection::vec, prelude::*, sample::select};

use crate::Mask;

/// Parses a mask: `#` is the person, `.` the background.
pub(crate) fn mask(rows: &[&str]) -> Mask {
    let levels = rows.concat().bytes().map(|byte| if byte == b'#' { 255 } else { 0 }).collect();
    Mask::new(rows[0].len() as u32, rows.len() as u32, levels).unwrap()
}

fn levels(count: usize) -> impl Strategy<Value = Vec<u8>> {
    // Empty and full masks should be more frequent than by chance.
    prop_oneof![
        1 => select(vec![vec![0; count], vec![255; count]]),
        4 => vec(prop_oneof![Just(0_u8), Just(255_u8), any::<u8>()], count),
    ]
}

/// Any levels, with sides of at most 9 pixels.
pub(crate) fn random_mask() -> impl Strategy<Value = Mask> {
    random_masks::<1>().prop_map(|[mask]| mask)
}

/// Several masks of the same size.
pub(crate) fn random_masks<const N: usize>() -> impl Strategy<Value = [Mask; N]> {
    (1_u32..10, 1_u32..10).prop_flat_map(|(width, height)| {
        [(); N].map(|()| {
            levels(width as usize * height as usize)
                .prop_map(move |levels| Mask::new(width, height, levels).unwrap())
        })
    })
}
