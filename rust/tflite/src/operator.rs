use std::fmt;

use crate::{
    Error, builtin,
    schema::tflite::{BuiltinOptionsRef, OperatorCodeRef, OperatorRef},
};

/// An operator of the main graph.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operator<'a> {
    /// What it computes.
    pub kind: OperatorKind<'a>,
    /// Indices of its input tensors; `None` for an absent optional input.
    pub inputs: Vec<Option<usize>>,
    /// Indices of its output tensors.
    pub outputs: Vec<usize>,
}

/// What an operator computes, with its options. Pairs of sizes are `[height, width]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the fields are named like the options of the schema")]
pub enum OperatorKind<'a> {
    /// `CONV_2D`; weights are `[out, height, width, in]`.
    Conv2d { padding: Padding, stride: [usize; 2], dilation: [usize; 2], activation: Activation },
    /// `DEPTHWISE_CONV_2D`; weights are `[1, height, width, in * multiplier]`.
    DepthwiseConv2d {
        padding: Padding,
        stride: [usize; 2],
        dilation: [usize; 2],
        multiplier: usize,
        activation: Activation,
    },
    /// `AVERAGE_POOL_2D`; padding does not count in the average.
    AveragePool2d { padding: Padding, stride: [usize; 2], window: [usize; 2], activation: Activation },
    /// `FULLY_CONNECTED`; weights are `[out, in]`. With `keep_dims` the output keeps the input's rank.
    FullyConnected { activation: Activation, keep_dims: bool },
    /// `MEAN` over the axes in the second input.
    Mean { keep_dims: bool },
    /// `RESIZE_BILINEAR` to the height and width in the second input.
    ResizeBilinear { align_corners: bool, half_pixel_centers: bool },
    /// `CONCATENATION`; a negative axis counts from the last.
    Concatenation { axis: i32, activation: Activation },
    /// `ADD`, with broadcasting.
    Add { activation: Activation },
    /// `MUL`, with broadcasting.
    Mul { activation: Activation },
    /// `DEQUANTIZE`: to float32, here also from float16.
    Dequantize,
    /// `HARD_SWISH`: `x * relu6(x + 3) / 6`.
    HardSwish,
    /// `RELU`.
    Relu,
    /// `RELU6`.
    Relu6,
    /// `LOGISTIC`, the sigmoid.
    Logistic,
    /// An operator that TensorFlow Lite does not define, with its name and its own encoding of options.
    Custom { code: &'a str, options: &'a [u8] },
    /// Any other operator, by its `BuiltinOperator` code.
    Builtin(i32),
}

