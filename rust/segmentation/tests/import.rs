//! Files become the network they hold or a typed error that says where they differ; no bytes make the importer panic.

use std::ops::Range;

use burn::tensor::Device;
use cyclorama_segmentation::net::{Architecture, Context, Family};
use cyclorama_segmentation::ops::{Activation, Join};
use cyclorama_segmentation::{ImportError, import};
use cyclorama_testing::model;

#[test]
fn selfie_segmentation_is_recognised() {
    for (name, input) in [("selfie_segmentation", [256, 256]), ("selfie_segmentation_landscape", [144, 256])]
    {
        let network = import(&model(name), &Device::flex()).unwrap();
        assert_eq!(network.config().input, input, "{name}");
        assert_eq!(network.config().family(), Family::Selfie, "{name}");
        let Architecture::Selfie(config) = network.config().architecture else { panic!("{name}") };
        assert_eq!((config.relu, config.fully_connected_gates), (Activation::Relu, false), "{name}");
        assert_eq!((config.context, config.join), (Context::Global, Join::Add), "{name}");
        assert_eq!((config.head.channels, config.head.kernel, config.head.sigmoid), (1, 2, true), "{name}");
    }
}

#[test]
fn each_of_meet_is_recognised() {
    for (name, input, relu, context, kernel) in [
        ("segm_lite_v681", [96, 160], Activation::Relu6, Context::Global, 2),
        ("segm_full_v679", [144, 256], Activation::Relu6, Context::Global, 2),
        ("segm_lite_v509", [128, 128], Activation::Relu, Context::Windows, 3),
    ] {
        let network = import(&model(name), &Device::flex()).unwrap();
        assert_eq!(network.config().input, input, "{name}");
        assert_eq!(network.config().family(), Family::Meet, "{name}");
        let Architecture::Selfie(config) = network.config().architecture else { panic!("{name}") };
        assert_eq!((config.relu, config.fully_connected_gates), (relu, true), "{name}");
        assert_eq!((config.context, config.join), (context, Join::Concatenate), "{name}");
        assert_eq!(
            (config.head.channels, config.head.kernel, config.head.sigmoid),
            (2, kernel, false),
            "{name}"
        );
    }
}

#[test]
fn body_pix_and_deeplab_are_recognised() {
    for (name, architecture, family, word) in [
        ("body-pix-float-050-8", Architecture::BodyPix, Family::BodyPix, "bodypix"),
        ("deeplabv3_257_mv_gpu", Architecture::DeepLab, Family::DeepLab, "deeplab"),
    ] {
        let network = import(&model(name), &Device::flex()).unwrap();
        let config = network.config();
        assert_eq!((config.input, config.architecture), ([257, 257], architecture), "{name}");
        assert_eq!((config.family(), config.family().to_string().as_str()), (family, word), "{name}");
    }
}

