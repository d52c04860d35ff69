//! Pictures to look at: picture, true mask, the network's mask, the mask found and the composite side by side.

use std::path::{Path, PathBuf};

use cyclorama_engine::effects::{Image as Picture, Size};
use cyclorama_quality::Mask;
use image::{
    DynamicImage, GrayImage, Rgb, RgbImage,
    imageops::{self, FilterType},
};

use crate::Error;

/// The most rows of a sheet.
const ROWS: usize = 12;
/// The pictures of a row.
const COLUMNS: u32 = 5;
/// Width of each of a row's pictures, in pixels.
const TILE_WIDTH: u32 = 256;
/// Pixels between pictures, and around them.
const GAP: u32 = 4;
const PAPER: Rgb<u8> = Rgb([255; 3]);
/// Behind the person in composites: a colour of no room, so that what is left of one is seen.
const BACKDROP: [u8; 3] = [0, 177, 64];

/// The pictures with the lowest `IoU`, the lowest first.
#[derive(Default)]
pub(crate) struct Sheet(Vec<(f64, Row)>);

/// What is shown of one picture.
pub(crate) struct Row {
    image: PathBuf,
    tiles: [RgbImage; COLUMNS as usize],
}

impl Sheet {
    /// Takes a picture's row if its `IoU` is among the lowest so far.
    ///
    /// # Errors
    /// That of `row`.
    pub(crate) fn offer(&mut self, iou: f64, row: impl FnOnce() -> Result<Row, Error>) -> Result<(), Error> {
        let place = self.0.partition_point(|(other, _)| *other <= iou);
        if place < ROWS {
            self.0.insert(place, (iou, row()?));
            self.0.truncate(ROWS);
        }
        Ok(())
    }

    /// The paths of the rows' pictures, from the top.
    pub(crate) fn images(&self) -> Vec<PathBuf> {
        self.0.iter().map(|(_, row)| row.image.clone()).collect()
    }

    /// The sheet as one picture.
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
    /// Shows a picture beside its true mask, the network's own, which may be of another size, the mask found, which is the
    /// alpha of `cutout`, and the cutout before a plain colour.
    pub(crate) fn new(
        image: &Path,
        picture: &Picture,
        truth: &Mask,
        network: &GrayImage,
        cutout: &Picture,
    ) -> Self {
        let (pixels, cut) = (picture.pixels().as_chunks::<4>().0, cutout.pixels().as_chunks::<4>().0);
        let tile = |color: &dyn Fn(usize) -> [u8; 3]| tile(picture.size(), color);
        let tiles = [
            tile(&|index| opaque(pixels[index])),
            tile(&|index| [truth.levels()[index]; 3]),
            scaled(&DynamicImage::from(network.clone()).into_rgb8(), picture.size()),
            tile(&|index| [cut[index][3]; 3]),
            tile(&|index| over_backdrop(cut[index])),
        ];
        Self { image: image.to_owned(), tiles }
    }

    fn height(&self) -> u32 {
        self.tiles[0].height()
    }
}

fn opaque([r, g, b, _]: [u8; 4]) -> [u8; 3] {
    [r, g, b]
}

fn over_backdrop(pixel: [u8; 4]) -> [u8; 3] {
    let weight = u32::from(pixel[3]);
    let mix = |front: u8, behind: u8| {
        ((u32::from(front) * weight + u32::from(behind) * (255 - weight) + 127) / 255) as u8
    };
    std::array::from_fn(|channel| mix(pixel[channel], BACKDROP[channel]))
}

/// A picture of the colours that its pixels' indices give, scaled to the sheet.
fn tile(Size { width, height }: Size, color: &dyn Fn(usize) -> [u8; 3]) -> RgbImage {
    let full = RgbImage::from_fn(width, height, |x, y| Rgb(color(y as usize * width as usize + x as usize)));
    scaled(&full, Size { width, height })
}

/// An image at the size of the tile of a picture.
fn scaled(full: &RgbImage, Size { width, height }: Size) -> RgbImage {
    let scaled = f64::from(height) * f64::from(TILE_WIDTH) / f64::from(width);
    imageops::resize(full, TILE_WIDTH, (scaled.round() as u32).max(1), FilterType::Triangle)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(name: &str, height: u32) -> Row {
        let size = Size { width: 2, height };
        let picture = Picture::new(size, vec![128; size.pixels() * 4]).unwrap();
        let truth = Mask::new(2, height, vec![0; size.pixels()]).unwrap();
        Row::new(Path::new(name), &picture, &truth, &GrayImage::new(3, 1), &picture)
    }

    #[test]
    fn the_lowest_come_first_and_the_rest_is_dropped() {
        let mut sheet = Sheet::default();
        for number in (0..20_u32).rev() {
            sheet.offer(f64::from(number) / 20.0, || Ok(row(&number.to_string(), 1))).unwrap();
        }
        sheet.offer(0.9, || panic!("a row that is not taken is not drawn")).unwrap();
        let names: Vec<_> = (0..12).map(|number: u32| PathBuf::from(number.to_string())).collect();
        assert_eq!(sheet.images(), names);
    }

    #[test]
    fn rows_keep_their_pictures_shape() {
        let mut sheet = Sheet::default();
        sheet.offer(0.5, || Ok(row("wide", 1))).unwrap();
        sheet.offer(0.7, || Ok(row("tall", 4))).unwrap();
        let drawn = sheet.draw();
        assert_eq!(drawn.dimensions(), (5 * 260 + 4, 4 + 128 + 4 + 512 + 4));
        assert_eq!(*drawn.get_pixel(10, 10), Rgb([128; 3]));
        assert_eq!(*drawn.get_pixel(10 + 260, 10), Rgb([0; 3]));
        assert_eq!(*drawn.get_pixel(10, 133), PAPER);
        assert_eq!(*drawn.get_pixel(10 + 4 * 260, 200), Rgb([64, 152, 96]));
    }
}
