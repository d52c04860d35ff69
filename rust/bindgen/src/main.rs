//! `cyclorama-bindgen WASM NAME DIR` writes the JavaScript, the types and the wasm module of a compiled wasm file.
//!
//! It works like `wasm-bindgen --target web` and needs no installation. The lock file of the workspace pins both this
//! program's wasm-bindgen and that of the wasm file.

use std::{env, process::ExitCode};

use wasm_bindgen_cli_support::Bindgen;

fn main() -> ExitCode {
    let arguments: Vec<_> = env::args().skip(1).collect();
    let [wasm, name, directory] = arguments.as_slice() else {
        eprintln!("Usage: cyclorama-bindgen WASM NAME DIR");
        return ExitCode::from(2);
    };
    let mut bindgen = Bindgen::new();
    // Allows instantiating a crashed module again while its JavaScript stays loaded.
    bindgen.input_path(wasm).out_name(name).typescript(true).reset_state_function(true);
    // Like the command line: by default the JavaScript loads the file next to it.
    bindgen.omit_default_module_path(false);
    match bindgen.web(true).and_then(|bindgen| bindgen.generate(directory)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{wasm}: {error:#}");
            ExitCode::FAILURE
        }
    }
}
