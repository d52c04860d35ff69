//! The importer returns the model of a file or a typed error that names the first difference. It never panics.

use std::ops::Range;

use burn::tensor::Device;
use cyclorama_segmentation::network::{Architecture, Context, Family};
use cyclorama_segmentation::ops::{Activation, GateInput};
use cyclorama_segmentation::{ImportError, import};
use cyclorama_testing::model;

#[test]
fn selfie_segmentation_is_detected() {
    for (name, input) in [("selfie_segmentation", [256, 256]), ("selfie_segmentation_landscape", [144, 256])]
    {
        let imported = import(&model(name), &Device::flex()).unwrap();
        assert_eq!(imported.config().input, input, "{name}");
        assert_eq!(imported.config().family(), Family::Selfie, "{name}");
        let Architecture::Selfie(config) = imported.config().architecture else { panic!("{name}") };
        assert_eq!((config.relu, config.fully_connected_gates), (Activation::Relu, false), "{name}");
        assert_eq!((config.context, config.gate_input), (Context::Global, GateInput::Add), "{name}");
        assert_eq!((config.head.channels, config.head.kernel, config.head.sigmoid), (1, 2, true), "{name}");
    }
}

#[test]
fn each_meet_model_is_detected() {
    for (name, input, relu, context, kernel) in [
        ("segm_lite_v681", [96, 160], Activation::Relu6, Context::Global, 2),
        ("segm_full_v679", [144, 256], Activation::Relu6, Context::Global, 2),
        ("segm_lite_v509", [128, 128], Activation::Relu, Context::Windows, 3),
    ] {
        let imported = import(&model(name), &Device::flex()).unwrap();
        assert_eq!(imported.config().input, input, "{name}");
        assert_eq!(imported.config().family(), Family::Meet, "{name}");
        let Architecture::Selfie(config) = imported.config().architecture else { panic!("{name}") };
        assert_eq!((config.relu, config.fully_connected_gates), (relu, true), "{name}");
        assert_eq!((config.context, config.gate_input), (context, GateInput::Concatenate), "{name}");
        assert_eq!(
            (config.head.channels, config.head.kernel, config.head.sigmoid),
            (2, kernel, false),
            "{name}"
        );
    }
}

#[test]
fn body_pix_and_deeplab_are_detected() {
    for (name, architecture, family, word) in [
        ("body-pix-float-050-8", Architecture::BodyPix, Family::BodyPix, "bodypix"),
        ("deeplabv3_257_mv_gpu", Architecture::DeepLab, Family::DeepLab, "deeplab"),
    ] {
        let imported = import(&model(name), &Device::flex()).unwrap();
        let config = imported.config();
        assert_eq!((config.input, config.architecture), ([257, 257], architecture), "{name}");
        assert_eq!((config.family(), config.family().to_string().as_str()), (family, word), "{name}");
    }
}

/// Damages one byte in each `step` of the part of a file that describes the graph. Each damaged file must be imported or
/// give an error, and the errors must contain all of `named`.
fn damage_graph(name: &str, graph: Range<usize>, step: usize, named: &[&str]) {
    let mut messages = String::new();
    let (mut imported, mut operators, mut missing, mut weights, mut read) = (0, 0, 0, 0, 0);
    let mut bytes = model(name);
    for at in graph.step_by(step) {
        let damage = 1 << (at % 8);
        bytes[at] ^= damage;
        match import(&bytes, &Device::flex()) {
            Ok(_) => imported += 1,
            Err(error) => {
                let message = error.to_string();
                assert!(!message.is_empty() && !message.contains('\n'), "{message}");
                messages += &message;
                match error {
                    ImportError::Operator { layer_name, expected, found, .. } => {
                        assert!(!layer_name.is_empty() && expected != found, "{message}");
                        operators += 1;
                    }
                    ImportError::Missing { .. } => missing += 1,
                    ImportError::Weights { .. } => weights += 1,
                    ImportError::Read(_) => read += 1,
                    _ => {}
                }
            }
        }
        bytes[at] ^= damage;
    }
    // If a kind of result is missing, this test damages the wrong bytes.
    let counts = [imported, operators, missing, weights, read];
    let all = counts.iter().all(|count| *count > 0);
    assert!(all, "{name}: imported, operators, missing, weights, read: {counts:?}");
    for part in named {
        assert!(messages.contains(part), "{name}: no error contains {part:?}");
    }
}

