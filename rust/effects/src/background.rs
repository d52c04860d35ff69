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
        layout: Layout,
    },
    /// One opaque colour: red, green, blue, sRGB-encoded.
    Color([u8; 3]),
    /// Nothing: the result has an alpha channel.
    Transparent,
}

impl Background {
    /// The largest blur radius, in pixels of a frame 720 pixels high.
    pub const MAX_RADIUS: f32 = 128.0;

    /// Checks what the types leave open: the blur's radius and the picture's position.
    ///
    /// # Errors
    /// [`EffectError::Radius`] or [`EffectError::Position`].
    pub fn check(&self) -> Result<(), EffectError> {
        match self {
            Self::Blur { radius } if !(*radius > 0.0 && *radius <= Self::MAX_RADIUS) => {
                Err(EffectError::Radius { radius: *radius })
            }
            Self::Image { layout, .. } => layout.check(),
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

/// How a picture is laid onto a frame of another shape.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Layout {
    /// Whether the picture is cut off, surrounded by black or stretched.
    pub fit: Fit,
    /// Across and down, the share of the space left over around the picture, or of what is cut off it, that lies to
    /// its left and above it, in `[0, 1]`, as the percentages of CSS `object-position`. `[0.5, 0.5]` is the middle.
    /// Without effect under [`Fit::Fill`].
    pub position: [f32; 2],
    /// Flips the finished background left to right, so that it reads right where the result is shown mirrored, as
    /// calls show their own camera. `position` counts as it is seen there.
    pub mirror: bool,
}

/// In the middle and not mirrored.
impl From<Fit> for Layout {
    fn from(fit: Fit) -> Self {
        Self { fit, position: [0.5; 2], mirror: false }
    }
}

impl Layout {
    /// Checks what the types leave open: the position.
    ///
    /// # Errors
    /// [`EffectError::Position`].
    pub fn check(&self) -> Result<(), EffectError> {
        let position = self.position;
        if position.iter().all(|share| (0.0..=1.0).contains(share)) {
            Ok(())
        } else {
            Err(EffectError::Position { position })
        }
    }

    /// Where a picture of size `picture` goes on a frame of size `frame`, in whole pixels, for a checked layout.
    pub(crate) fn place(self, picture: Size, frame: Size) -> Placement {
        let Self { fit, position, mirror } = self;
        let whole = |size: Size| Region { x: 0, y: 0, size };
        let (source, mut target) = match fit {
            Fit::Cover => (Region::largest(frame, picture, position), whole(frame)),
            Fit::Contain => (whole(picture), Region::largest(picture, frame, position)),
            Fit::Fill => (whole(picture), whole(frame)),
        };
        if mirror {
            target.x = frame.width - target.size.width - target.x;
        }
        Placement { source, target, mirror }
    }
}

/// Whether a picture of another shape than the frame is cut off, surrounded or stretched; the names are those of CSS
/// `object-fit`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Fit {
    /// Fills the frame and keeps the picture's shape: what sticks out is cut off.
    Cover,
    /// Shows the whole picture and keeps its shape: what stays free is black.
    Contain,
    /// Stretches the picture to the frame.
    Fill,
}

impl Fit {
    /// The placement in the middle.
    pub(crate) fn place(self, picture: Size, frame: Size) -> Placement {
        Layout::from(self).place(picture, frame)
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
    /// The largest region of the shape of `shape` inside `outer`, with these shares of the rest to its left and above
    /// it; at least one pixel each way.
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
        let before = |rest: u32, share: f32| (f64::from(rest) * f64::from(share)).round() as u32;
        Self { x: before(outer.width - size.width, left), y: before(outer.height - size.height, above), size }
    }
}

/// Which part of a picture is scaled onto which part of a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Placement {
    /// The part of the picture that is shown.
    pub source: Region,
    /// The part of the frame that it covers; around it is black.
    pub target: Region,
    /// Whether it is flipped left to right there.
    pub mirror: bool,
}

#[cfg(test)]
mod test {
    use super::*;

    const WIDE: Size = Size { width: 1600, height: 400 };
    const FRAME: Size = Size { width: 1280, height: 720 };

    #[test]
    fn cover_cuts_the_sides_of_a_wide_picture() {
        let Placement { source, target, .. } = Fit::Cover.place(WIDE, FRAME);
        assert_eq!(source, Region { x: 445, y: 0, size: Size { width: 711, height: 400 } });
        assert_eq!(target, Region { x: 0, y: 0, size: FRAME });
    }

    #[test]
    fn contain_leaves_bars_above_and_below_a_wide_picture() {
        let Placement { source, target, .. } = Fit::Contain.place(WIDE, FRAME);
        assert_eq!(source, Region { x: 0, y: 0, size: WIDE });
        assert_eq!(target, Region { x: 0, y: 200, size: Size { width: 1280, height: 320 } });
    }

    #[test]
    fn the_position_shares_out_what_is_cut_off_or_left_over() {
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
    fn a_mirrored_picture_stands_where_the_mirror_shows_its_position() {
        let tall = Size { width: 100, height: 400 };
        let layout = Layout { fit: Fit::Contain, position: [0.25, 0.5], mirror: true };
        let target = layout.place(tall, FRAME).target;
        assert_eq!(target, Region { x: 825, y: 0, size: Size { width: 180, height: 720 } });
        assert_eq!(Layout { mirror: false, ..layout }.place(tall, FRAME).target.x, 275);
    }

    #[test]
    fn a_position_out_of_range_is_named() {
        for share in [-0.1, 1.1, f32::NAN, f32::INFINITY] {
            for position in [[share, 0.5], [0.5, share]] {
                let error = Layout { position, ..Fit::Cover.into() }.check().unwrap_err();
                assert!(error.to_string().contains(&share.to_string()), "{error}");
            }
        }
        Layout { position: [0.0, 1.0], ..Fit::Cover.into() }.check().unwrap();
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
