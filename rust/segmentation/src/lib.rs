//! Person segmentation models in [burn](https://burn.dev), with weights imported from `.tflite` files.
//!
//! Google's five selfie models (Meet at 96x160, 144x256 and 128x128, MediaPipe's selfie segmentation at 256x256 and
//! 144x256) are one architecture with a few options. BodyPix and DeepLabV3 at 257x257 are two more, built of the same
//! blocks. [`import`](import()) detects a file's architecture ([`ModelConfig`]), checks every operator against it and
//! returns a [`SegmentationModel`]:
//!
//! ```no_run
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use burn::tensor::{Device, Tensor};
//!
//! let model = cyclorama_segmentation::import(&std::fs::read("model.tflite")?, &Device::flex())?;
//! let [height, width] = model.config().input;
//! let image = Tensor::zeros([1, height, width, 3], &Device::flex()); // RGB in [0, 1]
//! let mask = model.forward(image); // [1, height, width, 1], probability of a person
//! # Ok(())
//! # }
//! ```
//!
//! The models compute with the fused operators of [`ops`], which run on burn's wgpu backend (WebGPU, Vulkan, Metal, DX12)
//! and on its CPU backend. The default feature `wgpu` enables the former.

pub mod import;
pub mod network;
pub mod ops;
mod precision;

pub use import::{ImportError, import, import_with};
pub use network::{ModelConfig, SegmentationModel};
pub use precision::{Precision, has_half_weights};

#[cfg(test)]
mod testing {
    use std::sync::OnceLock;

    use burn::backend::wgpu::WgpuSetup;
    use burn::tensor::Device;

    use crate::ops::Tiling;

    /// A device for each tiling, on the machine's GPU or on the software adapter that the test setup installs.
    pub(crate) fn gpu(tiling: Tiling) -> Device {
        static DEVICES: [OnceLock<Device>; 3] = [const { OnceLock::new() }; 3];
        DEVICES[tiling as usize].get_or_init(|| new_gpu(tiling)).clone()
    }

    /// A device for a single test.
    pub(crate) fn new_gpu(tiling: Tiling) -> Device {
        cyclorama_testing::needs_gpu();
        static GPU: OnceLock<WgpuSetup> = OnceLock::new();
        let setup = || {
            let (_, setup) =
                Device::wgpu_options().init_with_setup().expect("a Vulkan, Metal or DX12 adapter");
            setup
        };
        let setup = GPU.get_or_init(setup).clone();
        let device = Device::wgpu_options().setup(setup).init().expect("the adapter's device");
        tiling.set(&device);
        device
    }
}
