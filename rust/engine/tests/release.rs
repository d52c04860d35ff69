//! Memory of engines after their release.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::Mutex;
use std::sync::atomic::{AtomicIsize, Ordering};

use cyclorama_engine::{Backend, ComputeContext, Engine, GpuContext, Segmenter};
use cyclorama_testing::{model, needs_gpu};
use pollster::block_on;

/// Bytes that the process has allocated and not freed.
static ALLOCATED: AtomicIsize = AtomicIsize::new(0);

/// The system's allocator with a counter.
struct Counting;

// SAFETY: forwards every call unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATED.fetch_add(layout.size() as isize, Ordering::Relaxed);
        // SAFETY: the caller's guarantees are those that `System` requires.
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

/// The tests share the counter.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

fn request() -> ComputeContext {
    needs_gpu();
    block_on(ComputeContext::request()).expect("a Vulkan, Metal or DX12 adapter")
}

/// Bytes of a released device that may stay on the heap. burn cannot unregister a device and keeps its compiled kernels:
/// 12.6 MB with lavapipe.
const LEFT_BY_BURN: isize = 16 << 20;

#[test]
fn a_destroyed_gpu_keeps_only_the_memory_of_burn_on_gpu() {
    let _turn = ONE_AT_A_TIME.lock();
    let model = model("selfie_segmentation_landscape");
    let use_one = || {
        let gpu = request();
        drop(block_on(Segmenter::new(&model, Backend::Gpu(gpu.clone()))).unwrap());
        gpu.destroy();
    };
    // The first one also allocates shared memory.
    use_one();
    let before = ALLOCATED.load(Ordering::Relaxed);
    const COUNT: isize = 4;
    for _ in 0..COUNT {
        use_one();
    }
    let each = (ALLOCATED.load(Ordering::Relaxed) - before) / COUNT;
    assert!(each < LEFT_BY_BURN, "each device kept {each} bytes");
}

#[test]
fn a_destroyed_gpu_has_no_memory_reserved_for_models_on_gpu() {
    let _turn = ONE_AT_A_TIME.lock();
    let gpu = request();
    let model = model("selfie_segmentation_landscape");
    let engine = block_on(Engine::on_gpu(gpu.clone(), &model, GpuContext::IMAGE_FORMAT)).unwrap();
    let memory = engine.model_memory();
    drop(engine);
    assert!(memory.reserved() > 0);
    gpu.destroy();
    assert_eq!(memory.reserved(), 0);
}
