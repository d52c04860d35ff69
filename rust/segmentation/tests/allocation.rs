//! Holds the CPU backend to its promise that an inference finds its memory where the last one left it.

use std::alloc::{GlobalAlloc, Layout, System};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use burn::tensor::{Device, Tensor};
use cyclorama_segmentation::import;

/// What counts as large, in bytes: less than any map of a network, more than what burn keeps about a few tensors.
const LARGE: usize = 4096;

/// The system's allocator, and how many large blocks it has been asked for.
struct Counting;

static LARGE_BLOCKS: AtomicUsize = AtomicUsize::new(0);

// SAFETY: passes every call on as it is.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        LARGE_BLOCKS.fetch_add(usize::from(layout.size() >= LARGE), Ordering::Relaxed);
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
    let device = Device::flex();
    let models = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models");
    for name in
        ["selfie_segmentation_landscape", "segm_full_v679", "body-pix-float-050-8", "deeplabv3_257_mv_gpu"]
    {
        let path = models.join(name).with_extension("tflite");
        let file = std::fs::read(&path)
            .unwrap_or_else(|error| panic!("{}: {error}; run `npm run setup`", path.display()));
        let network = import(&file, &device).unwrap_or_else(|error| panic!("{name}: {error}"));
        let [height, width] = network.config().input;
        let picture = Tensor::zeros([1, height, width, 3], &device);
        let large_blocks = || {
            let before = LARGE_BLOCKS.load(Ordering::Relaxed);
            drop(network.forward(picture.clone()));
            LARGE_BLOCKS.load(Ordering::Relaxed) - before
        };
        let first = large_blocks();
        assert!(first > 0, "{name}: the first inference allocates what no network before it has left");
        assert_eq!(large_blocks(), 0, "{name}: large blocks in the second inference");
    }
}
