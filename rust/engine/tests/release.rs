//! What engines leave behind once they are gone.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::Mutex;
use std::sync::atomic::{AtomicIsize, Ordering};

use cyclorama_engine::{Backend, Engine, Gpu, Graphics, Segmenter};
use cyclorama_testing::{model, needs_gpu};
use pollster::block_on;

/// Bytes that the process has allocated and not freed.
static ALLOCATED: AtomicIsize = AtomicIsize::new(0);

/// The system's allocator, which counts.
struct Counting;

// SAFETY: passes every call on as it is.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATED.fetch_add(layout.size() as isize, Ordering::Relaxed);
        // SAFETY: the caller's promises are those that `System` asks for.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        ALLOCATED.fetch_sub(layout.size() as isize, Ordering::Relaxed);
        // SAFETY: the block came from `System`.
        unsafe { System.dealloc(block, layout) };
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// The tests share the count.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

fn request() -> Gpu {
    needs_gpu();
    block_on(Gpu::request()).expect("a Vulkan, Metal or DX12 adapter")
}

/// Bytes that a device may leave on the heap. burn offers no way to unregister one, and with it stay its compiled kernels: 12.6 MB
/// with lavapipe.
const LEFT_BY_BURN: isize = 16 << 20;

#[test]
fn a_destroyed_gpu_leaves_no_more_than_what_burn_keeps_on_gpu() {
    let _turn = ONE_AT_A_TIME.lock();
    let model = model("selfie_segmentation_landscape");
    let use_one = || {
        let gpu = request();
        drop(block_on(Segmenter::new(&model, Backend::Gpu(gpu.clone()))).unwrap());
        gpu.destroy();
    };
    // The first one also makes what all share.
    use_one();
    let before = ALLOCATED.load(Ordering::Relaxed);
    const COUNT: isize = 4;
    for _ in 0..COUNT {
        use_one();
    }
    let each = (ALLOCATED.load(Ordering::Relaxed) - before) / COUNT;
    assert!(each < LEFT_BY_BURN, "each device left {each} bytes");
}

#[test]
fn a_destroyed_gpu_has_no_memory_reserved_for_networks_on_gpu() {
    let _turn = ONE_AT_A_TIME.lock();
    let gpu = request();
    let model = model("selfie_segmentation_landscape");
    let engine = block_on(Engine::on_gpu(gpu.clone(), &model, Graphics::PICTURE_FORMAT)).unwrap();
    let memory = engine.network_memory().unwrap();
    drop(engine);
    assert!(memory.reserved() > 0);
    gpu.destroy();
    assert_eq!(memory.reserved(), 0);
}
