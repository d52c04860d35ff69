//! The browser interface of the Cyclorama engine: the exports of `wasm-bindgen`, and nothing else.
//!
//! The crate builds three modules, one for each feature: `webgpu` (the default) for WebGPU, `webgl` for browsers without it,
//! and `cpu` for machines without a GPU. Each implements the trait `Backend`, over which the exported engine is generic.
//!
//! Every error is thrown as a JavaScript `Error` with a string `code`. Outside of browsers the crate contains only [`plain`].

#[cfg(target_family = "wasm")]
use std::sync::atomic::{AtomicU32, Ordering};

pub mod plain;

#[cfg(target_family = "wasm")]
mod backend;
#[cfg(target_family = "wasm")]
mod background;
#[cfg(target_family = "wasm")]
mod copying;
#[cfg(all(target_family = "wasm", feature = "cpu"))]
mod cpu;
#[cfg(target_family = "wasm")]
mod drawing;
#[cfg(target_family = "wasm")]
mod engine;
#[cfg(target_family = "wasm")]
mod error;
#[cfg(all(target_family = "wasm", any(feature = "webgl", feature = "webgpu")))]
mod gpu;
#[cfg(target_family = "wasm")]
mod javascript;
#[cfg(target_family = "wasm")]
mod options;
#[cfg(all(target_family = "wasm", any(feature = "cpu", feature = "webgpu")))]
mod own_frame;
#[cfg(target_family = "wasm")]
mod processed;
#[cfg(target_family = "wasm")]
mod segmenter;
#[cfg(target_family = "wasm")]
mod shared;
#[cfg(target_family = "wasm")]
mod source;
#[cfg(target_family = "wasm")]
mod timings;
#[cfg(all(target_family = "wasm", feature = "webgl"))]
mod webgl;
#[cfg(all(target_family = "wasm", feature = "webgpu"))]
mod webgpu;

/// The backend of this module.
#[cfg(all(target_family = "wasm", feature = "cpu"))]
type Selected = cpu::Cpu;
/// The backend of this module.
#[cfg(all(target_family = "wasm", feature = "webgl"))]
type Selected = gpu::GpuBackend<webgl::WebGl>;
/// The backend of this module.
#[cfg(all(target_family = "wasm", feature = "webgpu"))]
type Selected = gpu::GpuBackend<webgpu::WebGpu>;

#[cfg(all(
    target_family = "wasm",
    any(
        all(feature = "webgl", feature = "webgpu"),
        all(feature = "cpu", any(feature = "webgl", feature = "webgpu"))
    )
))]
compile_error!("a module has one backend: select one of the three features");

/// Runs once, when the module is instantiated.
///
/// Panics cannot be caught in WebAssembly. The hook logs the message to the console before the module crashes.
#[cfg(target_family = "wasm")]
#[wasm_bindgen::prelude::wasm_bindgen(start)]
pub fn start() {
    unsafe extern "C" {
        fn __wasm_call_ctors();
    }
    // SAFETY: the linker defines this function without parameters and results, and this is its only call.
    // Without an explicit call the linker treats the module as a command and runs every static constructor (burn's compiler
    // has hundreds) at each export and each object passed to JavaScript: 170 ms a frame.
    unsafe { __wasm_call_ctors() };
    console_error_panic_hook::set_once();
}

/// Counts the runs of the module's static constructors, for its test: one, in [`start`].
#[cfg(target_family = "wasm")]
#[wasm_bindgen::prelude::wasm_bindgen(js_name = constructorRuns)]
pub fn constructor_runs() -> u32 {
    CONSTRUCTOR_RUNS.load(Ordering::Relaxed)
}

#[cfg(target_family = "wasm")]
static CONSTRUCTOR_RUNS: AtomicU32 = AtomicU32::new(0);

/// A constructor like those of burn's compiler.
#[cfg(target_family = "wasm")]
extern "C" fn count_constructors() {
    CONSTRUCTOR_RUNS.fetch_add(1, Ordering::Relaxed);
}

// SAFETY: the section contains pointers to functions without parameters and results, like this one.
#[cfg(target_family = "wasm")]
#[used]
#[unsafe(link_section = ".init_array")]
static CONSTRUCTOR: extern "C" fn() = count_constructors;
