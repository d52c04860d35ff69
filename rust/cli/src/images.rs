//! Reads and writes images.

use std::{fs, io, io::Cursor, path::Path};

use cyclorama_engine::effects::{Image, Size};
use image::{
    DynamicImage, ExtendedColorType, GrayImage, ImageDecoder, ImageEncoder, ImageError, ImageReader,
    RgbImage,
    codecs::{jpeg::JpegEncoder, png::PngEncoder, webp::WebPEncoder},
};

use crate::{Error, files};

/// JPEG quality of the output, out of 100: no visible loss.
const JPEG_QUALITY: u8 = 92;

/// A file format of output images.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    Png,
    Jpeg,
    /// Lossless.
    WebP,
}

impl Format {
    /// The format that a path's extension names.
    pub(crate) fn of(path: &Path) -> Option<Self> {
        match path.extension()?.to_str()?.to_ascii_lowercase().as_str() {
            "png" => Some(Self::Png),
            "jpg" | "jpeg" => Some(Self::Jpeg),
            "webp" => Some(Self::WebP),
            _ => None,
        }
    }

    /// Whether the format keeps transparency.
    pub(crate) fn has_alpha(self) -> bool {
        !matches!(self, Self::Jpeg)
    }
}

/// Reads an image and applies its EXIF orientation.
///
/// # Errors
/// [`Error::Read`] if the file cannot be read, [`Error::Image`] if it cannot be decoded.
pub(crate) fn read(path: &Path) -> Result<Image, Error> {
    let not_read = |source: io::Error| Error::Read { path: path.to_owned(), source };
    let not_decoded = |error: ImageError| match error {
        ImageError::IoError(source) if source.kind() != io::ErrorKind::UnexpectedEof => not_read(source),
        error => Error::image(path, error),
    };
    // Reading a device or pipe may never end.
    if !fs::metadata(path).map_err(not_read)?.is_file() {
        return Err(Error::NotAFile { path: path.to_owned() });
    }
    let mut decoder = ImageReader::open(path)
        .and_then(ImageReader::with_guessed_format)
        .map_err(not_read)?
        .into_decoder()
        .map_err(not_decoded)?;
    let orientation = decoder.orientation().map_err(not_decoded)?;
    let mut image = DynamicImage::from_decoder(decoder).map_err(not_decoded)?;
    image.apply_orientation(orientation);
    let size = Size { width: image.width(), height: image.height() };
    Image::new(size, image.into_rgba8().into_raw()).map_err(|error| Error::image(path, error))
}

/// Writes an image, with its alpha if the format supports it.
///
/// # Errors
/// [`Error::Write`].
pub(crate) fn write(path: &Path, format: Format, image: Image) -> Result<(), Error> {
    let size = image.size();
    let pixels = image.into_pixels();
    if format.has_alpha() {
        return encode(path, format, &pixels, size, ExtendedColorType::Rgba8);
    }
    let opaque: Vec<u8> = pixels.as_chunks::<4>().0.iter().flat_map(|[r, g, b, _]| [*r, *g, *b]).collect();
    encode(path, format, &opaque, size, ExtendedColorType::Rgb8)
}

/// Writes probabilities as a grayscale PNG; see [`mask`].
///
/// # Errors
/// [`Error::Write`].
pub(crate) fn write_mask(path: &Path, probability: &[f32], size: Size) -> Result<(), Error> {
    encode(path, Format::Png, &mask(probability, size), size, ExtendedColorType::L8)
}

/// Converts probabilities to 8-bit grayscale.
pub(crate) fn mask(probability: &[f32], Size { width, height }: Size) -> GrayImage {
    let levels = probability.iter().map(|value| (value * 255.0).round() as u8).collect();
    GrayImage::from_raw(width, height, levels).expect("a mask has one value per pixel")
}

/// Writes opaque RGB pixels as a PNG.
///
/// # Errors
/// [`Error::Write`].
pub(crate) fn write_rgb(path: &Path, image: &RgbImage) -> Result<(), Error> {
    let size = Size { width: image.width(), height: image.height() };
    encode(path, Format::Png, image, size, ExtendedColorType::Rgb8)
}

fn encode(
    path: &Path,
    format: Format,
    pixels: &[u8],
    Size { width, height }: Size,
    color: ExtendedColorType,
) -> Result<(), Error> {
    let mut file = Cursor::new(Vec::new());
    let encoded = match format {
        Format::Png => PngEncoder::new(&mut file).write_image(pixels, width, height, color),
        Format::Jpeg => {
            JpegEncoder::new_with_quality(&mut file, JPEG_QUALITY).write_image(pixels, width, height, color)
        }
        Format::WebP => WebPEncoder::new_lossless(&mut file).write_image(pixels, width, height, color),
    };
    encoded.map_err(|error| Error::Write { path: path.to_owned(), source: io::Error::other(error) })?;
    files::write(path, file.get_ref())
}
