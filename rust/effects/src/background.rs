use crate::{EffectError, Image, Size};

/// The virtual background behind the person.
#[derive(Debug, Clone, PartialEq)]
pub enum Background {
    /// The frame's own background, blurred.
    Blur {
        /// Standard deviation of the Gaussian in pixels of a frame 720 pixels high. It scales with the frame's height, so
        /// the blur looks the same at every resolution. Above 0, at most [`Background::MAX_RADIUS`].
        /// [`BlurStrength::radius`] has three presets.
        radius: f32,
    },
    /// An image. Its transparent parts show black.
    Image {
        /// The pixels.
        image: Image,
        /// The image's fit, position and mirroring.
        layout: Layout,
    },
    /// One opaque color: red, green and blue, sRGB-encoded.
    Color([u8; 3]),
    /// No background: the result has an alpha channel.
    Transparent,
}

impl Background {
    /// The largest blur radius, in pixels of a frame 720 pixels high.
    pub const MAX_RADIUS: f32 = 128.0;

    /// Checks the blur's radius and the image's position.
    ///
    /// # Errors
    /// [`EffectError::Radius`] or [`EffectError::Position`].
    pub fn check(&self) -> Result<(), EffectError> {
        match self {
            Self::Blur { radius } if !(*radius > 0.0 && *radius <= Self::MAX_RADIUS) => {
                Err(EffectError::Radius { radius: *radius, limit: Self::MAX_RADIUS })
            }
            Self::Image { layout, .. } => layout.check(),
            _ => Ok(()),
        }
    }
}

/// Presets of the blur radius for a user interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BlurStrength {
    /// A light blur. Large objects stay recognizable.
    Low,
    /// A portrait lens. Text and faces behind the person are unreadable.
    Medium,
    /// A strong blur. Only colors and light remain.
    High,
}

impl BlurStrength {
    /// The radius of [`Background::Blur`].
    pub const fn radius(self) -> f32 {
        match self {
            Self::Low => 8.0,
            Self::Medium => 16.0,
            Self::High => 32.0,
        }
    }
}

/// Fit, position and mirroring of an image on a frame with another aspect ratio.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Layout {
    /// Whether the image is cropped, letterboxed or stretched.
    pub fit: Fit,
    /// Position across and down in `[0, 1]`, like the percentages of CSS `object-position`: the fraction of the black
    /// bars, or of the cropped parts, that lies left of and above the image. `[0.5, 0.5]` is the center. Without effect
    /// for [`Fit::Fill`].
    pub position: [f32; 2],
    /// Flips the background left to right, so that text is readable in a mirrored self view. `position` refers to the
    /// mirrored view.
    pub mirror: bool,
}

/// Centered and not mirrored.
impl From<Fit> for Layout {
    fn from(fit: Fit) -> Self {
        Self { fit, position: [0.5; 2], mirror: false }
    }
}

impl Layout {
    /// Checks the position.
    ///
    /// # Errors
    /// [`EffectError::Position`].
    pub fn check(&self) -> Result<(), EffectError> {
        let position = self.position;
        if position.iter().all(|fraction| (0.0..=1.0).contains(fraction)) {
            Ok(())
        } else {
            Err(EffectError::Position { position })
        }
    }

    /// Returns the placement of an image of size `image` on a frame of size `frame`, in whole pixels, for a checked layout.
    pub(crate) fn place(self, image: Size, frame: Size) -> Placement {
        let Self { fit, position, mirror } = self;
        let whole = |size: Size| Region { x: 0, y: 0, size };
        let (source, mut target) = match fit {
            Fit::Cover => (Region::largest(frame, image, position), whole(frame)),
            Fit::Contain => (whole(image), Region::largest(image, frame, position)),
            Fit::Fill => (whole(image), whole(frame)),
        };
        if mirror {
            target.x = frame.width - target.size.width - target.x;
        }
        Placement { source, target, mirror }
    }
}

/// Fit of an image whose aspect ratio differs from the frame's, with the names of CSS `object-fit`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Fit {
    /// Fills the frame and keeps the aspect ratio: the image is cropped.
    Cover,
    /// Shows the whole image and keeps the aspect ratio: the rest of the frame is black.
    Contain,
    /// Stretches the image to the frame.
    Fill,
}

impl Fit {
    /// Returns the centered placement.
    pub(crate) fn place(self, image: Size, frame: Size) -> Placement {
        Layout::from(self).place(image, frame)
    }
}

/// A rectangle of whole pixels in an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Region {
    pub x: u32,
    pub y: u32,
    pub size: Size,
}

impl Region {
    /// Returns the region in a plane with one sample for `step` by `step` pixels.
    pub fn reduce(self, step: u32) -> Self {
        let Self { x, y, size: Size { width, height } } = self;
        let side = |start: u32, length: u32| (start + length).div_ceil(step) - start / step;
        Self { x: x / step, y: y / step, size: Size { width: side(x, width), height: side(y, height) } }
    }

