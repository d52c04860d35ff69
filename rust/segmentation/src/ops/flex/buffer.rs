//! Memory for maps, used again once the last tensor over it is gone: after the first inference the following ones find
//! all they need here, without page faults and with what the caches still hold of it.

use std::mem::{self, MaybeUninit};
use std::ops::{Deref, DerefMut};
use std::sync::{Mutex, MutexGuard, PoisonError};

use burn::tensor::{AllocationProperty, Bytes, DType, Shape, TensorData};
use cubecl_common::bytes::{AccessError, AccessPolicy, AllocationController};

use super::FlexTensor;

/// Buffers in nobody's hands, in the order in which they came back.
static FREE: Mutex<Vec<Vec<f32>>> = Mutex::new(Vec::new());

/// Values that are kept for use at most: those of a few networks. The buffers that wait longest go first.
const MOST: usize = 16 << 20;

fn free() -> MutexGuard<'static, Vec<Vec<f32>>> {
    FREE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Values of f32 that go back to where they came from on drop.
pub(crate) struct Buffer(Vec<f32>);

impl Buffer {
    /// `len` values of any content. Only a buffer of the very same length is used again: the operators of a network ask
    /// for the same lengths each time, so the second inference finds what the first one left.
    pub(crate) fn new(len: usize) -> Self {
        let mut free = free();
        let used = free.iter().rposition(|values| values.len() == len);
        Self(used.map(|index| free.remove(index)).unwrap_or_else(|| vec![0.0; len]))
    }

    /// `len` zeros.
    pub(crate) fn zeros(len: usize) -> Self {
        let mut buffer = Self::new(len);
        buffer.fill(0.0);
        buffer
    }

    /// A tensor over these values.
    pub(crate) fn into_tensor(self, shape: impl Into<Shape>) -> FlexTensor {
        let bytes = size_of_val::<[f32]>(&self);
        // SAFETY: all the bytes of the allocation are those of the values, which have always been initialised.
        let bytes = unsafe { Bytes::from_controller(Box::new(self), bytes) };
        FlexTensor::from_data(TensorData::from_bytes(bytes, shape, DType::F32))
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        let mut free = free();
        free.push(mem::take(&mut self.0));
        let mut kept: usize = free.iter().map(Vec::len).sum();
        while kept > MOST {
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

/// How burn holds on to the memory of a tensor. It is never given away as a `Vec` and never grown.
impl AllocationController for Buffer {
    fn alloc_align(&self) -> usize {
        align_of::<f32>()
    }

    fn property(&self) -> AllocationProperty {
        AllocationProperty::Other
    }

    unsafe fn memory_mut(&mut self, _: AccessPolicy) -> Result<&mut [MaybeUninit<u8>], AccessError> {
        let bytes: &mut [u8] = bytemuck::cast_slice_mut(&mut self.0);
        // SAFETY: the same memory; the caller promises to write initialised bytes only, and any are an f32.
        Ok(unsafe { &mut *(&raw mut *bytes as *mut [MaybeUninit<u8>]) })
    }

    fn memory(&self, _: AccessPolicy) -> Result<&[MaybeUninit<u8>], AccessError> {
        let bytes: &[u8] = bytemuck::cast_slice(&self.0);
        // SAFETY: the same memory, and what is initialised may be looked at as if it were not.
        Ok(unsafe { &*(&raw const *bytes as *const [MaybeUninit<u8>]) })
    }
}
