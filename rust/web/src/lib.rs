//! The browser surface of the Cyclorama engine: what `wasm-bindgen` exports, and nothing else.
//!
//! It makes two modules, by the feature that is chosen: one for WebGPU (`webgpu`, the default) and one for browsers without it
//! (`webgl`).
//!
//! Every error crosses as a JavaScript `Error` with a string `code`.
#![cfg(target_family = "wasm")]

mod engine;
mod error;
mod javascript;
mod options;
mod output;
mod segmenter;
mod source;
#[cfg(feature = "webgl")]
mod webgl;
#[cfg(feature = "webgpu")]
mod webgpu;

#[cfg(feature = "webgl")]
use webgl as backend;
#[cfg(feature = "webgpu")]
use webgpu as backend;

#[cfg(feature = "webgl")]
#[cfg(feature = "webgpu")]
compile_error!("a module is for WebGPU or for WebGL2: choose one of the two features");

use wasm_bindgen::prelude::wasm_bindgen;

/// Runs once, when the module is instantiated.
///
/// Panics cannot be caught in WebAssembly; the hook says in the console what went wrong before the trap.
#[wasm_bindgen(start)]
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
