use crate::{EffectError, Picture, Size};

/// What is shown where the person is not.
#[derive(Debug, Clone, PartialEq)]
pub enum Background {
    /// The frame's own background, blurred.
    Blur {
        /// Standard deviation of the Gaussian in pixels of a frame 720 pixels high; it grows and shrinks with the
        /// frame's height, so that a picture looks the same at any resolution. Above 0, at most
        /// [`Background::MAX_RADIUS`]; [`BlurStrength::radius`] has three good ones.
        radius: f32,
    },
    /// A picture; its transparent parts show black.
    Image {
        /// The pixels.
        picture: Picture,
        /// How the picture is laid onto the frame's shape.
        fit: Fit,
    },
    /// One opaque colour: red, green, blue, sRGB-encoded.
    Color([u8; 3]),
    /// Nothing: the result has an alpha channel.
    Transparent,
}

impl Background {
    /// The largest blur radius, in pixels of a frame 720 pixels high.
    pub const MAX_RADIUS: f32 = 128.0;

    /// Checks what the types leave open: the blur's radius.
    ///
    /// # Errors
    /// [`EffectError::Radius`].
    pub fn check(&self) -> Result<(), EffectError> {
        match *self {
            Self::Blur { radius } if !(radius > 0.0 && radius <= Self::MAX_RADIUS) => {
                Err(EffectError::Radius { radius })
            }
            _ => Ok(()),
        }
    }
}

/// The three strengths of blur that a user is offered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BlurStrength {
    /// Takes attention off the room; large things stay recognisable.
    Low,
    /// The look of a portrait lens; text and faces behind the person are gone.
    Medium,
    /// Leaves only colours and light.
    High,
}

impl BlurStrength {
    /// The strength as [`Background::Blur`]'s radius.
    pub const fn radius(self) -> f32 {
        match self {
            Self::Low => 8.0,
            Self::Medium => 16.0,
            Self::High => 32.0,
        }
    }
}

/// How a picture is laid onto a frame of another shape; the names are those of CSS `object-fit`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Fit {
    /// Fills the frame and keeps the picture's shape: what sticks out is cut off evenly on both sides.
    Cover,
    /// Shows the whole picture and keeps its shape: what stays free is black.
    Contain,
    /// Stretches the picture to the frame.
    Fill,
}

impl Fit {
    /// Where a picture of size `picture` goes on a frame of size `frame`, in whole pixels.
    pub(crate) fn place(self, picture: Size, frame: Size) -> Placement {
        let whole = |size: Size| Region { x: 0, y: 0, size };
        let (source, target) = (whole(picture), whole(frame));
        match self {
            Self::Cover => Placement { source: Region::centred(frame, picture), target },
            Self::Contain => Placement { source, target: Region::centred(picture, frame) },
            Self::Fill => Placement { source, target },
        }
    }
}

/// A rectangle of whole pixels inside a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Region {
    pub x: u32,
    pub y: u32,
    pub size: Size,
}

impl Region {
    /// The largest region of the shape of `shape` in the middle of `outer`; at least one pixel each way.
    fn centred(shape: Size, outer: Size) -> Self {
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
        Self { x: (outer.width - size.width) / 2, y: (outer.height - size.height) / 2, size }
    }
}

/// Which part of a picture is scaled onto which part of a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Placement {
    /// The part of the picture that is shown.
    pub source: Region,
    /// The part of the frame that it covers; around it is black.
    pub target: Region,
}

#[cfg(test)]
mod test {
    use super::*;

    const WIDE: Size = Size { width: 1600, height: 400 };
    const FRAME: Size = Size { width: 1280, height: 720 };

    #[test]
    fn cover_cuts_the_sides_of_a_wide_picture() {
        let Placement { source, target } = Fit::Cover.place(WIDE, FRAME);
        assert_eq!(source, Region { x: 444, y: 0, size: Size { width: 711, height: 400 } });
        assert_eq!(target, Region { x: 0, y: 0, size: FRAME });
    }

    #[test]
    fn contain_leaves_bars_above_and_below_a_wide_picture() {
        let Placement { source, target } = Fit::Contain.place(WIDE, FRAME);
        assert_eq!(source, Region { x: 0, y: 0, size: WIDE });
        assert_eq!(target, Region { x: 0, y: 200, size: Size { width: 1280, height: 320 } });
    }

    #[test]
    fn the_thinnest_pictures_keep_a_pixel() {
        let thin = Size { width: Size::MAX_SIDE, height: 1 };
        let portrait = Size { width: 9, height: 16 };
        assert_eq!(Fit::Cover.place(thin, portrait).source.size, Size { width: 1, height: 1 });
        assert_eq!(Fit::Contain.place(thin, portrait).target.size, Size { width: 9, height: 1 });
    }

    #[test]
    fn a_radius_out_of_range_is_named() {
        for radius in [0.0, -1.0, f32::NAN, f32::INFINITY, 128.1] {
            let error = Background::Blur { radius }.check().unwrap_err();
            assert!(error.to_string().contains(&radius.to_string()), "{error}");
        }
        Background::Blur { radius: Background::MAX_RADIUS }.check().unwrap();
    }
}
