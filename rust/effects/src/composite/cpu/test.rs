use super::*;
use crate::bilinear::{axis, sample};
use crate::matte::STEP;
use crate::matte::samples::{BACKGROUND, Blocks, Certainty, EDGE, NONE, PERSON};
use crate::planes::{ColorMatrix, Sampling, YuvStandard};
use crate::testing::{assert_close, disc, matte, plain, scene, size};
use crate::{Fit, Refinement};

const MASK: Size = size(64, 36);

fn backgrounds() -> [Background; 5] {
    [
        Background::Blur { radius: 16.0 },
        Background::Blur { radius: 2.0 },
        Background::Image { image: smooth(size(50, 70), [0.9, 0.2, 0.5]), layout: Fit::Cover.into() },
        Background::Color([0, 90, 160]),
        Background::Transparent,
    ]
}

/// Makes an image of slow gradients of one channel each.
fn smooth(extent: Size, phases: [f32; 3]) -> Image {
    Image::from_rows(extent, |y, row| {
        for (x, pixel) in row.iter_mut().enumerate() {
            let [u, v] = [x as f32 / extent.width as f32, y as f32 / extent.height as f32];
            let wave = |phase: f32| (128.0 + 90.0 * (3.0 * (u + phase) + 2.0 * v * phase).sin()) as u8;
            let [r, g, b] = phases.map(wave);
            *pixel = [r, g, b, u8::MAX];
        }
    })
}

fn yuv(image: &Image, sampling: Sampling, matrix: ColorMatrix) -> Planes {
    let mut planes = Planes::default();
    Planes::from_image(image).convert(sampling, matrix, &mut planes);
    planes
}

fn show(frame: &Planes, matte: &Matte, background: &Background, blending: Blending) -> (Planes, Vec<u8>) {
    let mut compositor = Compositor::new();
    compositor.set_background(background).unwrap();
    compositor.set_blending(blending).unwrap();
    let (mut output, mut alpha) = (Planes::default(), Vec::new());
    compositor.composite(frame, matte, &mut output, &mut alpha).unwrap();
    (output, alpha)
}

#[test]
fn a_frame_of_a_camera_looks_like_its_rgb() {
    for extent in [size(320, 180), size(197, 121), size(121, 202)] {
        for (sampling, standard, full_range) in [
            (Sampling::Full, YuvStandard::Bt601, true),
            (Sampling::Half, YuvStandard::Bt601, false),
            (Sampling::Half, YuvStandard::Bt709, true),
            (Sampling::Half, YuvStandard::Bt709, false),
        ] {
            let matrix = ColorMatrix::yuv(standard, full_range);
            let frame = yuv(&smooth(extent, [0.1, 0.4, 0.8]), sampling, matrix);
            let rgb = frame.to_image(&[]);
            let matte = matte(&rgb, &disc(MASK), MASK, Refinement::Guided);
            for (number, background) in backgrounds().iter().enumerate() {
                let blending = Blending { light_wrap: 0.5, match_brightness: true };
                let (found, alpha) = show(&frame, &matte, background, blending);
                let expected = composite(&rgb, &matte, background, blending).unwrap();
                let name = format!("planes {number} {extent} {sampling:?} {standard:?} {full_range}");
                // Straight colors under little alpha are estimates of what is hardly visible. Chroma at half the size loses
                // as much of the expected colors.
                let found = found.to_image(&alpha).over_black().into_owned();
                let expected = yuv(&expected.over_black(), sampling, matrix).to_image(&[]);
                assert_close(&name, &found, &expected, 1.0, 16);
            }
        }
    }
}

#[test]
fn samples_of_the_person_stay_and_none_of_the_room_does() {
    let extent = size(131, 75);
    let matrix = ColorMatrix::yuv(YuvStandard::Bt601, false);
    let frame = yuv(&scene(extent, 4), Sampling::Half, matrix);
    let image = frame.to_image(&[]);
    let mask = disc(extent);
    let matte = matte(&image, &mask, extent, Refinement::None);
    for background in &backgrounds()[2..] {
        let (found, alpha) =
            show(&frame, &matte, background, Blending { light_wrap: 0.0, ..Blending::default() });
        let expected = match background {
            Background::Image { .. } => None,
            Background::Color(color) => Some(matrix.samples(*color)),
            _ => Some(matrix.samples([0; 3])),
        };
        for index in 0..3 {
            let step = if index == 0 { 1 } else { 2 };
            let (width, height) = (extent.width as usize, extent.height as usize);
            for y in 0..found.plane_size(index).height as usize {
                for (x, sample) in found.row(index, y).iter().enumerate() {
                    let all = |is: &dyn Fn(f32) -> bool| {
                        (0..step * step).all(|i| {
                            let [x, y] =
                                [(x * step + i % step).min(width - 1), (y * step + i / step).min(height - 1)];
                            is(mask[y * width + x])
                        })
                    };
                    if all(&|probability| probability >= STEP[1]) {
                        assert_eq!(*sample, frame.row(index, y)[x], "{background:?} {index} at {x}, {y}");
                    }
                    if let Some(expected) = expected
                        && all(&|probability| probability <= STEP[0])
                    {
                        assert_eq!(*sample, expected[index], "{background:?} {index} at {x}, {y}");
                    }
                }
            }
        }
        for (alpha, probability) in alpha.iter().zip(&mask) {
            match *alpha {
                0 => assert!(*probability < STEP[0] + 0.1),
                u8::MAX => assert!(*probability > STEP[1] - 0.1),
                _ => assert!(*probability > STEP[0] && *probability < STEP[1]),
            }
        }
    }
}