impl<'a> OperatorKind<'a> {
    /// The name in the schema, such as `CONV_2D`, or the name of a custom operator.
    pub fn name(&self) -> &'a str {
        let code = match *self {
            Self::Conv2d { .. } => builtin::CONV_2D,
            Self::DepthwiseConv2d { .. } => builtin::DEPTHWISE_CONV_2D,
            Self::AveragePool2d { .. } => builtin::AVERAGE_POOL_2D,
            Self::FullyConnected { .. } => builtin::FULLY_CONNECTED,
            Self::Mean { .. } => builtin::MEAN,
            Self::ResizeBilinear { .. } => builtin::RESIZE_BILINEAR,
            Self::Concatenation { .. } => builtin::CONCATENATION,
            Self::Add { .. } => builtin::ADD,
            Self::Mul { .. } => builtin::MUL,
            Self::Dequantize => builtin::DEQUANTIZE,
            Self::HardSwish => builtin::HARD_SWISH,
            Self::Relu => builtin::RELU,
            Self::Relu6 => builtin::RELU6,
            Self::Logistic => builtin::LOGISTIC,
            Self::Custom { code, .. } => return code,
            Self::Builtin(code) => code,
        };
        builtin::name(code)
    }

    /// Reads the kind of the operator at index `position` of the graph.
    pub(crate) fn read(
        position: usize,
        operator: OperatorRef<'a>,
        code: OperatorCodeRef<'a>,
    ) -> Result<Self, Error> {
        let code_number = i32::from(code.deprecated_builtin_code()?).max(code.builtin_code()?);
        let at = Context { operator: position, kind: builtin::name(code_number) };
        macro_rules! options {
            ($table:ident) => {
                match operator.builtin_options()? {
                    Some(BuiltinOptionsRef::$table(options)) => options,
                    _ => return Err(at.no_options()),
                }
            };
        }
        Ok(match code_number {
            builtin::CONV_2D => {
                let options = options!(Conv2DOptions);
                Self::Conv2d {
                    padding: at.padding(options.padding()?)?,
                    stride: at
                        .positive(["stride_h", "stride_w"], [options.stride_h()?, options.stride_w()?])?,
                    dilation: at.positive(
                        ["dilation_h_factor", "dilation_w_factor"],
                        [options.dilation_h_factor()?, options.dilation_w_factor()?],
                    )?,
                    activation: options.fused_activation_function()?.into(),
                }
            }
            builtin::DEPTHWISE_CONV_2D => {
                let options = options!(DepthwiseConv2DOptions);
                let [multiplier] = at.positive(["depth_multiplier"], [options.depth_multiplier()?])?;
                Self::DepthwiseConv2d {
                    padding: at.padding(options.padding()?)?,
                    stride: at
                        .positive(["stride_h", "stride_w"], [options.stride_h()?, options.stride_w()?])?,
                    dilation: at.positive(
                        ["dilation_h_factor", "dilation_w_factor"],
                        [options.dilation_h_factor()?, options.dilation_w_factor()?],
                    )?,
                    multiplier,
                    activation: options.fused_activation_function()?.into(),
                }
            }
            builtin::AVERAGE_POOL_2D => {
                let options = options!(Pool2DOptions);
                Self::AveragePool2d {
                    padding: at.padding(options.padding()?)?,
                    stride: at
                        .positive(["stride_h", "stride_w"], [options.stride_h()?, options.stride_w()?])?,
                    window: at.positive(
                        ["filter_height", "filter_width"],
                        [options.filter_height()?, options.filter_width()?],
                    )?,
                    activation: options.fused_activation_function()?.into(),
                }
            }
            builtin::FULLY_CONNECTED => {
                let options = options!(FullyConnectedOptions);
                // Other formats than the default store the weights in another order.
                let format = options.weights_format()?;
                if format != 0 {
                    return Err(at.invalid("weights_format", format.into()));
                }
                Self::FullyConnected {
                    activation: options.fused_activation_function()?.into(),
                    keep_dims: options.keep_num_dims()?,
                }
            }
            builtin::MEAN => Self::Mean { keep_dims: options!(ReducerOptions).keep_dims()? },
            builtin::RESIZE_BILINEAR => {
                let options = options!(ResizeBilinearOptions);
                Self::ResizeBilinear {
                    align_corners: options.align_corners()?,
                    half_pixel_centers: options.half_pixel_centers()?,
                }
            }
            builtin::CONCATENATION => {
                let options = options!(ConcatenationOptions);
                Self::Concatenation {
                    axis: options.axis()?,
                    activation: options.fused_activation_function()?.into(),
                }
            }
            builtin::ADD => {
                Self::Add { activation: options!(AddOptions).fused_activation_function()?.into() }
            }
            builtin::MUL => {
                Self::Mul { activation: options!(MulOptions).fused_activation_function()?.into() }
            }
            builtin::DEQUANTIZE => Self::Dequantize,
            builtin::HARD_SWISH => Self::HardSwish,
            builtin::RELU => Self::Relu,
            builtin::RELU6 => Self::Relu6,
            builtin::LOGISTIC => Self::Logistic,
            builtin::CUSTOM => Self::Custom {
                code: code.custom_code()?.unwrap_or_default(),
                options: operator.custom_options()?.unwrap_or_default(),
            },
            other => Self::Builtin(other),
        })
    }
}

/// The name with its details: `CONV_2D`, `GELU (BuiltinOperator 150)`, `Convolution2DTransposeBias (CUSTOM)`.
impl fmt::Display for OperatorKind<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())?;
        match self {
            Self::Custom { .. } => write!(f, " (CUSTOM)"),
            Self::Builtin(code) => write!(f, " (BuiltinOperator {code})"),
            _ => Ok(()),
        }
    }
}

/// The padding of an operator with windows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Padding {
    /// The output has `ceil(input / stride)` positions. An odd total of padding puts the extra row and column at the
    /// bottom and right.
    Same,
    /// No padding: windows lie entirely inside the input.
    Valid,
}

/// The fused activation of an operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Activation {
    /// None.
    None,
    /// `max(x, 0)`.
    Relu,
    /// `min(max(x, 0), 6)`.
    Relu6,
    /// Any other, by its `ActivationFunctionType` code.
    Other(i8),
}

impl From<i8> for Activation {
    fn from(code: i8) -> Self {
        match code {
            0 => Self::None,
            1 => Self::Relu,
            3 => Self::Relu6,
            other => Self::Other(other),
        }
    }
}

/// The operator that is being read, for errors.
struct Context {
    operator: usize,
    kind: &'static str,
}

impl Context {
    fn no_options(&self) -> Error {
        Error::NoOptions { operator: self.operator, kind: self.kind }
    }

    fn invalid(&self, option: &'static str, value: i32) -> Error {
        Error::Option { operator: self.operator, kind: self.kind, option, value }
    }

    fn padding(&self, code: i8) -> Result<Padding, Error> {
        match code {
            0 => Ok(Padding::Same),
            1 => Ok(Padding::Valid),
            other => Err(self.invalid("padding", other.into())),
        }
    }

    fn positive<const N: usize>(
        &self,
        options: [&'static str; N],
        values: [i32; N],
    ) -> Result<[usize; N], Error> {
        let mut sizes = [0; N];
        for ((size, option), value) in sizes.iter_mut().zip(options).zip(values) {
            *size = usize::try_from(value)
                .ok()
                .filter(|&size| size > 0)
                .ok_or_else(|| self.invalid(option, value))?;
        }
        Ok(sizes)
    }
}
