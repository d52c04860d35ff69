//! A small mask made to follow the frame's own edges: the fast guided filter.
//!
//! In the window around each pixel of the mask, the probability of a person is fitted by a linear function of the frame's
//! colour; where an edge of the person is one of colour too, so becomes the fit. The functions' coefficients
//! are smooth, so they are kept at the mask's size and enlarged, and applied to the full frame's colours by whoever looks
//! at a pixel ([`matte`](crate::matte)).
//!
//! Source: He, Sun, Tang, "Guided Image Filtering", 2010 (its colour form), and He, Sun, "Fast Guided Filter", 2015, which
//! fits at a small size. Ours is the windows' sizes, measured on the demo's clip (`docs/quality.md`), and that a window with
//! hardly a person in it counts for nothing: else thin lines of the room that end at the person are drawn into it.
//!
//! The same sums give the mean colours of person and background around each pixel, with which
//! [`composite`](crate::composite) takes the old background out of a soft edge.

pub(crate) mod cpu;
#[cfg(test)]
mod test;

use crate::gpu::{Kernel, scratch, shader, stored_texture, uniform};
use crate::matte::Matte;
use crate::memo::Memo;
use crate::{Size, StageEncoder};

const LABEL: &str = "guided";

/// Pixels that a thread of the sliding sums makes; kept in sync with `STRIP` in `guided.wgsl`.
const STRIP: u32 = 8;
/// Bytes of `Moments` in `guided.wgsl`.
const MOMENTS: u64 = 64;

/// Fits the mask to the frame's colours.
pub(crate) struct GuidedPass {
    device: wgpu::Device,
    moments_of_rows: Kernel,
    fit_columns: Kernel,
    fits_of_rows: Kernel,
    fits_of_columns: Kernel,
    unfitted: Kernel,
    made: Memo<(wgpu::Buffer, Size), Resources>,
}

/// What depends on the pixels' buffer and the mask's size.
struct Resources {
    matte: Matte,
    moments_of_rows: wgpu::BindGroup,
    fit_columns: wgpu::BindGroup,
    fits_of_rows: wgpu::BindGroup,
    fits_of_columns: wgpu::BindGroup,
    unfitted: wgpu::BindGroup,
}

impl GuidedPass {
    pub fn new(device: &wgpu::Device) -> Self {
        let module = shader(device, LABEL, include_str!("guided.wgsl"));
        let kernel = |entry| Kernel::new(device, LABEL, &module, entry);
        Self {
            device: device.clone(),
            moments_of_rows: kernel("moments_of_rows"),
            fit_columns: kernel("fit_columns"),
            fits_of_rows: kernel("fits_of_rows"),
            fits_of_columns: kernel("fits_of_columns"),
            unfitted: kernel("unfitted"),
            made: Memo::default(),
        }
    }

    /// Records the pass for four f32 a pixel, RGB and probability, as [`SteadyPass`](crate::steady::SteadyPass) gives
    /// them. Unless `fitted`, the matte's coefficients are the probabilities alone.
    pub fn encode(
        &mut self,
        encoder: &mut StageEncoder<'_>,
        pixels: &wgpu::Buffer,
        size: Size,
        fitted: bool,
    ) -> Matte {
        let mut made = std::mem::take(&mut self.made);
        let resources = made.get((pixels.clone(), size), || self.make(pixels, size));
        let Size { width, height } = size;
        let threads = |threads: u32| [threads.div_ceil(64), 1];
        let mut pass = encoder.compute(LABEL);
        let rows = threads(width.div_ceil(STRIP) * height);
        self.moments_of_rows.dispatch(&mut pass, &resources.moments_of_rows, rows);
        let columns = threads(width * height.div_ceil(STRIP));
        self.fit_columns.dispatch(&mut pass, &resources.fit_columns, columns);
        if fitted {
            self.fits_of_rows.dispatch(&mut pass, &resources.fits_of_rows, rows);
            self.fits_of_columns.dispatch(&mut pass, &resources.fits_of_columns, columns);
        } else {
            self.unfitted.dispatch(&mut pass, &resources.unfitted, threads(width * height));
        }
        let matte = resources.matte.clone();
        self.made = made;
        matte
    }

    fn make(&self, pixels: &wgpu::Buffer, size: Size) -> Resources {
        let device = &self.device;
        let texture = |format| stored_texture(device, LABEL, size, format);
        let matte = Matte {
            coefficients: texture(wgpu::TextureFormat::Rgba16Float),
            foreground: texture(wgpu::TextureFormat::Rgba8Unorm),
            background: texture(wgpu::TextureFormat::Rgba8Unorm),
        };
        let count = size.pixels() as u64;
        let row_moments = scratch(device, LABEL, count * MOMENTS);
        let [fits, row_fits] = [0, 1].map(|_| scratch(device, LABEL, count * 16));
        let uniform = uniform(device, LABEL, &[size.width, size.height]);

        let size = (0, uniform.as_entire_binding());
        let pixels = (1, pixels.as_entire_binding());
        let row_moments = (2, row_moments.as_entire_binding());
        let fits = (3, fits.as_entire_binding());
        let row_fits = (4, row_fits.as_entire_binding());
        let texture = |binding, view| (binding, wgpu::BindingResource::TextureView(view));
        let coefficients = texture(5, &matte.coefficients);
        let colors = [texture(6, &matte.foreground), texture(7, &matte.background)];
        Resources {
            moments_of_rows: self.moments_of_rows.bind(&[size.clone(), pixels.clone(), row_moments.clone()]),
            fit_columns: self.fit_columns.bind(&[
                size.clone(),
                row_moments,
                fits.clone(),
                colors[0].clone(),
                colors[1].clone(),
            ]),
            fits_of_rows: self.fits_of_rows.bind(&[size.clone(), fits, row_fits.clone()]),
            fits_of_columns: self.fits_of_columns.bind(&[size.clone(), row_fits, coefficients.clone()]),
            unfitted: self.unfitted.bind(&[size, pixels, coefficients]),
            matte,
        }
    }
}
