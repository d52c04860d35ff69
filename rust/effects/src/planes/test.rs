use super::color::apply;
use super::*;
use crate::testing::{SIZES, scene, size};

const STANDARDS: [YuvStandard; 3] = [YuvStandard::Bt601, YuvStandard::Bt709, YuvStandard::Bt2020];

/// Planes whose samples differ.
fn numbered(size: Size, sampling: Sampling) -> Planes {
    let mut planes = Planes::new(size, sampling, ColorMatrix::yuv(YuvStandard::Bt709, false)).unwrap();
    planes.bytes_mut().iter_mut().enumerate().for_each(|(i, byte)| *byte = (i * 151 % 256) as u8);
    planes
}

fn rgba(planes: &Planes) -> Vec<u8> {
    let mut pixels = vec![0; planes.size().pixels() * 4];
    planes.write_rgba(None, &mut pixels);
    pixels
}

#[test]
fn a_conversion_to_rgb_and_back_keeps_the_color() {
    for standard in STANDARDS {
        for full_range in [false, true] {
            let matrix = ColorMatrix::yuv(standard, full_range);
            for color in [[0.0, 0.0, 0.0], [1.0, 1.0, 1.0], [0.9, 0.1, 0.3], [0.0, 0.5, 1.0]] {
                let samples = matrix.from_rgb.map(|row| apply(row, color));
                let found = matrix.to_rgb.map(|row| apply(row, samples));
                let difference = found.iter().zip(color).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
                assert!(difference < 1e-5, "{standard:?} {full_range}: {color:?} {found:?}");
            }
        }
    }
}

#[test]
fn the_matrices_are_those_of_the_standards() {
    let red = |standard, full_range| ColorMatrix::yuv(standard, full_range).samples([255, 0, 0]);
    // Published values of pure red.
    assert_eq!(red(YuvStandard::Bt601, false), [81, 90, 240]);
    assert_eq!(red(YuvStandard::Bt601, true), [76, 85, 255]);
    assert_eq!(red(YuvStandard::Bt709, false), [63, 102, 240]);
    for standard in STANDARDS {
        for (full_range, [black, white]) in [(false, [16, 235]), (true, [0, 255])] {
            let matrix = ColorMatrix::yuv(standard, full_range);
            assert_eq!(matrix.samples([0; 3]), [black, 128, 128]);
            assert_eq!(matrix.samples([255; 3]), [white, 128, 128]);
        }
    }
}

#[test]
fn rgb_keeps_the_pixels_of_an_image() {
    for image in SIZES.map(|size| scene(size, 5)) {
        let planes = Planes::from_image(&image);
        assert_eq!(rgba(&planes), image.pixels());
        let swapped: Vec<u8> =
            image.pixels().as_chunks().0.iter().flat_map(|&[r, g, b, a]| [b, g, r, a]).collect();
        let mut from_bgra = Planes::default();
        from_bgra.read_rgba(image.size(), &swapped, PixelOrder::Bgra).unwrap();
        assert_eq!(from_bgra, planes);
    }
}

#[test]
fn rgba_has_the_colors_of_the_matrix_and_the_chroma_of_the_block() {
    for extent in [size(1, 1), size(16, 2), size(33, 5), size(70, 3)] {
        for sampling in [Sampling::Full, Sampling::Half] {
            for (standard, full_range) in STANDARDS.into_iter().flat_map(|s| [(s, false), (s, true)]) {
                let mut planes = numbered(extent, sampling);
                planes.matrix = ColorMatrix::yuv(standard, full_range);
                let step = if sampling == Sampling::Half { 2 } else { 1 };
                for (i, pixel) in rgba(&planes).as_chunks::<4>().0.iter().enumerate() {
                    let (x, y) = (i % extent.width as usize, i / extent.width as usize);
                    let samples = [
                        planes.row(0, y)[x],
                        planes.row(1, y / step)[x / step],
                        planes.row(2, y / step)[x / step],
                    ];
                    let rgb = planes.matrix.rgb_from_levels().map(|row| apply(row, samples.map(f32::from)));
                    for (level, exact) in pixel.iter().zip(rgb) {
                        let exact = exact.clamp(0.0, 1.0) * 255.0;
                        assert!((f32::from(*level) - exact).abs() <= 0.52, "{standard:?} {pixel:?} {rgb:?}");
                    }
                    assert_eq!(pixel[3], u8::MAX);
                }
            }
        }
    }
}

#[test]
fn rgba_takes_the_alpha() {
    let planes = numbered(size(35, 3), Sampling::Half);
    let alpha: Vec<u8> = (0..35 * 3).collect();
    let mut pixels = vec![0; 35 * 3 * 4];
    planes.write_rgba(Some(&alpha), &mut pixels);
    let found: Vec<u8> = pixels.as_chunks().0.iter().map(|&[_, _, _, alpha]| alpha).collect();
    assert_eq!(found, alpha);
}

