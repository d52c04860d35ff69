use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use cubecl::MemoryScope;
use cubecl::client::Client;

use crate::ComputeContext;

/// Reports the memory that is reserved for models on a GPU.
#[derive(Clone)]
pub struct ModelMemory {
    burn: Client,
    plans: Arc<AtomicU64>,
}

impl ModelMemory {
    pub(super) fn new(burn: Client, compute: &ComputeContext) -> Self {
        Self { burn, plans: Arc::clone(compute.reserved()) }
    }

    /// Bytes reserved on the GPU for all models: weights, with the memory that burn keeps for reuse, inputs and feature maps.
    pub fn reserved(&self) -> u64 {
        let burn = self.burn.memory_report(MemoryScope::Device).usage().bytes_reserved;
        burn + self.plans.load(Ordering::Relaxed)
    }
}

/// Bytes that count as reserved while this value lives.
pub(super) struct Reservation {
    total: Arc<AtomicU64>,
    bytes: u64,
}

impl Reservation {
    pub(super) fn new(total: &Arc<AtomicU64>, bytes: u64) -> Self {
        total.fetch_add(bytes, Ordering::Relaxed);
        Self { total: Arc::clone(total), bytes }
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        self.total.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}
