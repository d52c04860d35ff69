//! Frames for the benchmark.

use std::{borrow::Cow, path::Path, time::Duration};

use cyclorama_engine::effects::{
    Image, Size,
    cpu::{ColorMatrix, YuvStandard},
};
use image::{
    RgbaImage,
    imageops::{self, FilterType},
};

use crate::{Error, images};

/// The default image, which shows a person; see `tests/data/README.md`.
const ASTRONAUT: &[u8] = include_bytes!("../../../../tests/data/astronaut.png");
/// Number of frames before the clip plays backwards. Enough that no frame meets its own mask in temporal smoothing.
const FRAMES: u32 = 8;
/// Maximum fraction of the image that a frame shows in either direction.
const SHOWN_FRACTION: f64 = 0.9;
/// The time between two frames.
pub(crate) const INTERVAL: Duration = Duration::from_nanos(33_333_333);

/// A frame in memory, in both formats.
pub(crate) struct Frame {
    pub image: Image,
    /// The image with the colors of [`camera_colors`], in three planes.
    pub i420: Vec<u8>,
}

/// Crops of an image that simulate a camera moving slowly right and down, and back.
pub(crate) struct Clip {
    pub size: Size,
    frames: Vec<Frame>,
}

impl Clip {
    /// Crops frames of this size from an image. Each shows as much of the image as its shape allows.
    pub(crate) fn new(image: &RgbaImage, size: Size) -> Self {
        let (width, height) = (f64::from(image.width()), f64::from(image.height()));
        let shape = f64::from(size.width) / f64::from(size.height);
        let (shown_width, shown_height) =
            if shape > width / height { (width, width / shape) } else { (height * shape, height) };
        let side = |length: f64| ((length * SHOWN_FRACTION) as u32).max(1);
        let (shown_width, shown_height) = (side(shown_width), side(shown_height));
        let frame = |number: u32| {
            let along = |whole: u32, shown: u32| (whole - shown) / 2 + (whole - shown) / 2 * number / FRAMES;
            let (x, y) = (along(image.width(), shown_width), along(image.height(), shown_height) / 2);
            let part = imageops::crop_imm(image, x, y, shown_width, shown_height).to_image();
            let scaled = imageops::resize(&part, size.width, size.height, FilterType::Triangle);
            let i420 = to_i420(&scaled);
            let image = Image::new(size, scaled.into_raw()).expect("the size was checked by the parser");
            Frame { image, i420 }
        };
        Self { size, frames: (0..FRAMES).map(frame).collect() }
    }

    /// The frame of this number. The clip plays forwards and backwards, so consecutive frames are never far apart.
    pub(crate) fn frame(&self, number: usize) -> &Frame {
        let last = self.frames.len() - 1;
        let position = number % (2 * last);
        &self.frames[if position <= last { position } else { 2 * last - position }]
    }
}

/// The colors of I420 frames: those of cameras in high definition.
pub(crate) fn camera_colors() -> ColorMatrix {
    ColorMatrix::yuv(YuvStandard::Bt709, false)
}

/// Converts an image to [`camera_colors`]. A chroma sample has the color of the upper left pixel of its square.
fn to_i420(image: &RgbaImage) -> Vec<u8> {
    let luma = |[r, g, b, _]: [u8; 4]| 0.2126 * f32::from(r) + 0.7152 * f32::from(g) + 0.0722 * f32::from(b);
    let chroma = |level: u8, luma: f32, scale: f32| {
        (128.0 + (f32::from(level) - luma) / scale * 224.0 / 255.0).round() as u8
    };
    let mut samples: Vec<u8> =
        image.pixels().map(|pixel| (16.0 + luma(pixel.0) * 219.0 / 255.0).round() as u8).collect();
    let corners = || image.rows().step_by(2).flat_map(|row| row.step_by(2)).map(|pixel| pixel.0);
    samples.extend(corners().map(|pixel| chroma(pixel[2], luma(pixel), 1.8556)));
    samples.extend(corners().map(|pixel| chroma(pixel[0], luma(pixel), 1.5748)));
    samples
}

/// The image that frames are cropped from, and its name.
///
/// # Errors
/// As [`images::read`].
pub(crate) fn image(path: Option<&Path>) -> Result<(RgbaImage, String), Error> {
    let Some(path) = path else {
        let image = image::load_from_memory(ASTRONAUT).expect("the image is part of the program");
        return Ok((image.into_rgba8(), "astronaut, moving".to_owned()));
    };
    let image = images::read(path)?;
    let Size { width, height } = image.size();
    let pixels = image.into_pixels();
    let image = RgbaImage::from_raw(width, height, pixels).expect("an image has four bytes per pixel");
    let name = path.file_name().map_or(Cow::Borrowed("image"), |name| name.to_string_lossy());
    Ok((image, format!("{name}, moving")))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Red increases to the right and green downwards.
    fn gradient(width: u32, height: u32) -> RgbaImage {
        RgbaImage::from_fn(width, height, |x, y| image::Rgba([x as u8, y as u8, 0, 255]))
    }

    #[test]
    fn frames_move_forwards_and_backwards() {
        let size = Size { width: 64, height: 36 };
        let clip = Clip::new(&gradient(200, 200), size);
        let left = |number| clip.frame(number).image.pixels()[0];
        assert!((1..8).all(|number| left(number) >= left(number - 1)) && left(7) > left(0));
        assert_eq!(left(8), left(6), "the clip plays backwards from the second last frame");
        assert_eq!(left(14), left(0));
        assert_eq!(clip.frame(0).image.size(), size);
    }

    #[test]
    fn white_and_blue_have_the_samples_of_limited_range() {
        let of = |color| to_i420(&RgbaImage::from_pixel(3, 1, image::Rgba(color)));
        assert_eq!(of([255, 255, 255, 255]), [235, 235, 235, 128, 128, 128, 128]);
        assert_eq!(of([0, 0, 255, 255]), [32, 32, 32, 240, 240, 118, 118]);
    }

    #[test]
    fn images_of_any_shape_can_be_cropped() {
        for (width, height) in [(1, 1), (3, 200), (200, 3), (10, 10)] {
            let clip = Clip::new(&gradient(width, height), Size { width: 32, height: 18 });
            let Frame { image, i420 } = clip.frame(0);
            assert_eq!(
                (image.pixels().len(), i420.len()),
                (32 * 18 * 4, 32 * 18 * 3 / 2),
                "{width}x{height}"
            );
        }
    }
}
