//! Google's models are read correctly: operator counts, shapes and constants.

use std::collections::BTreeMap;

use cyclorama_testing::model;
use cyclorama_tflite::{ElementType, Model, OperatorKind};

/// The number of each operator, without `DEQUANTIZE`, which only converts the constants.
const LITE: &[(&str, usize)] = &[
    ("ADD", 10),
    ("AVERAGE_POOL_2D", 10),
    ("CONCATENATION", 3),
    ("CONV_2D", 31),
    ("Convolution2DTransposeBias (CUSTOM)", 1),
    ("DEPTHWISE_CONV_2D", 11),
    ("FULLY_CONNECTED", 12),
    ("HARD_SWISH", 11),
    ("LOGISTIC", 10),
    ("MUL", 10),
    ("RELU", 9),
    ("RELU6", 10),
    ("RESIZE_BILINEAR", 3),
];
const LITE_128: &[(&str, usize)] = &[
    ("ADD", 10),
    ("AVERAGE_POOL_2D", 10),
    ("CONCATENATION", 3),
    ("CONV_2D", 31),
    ("Convolution2DTransposeBias (CUSTOM)", 1),
    ("DEPTHWISE_CONV_2D", 11),
    ("FULLY_CONNECTED", 12),
    ("HARD_SWISH", 11),
    ("LOGISTIC", 10),
    ("MUL", 10),
    ("RELU", 19),
    ("RESIZE_BILINEAR", 4),
];
const SELFIE: &[(&str, usize)] = &[
    ("ADD", 14),
    ("AVERAGE_POOL_2D", 10),
    ("CONV_2D", 43),
    ("Convolution2DTransposeBias (CUSTOM)", 1),
    ("DEPTHWISE_CONV_2D", 11),
    ("HARD_SWISH", 11),
    ("LOGISTIC", 11),
    ("MUL", 10),
    ("RELU", 22),
    ("RESIZE_BILINEAR", 3),
];
const LANDSCAPE: &[(&str, usize)] = &[
    ("ADD", 14),
    ("CONV_2D", 43),
    ("Convolution2DTransposeBias (CUSTOM)", 1),
    ("DEPTHWISE_CONV_2D", 11),
    ("HARD_SWISH", 11),
    ("LOGISTIC", 11),
    ("MEAN", 10),
    ("MUL", 10),
    ("RELU", 22),
    ("RESIZE_BILINEAR", 3),
];

fn check_model(
    file: &str,
    size: [usize; 2],
    output_channels: usize,
    parameters: usize,
    operators: &[(&str, usize)],
) {
    let bytes = model(file);
    let model = Model::parse(&bytes).unwrap();

    let mut counts = BTreeMap::new();
    for operator in model.operators() {
        *counts.entry(operator.kind.to_string()).or_insert(0) += 1;
    }
    assert_eq!(counts.remove("DEQUANTIZE"), Some(110), "{file}");
    assert_eq!(counts, operators.iter().map(|&(kind, count)| (kind.to_owned(), count)).collect(), "{file}");

    let shape = |index: usize| model.tensors()[index].shape.as_slice();
    let ([input], [output]) = (model.inputs(), model.outputs()) else {
        panic!("{file}: expected one input and one output")
    };
    assert_eq!(shape(*input), [1, size[0], size[1], 3], "{file}");
    assert_eq!(shape(*output), [1, size[0], size[1], output_channels], "{file}");

    let weights = model.tensors().iter().filter(|tensor| tensor.element == ElementType::Float16);
    let values: Vec<f32> = weights.flat_map(|tensor| tensor.to_f32().unwrap()).collect();
    assert_eq!(values.len(), parameters, "{file}");
    assert!(values.iter().all(|value| value.is_finite()), "{file}");

    let head = model.operators().iter().find_map(|operator| match operator.kind {
        OperatorKind::Custom { options, .. } => Some(options),
        _ => None,
    });
    let same_padding_and_stride_2 = [1i32, 2, 2].map(i32::to_le_bytes).concat();
    assert_eq!(head, Some(same_padding_and_stride_2.as_slice()), "{file}");
}

#[test]
fn meet_lite_has_96x160_logits() {
    check_model("segm_lite_v681", [96, 160], 2, 185_922, LITE);
}

