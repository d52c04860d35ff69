//! Generated files: features that no real model has, and errors that every reader must report.

use planus::Builder;

use crate::{
    Activation, ElementType, Error, Model, OperatorKind, Padding, limits,
    schema::tflite::{self as schema, BuiltinOptions},
};

/// A model of two tensors, the second an `f32` constant, and of one operator that adds the second to the first.
fn addition() -> schema::Model {
    let tensor = |name: &str, buffer| schema::Tensor {
        shape: Some(vec![1, 2]),
        buffer,
        name: Some(name.to_owned()),
        ..Default::default()
    };
    let constant = [1.5f32, -2.0].map(f32::to_le_bytes).concat();
    schema::Model {
        version: 3,
        operator_codes: Some(vec![schema::OperatorCode::default()]),
        subgraphs: Some(vec![schema::SubGraph {
            tensors: Some(vec![tensor("value", 0), tensor("constant", 1)]),
            inputs: Some(vec![0]),
            outputs: Some(vec![0]),
            operators: Some(vec![schema::Operator {
                inputs: Some(vec![0, 1, -1]),
                outputs: Some(vec![0]),
                builtin_options: Some(BuiltinOptions::AddOptions(Default::default())),
                ..Default::default()
            }]),
        }]),
        description: Some("addition".to_owned()),
        buffers: Some(vec![
            schema::Buffer::default(),
            schema::Buffer { data: Some(constant), ..Default::default() },
        ]),
    }
}

/// The file of [`addition`], modified by `change`.
fn written(change: impl FnOnce(&mut schema::Model)) -> Vec<u8> {
    let mut model = addition();
    change(&mut model);
    // Planus 1.3.0 writes an identifier before the offset of the root; it belongs after it.
    let mut bytes = Builder::new().finish(&model, None).to_vec();
    let root = u32::from_le_bytes(bytes[..4].try_into().unwrap()) + 4;
    bytes.splice(..4, [root.to_le_bytes(), *b"TFL3"].concat());
    bytes
}

fn graph(model: &mut schema::Model) -> &mut schema::SubGraph {
    &mut model.subgraphs.as_mut().unwrap()[0]
}

fn tensor(model: &mut schema::Model, index: usize) -> &mut schema::Tensor {
    &mut graph(model).tensors.as_mut().unwrap()[index]
}

fn operator(model: &mut schema::Model) -> &mut schema::Operator {
    &mut graph(model).operators.as_mut().unwrap()[0]
}

fn code(model: &mut schema::Model) -> &mut schema::OperatorCode {
    &mut model.operator_codes.as_mut().unwrap()[0]
}

/// The error message for a modified [`addition`].
fn refusal(change: impl FnOnce(&mut schema::Model)) -> String {
    Model::parse(&written(change)).unwrap_err().to_string()
}

/// Passes the kind of the only operator of a modified [`addition`] to `check`.
fn with_kind(change: impl FnOnce(&mut schema::Model), check: impl FnOnce(OperatorKind)) {
    let bytes = written(change);
    check(Model::parse(&bytes).unwrap().operators()[0].kind);
}

#[test]
fn a_complete_model_is_read() {
    let bytes = written(|_| {});
    let model = Model::parse(&bytes).unwrap();
    assert_eq!(model.description(), "addition");
    assert_eq!((model.inputs(), model.outputs()), (&[0][..], &[0][..]));

    let [value, constant] = model.tensors() else { panic!("two tensors") };
    assert_eq!((value.name, value.data), ("value", None));
    assert_eq!(constant.shape, [1, 2]);
    assert_eq!(constant.to_f32(), Ok(vec![1.5, -2.0]));

    let [add] = model.operators() else { panic!("one operator") };
    assert_eq!(add.kind, OperatorKind::Add { activation: Activation::None });
    assert_eq!((add.inputs.as_slice(), add.outputs.as_slice()), (&[Some(0), Some(1), None][..], &[0][..]));
}