#[test]
fn nv12_is_split_into_three_planes() {
    for extent in [size(1, 1), size(5, 3), size(64, 36), size(71, 33)] {
        let expected = numbered(extent, Sampling::Half);
        let mut bytes = expected.plane(0).to_vec();
        for (cb, cr) in expected.plane(1).iter().zip(expected.plane(2)) {
            bytes.extend([*cb, *cr]);
        }
        let mut found = Planes::default();
        found.read_nv12(extent, &bytes, expected.matrix()).unwrap();
        assert_eq!(found, expected);
    }
}

#[test]
fn another_sampling_and_matrix_has_the_same_colors() {
    let matrices = [
        ColorMatrix::RGB,
        ColorMatrix::yuv(YuvStandard::Bt601, false),
        ColorMatrix::yuv(YuvStandard::Bt709, true),
    ];
    for extent in [size(1, 1), size(17, 3), size(33, 18), size(40, 6)] {
        for [from, to] in
            [[0, 1], [1, 2], [2, 0], [1, 1]].map(|pair| pair.map(|index: usize| matrices[index]))
        {
            for (sampling, target) in [Sampling::Full, Sampling::Half]
                .into_iter()
                .flat_map(|s| [(s, Sampling::Full), (s, Sampling::Half)])
            {
                let (mut planes, mut found) = (numbered(extent, sampling), Planes::default());
                planes.matrix = from;
                planes.convert(target, to, &mut found);
                for index in 0..3 {
                    let step = if index == 0 { 1 } else { target.step() };
                    let plane = found.plane_size(index);
                    for (x, y) in (0..plane.height)
                        .flat_map(|y| (0..plane.width).map(move |x| (x as usize, y as usize)))
                    {
                        // The mean of the pixels that share the sample. Outside of the image the last one repeats.
                        let mean = |index: usize| {
                            let shared = if index == 0 { 1 } else { sampling.step() };
                            let side = |i: usize, length: u32| i.min(length as usize - 1) / shared;
                            let pixel = |i: usize| {
                                let (x, y) = (
                                    side(x * step + i % step, extent.width),
                                    side(y * step + i / step, extent.height),
                                );
                                f32::from(planes.row(index, y)[x])
                            };
                            (0..step * step).map(pixel).sum::<f32>() / (step * step) as f32
                        };
                        let rgb = from.rgb_from_levels().map(|row| apply(row, [mean(0), mean(1), mean(2)]));
                        let expected = apply(to.levels_from_rgb()[index], rgb).clamp(0.0, 255.0);
                        let found = f32::from(found.row(index, y)[x]);
                        assert!(
                            (found - expected).abs() < 0.51,
                            "{extent} {sampling:?} {target:?} {index}: {found} {expected}"
                        );
                    }
                }
            }
        }
    }
}

#[test]
fn rotation_is_clockwise_and_before_the_flip() {
    let extent = size(37, 21);
    for sampling in [Sampling::Full, Sampling::Half] {
        let planes = numbered(extent, sampling);
        for turns in 0..4 {
            for flip in [false, true] {
                let mut found = Planes::default();
                planes.orient(turns, flip, &mut found);
                for index in 0..3 {
                    let (width, height) =
                        (found.plane_size(index).width as usize, found.plane_size(index).height as usize);
                    for y in 0..height {
                        for x in 0..width {
                            let turned = if flip { width - 1 - x } else { x };
                            let (column, row) = match turns {
                                0 => (turned, y),
                                1 => (y, width - 1 - turned),
                                2 => (width - 1 - turned, height - 1 - y),
                                _ => (height - 1 - y, turned),
                            };
                            let expected = planes.row(index, row)[column];
                            assert_eq!(
                                found.row(index, y)[x],
                                expected,
                                "{turns} {flip} plane {index} {x} {y}"
                            );
                        }
                    }
                }
            }
        }
    }
}

#[test]
fn sizes_and_lengths_are_checked() {
    let matrix = ColorMatrix::RGB;
    assert!(matches!(Planes::new(size(0, 4), Sampling::Full, matrix), Err(EffectError::EmptySize { .. })));
    assert!(matches!(
        Planes::new(size(Size::MAX_SIDE + 1, 4), Sampling::Full, matrix),
        Err(EffectError::SizeAboveLimit { .. })
    ));
    let mut planes = Planes::default();
    let error = planes.read_nv12(size(3, 3), &[0; 16], matrix).unwrap_err();
    assert_eq!(error.to_string(), "an image of 3x3 takes 17 bytes of NV12, but has 16");
    assert!(planes.read_rgba(size(3, 3), &[0; 35], PixelOrder::Rgba).is_err());
    assert_eq!(planes, Planes::default());
}
