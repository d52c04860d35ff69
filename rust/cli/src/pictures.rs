//! Pictures from and to disk.

use std::{fs, io, io::Cursor, path::Path};

use cyclorama_engine::effects::{Image as Picture, Size};
use image::{
    DynamicImage, ExtendedColorType, GrayImage, ImageDecoder, ImageEncoder, ImageError, ImageReader,
    RgbImage,
    codecs::{jpeg::JpegEncoder, png::PngEncoder, webp::WebPEncoder},
};

use crate::{Error, files};

/// JPEG quality of the pictures written, out of 100: no visible loss.
const JPEG_QUALITY: u8 = 92;

/// A file format that pictures are written in.
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

/// Reads a picture as it is meant to be seen, turned as its EXIF orientation says.
///
/// # Errors
/// [`Error::Read`] if the file cannot be read, [`Error::Picture`] if it is no picture that can be decoded.
pub(crate) fn read(path: &Path) -> Result<Picture, Error> {
    let not_read = |source: io::Error| Error::Read { path: path.to_owned(), source };
    let not_decoded = |error: ImageError| match error {
        ImageError::IoError(source) if source.kind() != io::ErrorKind::UnexpectedEof => not_read(source),
        error => Error::picture(path, error),
    };
    // A device or pipe may never end.
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
    Picture::new(size, image.into_rgba8().into_raw()).map_err(|error| Error::picture(path, error))
}

/// Writes a picture; its alpha goes where the format has room for it.
///
/// # Errors
/// [`Error::Write`].
pub(crate) fn write(path: &Path, format: Format, picture: Picture) -> Result<(), Error> {
    let size = picture.size();
    let pixels = picture.into_pixels();
    if format.has_alpha() {
        return encode(path, format, &pixels, size, ExtendedColorType::Rgba8);
    }
    let opaque: Vec<u8> = pixels.as_chunks::<4>().0.iter().flat_map(|[r, g, b, _]| [*r, *g, *b]).collect();
    encode(path, format, &opaque, size, ExtendedColorType::Rgb8)
}

/// Writes probabilities as a grey PNG, as [`mask`] makes it.
///
/// # Errors
/// [`Error::Write`].
pub(crate) fn write_mask(path: &Path, probability: &[f32], size: Size) -> Result<(), Error> {
    encode(path, Format::Png, &mask(probability, size), size, ExtendedColorType::L8)
}

/// Probabilities as 8-bit grey, 255 for certainty.
pub(crate) fn mask(probability: &[f32], Size { width, height }: Size) -> GrayImage {
    let levels = probability.iter().map(|value| (value * 255.0).round() as u8).collect();
    GrayImage::from_raw(width, height, levels).expect("a network gives a value for each pixel of its mask")
}

/// Writes opaque RGB pixels as a PNG.
///
/// # Errors
/// [`Error::Write`].
pub(crate) fn write_rgb(path: &Path, picture: &RgbImage) -> Result<(), Error> {
    let size = Size { width: picture.width(), height: picture.height() };
    encode(path, Format::Png, picture, size, ExtendedColorType::Rgb8)
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
