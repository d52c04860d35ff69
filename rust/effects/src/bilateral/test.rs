use super::cpu::upsample;
use crate::Image;
use crate::matte::cpu::Matte;
use crate::planes::Planes;
use crate::testing::{guide, size};

#[test]
fn the_outline_moves_to_the_color_edge() {
    // The color edge is at column 93 of 160, that of the mask at column 96, the border of its sixth pixel.
    let frame = Image::from_rows(size(160, 90), |_, row| {
        row.fill([40, 130, 150, 255]);
        row[..93].fill([200, 100, 50, 255]);
    });
    let mask = size(10, 6);
    let guide = guide(&frame, mask);
    let pixel = |(i, rgb): (usize, &[f32; 3])| [rgb[0], rgb[1], rgb[2], if i % 10 < 6 { 1.0 } else { 0.0 }];
    let pixels: Vec<_> = guide.as_chunks().0.iter().enumerate().map(pixel).collect();
    let mut matte = Matte::default();
    upsample(&pixels, mask, &Planes::from_image(&frame), &mut matte);
    let Matte { size, coefficients, .. } = matte;
    assert_eq!((size.width, size.height), (80, 45));
    for (i, [.., probability]) in coefficients.iter().enumerate() {
        let x = i % 80;
        // A pixel at half size that crosses the edge has neither color.
        assert!(x == 46 || (*probability > 0.5) == (x < 46), "column {x}: {probability}");
    }
}
