//! An inference on the CPU backend finds its memory where the last one left it.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::sync::{Mutex, PoisonError};

use burn::tensor::{Device, Tensor};
use cyclorama_segmentation::import;
use cyclorama_testing::model;

/// What counts as large, in bytes: less than any map of a network, more than what burn keeps about a few tensors.
const LARGE: usize = 4096;

/// The system's allocator, which counts large blocks.
struct Counting;

thread_local! {
    /// How many large blocks this thread has asked for: an inference runs on its caller's thread.
    static LARGE_BLOCKS: Cell<usize> = const { Cell::new(0) };
}

// SAFETY: passes every call on as it is.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        LARGE_BLOCKS.set(LARGE_BLOCKS.get() + usize::from(layout.size() >= LARGE));
        // SAFETY: the caller's promises are those that `System` asks for.
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
fn a_second_inference_allocates_no_maps() {
    allocates_no_maps(&["selfie_segmentation_landscape", "body-pix-float-050-8", "deeplabv3_257_mv_gpu"]);
}

#[test]
fn a_second_inference_of_meet_allocates_no_maps() {
    allocates_no_maps(&["segm_full_v679"]);
}

fn allocates_no_maps(models: &[&str]) {
    /// All threads take buffers from the same store.
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _alone = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let device = Device::flex();
    for name in models {
        let network = import(&model(name), &device).unwrap_or_else(|error| panic!("{name}: {error}"));
        let [height, width] = network.config().input;
        let picture = Tensor::zeros([1, height, width, 3], &device);
        let large_blocks = || {
            let before = LARGE_BLOCKS.get();
            drop(network.forward(picture.clone()));
            LARGE_BLOCKS.get() - before
        };
        let first = large_blocks();
        assert!(first > 0, "{name}: the first inference allocates what no network before it has left");
        assert_eq!(large_blocks(), 0, "{name}: large blocks in the second inference");
    }
}
