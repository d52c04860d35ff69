//! Edits of a model's graph that keep it well formed, so that they reach the checks of its meaning.

use arbitrary::{Arbitrary, Result, Unstructured};

use crate::file::File;
use crate::schema::tflite::{Buffer, BuiltinOptions, Model, Operator, OperatorCode, SubGraph, Tensor};
use crate::seeds;

/// Maximum number of edits of one graph.
const MAX_EDITS: usize = 8;

/// A model with its edits.
#[derive(Debug)]
pub(crate) struct Edited {
    model: u8,
    edits: Vec<Edit>,
    flips: Vec<(u16, u8)>,
}

/// A value of a size, an index or an option, mostly close to those in use.
#[derive(Clone, Copy, Debug)]
struct Number(i32);

/// A side of an image, mostly one that a model supports, up to slightly more than the maximum.
#[derive(Clone, Copy, Debug)]
struct Side(i32);

/// The name of a custom operator, often that of a built-in one.
#[derive(Debug)]
struct Name(String);

/// One edit. Indices are taken modulo the number of items.
#[derive(Arbitrary, Debug)]
enum Edit {
    /// Changes the size of the image and of every feature map.
    ImageSize {
        height: Side,
        width: Side,
    },
    Dimension {
        tensor: u16,
        dimension: u8,
        size: Number,
    },
    Rank {
        tensor: u16,
        rank: u8,
    },
    Element {
        tensor: u16,
        element: i8,
    },
    TensorName {
        tensor: u16,
        name: Name,
    },
    TensorBuffer {
        tensor: u16,
        buffer: Number,
    },
    Bytes {
        buffer: u16,
        bytes: [u8; 8],
        length: u8,
    },
    Range {
        buffer: u16,
        offset: Number,
        size: Number,
    },
    FarRange {
        buffer: u16,
        offset: u64,
        size: u64,
    },
    Code {
        code: u8,
        builtin: Number,
        version: u8,
    },
    Custom {
        code: u8,
        name: Name,
    },
    Uses {
        operator: u16,
        code: Number,
    },
    Input {
        operator: u16,
        input: u8,
        tensor: Number,
    },
    Output {
        operator: u16,
        output: u8,
        tensor: Number,
    },
    MoreInputs {
        operator: u16,
        tensor: Number,
        count: u8,
    },
    FewerInputs {
        operator: u16,
        count: u8,
    },
    /// Sets one option of an operator.
    Option {
        operator: u16,
        option: u8,
        value: Number,
    },
    OptionsOf {
        operator: u16,
        other: u16,
    },
    NoOptions {
        operator: u16,
    },
    CustomOptions {
        operator: u16,
        at: u8,
        byte: u8,
        length: u8,
    },
    Remove {
        operator: u16,
    },
    Repeat {
        operator: u16,
        at: u16,
    },
    Swap {
        one: u16,
        other: u16,
    },
    /// Appends operators, to exceed the limits.
    Many {
        operator: u16,
        count: u16,
    },
    GraphInput {
        index: u8,
        tensor: Number,
    },
    GraphOutput {
        index: u8,
        tensor: Number,
    },
    Version {
        version: u8,
    },
}

impl<'a> Arbitrary<'a> for Edited {
    fn arbitrary(input: &mut Unstructured<'a>) -> Result<Self> {
        let model = u8::arbitrary(input)?;
        let mut edits = Vec::new();
        while !input.is_empty() && edits.len() < MAX_EDITS && input.ratio(7u8, 8u8)? {
            edits.push(Edit::arbitrary(input)?);
        }
        // Few inputs flip bits, because the reader refuses most of these.
        let flips =
            if !input.is_empty() && input.ratio(1u8, 8u8)? { Vec::arbitrary(input)? } else { Vec::new() };
        Ok(Self { model, edits, flips })
    }
}