#[test]
fn the_larger_operator_code_is_used() {
    // Codes above 127 have 127 in the old field; old files lack the new field.
    with_kind(
        |model| {
            *code(model) =
                schema::OperatorCode { deprecated_builtin_code: 127, builtin_code: 150, ..Default::default() }
        },
        |kind| {
            assert_eq!(
                (kind, kind.to_string().as_str()),
                (OperatorKind::Builtin(150), "GELU (BuiltinOperator 150)")
            );
        },
    );
    with_kind(|model| code(model).deprecated_builtin_code = 19, |kind| assert_eq!(kind, OperatorKind::Relu));
}

#[test]
fn a_custom_operator_has_its_options() {
    with_kind(
        |model| {
            *code(model) = schema::OperatorCode {
                builtin_code: 32,
                custom_code: Some("Sharpen".to_owned()),
                ..Default::default()
            };
            operator(model).custom_options = Some(vec![1, 2, 3]);
        },
        |kind| assert_eq!(kind, OperatorKind::Custom { code: "Sharpen", options: &[1, 2, 3] }),
    );
}

#[test]
fn options_distinguish_height_and_width() {
    let options = schema::DepthwiseConv2DOptions {
        padding: 1,
        stride_w: 2,
        stride_h: 3,
        depth_multiplier: 4,
        fused_activation_function: 3,
        dilation_w_factor: 5,
        dilation_h_factor: 6,
    };
    with_kind(
        |model| {
            code(model).builtin_code = 4;
            operator(model).builtin_options = Some(BuiltinOptions::DepthwiseConv2DOptions(Box::new(options)));
        },
        |kind| {
            assert_eq!(
                kind,
                OperatorKind::DepthwiseConv2d {
                    padding: Padding::Valid,
                    stride: [3, 2],
                    dilation: [6, 5],
                    multiplier: 4,
                    activation: Activation::Relu6,
                }
            );
        },
    );
}

#[test]
fn constants_behind_the_flatbuffer_are_found() {
    let placed = |offset, size| {
        move |model: &mut schema::Model| {
            model.buffers.as_mut().unwrap()[1] = schema::Buffer { data: None, offset, size };
        }
    };
    // The length of the file does not depend on the value of the offset.
    let end = written(placed(u64::MAX, 8)).len();
    let mut bytes = written(placed(end as u64, 8));
    bytes.extend([7.0f32, 8.0].map(f32::to_le_bytes).concat());
    assert_eq!(Model::parse(&bytes).unwrap().tensors()[1].to_f32(), Ok(vec![7.0, 8.0]));

    for (offset, size) in [(end as u64, 1), (u64::MAX, 8), (2, u64::MAX)] {
        let bytes = written(placed(offset, size));
        let expected = Error::DataRange { tensor: 1, offset, size, length: bytes.len() };
        assert_eq!(Model::parse(&bytes), Err(expected));
    }
}

#[test]
fn constants_must_fill_their_shape_with_floats() {
    let values = |change: fn(&mut schema::Tensor)| {
        let bytes = written(|model| change(tensor(model, 1)));
        Model::parse(&bytes).unwrap().tensors()[1].to_f32().unwrap_err().to_string()
    };
    assert_eq!(
        values(|tensor| tensor.shape = Some(vec![3])),
        r#"tensor "constant" has 8 bytes of data: expected 12 for Float32 [3]"#
    );
    let all_memory = values(|tensor| tensor.shape = Some(vec![i32::MAX; limits::DIMENSIONS]));
    assert!(all_memory.contains(&format!("expected {}", usize::MAX)), "{all_memory}");
    assert_eq!(
        values(|tensor| tensor.type_ = 3),
        r#"tensor "constant" holds UInt8: only Float32 and Float16 can be read as floats"#
    );
    assert_eq!(
        values(|tensor| tensor.buffer = 0),
        r#"tensor "constant" has no values: it is not a constant"#
    );
}

