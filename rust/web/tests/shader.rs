//! The shader of the import, which the browser compiles and wgpu does not see.

use naga::valid::{Capabilities, ValidationFlags, Validator};

#[test]
fn the_shader_of_the_import_is_valid() {
    let source = include_str!("../src/webgpu/external.wgsl");
    let module = naga::front::wgsl::parse_str(source)
        .unwrap_or_else(|error| panic!("{}", error.emit_to_string(source)));
    let mut validator = Validator::new(ValidationFlags::all(), Capabilities::TEXTURE_EXTERNAL);
    if let Err(error) = validator.validate(&module) {
        panic!("{}", error.emit_to_string(source));
    }
}
