use super::cpu::{Resampler, resample};
use super::pass::ResamplePass;
use crate::planes::{ColorMatrix, Planes, Sampling, YuvStandard};
use crate::testing::{SIZES, assert_close, gpu, gradients, plain, scene, size};
use crate::{EffectError, Fit, Image, Layout, Size};

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

/// Makes a frame of a camera.
fn camera(size: Size) -> Planes {
    let mut planes = Planes::default();
    let matrix = ColorMatrix::yuv(YuvStandard::Bt709, false);
    Planes::from_image(&gradients(size)).convert(Sampling::Half, matrix, &mut planes);
    planes
}

#[test]
fn planes_keep_their_sampling_and_matrix() {
    let mut resampler = Resampler::default();
    let mut scaled = Planes::default();
    for image in SIZES.map(camera) {
        for size in [image.size(), size(160, 90), size(31, 17)] {
            resampler.resize(&image, size, &mut scaled).unwrap();
            assert_eq!(
                (scaled.size(), scaled.sampling(), scaled.matrix()),
                (size, image.sampling(), image.matrix())
            );
            assert!(size != image.size() || scaled == image, "an image of its own size changes");
        }
    }
}

#[test]
fn planes_of_a_camera_are_placed_like_their_colors() {
    let mut placed = Planes::default();
    for image in [size(320, 180), size(98, 60)].map(camera) {
        for layout in LAYOUTS {
            let frame = size(160, 90);
            let placement = layout.place(image.size(), frame);
            Resampler::default().place(&image, placement, frame, &mut placed);
            let expected = resample(&image.to_image(&[]), placement, frame);
            // Chroma is scaled at half size, and a region begins at whole samples of it.
            assert_close(
                &format!("planes {} {layout:?}", image.size()),
                &placed.to_image(&[]),
                &expected,
                1.5,
                90,
            );
        }
    }
}

#[test]
fn a_size_of_zero_is_a_typed_error() {
    let mut scaled = Planes::default();
    let error = Resampler::default().resize(&camera(size(8, 8)), size(0, 4), &mut scaled).unwrap_err();
    assert!(matches!(error, EffectError::EmptySize { what: "scaled frame", .. }), "{error}");
}