#[test]
fn float16_is_converted() {
    let bytes = written(|model| {
        let constant = tensor(model, 1);
        constant.type_ = 1;
        constant.shape = Some(vec![2, 2]);
        let halves = [1.0, -0.5, 65504.0, f32::INFINITY].map(half::f16::from_f32);
        model.buffers.as_mut().unwrap()[1].data = Some(halves.map(half::f16::to_le_bytes).concat());
    });
    let model = Model::parse(&bytes).unwrap();
    assert_eq!(model.tensors()[1].element, ElementType::Float16);
    assert_eq!(model.tensors()[1].to_f32(), Ok(vec![1.0, -0.5, 65504.0, f32::INFINITY]));
}

#[test]
fn errors_state_reason_and_location() {
    assert_eq!(
        refusal(|model| model.version = 2),
        "TensorFlow Lite schema version 2: only version 3 can be read"
    );
    assert_eq!(refusal(|model| model.subgraphs = None), "the model has no graph");
    assert_eq!(
        refusal(|model| operator(model).inputs = Some(vec![2])),
        "operator 0 refers to tensor 2, but the model has 2"
    );
    assert_eq!(
        refusal(|model| operator(model).outputs = Some(vec![-1])),
        "operator 0 refers to tensor -1, but the model has 2"
    );
    assert_eq!(
        refusal(|model| operator(model).opcode_index = 9),
        "operator 0 refers to operator code 9, but the model has 1"
    );
    assert_eq!(
        refusal(|model| tensor(model, 0).buffer = 9),
        "tensor 0 refers to buffer 9, but the model has 2"
    );
    assert_eq!(
        refusal(|model| graph(model).outputs = Some(vec![7])),
        "the graph's output refers to tensor 7, but the model has 2"
    );
    assert_eq!(
        refusal(|model| tensor(model, 0).shape = Some(vec![-1])),
        "tensor 0 has a dimension of -1: shapes must be fixed and not negative"
    );
    assert_eq!(
        refusal(|model| tensor(model, 1).sparsity = Some(Default::default())),
        "tensor 1 is stored in a sparse format: only dense tensors can be read"
    );
    assert_eq!(
        refusal(|model| operator(model).builtin_options = None),
        "operator 0 (ADD) has no options of its kind"
    );
}

#[test]
fn invalid_options_are_refused() {
    let convolution = |change: fn(&mut schema::Conv2DOptions)| {
        let mut options = schema::Conv2DOptions { stride_w: 1, stride_h: 1, ..Default::default() };
        change(&mut options);
        refusal(|model| {
            code(model).builtin_code = 3;
            operator(model).builtin_options = Some(BuiltinOptions::Conv2DOptions(Box::new(options)));
        })
    };
    assert_eq!(convolution(|options| options.stride_h = 0), "operator 0 (CONV_2D) has stride_h 0");
    assert_eq!(
        convolution(|options| options.dilation_w_factor = -2),
        "operator 0 (CONV_2D) has dilation_w_factor -2"
    );
    assert_eq!(convolution(|options| options.padding = 2), "operator 0 (CONV_2D) has padding 2");

    let shuffled = schema::FullyConnectedOptions { weights_format: 1, ..Default::default() };
    let refused = refusal(|model| {
        code(model).builtin_code = 9;
        operator(model).builtin_options = Some(BuiltinOptions::FullyConnectedOptions(Box::new(shuffled)));
    });
    assert_eq!(refused, "operator 0 (FULLY_CONNECTED) has weights_format 1");
}

#[test]
fn counts_above_the_limits_are_refused() {
    assert_eq!(
        refusal(|model| graph(model).tensors = Some(vec![Default::default(); limits::TENSORS + 1])),
        "4097 tensors: at most 4096 are read"
    );
    assert_eq!(
        refusal(|model| graph(model).operators = Some(vec![Default::default(); limits::OPERATORS + 1])),
        "4097 operators: at most 4096 are read"
    );
    assert_eq!(
        refusal(|model| operator(model).inputs = Some(vec![0; limits::OPERANDS + 1])),
        "65 inputs of an operator: at most 64 are read"
    );
    assert_eq!(
        refusal(|model| tensor(model, 0).shape = Some(vec![1; limits::DIMENSIONS + 1])),
        "9 dimensions of a tensor: at most 8 are read"
    );
}
