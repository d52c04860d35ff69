//! The browser surface of the Cyclorama engine: what `wasm-bindgen` exports, and nothing else.
//!
//! Every error crosses as a JavaScript `Error` with a string `code`; see [`error`].
#![cfg(target_family = "wasm")]

mod engine;
mod error;
mod import;
mod javascript;
mod options;
mod output;
mod segmenter;

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
