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

/// Panics cannot be caught in WebAssembly; this says in the console what went wrong before the trap.
#[wasm_bindgen(start)]
pub fn start() {
    console_error_panic_hook::set_once();
}