/// Damages a part of a file that describes the graph, one byte in each `step`: all must become a network or an error, and
/// some of the errors must say what is `named`.
fn damage_graph(name: &str, graph: Range<usize>, step: usize, named: &[&str]) {
    let mut messages = String::new();
    let (mut networks, mut operators, mut missing, mut weights, mut read) = (0, 0, 0, 0, 0);
    let mut bytes = model(name);
    for at in graph.step_by(step) {
        let damage = 1 << (at % 8);
        bytes[at] ^= damage;
        match import(&bytes, &Device::flex()) {
            Ok(_) => networks += 1,
            Err(error) => {
                let message = error.to_string();
                assert!(!message.is_empty() && !message.contains('\n'), "{message}");
                messages += &message;
                match error {
                    ImportError::Operator { place, expected, found, .. } => {
                        assert!(!place.is_empty() && expected != found, "{message}");
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
    // Each kind of damage must have been met, or this test looks at the wrong bytes.
    let met = [networks, operators, missing, weights, read];
    let all = met.iter().all(|count| *count > 0);
    assert!(all, "{name}: networks, operators, missing, weights, read: {met:?}");
    for part in named {
        assert!(messages.contains(part), "{name}: no error says {part:?}");
    }
}

/// The graph mostly lies behind the weights.
mod a_damaged_graph_is_a_network_or_an_error_that_says_where {
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
fn a_weight_that_is_no_number_is_refused() {
    let bytes = model("selfie_segmentation");
    // Half-precision infinities and NaNs have all five exponent bits set; a run of them hits some tensor's weights.
    let mut damaged = bytes.clone();
    let middle = bytes.len() / 2;
    damaged[middle..middle + 64].fill(0x7f);
    match import(&damaged, &Device::flex()) {
        Err(ImportError::Weights { reason, .. }) => assert!(reason.contains("NaN"), "{reason}"),
        other => panic!("{:?}", other.map(|network| *network.config())),
    }
}

/// What a custom operator can pretend to be: the built-in ones that the networks have, with their codes.
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

/// The parts of a `FlatBuffer` that a test has to find or to write.
struct File(Vec<u8>);

impl File {
    fn word(&self, at: usize) -> usize {
        u32::from_le_bytes(self.0[at..at + 4].try_into().unwrap()) as usize
    }

    /// Where the field of a table is, if the table has it.
    fn field(&self, table: usize, index: usize) -> Option<usize> {
        let back = i32::from_le_bytes(self.0[table..table + 4].try_into().unwrap());
        let vtable = usize::try_from(i64::try_from(table).unwrap() - i64::from(back)).unwrap();
        let half = |at: usize| usize::from(u16::from_le_bytes([self.0[at], self.0[at + 1]]));
        let entry = 4 + 2 * index;
        let offset = if entry < half(vtable) { half(vtable + entry) } else { 0 };
        (offset > 0).then_some(table + offset)
    }

    /// Where the offsets of the operator codes are.
    fn operator_codes(&self) -> impl Iterator<Item = usize> + use<> {
        let field = self.field(self.word(0), 1).unwrap();
        let vector = field + self.word(field);
        (0..self.word(vector)).map(move |index| vector + 4 + 4 * index)
    }

    /// The built-in operator that the code at this offset stands for.
    fn builtin(&self, code: usize) -> u8 {
        self.field(code + self.word(code), 0).map_or(0, |at| self.0[at])
    }

    /// Puts a custom operator of this name in the place of the one at this offset.
    fn replace(mut self, code: usize, name: &str) -> Vec<u8> {
        /// `BuiltinOperator.CUSTOM`
        const CUSTOM: u8 = 32;
        self.0.resize(self.0.len().next_multiple_of(4), 0);
        let table = self.0.len() + 8;
        let vtable = [8u16, 12, 8, 4].map(u16::to_le_bytes).concat();
        let length = u32::try_from(name.len()).unwrap();
        // From the table to its vtable, from its second field to the name, and the first field.
        let fields = [8u32, 8, u32::from(CUSTOM), length].map(u32::to_le_bytes).concat();
        self.0.extend([&vtable, &fields, name.as_bytes(), b"\0"].concat());
        let offset = u32::try_from(table - code).unwrap();
        self.0[code..code + 4].copy_from_slice(&offset.to_le_bytes());
        self.0
    }
}

/// Puts a custom operator by the name of each built-in one into these files, and returns those that it met.
fn refuse_custom_operators(models: &[&str]) -> Vec<&'static str> {
    let mut met = Vec::new();
    for name in models {
        let bytes = model(name);
        for code in File(bytes.clone()).operator_codes() {
            let file = File(bytes.clone());
            let code_number = file.builtin(code);
            let Some((_, builtin)) = BUILT_IN.iter().find(|(number, _)| *number == code_number) else {
                continue;
            };
            met.push(*builtin);
            let error = import(&file.replace(code, builtin), &Device::flex()).unwrap_err();
            match &error {
                // Weights are looked for behind a DEQUANTIZE.
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
    met
}

/// The built-in operators that only Meet's models have.
const OF_MEET: [&str; 3] = ["CONCATENATION", "FULLY_CONNECTED", "RELU6"];

#[test]
fn a_custom_operator_by_the_name_of_a_built_in_one_is_refused() {
    let met = refuse_custom_operators(&[
        "selfie_segmentation",
        "selfie_segmentation_landscape",
        "body-pix-float-050-8",
    ]);
    for (_, builtin) in BUILT_IN {
        assert!(
            met.contains(&builtin) != OF_MEET.contains(&builtin),
            "{builtin} is among {met:?}, or in no file"
        );
    }
}

#[test]
fn a_custom_operator_by_the_name_of_a_built_in_one_is_refused_in_meet() {
    let met = refuse_custom_operators(&["segm_lite_v681", "segm_lite_v509"]);
    for builtin in OF_MEET {
        assert!(met.contains(&builtin), "no file has a {builtin}");
    }
}

#[test]
fn an_error_repeats_no_more_of_a_file_than_fits_a_line() {
    // What cannot be printed is longer when it is written out.
    for text in ["long\nname ", "\u{1e}"] {
        let file = File(model("selfie_segmentation"));
        // A code that ends the graph, so that the operator is left over.
        let code = file.operator_codes().find(|code| file.builtin(*code) == 32).unwrap();
        let message = import(&file.replace(code, &text.repeat(100_000)), &Device::flex());
        let message = message.unwrap_err().to_string();
        assert!(message.len() < 400 && !message.contains('\n'), "{} bytes: {message:.600}", message.len());
    }
}