impl<'a> Arbitrary<'a> for Number {
    fn arbitrary(input: &mut Unstructured<'a>) -> Result<Self> {
        const CORNERS: [i32; 12] =
            [i32::MIN, -256, -2, -1, 0, 1, 2, 255, 4096, 65_536, 0x1000_0000, i32::MAX];
        Ok(Self(match input.int_in_range(0..=7u8)? {
            0..=2 => u8::arbitrary(input)?.into(),
            3 => u16::arbitrary(input)?.into(),
            4 | 5 => *input.choose(&CORNERS)?,
            _ => i32::arbitrary(input)?,
        }))
    }
}

impl<'a> Arbitrary<'a> for Side {
    fn arbitrary(input: &mut Unstructured<'a>) -> Result<Self> {
        let side = i32::from(u16::arbitrary(input)? % 2816);
        Ok(Self(match input.int_in_range(0..=3u8)? {
            0 => side,
            1 => side / 8 * 8 + 1,
            _ => side / 16 * 16,
        }))
    }
}

impl<'a> Arbitrary<'a> for Name {
    fn arbitrary(input: &mut Unstructured<'a>) -> Result<Self> {
        const NAMES: [&str; 17] = [
            "ADD",
            "AVERAGE_POOL_2D",
            "CONCATENATION",
            "CONV_2D",
            "CUSTOM",
            "Convolution2DTransposeBias",
            "DEPTHWISE_CONV_2D",
            "DEQUANTIZE",
            "FULLY_CONNECTED",
            "HARD_SWISH",
            "LOGISTIC",
            "MEAN",
            "MUL",
            "RELU",
            "RELU6",
            "RESIZE_BILINEAR",
            "",
        ];
        Ok(Self(match input.int_in_range(0..=5u8)? {
            0..=3 => (*input.choose(&NAMES)?).to_owned(),
            4 => String::arbitrary(input)?,
            _ => "a\nb".repeat(usize::from(u16::arbitrary(input)?) / 4),
        }))
    }
}

impl Edited {
    /// The file of the edited graph; `None` if it is too large.
    pub(crate) fn write<'f>(&self, file: &'f mut File) -> Option<&'f [u8]> {
        let mut model = seeds::graph(self.model).clone();
        for edit in &self.edits {
            edit.apply(&mut model);
        }
        file.write(&model, &self.flips)
    }
}

