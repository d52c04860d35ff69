//! The samples of the virtual background.

use std::ops::Range;

use fearless_simd::{Level, Simd, dispatch};

use super::edges::Light;
use crate::blur::cpu::Blur;
use crate::brightness::cpu::gain;
use crate::composite::light_map_size;
use crate::lanes::{STEP, load, map, store, to_levels, to_samples};
use crate::matte::cpu::Matte;
use crate::planes::{ColorMatrix, Planes, Sampling};
use crate::resample::cpu::Resampler;
use crate::{Image, Layout, Size};

/// The background of one frame, in the frame's size, sampling and matrix.
pub(super) enum Source<'a> {
    Blur(&'a mut Blur),
    Image {
        planes: &'a Planes,
        gain: f32,
    },
    /// The samples of one color.
    Color([u8; 3]),
}

impl Source<'_> {
    /// Begins row `y` of plane `index`.
    pub fn begin_row(&mut self, index: usize, y: usize) {
        if let Self::Blur(blur) = self {
            blur.begin_row(index, y);
        }
    }

    /// Writes the columns `columns` of that row to `target`, a row of the output.
    pub fn fill(&self, index: usize, y: usize, columns: Range<usize>, target: &mut [u8]) {
        match self {
            Self::Blur(blur) => blur.fill(index, columns, target),
            Self::Image { planes, gain } => {
                let (row, target) = (&planes.row(index, y)[columns.clone()], &mut target[columns]);
                if *gain == 1.0 {
                    target.copy_from_slice(row);
                } else {
                    let black = planes.matrix().from_rgb[index][3] * 255.0;
                    dispatch!(Level::new(), simd => brighten(simd, row, *gain, black, target));
                }
            }
            Self::Color(samples) => target[columns].fill(samples[index]),
        }
    }
}

/// Multiplies colors by a gain: scales samples around that of black.
#[inline(always)]
fn brighten<S: Simd>(simd: S, row: &[u8], gain: f32, black: f32, target: &mut [u8]) {
    let offset = black * (1.0 - gain);
    for (row, target) in row.chunks(STEP).zip(target.chunks_mut(STEP)) {
        let levels = map(to_levels(load(simd, row)), |quad| quad * gain + offset);
        store(to_samples(levels), target);
    }
}

/// A background image with its scaled copies, in the format of the last frame.
pub(super) struct ImageBackground {
    image: Planes,
    layout: Layout,
    /// The format of the copies, if they show the current image.
    made_for: Option<(Size, Sampling, ColorMatrix)>,
    resamplers: [Resampler; 2],
    /// The image at the frame's size, in its own sampling and matrix.
    placed: Planes,
    scaled: Planes,
    light_map: Image,
    /// The pixels of the light map, RGB in `[0, 1]`.
    light: Vec<[f32; 4]>,
}

impl ImageBackground {
    pub fn new(image: Planes, layout: Layout) -> Self {
        Self {
            image,
            layout,
            made_for: None,
            resamplers: Default::default(),
            placed: Planes::default(),
            scaled: Planes::default(),
            light_map: Planes::default().to_image(&[]),
            light: Vec::new(),
        }
    }

    /// Replaces the image.
    pub fn set(&mut self, image: &Planes, layout: Layout) {
        self.image.clone_from(image);
        (self.layout, self.made_for) = (layout, None);
    }

    /// Scales the image to the size of a frame, unless that was done.
    pub fn update(&mut self, frame: &Planes) {
        let Self { image, layout, made_for, resamplers, placed, scaled, light_map, light } = self;
        let (size, sampling, matrix) = (frame.size(), frame.sampling(), frame.matrix());
        if made_for.replace((size, sampling, matrix)) == Some((size, sampling, matrix)) {
            return;
        }
        let [whole, small] = resamplers;
        let light_size = light_map_size(size);
        small.place(image, layout.place(image.size(), light_size), light_size, placed);
        *light_map = placed.to_image(&[]);
        let pixels = light_map.pixels().as_chunks::<4>().0.iter();
        light.clear();
        light.extend(pixels.map(|pixel| pixel.map(|level| f32::from(level) / 255.0)));

        let placement = layout.place(image.size(), size);
        if (image.sampling(), image.matrix()) == (sampling, matrix) {
            whole.place(image, placement, size, scaled);
        } else {
            whole.place(image, placement, size, placed);
            placed.convert(sampling, matrix, scaled);
        }
    }

    /// The image in the format of the last frame.
    pub fn scaled(&self) -> &Planes {
        &self.scaled
    }

    /// The image in the format of the last frame, with a gain.
    pub fn source(&self, gain: f32) -> Source<'_> {
        Source::Image { planes: &self.scaled, gain }
    }

    /// The gain that matches the brightness of the room.
    pub fn gain(&self, matte: &Matte) -> f32 {
        gain(matte, &self.light_map)
    }

    /// The light that the image throws onto the person.
    pub fn light(&self, gain: f32, strength: f32) -> Light<'_> {
        Light { map: &self.light, size: self.light_map.size(), gain, strength }
    }
}
