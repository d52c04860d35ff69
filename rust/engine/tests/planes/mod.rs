//! Frames as cameras have them.

use cyclorama_engine::effects::Image;
use cyclorama_engine::effects::cpu::{ColorMatrix, Planes, Sampling, YuvStandard};

/// Converts an image with even sides to I420, BT.709 with limited range.
pub fn to_i420(image: &Image) -> Planes {
    let matrix = ColorMatrix::yuv(YuvStandard::Bt709, false);
    let mut planes = Planes::new(image.size(), Sampling::Half, matrix).expect("the size of an image");
    let width = image.size().width as usize;
    let pixels: Vec<[f32; 3]> = image
        .pixels()
        .as_chunks()
        .0
        .iter()
        .map(|[r, g, b, _]| [r, g, b].map(|level| f32::from(*level)))
        .collect();
    let luma = |[r, g, b]: [f32; 3]| 0.2126 * r + 0.7152 * g + 0.0722 * b;
    for (sample, &pixel) in planes.plane_mut(0).iter_mut().zip(&pixels) {
        *sample = (16.0 + luma(pixel) * 219.0 / 255.0).round() as u8;
    }
    for (plane, channel, scale) in [(1, 2, 1.8556), (2, 0, 1.5748)] {
        for (index, sample) in planes.plane_mut(plane).iter_mut().enumerate() {
            let (x, y) = (index % (width / 2) * 2, index / (width / 2) * 2);
            let block = [(x, y), (x + 1, y), (x, y + 1), (x + 1, y + 1)].map(|(x, y)| pixels[y * width + x]);
            let difference: f32 = block.iter().map(|pixel| (pixel[channel] - luma(*pixel)) / 4.0).sum();
            *sample = (128.0 + difference / scale * 224.0 / 255.0).round() as u8;
        }
    }
    planes
}
