use crate::background::Region;
use crate::{Image, Size};

/// The tent (triangle) filter that scales one axis from `source` to `target` pixels.
///
/// Pixels are half-pixel centered. The tent reaches `max(source / target, 1)` source pixels to each side, is cut off at
/// the image's edge, and its weights are normalized. That is Pillow's `Image.resize(..., BILINEAR)`, and plain bilinear
/// interpolation when upsampling. Multiplied by `2 * target * reach`, distances and weights are integers: this code and
/// its shader twin `tent.wgsl` use the same pixels with the same weights.
#[derive(Clone, Copy)]
struct Tent {
    source: i64,
    target: i64,
}

impl Tent {
    fn new(source: u32, target: u32) -> Self {
        Self { source: source.into(), target: target.into() }
    }

    /// Calls `visit` with each source pixel in the window of target pixel `x` and its weight. The weights sum to 1.
    fn for_each_tap(self, x: usize, mut visit: impl FnMut(usize, f32)) {
        let Self { source, target } = self;
        let reach = 2 * source.max(target);
        let center = (2 * x as i64 + 1) * source;
        let first = ((center - reach - target).div_euclid(2 * target) + 1).max(0);
        let end = ((center + reach - target + 2 * target - 1) / (2 * target)).min(source);
        let weight = |i: i64| reach - ((2 * i + 1) * target - center).abs();
        let total = (first..end).map(weight).sum::<i64>() as f32;
        for i in first..end {
            visit(i as usize, weight(i) as f32 / total);
        }
    }
}

/// Scales the `source` region of an image to the size `target`. Returns RGB in `[0, 1]`, rows from the top.
///
/// The region must lie inside the image, and no side may be zero.
pub(crate) fn resize(image: &Image, source: Region, target: Size) -> Vec<[f32; 3]> {
    let width = target.width as usize;
    let across = Tent::new(source.size.width, target.width);
    let mut taps = Vec::new();
    let mut ends = Vec::with_capacity(width);
    for x in 0..width {
        across.for_each_tap(x, |i, weight| taps.push((source.x as usize + i, weight / 255.0)));
        ends.push(taps.len());
    }

    let mut narrowed = Vec::with_capacity(width * source.size.height as usize);
    for y in source.y..source.y + source.size.height {
        let row = image.row(y as usize);
        let mut start = 0;
        for &end in &ends {
            let mut sum = [0.0; 3];
            for &(i, weight) in &taps[start..end] {
                let [r, g, b, _] = row[i].map(f32::from);
                add_scaled(&mut sum, [r, g, b], weight);
            }
            narrowed.push(sum);
            start = end;
        }
    }

    let down = Tent::new(source.size.height, target.height);
    let mut resized = vec![[0.0; 3]; target.pixels()];
    for (y, row) in resized.chunks_exact_mut(width).enumerate() {
        down.for_each_tap(y, |i, weight| {
            for (sum, pixel) in row.iter_mut().zip(&narrowed[i * width..]) {
                add_scaled(sum, *pixel, weight);
            }
        });
    }
    resized
}

fn add_scaled(sum: &mut [f32; 3], pixel: [f32; 3], weight: f32) {
    for (sum, channel) in sum.iter_mut().zip(pixel) {
        *sum += channel * weight;
    }
}