#[test]
fn meet_full_has_144x256_logits() {
    check_model("segm_full_v679", [144, 256], 2, 185_922, LITE);
}

#[test]
fn meet_128_has_128x128_logits() {
    check_model("segm_lite_v509", [128, 128], 2, 186_082, LITE_128);
}

#[test]
fn selfie_general_has_256x256_probability() {
    check_model("selfie_segmentation", [256, 256], 1, 106_401, SELFIE);
}

#[test]
fn selfie_landscape_has_144x256_probability() {
    check_model("selfie_segmentation_landscape", [144, 256], 1, 106_401, LANDSCAPE);
}

/// These two models have float32 weights, and activations and dilation in the options of their convolutions.
#[test]
fn body_pix_and_deeplab_have_float32_convolutions() {
    use cyclorama_tflite::{Activation, Padding};

    let body_pix: &[_] = &[("CONV_2D", 15), ("DEPTHWISE_CONV_2D", 13)];
    let deeplab: &[_] = &[
        ("ADD", 10),
        ("AVERAGE_POOL_2D", 1),
        ("CONCATENATION", 1),
        ("CONV_2D", 38),
        ("DEPTHWISE_CONV_2D", 17),
        ("RESIZE_BILINEAR", 3),
    ];
    for (file, output, parameters, operators, dilations) in [
        ("body-pix-float-050-8", [1, 33, 33, 1], 548_161, body_pix, [6, 7, 0]),
        ("deeplabv3_257_mv_gpu", [1, 257, 257, 21], 688_357, deeplab, [7, 7, 3]),
    ] {
        let bytes = model(file);
        let model = Model::parse(&bytes).unwrap();
        let mut counts = BTreeMap::new();
        for operator in model.operators() {
            *counts.entry(operator.kind.to_string()).or_insert(0) += 1;
        }
        assert_eq!(
            counts,
            operators.iter().map(|&(kind, count)| (kind.to_owned(), count)).collect(),
            "{file}"
        );

        let shape = |index: usize| model.tensors()[index].shape.as_slice();
        assert_eq!(shape(model.inputs()[0]), [1, 257, 257, 3], "{file}");
        assert_eq!(shape(model.outputs()[0]), output, "{file}");

        let weights = model
            .tensors()
            .iter()
            .filter(|tensor| tensor.data.is_some() && tensor.element == ElementType::Float32);
        let values: Vec<f32> = weights.flat_map(|tensor| tensor.to_f32().unwrap()).collect();
        assert_eq!(values.len(), parameters, "{file}");
        assert!(values.iter().all(|value| value.is_finite()), "{file}");

        let mut found = [0; 3];
        for operator in model.operators() {
            let OperatorKind::DepthwiseConv2d { padding, dilation, activation, .. } = operator.kind else {
                continue;
            };
            assert_eq!((padding, activation), (Padding::Same, Activation::Relu6), "{file}");
            let rate = [1, 2, 4].iter().position(|&rate| dilation == [rate; 2]);
            found[rate.unwrap_or_else(|| panic!("{file}: dilation {dilation:?}"))] += 1;
        }
        assert_eq!(found, dilations, "{file}: depthwise convolutions of dilation 1, 2 and 4");
    }
}

/// Strides, paddings and sizes of the first operators, in the order of the schema.
#[test]
fn meet_lite_has_options_in_height_width_order() {
    use cyclorama_tflite::{Activation, Padding};

    let bytes = model("segm_lite_v681");
    let model = Model::parse(&bytes).unwrap();
    let mut kinds = model.operators().iter().map(|operator| operator.kind);
    assert_eq!(
        kinds.find(|kind| matches!(kind, OperatorKind::Conv2d { .. })),
        Some(OperatorKind::Conv2d {
            padding: Padding::Same,
            stride: [2, 2],
            dilation: [1, 1],
            activation: Activation::None,
        })
    );
    assert_eq!(
        kinds.find(|kind| matches!(kind, OperatorKind::AveragePool2d { .. })),
        Some(OperatorKind::AveragePool2d {
            padding: Padding::Valid,
            stride: [24, 40],
            window: [24, 40],
            activation: Activation::None,
        })
    );
}
