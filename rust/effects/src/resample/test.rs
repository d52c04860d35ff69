use super::cpu::resample;
use super::pass::ResamplePass;
use crate::testing::{SIZES, assert_close, gpu, plain, scene, size};
use crate::{Fit, Image, Layout, Size};

const LAYOUTS: [Layout; 5] = [
    Layout { fit: Fit::Cover, position: [0.5; 2], mirror: false },
    Layout { fit: Fit::Contain, position: [0.5; 2], mirror: false },
    Layout { fit: Fit::Fill, position: [0.5; 2], mirror: true },
    Layout { fit: Fit::Cover, position: [0.1, 0.9], mirror: true },
    Layout { fit: Fit::Contain, position: [1.0, 0.3], mirror: true },
];

fn on_gpu(pass: &ResamplePass, image: &Image, layout: Layout, size: Size) -> Image {
    let gpu = gpu();
    let placement = layout.place(image.size(), size);
    let resampled = pass.prepare(&gpu.texture(image), placement, size);
    gpu.submit(|encoder| pass.encode(&mut encoder.into(), &resampled));
    gpu.read_image(&resampled.result)
}

#[test]
fn agrees_with_the_twin_on_gpu() {
    let pass = ResamplePass::new(&gpu().device);
    for image in SIZES.map(|size| scene(size, 5)) {
        for size in [size(160, 90), size(90, 160), size(1, 1), size(301, 299)] {
            for layout in LAYOUTS {
                let name = format!("resample {} to {size} {layout:?}", image.size());
                let expected = resample(&image, layout.place(image.size(), size), size);
                // The GPU stores the narrowed image in 8 bits, the twin in f32.
                assert_close(&name, &on_gpu(&pass, &image, layout, size), &expected, 0.25, 1);
            }
        }
    }
}

#[test]
fn contain_shows_the_whole_image_between_black_bars() {
    let (white, black) = ([255; 4], [0, 0, 0, 255]);
    let wide = plain(size(64, 16), white);
    let frame = size(32, 32);
    let found = resample(&wide, Fit::Contain.place(wide.size(), frame), frame);
    for y in 0..32 {
        let expected = if (12..20).contains(&y) { white } else { black };
        assert!(found.row(y).iter().all(|pixel| *pixel == expected), "row {y}");
    }
}

#[test]
fn cover_crops_the_edges_and_fill_keeps_them() {
    let (red, green) = ([255, 0, 0, 255], [0, 255, 0, 255]);
    let sides = Image::from_rows(size(64, 16), |_, row| {
        row.fill(green);
        row[..8].fill(red);
        row[56..].fill(red);
    });
    let frame = size(32, 32);
    let covered = resample(&sides, Fit::Cover.place(sides.size(), frame), frame);
    assert!(covered.pixels().as_chunks().0.iter().all(|pixel| *pixel == green));
    let filled = resample(&sides, Fit::Fill.place(sides.size(), frame), frame);
    assert_eq!([filled.row(16)[0], filled.row(16)[16], filled.row(16)[31]], [red, green, red]);
}

#[test]
fn a_mirrored_image_is_the_image_with_reversed_rows() {
    for image in SIZES.map(|size| scene(size, 4)) {
        for fit in [Fit::Cover, Fit::Contain, Fit::Fill] {
            let frame = size(161, 90);
            let [plain, mirrored] = [false, true].map(|mirror| {
                let layout = Layout { fit, position: [0.2, 0.7], mirror };
                resample(&image, layout.place(image.size(), frame), frame)
            });
            let backwards = Image::from_rows(frame, |y, row| {
                row.copy_from_slice(plain.row(y));
                row.reverse();
            });
            assert_eq!(mirrored, backwards, "{} {fit:?}", image.size());
        }
    }
}
