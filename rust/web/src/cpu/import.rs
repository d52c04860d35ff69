//! The stage `import`: from an object of the browser to planes.

use std::mem::swap;

use cyclorama_engine::effects::Size;
use cyclorama_engine::effects::cpu::{ColorMatrix, PixelOrder, Planes, Resampler, Sampling, YuvStandard};
use js_sys::Uint8Array;
use wasm_bindgen::{JsCast, JsValue};

use super::check_size;
use super::output::Origin;
use crate::background::ImageImporter;
use crate::copying::Copier;
use crate::drawing::Drawing;
use crate::error::Error;
use crate::javascript::{VideoFrame, property};
use crate::source::{Orientation, Source};

/// Imports frames into planes, which are reused.
///
/// A video frame is copied in its own format, into memory of JavaScript and from there into that of the module. Directly it
/// would take half of 0.2 ms (1280x720), but the module's memory can grow while the browser copies, as for another model, and
/// the bytes would be lost. Other frames are drawn to a canvas.
pub(crate) struct Importer {
    copier: Copier,
    drawing: Drawing,
    resampler: Resampler,
    /// Interleaved samples that become planes.
    interleaved: Vec<u8>,
    planes: Planes,
    /// The memory for the next form of the planes.
    spare: Planes,
}

/// An imported frame.
pub(crate) struct Imported {
    /// The size in which a page shows it.
    pub(crate) size: Size,
    pub(crate) origin: Origin,
}

/// The layout of a copied frame.
enum Layout {
    /// Planes of Y', Cb and Cr at half the size.
    I420(ColorMatrix),
    /// A plane of Y', and one of Cb and Cr in turn at half the size.
    Nv12(ColorMatrix),
    /// One plane of RGB and a fourth byte.
    Rgb(PixelOrder),
}

impl Importer {
    pub(crate) fn new() -> Self {
        Self {
            copier: Copier::new(false),
            drawing: Drawing::new(true),
            resampler: Resampler::default(),
            interleaved: Vec::new(),
            planes: Planes::default(),
            spare: Planes::default(),
        }
    }

    /// Imports a frame as a page shows it: rotated, mirrored and over black. With a size, scales it to that.
    pub(crate) async fn import(&mut self, value: &JsValue, scaled: Option<Size>) -> Result<Imported, Error> {
        let source = Source::of(value)?;
        let size = source.size();
        check_size(size)?;
        let color_space = match self.copy(&source).await? {
            Some(color_space) => color_space,
            None => {
                self.draw(&source)?;
                JsValue::UNDEFINED
            }
        };
        if let Some(scaled) = scaled.filter(|scaled| *scaled != size) {
            check_size(scaled)?;
            self.resampler.resize(&self.planes, scaled, &mut self.spare)?;
            swap(&mut self.planes, &mut self.spare);
        }
        Ok(Imported { size, origin: Origin::of(value.dyn_ref(), color_space) })
    }

    /// The last imported frame.
    pub(crate) fn planes(&self) -> &Planes {
        &self.planes
    }

    /// Copies the samples of a source, and returns their color space; `None` if the source must be drawn.
    async fn copy(&mut self, source: &Source) -> Result<Option<JsValue>, Error> {
        // A source that is no video frame becomes one for the copy, which is several times as quick as a drawing.
        let own =
            if source.value.is_instance_of::<VideoFrame>() { None } else { source.to_video_frame().ok() };
        let Some(video) = own.as_deref().or_else(|| source.value.dyn_ref()) else { return Ok(None) };
        let color_space = video.color_space();
        let (Some(layout), Some(orientation)) = (layout(video, &color_space), source.orientation(video))
        else {
            return Ok(None);
        };
        let Some(bytes) = self.copier.copy(video).await else { return Ok(None) };
        if !read(&mut self.planes, &mut self.interleaved, bytes, &layout, orientation.turned(source.size()))?
        {
            return Ok(None);
        }
        let Orientation { quarter_turns, flip } = orientation;
        if quarter_turns > 0 || flip {
            self.planes.orient(quarter_turns, flip, &mut self.spare);
            swap(&mut self.planes, &mut self.spare);
        }
        Ok(Some(color_space))
    }

