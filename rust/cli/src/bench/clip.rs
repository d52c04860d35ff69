//! Frames to measure with.

use std::{borrow::Cow, path::Path, time::Duration};

use cyclorama_engine::effects::{Image as Picture, Size};
use image::{
    RgbaImage,
    imageops::{self, FilterType},
};

use crate::{Error, pictures};

/// A person whom the networks find, for who gives no picture: see `tests/data/README.md`.
const ASTRONAUT: &[u8] = include_bytes!("../../../../tests/data/astronaut.png");
/// How many frames there are before they come again, backwards: enough that none finds its own mask again.
const FRAMES: u32 = 8;
/// How much of the picture a frame shows, at most, in either direction.
const SHARE: f64 = 0.9;
/// The time between two frames.
pub(crate) const INTERVAL: Duration = Duration::from_nanos(33_333_333);

/// A picture as a camera sees it that moves slowly from left to right and down, and back.
pub(crate) struct Clip {
    pub size: Size,
    frames: Vec<Picture>,
}

impl Clip {
    /// Cuts frames of this size out of a picture, as large a part of it as has their shape.
    pub(crate) fn new(picture: &RgbaImage, size: Size) -> Self {
        let (width, height) = (f64::from(picture.width()), f64::from(picture.height()));
        let shape = f64::from(size.width) / f64::from(size.height);
        let (shown_width, shown_height) =
            if shape > width / height { (width, width / shape) } else { (height * shape, height) };
        let side = |length: f64| ((length * SHARE) as u32).max(1);
        let (shown_width, shown_height) = (side(shown_width), side(shown_height));
        let frame = |number: u32| {
            let along = |whole: u32, shown: u32| (whole - shown) / 2 + (whole - shown) / 2 * number / FRAMES;
            let (x, y) = (along(picture.width(), shown_width), along(picture.height(), shown_height) / 2);
            let part = imageops::crop_imm(picture, x, y, shown_width, shown_height).to_image();
            let scaled = imageops::resize(&part, size.width, size.height, FilterType::Triangle);
            Picture::new(size, scaled.into_raw()).expect("the size was checked when it was read")
        };
        Self { size, frames: (0..FRAMES).map(frame).collect() }
    }

    /// The frame of this number: there and back again, so that no two in a row are far apart.
    pub(crate) fn frame(&self, number: usize) -> &Picture {
        let last = self.frames.len() - 1;
        let place = number % (2 * last);
        &self.frames[if place <= last { place } else { 2 * last - place }]
    }
}

/// The picture that frames are cut out of, and what it is called.
///
/// # Errors
/// As [`pictures::read`].
pub(crate) fn picture(path: Option<&Path>) -> Result<(RgbaImage, String), Error> {
    let Some(path) = path else {
        let picture = image::load_from_memory(ASTRONAUT).expect("the picture is part of the program");
        return Ok((picture.into_rgba8(), "astronaut, moving".to_owned()));
    };
    let picture = pictures::read(path)?;
    let Size { width, height } = picture.size();
    let pixels = picture.into_pixels();
    let picture = RgbaImage::from_raw(width, height, pixels).expect("a picture has four bytes a pixel");
    let name = path.file_name().map_or(Cow::Borrowed("picture"), |name| name.to_string_lossy());
    Ok((picture, format!("{name}, moving")))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Red grows to the right and green downwards.
    fn gradient(width: u32, height: u32) -> RgbaImage {
        RgbaImage::from_fn(width, height, |x, y| image::Rgba([x as u8, y as u8, 0, 255]))
    }

    #[test]
    fn frames_move_and_come_back() {
        let size = Size { width: 64, height: 36 };
        let clip = Clip::new(&gradient(200, 200), size);
        let left = |number| clip.frame(number).pixels()[0];
        assert!((1..8).all(|number| left(number) >= left(number - 1)) && left(7) > left(0));
        assert_eq!(left(8), left(6), "the second turn begins one before the last");
        assert_eq!(left(14), left(0));
        assert_eq!(clip.frame(0).size(), size);
    }

    #[test]
    fn pictures_of_any_shape_can_be_cut() {
        for (width, height) in [(1, 1), (3, 200), (200, 3), (10, 10)] {
            let clip = Clip::new(&gradient(width, height), Size { width: 32, height: 18 });
            assert_eq!(clip.frame(0).pixels().len(), 32 * 18 * 4, "{width}x{height}");
        }
    }
}
