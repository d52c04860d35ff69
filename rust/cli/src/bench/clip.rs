//! Frames for the benchmark.

use std::{borrow::Cow, path::Path, time::Duration};

use cyclorama_engine::effects::{Image, Size};
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

/// Crops of an image that simulate a camera moving slowly right and down, and back.
pub(crate) struct Clip {
    pub size: Size,
    frames: Vec<Image>,
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
            Image::new(size, scaled.into_raw()).expect("the size was checked by the parser")
        };
        Self { size, frames: (0..FRAMES).map(frame).collect() }
    }

    /// The frame of this number. The clip plays forwards and backwards, so consecutive frames are never far apart.
    pub(crate) fn frame(&self, number: usize) -> &Image {
        let last = self.frames.len() - 1;
        let position = number % (2 * last);
        &self.frames[if position <= last { position } else { 2 * last - position }]
    }
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
        let left = |number| clip.frame(number).pixels()[0];
        assert!((1..8).all(|number| left(number) >= left(number - 1)) && left(7) > left(0));
        assert_eq!(left(8), left(6), "the clip plays backwards from the second last frame");
        assert_eq!(left(14), left(0));
        assert_eq!(clip.frame(0).size(), size);
    }

    #[test]
    fn images_of_any_shape_can_be_cropped() {
        for (width, height) in [(1, 1), (3, 200), (200, 3), (10, 10)] {
            let clip = Clip::new(&gradient(width, height), Size { width: 32, height: 18 });
            assert_eq!(clip.frame(0).pixels().len(), 32 * 18 * 4, "{width}x{height}");
        }
    }
}