impl Edit {
    fn apply(&self, model: &mut Model) {
        match *self {
            Self::ImageSize { height, width } => resize(model, [height.0, width.0]),
            Self::Dimension { tensor, dimension, size } => {
                if let Some(side) = at(&mut self::tensor(model, tensor).shape, dimension) {
                    *side = size.0;
                }
            }
            Self::Rank { tensor, rank } => {
                let shape = self::tensor(model, tensor).shape.get_or_insert_default();
                shape.resize(usize::from(rank) % 12, 1);
            }
            Self::Element { tensor, element } => self::tensor(model, tensor).type_ = element,
            Self::TensorName { tensor, ref name } => {
                self::tensor(model, tensor).name = Some(name.0.clone());
            }
            Self::TensorBuffer { tensor, buffer } => {
                self::tensor(model, tensor).buffer = buffer.0.cast_unsigned();
            }
            Self::Bytes { buffer, bytes, length } => {
                let data = bytes.iter().copied().cycle().take(length.into()).collect();
                *self::buffer(model, buffer) = Buffer { data: Some(data), offset: 0, size: 0 };
            }
            Self::Range { buffer, offset, size } => {
                let buffer = self::buffer(model, buffer);
                buffer.data = None;
                buffer.offset = buffer.offset.wrapping_add_signed(offset.0.into());
                buffer.size = buffer.size.wrapping_add_signed(size.0.into());
            }
            Self::FarRange { buffer, offset, size } => {
                *self::buffer(model, buffer) = Buffer { data: None, offset, size };
            }
            Self::Code { code, builtin, version } => {
                let code = self::code(model, code);
                code.builtin_code = builtin.0;
                code.deprecated_builtin_code = builtin.0.clamp(0, 127) as i8;
                code.version = version.into();
            }
            Self::Custom { code, ref name } => {
                let code = self::code(model, code);
                (code.builtin_code, code.deprecated_builtin_code) = (32, 32);
                code.custom_code = Some(name.0.clone());
            }
            Self::Uses { operator, code } => {
                self::operator(model, operator).opcode_index = code.0.cast_unsigned();
            }
            Self::Input { operator, input, tensor } => {
                if let Some(slot) = at(&mut self::operator(model, operator).inputs, input) {
                    *slot = tensor.0;
                }
            }
            Self::Output { operator, output, tensor } => {
                if let Some(slot) = at(&mut self::operator(model, operator).outputs, output) {
                    *slot = tensor.0;
                }
            }
            Self::MoreInputs { operator, tensor, count } => {
                let inputs = self::operator(model, operator).inputs.get_or_insert_default();
                inputs.resize(inputs.len() + usize::from(count), tensor.0);
            }
            Self::FewerInputs { operator, count } => {
                self::operator(model, operator).inputs.get_or_insert_default().truncate(count.into());
            }
            Self::Option { operator, option, value } => {
                if let Some(options) = &mut self::operator(model, operator).builtin_options {
                    set_option(options, option, value.0);
                }
            }
            Self::OptionsOf { operator, other } => {
                let options = self::operator(model, other).builtin_options.clone();
                self::operator(model, operator).builtin_options = options;
            }
            Self::NoOptions { operator } => self::operator(model, operator).builtin_options = None,
            Self::CustomOptions { operator, at, byte, length } => {
                let options = self::operator(model, operator).custom_options.get_or_insert_default();
                options.resize(length.into(), 0);
                if let Some(option) = options.get_mut(usize::from(at)) {
                    *option = byte;
                }
            }
            Self::Remove { operator } => {
                let operators = operators(model);
                if operators.len() > 1 {
                    operators.remove(usize::from(operator) % operators.len());
                }
            }
            Self::Repeat { operator, at } => {
                let repeated = self::operator(model, operator).clone();
                let operators = operators(model);
                operators.insert(usize::from(at) % operators.len(), repeated);
            }
            Self::Swap { one, other } => {
                let operators = operators(model);
                let count = operators.len();
                operators.swap(usize::from(one) % count, usize::from(other) % count);
            }
            Self::Many { operator, count } => {
                let repeated = Operator { builtin_options: None, ..self::operator(model, operator).clone() };
                let operators = operators(model);
                operators.resize(operators.len() + usize::from(count) % 1024, repeated);
            }
            Self::GraphInput { index, tensor } => set(&mut graph(model).inputs, index, tensor.0),
            Self::GraphOutput { index, tensor } => set(&mut graph(model).outputs, index, tensor.0),
            Self::Version { version } => model.version = version.into(),
        }
    }
}

/// Resizes every feature map for an image of this size.
fn resize(model: &mut Model, size: [i32; 2]) {
    let graph = graph(model);
    let tensors = graph.tensors.get_or_insert_default();
    let image =
        graph.inputs.iter().flatten().next().and_then(|input| tensors.get(usize::try_from(*input).ok()?));
    let Some([_, height, width, _]) = image.and_then(|image| image.shape.as_deref()) else { return };
    let before = [*height, *width];
    for tensor in tensors
        .iter_mut()
        .filter(|tensor| tensor.buffer == 0 || tensor.shape.as_ref().is_some_and(|shape| shape.len() == 4))
    {
        let Some([1, sides @ .., _]) = tensor.shape.as_deref_mut() else { continue };
        for ((side, before), size) in sides.iter_mut().zip(before).zip(size) {
            let reduction = before.checked_div(*side).unwrap_or(0);
            // Kernels and means have small sides that do not depend on the image.
            if (1..=16).contains(&reduction) && *side > 5 {
                let reduction = (f64::from(before) / f64::from(*side)).round() as i32;
                *side = size / reduction + i32::from(size % reduction != 0);
            }
        }
    }
}