/// The graph is mostly behind the weights.
mod a_damaged_graph_is_imported_or_gives_an_error_with_its_location {
    use super::damage_graph;

    #[test]
    fn selfie_segmentation() {
        damage_graph("selfie_segmentation", 209_024..249_024, 29, &["stride"]);
    }

    #[test]
    fn body_pix() {
        let named = ["(block 7, depthwise convolution)", "expected activation Relu6", "dilation [2, 2]"];
        damage_graph("body-pix-float-050-8", 500..10_200, 5, &named);
    }

    #[test]
    fn deeplab() {
        let named =
            ["(encoder block 14, depthwise convolution)", "(context, ", "(classes", "dilation [4, 4]"];
        damage_graph("deeplabv3_257_mv_gpu", 2_755_900..2_779_264, 11, &named);
    }

    #[test]
    fn meet() {
        damage_graph("segm_lite_v509", 367_472..407_472, 29, &["stride"]);
    }
}

#[test]
fn a_weight_that_is_not_a_number_is_refused() {
    let bytes = model("selfie_segmentation");
    // float16 infinities and NaNs have all five exponent bits set. A run of such bytes hits the weights of a tensor.
    let mut damaged = bytes.clone();
    let middle = bytes.len() / 2;
    damaged[middle..middle + 64].fill(0x7f);
    match import(&damaged, &Device::flex()) {
        Err(ImportError::Weights { reason, .. }) => assert!(reason.contains("NaN"), "{reason}"),
        other => panic!("{:?}", other.map(|model| *model.config())),
    }
}

/// The built-in operators of the models, with their codes: a custom operator may have one of these names.
const BUILT_IN: [(u8, &str); 14] = [
    (0, "ADD"),
    (1, "AVERAGE_POOL_2D"),
    (2, "CONCATENATION"),
    (3, "CONV_2D"),
    (4, "DEPTHWISE_CONV_2D"),
    (6, "DEQUANTIZE"),
    (9, "FULLY_CONNECTED"),
    (14, "LOGISTIC"),
    (18, "MUL"),
    (19, "RELU"),
    (21, "RELU6"),
    (23, "RESIZE_BILINEAR"),
    (40, "MEAN"),
    (117, "HARD_SWISH"),
];

/// Reads and writes the parts of a `FlatBuffer` that the tests need.
struct File(Vec<u8>);

impl File {
    fn word(&self, at: usize) -> usize {
        u32::from_le_bytes(self.0[at..at + 4].try_into().unwrap()) as usize
    }

    /// The offset of a field of a table, if the table has it.
    fn field(&self, table: usize, index: usize) -> Option<usize> {
        let back = i32::from_le_bytes(self.0[table..table + 4].try_into().unwrap());
        let vtable = usize::try_from(i64::try_from(table).unwrap() - i64::from(back)).unwrap();
        let half = |at: usize| usize::from(u16::from_le_bytes([self.0[at], self.0[at + 1]]));
        let entry = 4 + 2 * index;
        let offset = if entry < half(vtable) { half(vtable + entry) } else { 0 };
        (offset > 0).then_some(table + offset)
    }

    /// The positions of the offsets of the operator codes.
    fn operator_codes(&self) -> impl Iterator<Item = usize> + use<> {
        let field = self.field(self.word(0), 1).unwrap();
        let vector = field + self.word(field);
        (0..self.word(vector)).map(move |index| vector + 4 + 4 * index)
    }

