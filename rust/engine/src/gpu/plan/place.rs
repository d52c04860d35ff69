use burn::backend::wgpu::{AutoCompiler, CubeTensor};
use cubecl::wgpu::WgpuServer;

use crate::EngineError;
use crate::segmenter::failed;

/// The range of a buffer in which burn stores a tensor. It identifies the tensor while that lives.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Place {
    buffer: wgpu::Buffer,
    offset: u64,
    bytes: u64,
}

impl Place {
    /// Finds the place of a tensor.
    pub(super) fn of(tensor: &CubeTensor) -> Result<Self, EngineError> {
        let managed = tensor.client.get_resource::<WgpuServer<AutoCompiler>>(tensor.handle.clone());
        let managed = managed.map_err(failed)?;
        let resource = managed.resource();
        Ok(Self { buffer: resource.buffer.clone(), offset: resource.offset, bytes: resource.size })
    }

    pub(super) fn binding(&self) -> wgpu::BindingResource<'_> {
        wgpu::BindingResource::Buffer(wgpu::BufferBinding {
            buffer: &self.buffer,
            offset: self.offset,
            // An odd number of float16 values ends between two words. burn places no tensor in the second half of a word.
            size: wgpu::BufferSize::new(self.bytes.next_multiple_of(wgpu::COPY_BUFFER_ALIGNMENT)),
        })
    }
}
