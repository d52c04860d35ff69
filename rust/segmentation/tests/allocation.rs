//! An inference on the CPU backend reuses the memory of the previous one.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::sync::{Mutex, PoisonError};

use burn::tensor::{Device, Tensor};
use cyclorama_segmentation::import;

/// The size of a large block in bytes: less than any feature map of a model, more than burn's bookkeeping of a few tensors.
const LARGE: usize = 4096;

/// Counts the large blocks that the system's allocator returns.
struct Counting;

thread_local! {
    /// Large blocks that this thread has allocated. An inference runs on its caller's thread.
    static LARGE_BLOCKS: Cell<usize> = const { Cell::new(0) };
}

// SAFETY: forwards every call unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        LARGE_BLOCKS.set(LARGE_BLOCKS.get() + usize::from(layout.size() >= LARGE));
        // SAFETY: the caller upholds the contract of `System`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: the block came from `System`.
        unsafe { System.dealloc(block, layout) };
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

#[test]
fn a_second_inference_allocates_no_feature_maps() {
    allocates_no_feature_maps(&[
        "selfie_segmentation_landscape",
        "body-pix-float-050-8",
        "deeplabv3_257_mv_gpu",
    ]);
}

#[test]
fn a_second_inference_of_meet_allocates_no_feature_maps() {
    allocates_no_feature_maps(&["segm_full_v679"]);
}

fn allocates_no_feature_maps(models: &[&str]) {
    /// All threads share the free buffers.
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _alone = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let device = Device::flex();
    for name in models {
        let model = import(&cyclorama_testing::model(name), &device)
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        let [height, width] = model.config().input;
        let image = Tensor::zeros([1, height, width, 3], &device);
        let large_blocks = || {
            let before = LARGE_BLOCKS.get();
            drop(model.forward(image.clone()));
            LARGE_BLOCKS.get() - before
        };
        let first = large_blocks();
        assert!(first > 0, "{name}: the first inference allocates feature maps");
        assert_eq!(large_blocks(), 0, "{name}: large blocks in the second inference");
    }
}
