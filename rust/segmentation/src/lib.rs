//! Person segmentation networks in [burn](https://burn.dev), with weights imported from `.tflite` files.
//!
//! Google's five selfie networks (Meet at 96x160, 144x256 and 128x128, MediaPipe's selfie segmentation at 256x256
//! and 144x256) are one architecture with a few switches; BodyPix and DeepLabV3 at 257x257 are two more over the same
//! blocks. [`import`](import()) reads a file, finds out which it is ([`NetworkConfig`]), checks every operator against the
//! architecture and gives a [`SegmentationNetwork`]:
//!
//! ```no_run
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use burn::tensor::{Device, Tensor};
//!
//! let network = cyclorama_segmentation::import(&std::fs::read("model.tflite")?, &Device::flex())?;
//! let [height, width] = network.config().input;
//! let picture = Tensor::zeros([1, height, width, 3], &Device::flex()); // RGB in [0, 1]
//! let person = network.forward(picture); // [1, height, width, 1], probability of a person
//! # Ok(())
//! # }
//! ```
//!
//! The networks compute with the fused operators of [`ops`], which run on burn's wgpu backend (WebGPU, Vulkan,
//! Metal, DX12) and on its CPU backend. The feature `wgpu`, which is on by default, is the former.

pub mod import;
pub mod net;
pub mod ops;
mod precision;

pub use import::{ImportError, import, import_with};
pub use net::{NetworkConfig, SegmentationNetwork};
pub use precision::{Precision, has_half_weights};

#[cfg(test)]
mod testing {
    use std::sync::OnceLock;

    use burn::backend::wgpu::WgpuSetup;
    use burn::tensor::Device;

    use crate::ops::Tiling;

    /// The machine's GPU, or the software adapter that the test set-up installs: a device of its own for each tiling.
    pub(crate) fn gpu(tiling: Tiling) -> Device {
        static DEVICES: [OnceLock<Device>; 2] = [const { OnceLock::new() }; 2];
        DEVICES[tiling as usize].get_or_init(|| new_gpu(tiling)).clone()
    }

    /// The same, for one test alone.
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
