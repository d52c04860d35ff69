//! Files become the network they hold or a typed error that says where they differ; no bytes make the importer panic.

use std::path::Path;

use burn::tensor::Device;
use cyclorama_segmentation::net::{Architecture, Context, Family};
use cyclorama_segmentation::ops::{Activation, Join};
use cyclorama_segmentation::{ImportError, import};

fn model(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models").join(name).with_extension("tflite");
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}; run `npm run setup`", path.display()))
}

#[test]
fn each_file_is_recognised_for_what_it_is() {
    let (relu, relu6) = (Activation::Relu, Activation::Relu6);
    let (global, windows) = (Context::Global, Context::Windows);
    let (add, concatenate) = (Join::Add, Join::Concatenate);
    let expected = [
        ("segm_lite_v681", [96, 160], relu6, true, global, concatenate, (2, 2, false)),
        ("segm_full_v679", [144, 256], relu6, true, global, concatenate, (2, 2, false)),
        ("segm_lite_v509", [128, 128], relu, true, windows, concatenate, (2, 3, false)),
        ("selfie_segmentation", [256, 256], relu, false, global, add, (1, 2, true)),
        ("selfie_segmentation_landscape", [144, 256], relu, false, global, add, (1, 2, true)),
    ];
    for (name, input, relu, fully_connected_gates, context, join, head) in expected {
        let network = import(&model(name), &Device::flex()).unwrap();
        assert_eq!(network.config().input, input, "{name}");
        let Architecture::Selfie(config) = network.config().architecture else { panic!("{name}") };
        let family = if fully_connected_gates { Family::Meet } else { Family::Selfie };
        assert_eq!(network.config().family(), family, "{name}");
        assert_eq!((config.relu, config.fully_connected_gates), (relu, fully_connected_gates), "{name}");
        assert_eq!((config.context, config.join), (context, join), "{name}");
        assert_eq!((config.head.channels, config.head.kernel, config.head.sigmoid), head, "{name}");
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

/// Damages the part of a file that describes the graph, which mostly lies behind the weights, one byte at a time.
#[test]
fn a_damaged_graph_is_a_network_or_an_error_that_says_where() {
    for (name, graph, step, named) in [
        ("segm_lite_v509", 367_472..407_472, 29, &["stride"][..]),
        ("selfie_segmentation", 209_024..249_024, 29, &["stride"]),
        (
            "body-pix-float-050-8",
            500..10_200,
            5,
            &["(block 7, depthwise convolution)", "expected activation Relu6", "dilation [2, 2]"],
        ),
        (
            "deeplabv3_257_mv_gpu",
            2_755_900..2_779_264,
            11,
            &["(encoder block 14, depthwise convolution)", "(context, ", "(classes", "dilation [4, 4]"],
        ),
    ] {
        let mut messages = String::new();
        let (mut networks, mut operators, mut missing, mut weights, mut read) = (0, 0, 0, 0, 0);
        let bytes = model(name);
        for at in graph.step_by(step) {
            let mut damaged = bytes.clone();
            damaged[at] ^= 1 << (at % 8);
            match import(&damaged, &Device::flex()) {
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
        }
        // Each kind of damage must have been met, or this test looks at the wrong bytes.
        let met = [networks, operators, missing, weights, read];
        let all = met.iter().all(|count| *count > 0);
        assert!(all, "{name}: networks, operators, missing, weights, read: {met:?}");
        for part in named {
            assert!(messages.contains(part), "{name}: no error says {part:?}");
        }
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

#[test]
fn a_custom_operator_by_the_name_of_a_built_in_one_is_refused() {
    let mut met = Vec::new();
    let names = [
        "segm_lite_v681",
        "segm_lite_v509",
        "selfie_segmentation",
        "selfie_segmentation_landscape",
        "body-pix-float-050-8",
    ];
    for name in names {
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
    for (_, builtin) in BUILT_IN {
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
