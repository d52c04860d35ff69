use std::sync::{PoisonError, RwLock};

use burn::backend::DispatchDevice;
use burn::backend::wgpu::CubeTensor;
use burn::tensor::Device;
use cubecl::Device as CubeDevice;

/// The number of values that one GPU thread computes.
///
/// A thread that computes several neighboring values reads each input and weight once for all of them. It costs registers
/// and leaves fewer threads to occupy the GPU. The best choice depends on the adapter, so tiling is a setting of the
/// device. Every operator gives the same result with all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Tiling {
    /// Mostly one or two pixels per thread, many threads in workgroups of 32. For large hardware, which hides memory latency behind
    /// other threads. The values were measured on an NVIDIA H200.
    #[default]
    Small,
    /// Mostly up to four pixels per thread, in workgroups of 64. For hardware with fewer units than a feature map has threads.
    Medium,
    /// Many values per thread, small workgroups. For software adapters, where an access costs as much as ten products and its
    /// latency is not hidden.
    Large,
}

/// A feature map of fewer pixels leaves most of a GPU idle unless each pixel has a thread of its own.
pub(crate) const FEW_PIXELS: usize = 1024;

/// Devices in use whose tiling was set.
static CHOSEN: RwLock<Vec<(CubeDevice, Tiling)>> = RwLock::new(Vec::new());

impl Tiling {
    /// Sets the tiling of subsequent operators on `device`. Has no effect on the CPU backend.
    pub fn set(self, device: &Device) {
        let DispatchDevice::Cube(device) = device.as_dispatch() else { return };
        let mut chosen = CHOSEN.write().unwrap_or_else(PoisonError::into_inner);
        match chosen.iter_mut().find(|(known, _)| known == device) {
            Some((_, tiling)) => *tiling = self,
            None => chosen.push((device.clone(), self)),
        }
    }

    /// Forgets the tiling of a device that is no longer used.
    pub fn forget(device: &Device) {
        let DispatchDevice::Cube(device) = device.as_dispatch() else { return };
        CHOSEN.write().unwrap_or_else(PoisonError::into_inner).retain(|(known, _)| known != device);
    }

    /// The tiling for operators on this tensor.
    pub(crate) fn of(tensor: &CubeTensor) -> Self {
        let chosen = CHOSEN.read().unwrap_or_else(PoisonError::into_inner);
        chosen
            .iter()
            .find(|(known, _)| *known == tensor.device)
            .map_or_else(Self::default, |(_, tiling)| *tiling)
    }
}

#[cfg(test)]
mod tests {
    use burn::backend::DispatchDevice;
    use burn::backend::wgpu::CubeBackend;
    use burn::backend::{BackendTensor, DispatchTensorKind};
    use burn::tensor::{Device, Tensor};

    use super::{CHOSEN, Tiling};

    #[test]
    fn a_forgotten_device_leaves_no_tiling_on_gpu() {
        let is_known = |device: &Device| {
            let DispatchDevice::Cube(device) = device.as_dispatch() else { panic!("a device of the GPU") };
            CHOSEN.read().unwrap().iter().any(|(known, _)| known == device)
        };
        let kept = crate::testing::gpu(Tiling::Small);
        let device = crate::testing::new_gpu(Tiling::Large);
        assert!(is_known(&device));
        Tiling::forget(&device);
        assert!(!is_known(&device) && is_known(&kept));
    }

    #[test]
    fn a_tensor_has_the_tiling_of_its_device_on_gpu() {
        for tiling in [Tiling::Small, Tiling::Medium, Tiling::Large] {
            let tensor = Tensor::<1>::zeros([4], &crate::testing::gpu(tiling)).into_dispatch();
            let DispatchTensorKind::Cube(BackendTensor::<CubeBackend>::Float(tensor)) = tensor.kind else {
                panic!("a float tensor of the GPU")
            };
            assert_eq!(Tiling::of(&tensor), tiling);
        }
    }
}