    /// Draws a source, and reads the drawing.
    fn draw(&mut self, source: &Source) -> Result<(), Error> {
        let pixels = self.drawing.pixels(source)?;
        self.interleaved.resize(pixels.length() as usize, 0);
        pixels.copy_to(&mut self.interleaved);
        Ok(self.planes.read_rgba(source.size(), &self.interleaved, PixelOrder::Rgba)?)
    }
}

impl ImageImporter for Importer {
    type Image = Planes;

    async fn import_image(&mut self, value: &JsValue) -> Result<&Planes, Error> {
        self.import(value, None).await?;
        Ok(&self.planes)
    }

    fn import_image_now(&mut self, value: &JsValue) -> Result<&Planes, Error> {
        let source = Source::of(value)?;
        check_size(source.size())?;
        self.draw(&source)?;
        Ok(&self.planes)
    }
}

/// The layout of a video frame; `None` if it must be drawn.
fn layout(video: &VideoFrame, color_space: &JsValue) -> Option<Layout> {
    let text = |name| property(color_space, name).as_string();
    // The background has the colors of sRGB, which those of other screens and of HDR are not.
    let is_wide = matches!(text("primaries").as_deref(), Some("bt2020" | "smpte432"))
        || matches!(text("transfer").as_deref(), Some("linear" | "pq" | "hlg"));
    if is_wide {
        return None;
    }
    let yuv = || {
        let standard = match text("matrix").as_deref() {
            Some("bt709") => YuvStandard::Bt709,
            Some("bt2020-ncl") => YuvStandard::Bt2020,
            // Chromium 150 shows frames without a matrix like this, of any size.
            _ => YuvStandard::Bt601,
        };
        ColorMatrix::yuv(standard, property(color_space, "fullRange").is_truthy())
    };
    Some(match video.format()?.as_str() {
        "I420" => Layout::I420(yuv()),
        "NV12" => Layout::Nv12(yuv()),
        "RGBA" | "RGBX" => Layout::Rgb(PixelOrder::Rgba),
        "BGRA" | "BGRX" => Layout::Rgb(PixelOrder::Bgra),
        _ => return None,
    })
}

/// Reads copied bytes into planes. Returns `false` if the frame must be drawn instead.
fn read(
    planes: &mut Planes,
    interleaved: &mut Vec<u8>,
    bytes: &Uint8Array,
    layout: &Layout,
    size: Size,
) -> Result<bool, Error> {
    let length = match layout {
        Layout::I420(_) | Layout::Nv12(_) => Planes::byte_length(size, Sampling::Half),
        Layout::Rgb(_) => size.pixels() * 4,
    };
    if bytes.length() as usize != length {
        return Ok(false);
    }
    if let Layout::I420(matrix) = *layout {
        planes.reset(size, Sampling::Half, matrix)?;
        bytes.copy_to(planes.bytes_mut());
        return Ok(true);
    }
    interleaved.resize(length, 0);
    bytes.copy_to(interleaved);
    match *layout {
        Layout::Rgb(_) if !is_opaque(interleaved) => return Ok(false),
        Layout::Rgb(order) => planes.read_rgba(size, interleaved, order)?,
        Layout::Nv12(matrix) | Layout::I420(matrix) => planes.read_nv12(size, interleaved, matrix)?,
    }
    Ok(true)
}

/// Whether the fourth byte of every pixel is 255. For a transparent canvas that was made opaque (`RGBX`, `BGRX`) Chromium
/// copies pixels that differ from those it shows, and their fourth byte is the lost alpha.
fn is_opaque(pixels: &[u8]) -> bool {
    let all = pixels.as_chunks().0.iter().fold(u32::MAX, |all, pixel| all & u32::from_le_bytes(*pixel));
    all >= 0xff00_0000
}
