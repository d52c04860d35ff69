//! The GPU pass of the stage `guided`.

use super::{EPSILON, FIT_RADIUS, RADIUS, TRUST};
use crate::gpu::wgsl::{constants, include_wgsl};
use crate::gpu::{ComputePipeline, LINE, Shader, scratch, stored_texture, uniform};
use crate::matte::pass::Matte;
use crate::memo::Memo;
use crate::{Size, StageEncoder};

const LABEL: &str = "guided";

/// Pixels that a thread of the sliding sums computes.
const STRIP: u32 = 8;
/// Bytes of `Moments` in the shader.
pub(crate) const MOMENTS_BYTES: u64 = 64;

pub(crate) fn source() -> String {
    constants!(LINE, RADIUS, FIT_RADIUS, EPSILON, TRUST, STRIP) + include_wgsl!("guided.wgsl")
}

/// Fits the mask to the frame's colors.
pub(crate) struct GuidedPass {
    device: wgpu::Device,
    moments_of_rows: ComputePipeline,
    fit_columns: ComputePipeline,
    fits_of_rows: ComputePipeline,
    fits_of_columns: ComputePipeline,
    unfitted: ComputePipeline,
    made: Memo<(wgpu::Buffer, Size, bool), Resources>,
}

/// Resources for one buffer of pixels and one size of mask, fitted or not.
struct Resources {
    matte: Matte,
    moments_of_rows: wgpu::BindGroup,
    fit_columns: wgpu::BindGroup,
    coefficients: Coefficients,
}

/// The bind groups of the dispatches that write the matte's coefficients.
enum Coefficients {
    Fitted { rows: wgpu::BindGroup, columns: wgpu::BindGroup },
    Unfitted(wgpu::BindGroup),
}

impl GuidedPass {
    pub fn new(device: &wgpu::Device) -> Self {
        let shader = Shader::new(device, LABEL, source);
        let pipeline = |entry| ComputePipeline::new(&shader, entry);
        Self {
            device: device.clone(),
            moments_of_rows: pipeline("moments_of_rows"),
            fit_columns: pipeline("fit_columns"),
            fits_of_rows: pipeline("fits_of_rows"),
            fits_of_columns: pipeline("fits_of_columns"),
            unfitted: pipeline("unfitted"),
            made: Memo::default(),
        }
    }

    /// Compiles the pipelines that [`GuidedPass::encode`] uses, on the first call.
    pub fn compile(&self, fitted: bool) {
        let Self { moments_of_rows, fit_columns, fits_of_rows, fits_of_columns, unfitted, .. } = self;
        moments_of_rows.compile();
        fit_columns.compile();
        if fitted {
            fits_of_rows.compile();
            fits_of_columns.compile();
        } else {
            unfitted.compile();
        }
    }

    /// Records the pass for four f32 a pixel, RGB and probability, the result of
    /// [`TemporalSmoothingPass`](crate::temporal_smoothing::TemporalSmoothingPass). Without `fitted` the matte's
    /// coefficients are the probabilities alone.
    pub fn encode(
        &mut self,
        encoder: &mut StageEncoder<'_>,
        pixels: &wgpu::Buffer,
        size: Size,
        fitted: bool,
    ) -> Matte {
        let mut made = std::mem::take(&mut self.made);
        let resources = made.get((pixels.clone(), size, fitted), || self.make(pixels, size, fitted));
        let Size { width, height } = size;
        let threads = |threads: u32| [threads.div_ceil(LINE), 1];
        let mut pass = encoder.compute(LABEL);
        let rows = threads(width.div_ceil(STRIP) * height);
        self.moments_of_rows.dispatch(&mut pass, &resources.moments_of_rows, rows);
        let columns = threads(width * height.div_ceil(STRIP));
        self.fit_columns.dispatch(&mut pass, &resources.fit_columns, columns);
        match &resources.coefficients {
            Coefficients::Fitted { rows: of_rows, columns: of_columns } => {
                self.fits_of_rows.dispatch(&mut pass, of_rows, rows);
                self.fits_of_columns.dispatch(&mut pass, of_columns, columns);
            }
            Coefficients::Unfitted(resources) => {
                self.unfitted.dispatch(&mut pass, resources, threads(width * height));
            }
        }
        let matte = resources.matte.clone();
        self.made = made;
        matte
    }

    fn make(&self, pixels: &wgpu::Buffer, size: Size, fitted: bool) -> Resources {
        let device = &self.device;
        let texture = |format| stored_texture(device, LABEL, size, format);
        let matte = Matte {
            coefficients: texture(wgpu::TextureFormat::Rgba16Float),
            foreground: texture(wgpu::TextureFormat::Rgba8Unorm),
            background: texture(wgpu::TextureFormat::Rgba8Unorm),
        };
        let count = size.pixels() as u64;
        let row_moments = scratch(device, LABEL, count * MOMENTS_BYTES);
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
            coefficients: if fitted {
                Coefficients::Fitted {
                    rows: self.fits_of_rows.bind(&[size.clone(), fits, row_fits.clone()]),
                    columns: self.fits_of_columns.bind(&[size, row_fits, coefficients]),
                }
            } else {
                Coefficients::Unfitted(self.unfitted.bind(&[size, pixels, coefficients]))
            },
            matte,
        }
    }
}