    /// The built-in operator of the code at this position.
    fn builtin(&self, code: usize) -> u8 {
        self.field(code + self.word(code), 0).map_or(0, |at| self.0[at])
    }

    /// Replaces the operator code at this position by a custom operator of this name.
    fn replace(mut self, code: usize, name: &str) -> Vec<u8> {
        /// `BuiltinOperator.CUSTOM`
        const CUSTOM: u8 = 32;
        self.0.resize(self.0.len().next_multiple_of(4), 0);
        let table = self.0.len() + 8;
        let vtable = [8u16, 12, 8, 4].map(u16::to_le_bytes).concat();
        let length = u32::try_from(name.len()).unwrap();
        // Offset from the table to its vtable, offset from its second field to the name, and the first field.
        let fields = [8u32, 8, u32::from(CUSTOM), length].map(u32::to_le_bytes).concat();
        self.0.extend([&vtable, &fields, name.as_bytes(), b"\0"].concat());
        let offset = u32::try_from(table - code).unwrap();
        self.0[code..code + 4].copy_from_slice(&offset.to_le_bytes());
        self.0
    }
}

/// Replaces each built-in operator of these files by a custom one of the same name, and returns the names replaced.
fn refuse_custom_operators(models: &[&str]) -> Vec<&'static str> {
    let mut replaced = Vec::new();
    for name in models {
        let bytes = model(name);
        for code in File(bytes.clone()).operator_codes() {
            let file = File(bytes.clone());
            let code_number = file.builtin(code);
            let Some((_, builtin)) = BUILT_IN.iter().find(|(number, _)| *number == code_number) else {
                continue;
            };
            replaced.push(*builtin);
            let error = import(&file.replace(code, builtin), &Device::flex()).unwrap_err();
            match &error {
                // The importer searches weights behind a DEQUANTIZE.
                ImportError::Weights { reason, .. } if *builtin == "DEQUANTIZE" => {
                    assert!(reason.ends_with("is not a constant"), "{name}, {builtin}: {error}");
                }
                ImportError::Operator { expected, found, .. } => {
                    assert_eq!(*expected, format!("the built-in {builtin}"), "{name}: {error}");
                    assert_eq!(found, "a custom operator of that name", "{name}, {builtin}: {error}");
                }
                _ => panic!("{name}, {builtin}: {error}"),
            }
        }
    }
    replaced
}

/// The built-in operators that only Meet's models have.
const MEET_ONLY: [&str; 3] = ["CONCATENATION", "FULLY_CONNECTED", "RELU6"];

#[test]
fn a_custom_operator_with_a_built_in_name_is_refused() {
    let replaced = refuse_custom_operators(&[
        "selfie_segmentation",
        "selfie_segmentation_landscape",
        "body-pix-float-050-8",
    ]);
    for (_, builtin) in BUILT_IN {
        assert!(
            replaced.contains(&builtin) != MEET_ONLY.contains(&builtin),
            "{builtin} is among {replaced:?}, or in no file"
        );
    }
}

#[test]
fn a_custom_operator_with_a_built_in_name_is_refused_in_meet() {
    let replaced = refuse_custom_operators(&["segm_lite_v681", "segm_lite_v509"]);
    for builtin in MEET_ONLY {
        assert!(replaced.contains(&builtin), "no file has a {builtin}");
    }
}

#[test]
fn an_error_quotes_a_file_on_one_short_line() {
    // Unprintable characters become longer when they are escaped.
    for text in ["long\nname ", "\u{1e}"] {
        let file = File(model("selfie_segmentation"));
        // The code of the last operator, so that the replacement is not visited.
        let code = file.operator_codes().find(|code| file.builtin(*code) == 32).unwrap();
        let message = import(&file.replace(code, &text.repeat(100_000)), &Device::flex());
        let message = message.unwrap_err().to_string();
        assert!(message.len() < 400 && !message.contains('\n'), "{} bytes: {message:.600}", message.len());
    }
}