    /// Returns the largest region with the aspect ratio of `shape` inside `outer`, at least one pixel each way. `left` and
    /// `above` are the fractions of the rest on these sides.
    fn largest(shape: Size, outer: Size, [left, above]: [f32; 2]) -> Self {
        let [shape_width, shape_height] = [u64::from(shape.width), u64::from(shape.height)];
        let [outer_width, outer_height] = [u64::from(outer.width), u64::from(outer.height)];
        let divide_rounded = |numerator: u64, denominator: u64| {
            ((2 * numerator + denominator) / (2 * denominator)).max(1) as u32
        };
        let size = if shape_width * outer_height > outer_width * shape_height {
            Size { width: outer.width, height: divide_rounded(outer_width * shape_height, shape_width) }
        } else {
            Size { width: divide_rounded(outer_height * shape_width, shape_height), height: outer.height }
        };
        let before = |rest: u32, fraction: f32| (f64::from(rest) * f64::from(fraction)).round() as u32;
        Self { x: before(outer.width - size.width, left), y: before(outer.height - size.height, above), size }
    }
}

/// A region of an image and the region of a frame that it is scaled onto.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Placement {
    /// The visible part of the image.
    pub source: Region,
    /// The part of the frame that it covers. The rest is black.
    pub target: Region,
    /// Whether it is flipped left to right.
    pub mirror: bool,
}

#[cfg(test)]
mod test {
    use super::*;

    const WIDE: Size = Size { width: 1600, height: 400 };
    const FRAME: Size = Size { width: 1280, height: 720 };

    #[test]
    fn cover_crops_the_sides_of_a_wide_image() {
        let Placement { source, target, .. } = Fit::Cover.place(WIDE, FRAME);
        assert_eq!(source, Region { x: 445, y: 0, size: Size { width: 711, height: 400 } });
        assert_eq!(target, Region { x: 0, y: 0, size: FRAME });
    }

    #[test]
    fn contain_has_bars_above_and_below_a_wide_image() {
        let Placement { source, target, .. } = Fit::Contain.place(WIDE, FRAME);
        assert_eq!(source, Region { x: 0, y: 0, size: WIDE });
        assert_eq!(target, Region { x: 0, y: 200, size: Size { width: 1280, height: 320 } });
    }

    #[test]
    fn the_position_divides_the_cropped_parts_and_the_bars() {
        let place = |fit, position| Layout { fit, position, mirror: false }.place(WIDE, FRAME);
        let cut_at = |x| place(Fit::Cover, [x, 0.3]).source;
        assert_eq!([cut_at(0.0).x, cut_at(0.25).x, cut_at(1.0).x], [0, 222, 1600 - 711]);
        assert_eq!(cut_at(0.0).y, 0);
        let bar_at = |y| place(Fit::Contain, [0.3, y]).target;
        assert_eq!([bar_at(0.0).y, bar_at(0.25).y, bar_at(1.0).y], [0, 100, 400]);
        assert_eq!(bar_at(0.0).x, 0);
        assert_eq!(place(Fit::Fill, [0.0, 1.0]), Fit::Fill.place(WIDE, FRAME));
    }

    #[test]
    fn the_position_of_a_mirrored_image_refers_to_the_mirrored_view() {
        let tall = Size { width: 100, height: 400 };
        let layout = Layout { fit: Fit::Contain, position: [0.25, 0.5], mirror: true };
        let target = layout.place(tall, FRAME).target;
        assert_eq!(target, Region { x: 825, y: 0, size: Size { width: 180, height: 720 } });
        assert_eq!(Layout { mirror: false, ..layout }.place(tall, FRAME).target.x, 275);
    }

    #[test]
    fn a_position_out_of_range_is_an_error() {
        for outside in [-0.1, 1.1, f32::NAN, f32::INFINITY] {
            for position in [[outside, 0.5], [0.5, outside]] {
                let error = Layout { position, ..Fit::Cover.into() }.check().unwrap_err();
                assert!(error.to_string().contains(&outside.to_string()), "{error}");
            }
        }
        Layout { position: [0.0, 1.0], ..Fit::Cover.into() }.check().unwrap();
    }

    #[test]
    fn the_thinnest_image_keeps_a_pixel() {
        let thin = Size { width: Size::MAX_SIDE, height: 1 };
        let portrait = Size { width: 9, height: 16 };
        assert_eq!(Fit::Cover.place(thin, portrait).source.size, Size { width: 1, height: 1 });
        assert_eq!(Fit::Contain.place(thin, portrait).target.size, Size { width: 9, height: 1 });
    }

    #[test]
    fn a_radius_out_of_range_is_an_error() {
        for radius in [0.0, -1.0, f32::NAN, f32::INFINITY, 128.1] {
            let error = Background::Blur { radius }.check().unwrap_err();
            assert!(error.to_string().contains(&radius.to_string()), "{error}");
        }
        Background::Blur { radius: Background::MAX_RADIUS }.check().unwrap();
    }
}
