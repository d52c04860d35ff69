//! The GPU, once for each storage precision of weights.

use cyclorama_engine::{ComputeContext, ComputeContextOptions, GpuContext, Precision};
use wgpu::Features;

use crate::arguments::{BenchArguments, BenchBackend, PrecisionName};

/// The requested devices.
pub(crate) struct Gpus {
    /// With float16 weights if the adapter supports them.
    usual: Result<ComputeContext, String>,
    /// With float32 weights, if that differs.
    f32: Option<Result<ComputeContext, String>>,
}

impl Gpus {
    /// Requests the devices that the arguments need.
    pub(crate) fn request(arguments: &BenchArguments) -> Self {
        if arguments.backend.iter().all(|backend| *backend == BenchBackend::Cpu) {
            return Self { usual: Err("no GPU was requested".to_owned()), f32: None };
        }
        let usual = request(Precision::Auto);
        let wanted = arguments.precision.is_empty() || arguments.precision.contains(&PrecisionName::F32);
        let f32 = (wanted && usual.as_ref().is_ok_and(|gpu| has_f16(gpu))).then(|| request(Precision::F32));
        Self { usual, f32 }
    }

    /// The available precisions.
    pub(crate) fn precisions(&self) -> &'static [PrecisionName] {
        if self.f32.is_some() { &[PrecisionName::F16, PrecisionName::F32] } else { &[PrecisionName::F32] }
    }

    /// The device with this storage precision.
    ///
    /// # Errors
    /// Why it is not available.
    pub(crate) fn with(&self, precision: PrecisionName) -> Result<&ComputeContext, String> {
        let usual = self.usual.as_ref().map_err(String::clone)?;
        match (precision, &self.f32) {
            (PrecisionName::F16, _) if !has_f16(usual) => {
                Err("this adapter does not support float16 in shaders: omit --precision f16".to_owned())
            }
            (PrecisionName::F32, Some(f32)) => f32.as_ref().map_err(String::clone),
            _ => Ok(usual),
        }
    }

    /// A device for compositing.
    ///
    /// # Errors
    /// Why it is not available.
    pub(crate) fn any(&self) -> Result<&GpuContext, String> {
        self.usual.as_ref().map(|gpu| &**gpu).map_err(String::clone)
    }
}

fn request(precision: Precision) -> Result<ComputeContext, String> {
    pollster::block_on(ComputeContext::request_with(ComputeContextOptions {
        precision,
        ..ComputeContextOptions::default()
    }))
    .map_err(|error| error.to_string())
}

fn has_f16(graphics: &GpuContext) -> bool {
    graphics.adapter().features().contains(Features::SHADER_F16)
}
