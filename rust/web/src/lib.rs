//! The browser interface of the Cyclorama engine: the exports of `wasm-bindgen`, and nothing else.
//!
//! The crate builds two modules, one for each feature: `webgpu` (the default) for WebGPU, and `webgl` for browsers without it.
//! Each implements the trait `Backend`, over which the frame pipeline is generic.
//!
//! Every error is thrown as a JavaScript `Error` with a string `code`. Outside of browsers the crate contains only [`plain`].

#[cfg(target_family = "wasm")]
use std::sync::atomic::{AtomicU32, Ordering};

pub mod plain;

#[cfg(target_family = "wasm")]
mod backend;
#[cfg(target_family = "wasm")]
mod copying;
#[cfg(target_family = "wasm")]
mod drawing;
#[cfg(target_family = "wasm")]
mod engine;
#[cfg(target_family = "wasm")]
mod error;
#[cfg(target_family = "wasm")]
mod javascript;
#[cfg(target_family = "wasm")]
mod options;
#[cfg(target_family = "wasm")]
mod output;
#[cfg(target_family = "wasm")]
mod segmenter;
#[cfg(target_family = "wasm")]
mod source;
#[cfg(target_family = "wasm")]
mod stages;
#[cfg(target_family = "wasm")]
mod timings;
#[cfg(target_family = "wasm")]
mod watch;
#[cfg(all(target_family = "wasm", feature = "webgl"))]
mod webgl;
#[cfg(all(target_family = "wasm", feature = "webgpu"))]
mod webgpu;

/// The backend of this module.
#[cfg(all(target_family = "wasm", feature = "webgl"))]
type Selected = webgl::WebGl;
/// The backend of this module.
#[cfg(all(target_family = "wasm", feature = "webgpu"))]
type Selected = webgpu::WebGpu;

#[cfg(all(feature = "webgl", feature = "webgpu", target_family = "wasm"))]
compile_error!("a module is for WebGPU or for WebGL2: select one of the two features");

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