#[test]
fn a_blurred_background_shows_nothing_of_a_person_of_another_color() {
    let extent = size(320, 180);
    let matrix = ColorMatrix::yuv(YuvStandard::Bt709, false);
    let mask = disc(extent);
    let frame = Image::from_rows(extent, |y, row| {
        for (x, pixel) in row.iter_mut().enumerate() {
            let person = mask[y * extent.width as usize + x] > 0.0;
            *pixel = if person { [250, 240, 230, 255] } else { [10, 40, 90, 255] };
        }
    });
    let matte = matte(&frame, &mask, extent, Refinement::None);
    let (found, _) = show(
        &yuv(&frame, Sampling::Half, matrix),
        &matte,
        &Background::Blur { radius: 16.0 },
        Blending::default(),
    );
    let found = found.to_image(&[]);
    let corner = plain(size(40, 180), [10, 40, 90, 255]);
    let shown = Image::from_rows(corner.size(), |y, row| row.copy_from_slice(&found.row(y)[..40]));
    assert_close("blurred corner", &shown, &corner, 2.0, 3);
}

#[test]
fn memory_is_reused_when_the_format_changes_and_returns() {
    let mut compositor = Compositor::new();
    let matrix = ColorMatrix::yuv(YuvStandard::Bt601, false);
    let (mut output, mut alpha) = (Planes::default(), Vec::new());
    for background in backgrounds() {
        for extent in [size(64, 36), size(97, 61), size(64, 36)] {
            for sampling in [Sampling::Half, Sampling::Full] {
                let frame = yuv(&scene(extent, 3), sampling, matrix);
                let matte = matte(&frame.to_image(&[]), &disc(MASK), MASK, Refinement::Guided);
                compositor.set_background(&background).unwrap();
                compositor.composite(&frame, &matte, &mut output, &mut alpha).unwrap();
                let expected = show(&frame, &matte, &background, Blending::default());
                assert_eq!((output.clone(), alpha.clone()), expected, "{background:?} {extent} {sampling:?}");
            }
        }
    }
}

/// Random numbers in `[0, 1)`.
fn random(state: &mut u32) -> f32 {
    *state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
    (*state >> 8) as f32 / (1 << 24) as f32
}

#[test]
fn certain_blocks_have_no_edge_in_any_color() {
    let mut state = 1;
    let mut counts = [0; 4];
    for (source, target) in
        [([27, 15], [400, 70]), ([30, 20], [31, 9]), ([40, 30], [16, 8]), ([1, 1], [7, 3])]
    {
        // Islands of certain values.
        let coefficients: Vec<[f32; 4]> = (0..source[0] * source[1])
            .map(|i| match (i % source[0] / 6 + i / source[0] / 8) % 4 {
                0 => [0.0; 4],
                1 => [0.0, 0.0, 0.0, 0.1 * random(&mut state)],
                2 => [0.02, -0.01, 0.03, 1.0],
                _ => [random(&mut state), -random(&mut state), random(&mut state), random(&mut state)],
            })
            .collect();
        let source_size = size(source[0] as u32, source[1] as u32);
        let matte = Matte {
            size: source_size,
            mask: source_size,
            foreground: vec![[0.5; 4]; coefficients.len()],
            background: vec![[0.5; 3]; coefficients.len()],
            coefficients,
        };
        let mut samples = SampleMatte::default();
        samples.set(&matte, ColorMatrix::RGB);
        let mut blocks = Blocks::new(source[0], target[0], BLOCK);
        blocks.set(&samples.certainty);
        let (across, down) = (axis(source[0] as u32, target[0]), axis(source[1] as u32, target[1]));
        for down in down {
            let row = blocks.row(down.first..=down.second).to_vec();
            for (x, across) in across.iter().enumerate() {
                let [r, g, b, offset] = sample(&matte.coefficients, source[0], *across, down, |pixel| pixel);
                let certainty = row[x / BLOCK];
                for _ in 0..8 {
                    let [red, green, blue] = std::array::from_fn(|_| random(&mut state).round());
                    let probability = r * red + g * green + b * blue + offset;
                    let (is, name): (bool, Certainty) = match certainty {
                        NONE => (probability <= 1.001e-3, NONE),
                        PERSON => (probability >= STEP[1] - 1e-6, PERSON),
                        certain if certain & !(NONE | BACKGROUND) == 0 => {
                            (probability <= STEP[0] + 1e-6, BACKGROUND)
                        }
                        _ => (true, EDGE),
                    };
                    counts[name.trailing_zeros() as usize] += 1;
                    assert!(is, "{probability} in a block of certainty {certainty}");
                }
            }
        }
    }
    assert!(counts.iter().all(|count| *count > 100), "{counts:?}");
}