/// Sets one of an operator's options. Enumerations and flags take the lowest bits of the value.
fn set_option(options: &mut BuiltinOptions, option: u8, value: i32) {
    let small = value as i8;
    let flag = value & 1 == 1;
    match options {
        BuiltinOptions::Conv2DOptions(options) => match option % 6 {
            0 => options.padding = small,
            1 => options.stride_w = value,
            2 => options.stride_h = value,
            3 => options.dilation_w_factor = value,
            4 => options.dilation_h_factor = value,
            _ => options.fused_activation_function = small,
        },
        BuiltinOptions::DepthwiseConv2DOptions(options) => match option % 7 {
            0 => options.padding = small,
            1 => options.stride_w = value,
            2 => options.stride_h = value,
            3 => options.dilation_w_factor = value,
            4 => options.dilation_h_factor = value,
            5 => options.depth_multiplier = value,
            _ => options.fused_activation_function = small,
        },
        BuiltinOptions::Pool2DOptions(options) => match option % 6 {
            0 => options.padding = small,
            1 => options.stride_w = value,
            2 => options.stride_h = value,
            3 => options.filter_width = value,
            4 => options.filter_height = value,
            _ => options.fused_activation_function = small,
        },
        BuiltinOptions::FullyConnectedOptions(options) => match option % 3 {
            0 => options.weights_format = small,
            1 => options.keep_num_dims = flag,
            _ => options.fused_activation_function = small,
        },
        BuiltinOptions::ConcatenationOptions(options) => match option % 2 {
            0 => options.axis = value,
            _ => options.fused_activation_function = small,
        },
        BuiltinOptions::AddOptions(options) => options.fused_activation_function = small,
        BuiltinOptions::MulOptions(options) => options.fused_activation_function = small,
        BuiltinOptions::ResizeBilinearOptions(options) => match option % 2 {
            0 => options.align_corners = flag,
            _ => options.half_pixel_centers = flag,
        },
        BuiltinOptions::ReducerOptions(options) => options.keep_dims = flag,
        _ => {}
    }
}

fn graph(model: &mut Model) -> &mut SubGraph {
    &mut model.subgraphs.as_mut().expect("a seed has a graph")[0]
}

fn operators(model: &mut Model) -> &mut Vec<Operator> {
    graph(model).operators.as_mut().expect("a seed has operators")
}

fn operator(model: &mut Model, index: u16) -> &mut Operator {
    nth(operators(model), index.into())
}

fn tensor(model: &mut Model, index: u16) -> &mut Tensor {
    nth(graph(model).tensors.as_mut().expect("a seed has tensors"), index.into())
}

fn buffer(model: &mut Model, index: u16) -> &mut Buffer {
    nth(model.buffers.as_mut().expect("a seed has buffers"), index.into())
}

fn code(model: &mut Model, index: u8) -> &mut OperatorCode {
    nth(model.operator_codes.as_mut().expect("a seed has operator codes"), index.into())
}

fn nth<T>(items: &mut [T], index: usize) -> &mut T {
    let count = items.len();
    &mut items[index % count]
}

fn at(numbers: &mut Option<Vec<i32>>, index: u8) -> Option<&mut i32> {
    let numbers = numbers.get_or_insert_default();
    let index = usize::from(index).checked_rem(numbers.len())?;
    numbers.get_mut(index)
}

/// Sets a number, or appends it.
fn set(numbers: &mut Option<Vec<i32>>, index: u8, value: i32) {
    let numbers = numbers.get_or_insert_default();
    match numbers.get_mut(usize::from(index)) {
        Some(number) => *number = value,
        None => numbers.push(value),
    }
}
