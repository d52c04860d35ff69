//! A contact sheet: image, ground truth, segmentation mask, alpha matte and composite side by side.

use std::path::{Path, PathBuf};

use cyclorama_engine::effects::{Image, Size};
use cyclorama_quality::Mask;
use image::{
    DynamicImage, GrayImage, Rgb, RgbImage,
    imageops::{self, FilterType},
};

use crate::Error;

/// Maximum number of rows.
const MAX_ROWS: usize = 12;
/// Tiles of a row.
const COLUMNS: u32 = 5;
/// Width of a tile in pixels.
const TILE_WIDTH: u32 = 256;
/// Pixels between tiles, and around them.
const GAP: u32 = 4;
const PAPER: Rgb<u8> = Rgb([255; 3]);
/// Background of composites: a color of no room, which makes remains of the room visible.
const BACKGROUND: [u8; 3] = [0, 177, 64];

/// The images with the lowest `IoU`, in ascending order.
#[derive(Default)]
pub(crate) struct Sheet(Vec<(f64, Row)>);

/// The tiles of one image.
pub(crate) struct Row {
    image: PathBuf,
    tiles: [RgbImage; COLUMNS as usize],
}

impl Sheet {
    /// Adds an image's row if its `IoU` is among the lowest so far.
    ///
    /// # Errors
    /// The error of `row`.
    pub(crate) fn offer(&mut self, iou: f64, row: impl FnOnce() -> Result<Row, Error>) -> Result<(), Error> {
        let index = self.0.partition_point(|(other, _)| *other <= iou);
        if index < MAX_ROWS {
            self.0.insert(index, (iou, row()?));
            self.0.truncate(MAX_ROWS);
        }
        Ok(())
    }

    /// The paths of the rows' images, from top to bottom.
    pub(crate) fn images(&self) -> Vec<PathBuf> {
        self.0.iter().map(|(_, row)| row.image.clone()).collect()
    }

    /// Renders the sheet.
    pub(crate) fn draw(&self) -> RgbImage {
        let height = self.0.iter().map(|(_, row)| row.height() + GAP).sum::<u32>() + GAP;
        let mut sheet = RgbImage::from_pixel(COLUMNS * (TILE_WIDTH + GAP) + GAP, height, PAPER);
        let mut top = GAP;
        for (_, row) in &self.0 {
            for (tile, column) in row.tiles.iter().zip(0..) {
                imageops::replace(&mut sheet, tile, (GAP + column * (TILE_WIDTH + GAP)).into(), top.into());
            }
            top += row.height() + GAP;
        }
        sheet
    }
}

impl Row {
    /// Renders an image, its ground truth, its segmentation mask, which may have another size, the alpha of `cutout`, and the
    /// cutout on a plain color.
    pub(crate) fn new(path: &Path, image: &Image, truth: &Mask, mask: &GrayImage, cutout: &Image) -> Self {
        let (pixels, cut) = (image.pixels().as_chunks::<4>().0, cutout.pixels().as_chunks::<4>().0);
        let tile = |color: &dyn Fn(usize) -> [u8; 3]| tile(image.size(), color);
        let tiles = [
            tile(&|index| opaque(pixels[index])),
            tile(&|index| [truth.levels()[index]; 3]),
            scaled(&DynamicImage::from(mask.clone()).into_rgb8(), image.size()),
            tile(&|index| [cut[index][3]; 3]),
            tile(&|index| over_background(cut[index])),
        ];
        Self { image: path.to_owned(), tiles }
    }

    fn height(&self) -> u32 {
        self.tiles[0].height()
    }
}

fn opaque([r, g, b, _]: [u8; 4]) -> [u8; 3] {
    [r, g, b]
}

fn over_background(pixel: [u8; 4]) -> [u8; 3] {
    let alpha = u32::from(pixel[3]);
    let mix = |foreground: u8, background: u8| {
        ((u32::from(foreground) * alpha + u32::from(background) * (255 - alpha) + 127) / 255) as u8
    };
    std::array::from_fn(|channel| mix(pixel[channel], BACKGROUND[channel]))
}

/// A tile with the color that `color` returns for each pixel index.
fn tile(Size { width, height }: Size, color: &dyn Fn(usize) -> [u8; 3]) -> RgbImage {
    let full = RgbImage::from_fn(width, height, |x, y| Rgb(color(y as usize * width as usize + x as usize)));
    scaled(&full, Size { width, height })
}

/// Scales an image of this size to a tile.
fn scaled(full: &RgbImage, Size { width, height }: Size) -> RgbImage {
    let scaled = f64::from(height) * f64::from(TILE_WIDTH) / f64::from(width);
    imageops::resize(full, TILE_WIDTH, (scaled.round() as u32).max(1), FilterType::Triangle)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(name: &str, height: u32) -> Row {
        let size = Size { width: 2, height };
        let image = Image::new(size, vec![128; size.pixels() * 4]).unwrap();
        let truth = Mask::new(2, height, vec![0; size.pixels()]).unwrap();
        Row::new(Path::new(name), &image, &truth, &GrayImage::new(3, 1), &image)
    }

    #[test]
    fn the_lowest_are_kept_in_ascending_order() {
        let mut sheet = Sheet::default();
        for number in (0..20_u32).rev() {
            sheet.offer(f64::from(number) / 20.0, || Ok(row(&number.to_string(), 1))).unwrap();
        }
        sheet.offer(0.9, || panic!("a row that is not added is not rendered")).unwrap();
        let names: Vec<_> = (0..12).map(|number: u32| PathBuf::from(number.to_string())).collect();
        assert_eq!(sheet.images(), names);
    }

    #[test]
    fn rows_keep_the_shape_of_their_image() {
        let mut sheet = Sheet::default();
        sheet.offer(0.5, || Ok(row("landscape", 1))).unwrap();
        sheet.offer(0.7, || Ok(row("portrait", 4))).unwrap();
        let drawn = sheet.draw();
        assert_eq!(drawn.dimensions(), (5 * 260 + 4, 4 + 128 + 4 + 512 + 4));
        assert_eq!(*drawn.get_pixel(10, 10), Rgb([128; 3]));
        assert_eq!(*drawn.get_pixel(10 + 260, 10), Rgb([0; 3]));
        assert_eq!(*drawn.get_pixel(10, 133), PAPER);
        assert_eq!(*drawn.get_pixel(10 + 4 * 260, 200), Rgb([64, 152, 96]));
    }
}
