use super::cpu::upsample;
use crate::testing::size;
use crate::{Picture, preprocess};

#[test]
fn the_outline_moves_to_the_edge_of_the_colours() {
    // The edge is at column 93 of 160; the network sees it at column 96, the border of its sixth pixel.
    let frame = Picture::from_rows(size(160, 90), |_, row| {
        row.fill([40, 130, 150, 255]);
        row[..93].fill([200, 100, 50, 255]);
    });
    let mask = size(10, 6);
    let guide = preprocess::cpu::resize(&frame, mask).unwrap();
    let pixel = |(i, rgb): (usize, &[f32; 3])| [rgb[0], rgb[1], rgb[2], if i % 10 < 6 { 1.0 } else { 0.0 }];
    let pixels: Vec<_> = guide.as_chunks().0.iter().enumerate().map(pixel).collect();
    let (size, coefficients) = upsample(&pixels, mask, &frame);
    assert_eq!((size.width, size.height), (80, 45));
    for (i, [.., person]) in coefficients.iter().enumerate() {
        let x = i % 80;
        // A pixel at half size that the edge crosses is of neither colour.
        assert!(x == 46 || (*person > 0.5) == (x < 46), "column {x}: {person}");
    }
}
