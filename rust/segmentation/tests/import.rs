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
