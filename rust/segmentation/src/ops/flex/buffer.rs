//! Memory for feature maps, reused once the last tensor that owns it is dropped. After the first inference, further ones
//! find all their memory here, without page faults and partly still in the caches.

use std::mem::{self, MaybeUninit};
use std::ops::{Deref, DerefMut};
use std::sync::{Mutex, MutexGuard, PoisonError};

use burn::tensor::{AllocationProperty, Bytes, DType, Shape, TensorData};
use cubecl_common::bytes::{AccessError, AccessPolicy, AllocationController};

use super::FlexTensor;

/// Free buffers, in the order in which they were returned.
static FREE: Mutex<Vec<Vec<f32>>> = Mutex::new(Vec::new());

/// Maximum number of values kept: those of a few models. The oldest buffers are released first.
const MAX_KEPT: usize = 16 << 20;

fn free() -> MutexGuard<'static, Vec<Vec<f32>>> {
    FREE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Values of f32 that return to the free buffers on drop.
pub(crate) struct Buffer(Vec<f32>);

impl Buffer {
    /// `len` values with arbitrary content. Only a buffer of exactly this length is reused. The operators of a model request
    /// the same lengths each time, so the second inference reuses the buffers of the first.
    pub(crate) fn new(len: usize) -> Self {
        let mut free = free();
        let used = free.iter().rposition(|values| values.len() == len);
        Self(used.map_or_else(|| vec![0.0; len], |index| free.remove(index)))
    }

    /// `len` zeros.
    pub(crate) fn zeros(len: usize) -> Self {
        let mut buffer = Self::new(len);
        buffer.fill(0.0);
        buffer
    }

    /// A tensor that owns these values.
    pub(crate) fn into_tensor(self, shape: impl Into<Shape>) -> FlexTensor {
        let bytes = size_of_val::<[f32]>(&self);
        // SAFETY: all bytes of the allocation belong to the values, which are initialized.
        let bytes = unsafe { Bytes::from_controller(Box::new(self), bytes) };
        FlexTensor::from_data(TensorData::from_bytes(bytes, shape, DType::F32))
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        let mut free = free();
        free.push(mem::take(&mut self.0));
        let mut kept: usize = free.iter().map(Vec::len).sum();
        while kept > MAX_KEPT {
            kept -= free.remove(0).len();
        }
    }
}

impl Deref for Buffer {
    type Target = [f32];

    fn deref(&self) -> &[f32] {
        &self.0
    }
}

impl DerefMut for Buffer {
    fn deref_mut(&mut self) -> &mut [f32] {
        &mut self.0
    }
}

/// How burn owns the memory of a tensor. It is never converted to a `Vec` and never grown.
impl AllocationController for Buffer {
    fn alloc_align(&self) -> usize {
        align_of::<f32>()
    }

    fn property(&self) -> AllocationProperty {
        AllocationProperty::Other
    }

    unsafe fn memory_mut(&mut self, _: AccessPolicy) -> Result<&mut [MaybeUninit<u8>], AccessError> {
        let bytes: &mut [u8] = bytemuck::cast_slice_mut(&mut self.0);
        // SAFETY: the same memory. The caller writes initialized bytes only, and all bit patterns are valid f32.
        Ok(unsafe { &mut *(&raw mut *bytes as *mut [MaybeUninit<u8>]) })
    }

    fn memory(&self, _: AccessPolicy) -> Result<&[MaybeUninit<u8>], AccessError> {
        let bytes: &[u8] = bytemuck::cast_slice(&self.0);
        // SAFETY: the same memory, and initialized bytes are valid `MaybeUninit`.
        Ok(unsafe { &*(&raw const *bytes as *const [MaybeUninit<u8>]) })
    }
}
