//! CPU twin of the stage `resample`.

use crate::background::{Fit, Placement};
use crate::memo::Memo;
use crate::planes::{Planes, Sampling};
use crate::tent::{FRACTION_BITS, Scaler};
use crate::{EffectError, Size};

/// Scales images with the tent filter, and keeps its taps for the next image of the same size.
#[derive(Default)]
pub struct Resampler {
    scalers: Memo<(Size, Sampling, Placement), [Scaler; 3]>,
}

impl Resampler {
    /// Scales an image to the size `size`. `scaled` also gets its sampling and matrix.
    ///
    /// # Errors
    /// A size out of range. The planes do not change then.
    pub fn resize(&mut self, image: &Planes, size: Size, scaled: &mut Planes) -> Result<(), EffectError> {
        size.check("scaled frame", Size::MAX_SIDE)?;
        self.place(image, Fit::Fill.place(image.size(), size), size, scaled);
        Ok(())
    }

    /// Scales a region of an image onto a region of a black image of the checked size `size`. `placed` also gets the image's
    /// sampling and matrix.
    pub(crate) fn place(&mut self, image: &Planes, placement: Placement, size: Size, placed: &mut Planes) {
        placed.reset(size, image.sampling(), image.matrix()).expect("the size is checked");
        if placement.target.size != size {
            placed.fill([0; 3]);
        }
        let regions = |plane: usize| {
            let step = if plane == 0 { 1 } else { image.sampling().step() as u32 };
            [placement.source, placement.target].map(|region| region.reduce(step))
        };
        let scalers = self.scalers.get((image.size(), image.sampling(), placement), || {
            std::array::from_fn(|plane| {
                let [source, target] = regions(plane);
                Scaler::new(image.plane_size(plane).width, source, target.size)
            })
        });
        for (plane, scaler) in scalers.iter_mut().enumerate() {
            let [source, target] = regions(plane);
            let width = target.size.width as usize;
            for y in 0..target.size.height as usize {
                let row = &mut placed.row_mut(plane, target.y as usize + y)[target.x as usize..][..width];
                if source.size == target.size {
                    row.copy_from_slice(
                        &image.row(plane, source.y as usize + y)[source.x as usize..][..width],
                    );
                } else {
                    for (sample, scaled) in row.iter_mut().zip(scaler.row(image.plane(plane), y)) {
                        *sample = ((scaled + (1 << (FRACTION_BITS - 1))) >> FRACTION_BITS) as u8;
                    }
                }
                if placement.mirror {
                    row.reverse();
                }
            }
        }
    }
}

/// Scales a region of an opaque image onto a region of a black image of the size `size`.
#[cfg(all(test, feature = "wgpu"))]
pub(crate) fn resample(image: &crate::Image, placement: Placement, size: Size) -> crate::Image {
    let mut placed = Planes::default();
    Resampler::default().place(&Planes::from_image(image), placement, size, &mut placed);
    placed.to_image(&[])
}
