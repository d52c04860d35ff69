use crate::image::to_unorm8;

/// The affine map between the samples of [`Planes`](super::Planes) and RGB: RGB itself, or `Y'CbCr`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ColorMatrix {
    /// For red, green and blue: the weights of the three samples, and the offset. Samples and RGB are in `[0, 1]`.
    pub(crate) to_rgb: [[f32; 4]; 3],
    /// For each sample: the weights of red, green and blue, and the offset.
    pub(crate) from_rgb: [[f32; 4]; 3],
}

/// The weights of red, green and blue in the luma of `Y'CbCr`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum YuvStandard {
    /// ITU-R BT.601: webcams, standard definition.
    Bt601,
    /// ITU-R BT.709: high definition.
    Bt709,
    /// ITU-R BT.2020 with non-constant luminance: ultra-high definition.
    Bt2020,
}

impl ColorMatrix {
    /// The samples are red, green and blue.
    pub const RGB: Self = Self { to_rgb: IDENTITY, from_rgb: IDENTITY };

    /// The samples are Y', Cb and Cr. Limited range has luma in 16 to 235 and chroma in 16 to 240, full range has both in
    /// 0 to 255.
    pub fn yuv(standard: YuvStandard, full_range: bool) -> Self {
        let (red, blue) = match standard {
            YuvStandard::Bt601 => (0.299, 0.114),
            YuvStandard::Bt709 => (0.2126, 0.0722),
            YuvStandard::Bt2020 => (0.2627, 0.0593),
        };
        let green = 1.0 - red - blue;
        let [luma, chroma] = if full_range { [1.0, 1.0] } else { [219.0 / 255.0, 224.0 / 255.0] };
        let black = if full_range { 0.0 } else { 16.0 / 255.0 };
        let gray = 128.0 / 255.0;

        // Cb is the difference of blue and luma, scaled to [-0.5, 0.5], and Cr that of red.
        let [cb, cr] = [blue, red].map(|weight: f32| 2.0 * (1.0 - weight));
        let to_rgb = [
            [1.0 / luma, 0.0, cr / chroma],
            [1.0 / luma, -cb * blue / green / chroma, -cr * red / green / chroma],
            [1.0 / luma, cb / chroma, 0.0],
        ];
        let from_rgb = [
            [luma * red, luma * green, luma * blue, black],
            [-chroma * red / cb, -chroma * green / cb, chroma * (1.0 - blue) / cb, gray],
            [chroma * (1.0 - red) / cr, -chroma * green / cr, -chroma * blue / cr, gray],
        ];
        let with_offset = |[y, cb, cr]: [f32; 3]| [y, cb, cr, -y * black - (cb + cr) * gray];
        Self { to_rgb: to_rgb.map(with_offset), from_rgb }
    }

    /// The map of samples as levels from 0 to 255 to RGB in `[0, 1]`: weights and an offset for each channel.
    pub(crate) fn rgb_from_levels(self) -> [[f32; 4]; 3] {
        self.to_rgb.map(|[x, y, z, offset]| [x / 255.0, y / 255.0, z / 255.0, offset])
    }

    /// The map of RGB in `[0, 1]` to samples as levels from 0 to 255: weights and an offset for each sample.
    pub(crate) fn levels_from_rgb(self) -> [[f32; 4]; 3] {
        self.from_rgb.map(|row| row.map(|weight| weight * 255.0))
    }

    /// The samples of a color.
    pub(crate) fn samples(self, rgb: [u8; 3]) -> [u8; 3] {
        let rgb = rgb.map(|level| f32::from(level) / 255.0);
        self.from_rgb.map(|row| to_unorm8(apply(row, rgb)))
    }
}

const IDENTITY: [[f32; 4]; 3] = [[1.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0]];

/// Evaluates a linear function: three weights and an offset.
pub(super) fn apply([x, y, z, offset]: [f32; 4], [a, b, c]: [f32; 3]) -> f32 {
    x * a + y * b + z * c + offset
}
