//! The browser surface of the Cyclorama engine: what `wasm-bindgen` exports, and nothing else.
//!
//! It makes two modules, by the feature that is chosen: one for WebGPU (`webgpu`, the default) and one for browsers without it
//! (`webgl`).
//!
//! Every error crosses as a JavaScript `Error` with a string `code`. Outside of browsers there are [`plain`] and [`age`] alone.

#[cfg(target_family = "wasm")]
use std::sync::atomic::{AtomicU32, Ordering};

pub mod age;
pub mod plain;

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
#[cfg(all(target_family = "wasm", feature = "webgl"))]
mod webgl;
#[cfg(all(target_family = "wasm", feature = "webgpu"))]
mod webgpu;

#[cfg(all(target_family = "wasm", feature = "webgl"))]
use webgl as backend;
#[cfg(all(target_family = "wasm", feature = "webgpu"))]
use webgpu as backend;

#[cfg(all(feature = "webgl", feature = "webgpu", target_family = "wasm"))]
compile_error!("a module is for WebGPU or for WebGL2: choose one of the two features");

/// Runs once, when the module is instantiated.
///
/// Panics cannot be caught in WebAssembly; the hook says in the console what went wrong before the trap.
#[cfg(target_family = "wasm")]
#[wasm_bindgen::prelude::wasm_bindgen(start)]
pub fn start() {
    unsafe extern "C" {
        fn __wasm_call_ctors();
    }
    // SAFETY: the linker defines this function, it takes nothing and returns nothing, and this is its one call.
    // Without a call of our own the linker takes the module for a command and runs every static constructor (burn's
    // compiler has hundreds) again at each export and each object handed to JavaScript: 170 ms a frame.
    unsafe { __wasm_call_ctors() };
    console_error_panic_hook::set_once();
}

/// How often the module's static constructors have run, for the test of it: once, in [`start`].
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

// SAFETY: the section holds pointers to functions without arguments and results, as this is one.
#[cfg(target_family = "wasm")]
#[used]
#[unsafe(link_section = ".init_array")]
static CONSTRUCTOR: extern "C" fn() = count_constructors;
