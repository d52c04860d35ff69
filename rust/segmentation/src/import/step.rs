use cyclorama_tflite::{Activation as Fused, Model, Operator, OperatorKind, Padding};

use super::ImportError;
use super::feature_map::FeatureMap;

/// Maximum length of a quote from the file in an error.
const MAX_QUOTE: usize = 80;

/// An operator of a file, with the layer that the architecture requires at its position (`layer_name` in errors).
#[derive(Clone, Copy)]
pub(super) struct Step<'m, 'p> {
    model: &'m Model<'m>,
    layer_name: &'p str,
    /// Index of the operator in the file.
    index: usize,
}

impl<'m, 'p> Step<'m, 'p> {
    pub(super) fn new(model: &'m Model<'m>, layer_name: &'p str, index: usize) -> Self {
        Self { model, layer_name, index }
    }

    pub(super) fn operator(&self) -> &'m Operator<'m> {
        &self.model.operators()[self.index]
    }

    /// Refuses a custom operator that has the name of a built-in one. `custom` is the name of the only custom operator
    /// allowed.
    pub(super) fn check_origin(&self, custom: &str) -> Result<(), ImportError> {
        let kind = self.operator().kind;
        let is_custom = matches!(kind, OperatorKind::Custom { .. });
        if is_custom && kind.name() != custom { Err(self.impostor()) } else { Ok(()) }
    }

    /// Checks that it is a convolution of this kernel, stride and dilation. A depthwise one must have one filter per channel.
    pub(super) fn check_convolution(
        &self,
        padding: Padding,
        [kernel, stride, dilation]: [usize; 3],
    ) -> Result<(), ImportError> {
        let found = match self.operator().kind {
            OperatorKind::Conv2d { padding, stride, dilation, .. } => (padding, stride, dilation, 1),
            OperatorKind::DepthwiseConv2d { padding, stride, dilation, multiplier, .. } => {
                (padding, stride, dilation, multiplier)
            }
            _ => return Err(self.impostor()),
        };
        // Padding has no effect with a 1x1 kernel, and the files use both.
        let padding = if kernel == 1 { found.0 } else { padding };
        let expected = (padding, [stride; 2], [dilation; 2], 1);
        if found != expected {
            let describe = |(padding, stride, dilation, multiplier)| {
                format!(
                    "{padding:?} padding, stride {stride:?}, dilation {dilation:?}, multiplier {multiplier}"
                )
            };
            return Err(self.differs(describe(expected), describe(found)));
        }
        Ok(())
    }

    /// Checks that it is a pooling with windows of this size and stride (`None`: any stride).
    pub(super) fn check_pool(
        &self,
        window: [usize; 2],
        stride: Option<[usize; 2]>,
    ) -> Result<(), ImportError> {
        let OperatorKind::AveragePool2d { padding, stride: found_stride, window: found_window, .. } =
            self.operator().kind
        else {
            return Err(self.impostor());
        };
        let stride = stride.unwrap_or(found_stride);
        if (padding, found_window, found_stride) != (Padding::Valid, window, stride) {
            let expected = format!("VALID windows of {window:?}, stride {stride:?}");
            let found = format!("{padding:?} windows of {found_window:?}, stride {found_stride:?}");
            return Err(self.differs(expected, found));
        }
        self.check_no_activation()
    }

    /// Checks that it is a mean over rows and columns.
    pub(super) fn check_mean(&self) -> Result<(), ImportError> {
        /// Axes 1 and 2 as little-endian 32-bit integers.
        const ROWS_AND_COLUMNS: [u8; 8] = [1, 0, 0, 0, 2, 0, 0, 0];
        let axes = self.operator().inputs.get(1).copied().flatten();
        let axes = axes.and_then(|tensor| self.model.tensors()[tensor].data);
        if axes == Some(&ROWS_AND_COLUMNS) {
            return Ok(());
        }
        let found = axes.map_or("a mean over axes that are not constant".into(), |axes| {
            format!("a mean over axes {}", quoted_bytes(axes))
        });
        Err(self.differs("a mean over axes 1 and 2".into(), found))
    }

    /// Checks that it is bilinear resizing with aligned corners or, if not `align_corners`, with half-pixel centers.
    pub(super) fn check_resizing(&self, align_corners: bool) -> Result<(), ImportError> {
        let kind = self.operator().kind;
        let expected = OperatorKind::ResizeBilinear { align_corners, half_pixel_centers: !align_corners };
        match kind {
            OperatorKind::ResizeBilinear { .. } if kind == expected => Ok(()),
            OperatorKind::ResizeBilinear { .. } => {
                Err(self.differs(format!("{expected:?}"), format!("{kind:?}")))
            }
            _ => Err(self.impostor()),
        }
    }

    /// Checks that it is a transposed convolution of stride 2.
    pub(super) fn check_conv_transpose2d(&self) -> Result<(), ImportError> {
        /// `TfLiteTransposeConvParams`: padding (1 is SAME), stride width, stride height.
        const OPTIONS: [u8; 12] = [1, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0];
        let OperatorKind::Custom { options, .. } = self.operator().kind else {
            return Err(self.differs("a custom operator".into(), self.operator().kind.name().into()));
        };
        if options != OPTIONS {
            let expected = format!("SAME padding and stride 2, options {OPTIONS:?}");
            return Err(self.differs(expected, format!("options {}", quoted_bytes(options))));
        }
        Ok(())
    }

    /// Checks that it concatenates the channels of two feature maps in this order.
    pub(super) fn check_concatenation(&self, one: &FeatureMap, two: &FeatureMap) -> Result<(), ImportError> {
        let OperatorKind::Concatenation { axis, .. } = self.operator().kind else {
            return Err(self.impostor());
        };
        let inputs = &self.operator().inputs;
        if matches!(axis, -1 | 3) && inputs.first() == Some(&Some(one.tensor)) {
            return Ok(());
        }
        let expected = format!("the channels of tensor {}, then of {}", one.tensor, two.tensor);
        Err(self.differs(expected, format!("axis {axis} of tensors {inputs:?}")))
    }

    pub(super) fn check_no_activation(&self) -> Result<(), ImportError> {
        match self.fused() {
            Fused::None => Ok(()),
            fused => Err(self.differs("no fused activation".into(), format!("{fused:?}"))),
        }
    }

    /// Its fused activation.
    pub(super) fn fused(&self) -> Fused {
        match self.operator().kind {
            OperatorKind::Conv2d { activation, .. }
            | OperatorKind::DepthwiseConv2d { activation, .. }
            | OperatorKind::FullyConnected { activation, .. }
            | OperatorKind::AveragePool2d { activation, .. }
            | OperatorKind::Concatenation { activation, .. }
            | OperatorKind::Add { activation }
            | OperatorKind::Mul { activation } => activation,
            _ => Fused::None,
        }
    }

    /// Its only output, which must have this size.
    pub(super) fn result(&self, size: [usize; 2], channels: usize) -> Result<FeatureMap, ImportError> {
        let expected = [1, size[0], size[1], channels];
        match *self.operator().outputs {
            [tensor] if self.model.tensors()[tensor].shape == expected => {
                Ok(FeatureMap { tensor, size, channels })
            }
            [tensor] => {
                let found = format!("{:?}", self.model.tensors()[tensor].shape);
                Err(self.differs(format!("a result of shape {expected:?}"), found))
            }
            ref outputs => Err(self.differs("one output".into(), format!("{} outputs", outputs.len()))),
        }
    }

    /// The values of a constant input, stored directly or behind a DEQUANTIZE.
    pub(super) fn weight(&self, input: usize, shape: &[usize]) -> Result<Vec<f32>, ImportError> {
        let bad = |reason| ImportError::Weights {
            operator: self.index,
            layer_name: self.layer_name.into(),
            reason,
        };
        let operator = self.operator();
        let mut tensor = operator
            .inputs
            .get(input)
            .copied()
            .flatten()
            .ok_or_else(|| bad(format!("input {input} is missing")))?;
        if self.model.tensors()[tensor].data.is_none() {
            tensor = self
                .model
                .operators()
                .iter()
                .find(|other| matches!(other.kind, OperatorKind::Dequantize) && other.outputs == [tensor])
                .and_then(|other| other.inputs.first().copied().flatten())
                .ok_or_else(|| bad(format!("input {input} is not a constant")))?;
        }
        let constant = &self.model.tensors()[tensor];
        if constant.shape != shape {
            return Err(bad(format!("expected shape {shape:?}, found {:?}", constant.shape)));
        }
        let values = constant.to_f32().map_err(|error| bad(error.to_string()))?;
        // Without an early exit this loop is vectorized.
        let finite = values.iter().fold(true, |finite, value| finite & value.is_finite());
        if !finite && let Some((at, value)) = values.iter().enumerate().find(|(_, value)| !value.is_finite())
        {
            return Err(bad(format!("value {at} of tensor {tensor} is {value}")));
        }
        Ok(values)
    }

    pub(super) fn differs(&self, expected: String, found: String) -> ImportError {
        ImportError::Operator { operator: self.index, layer_name: self.layer_name.into(), expected, found }
    }

    /// The error for a custom operator that has the name of a built-in one.
    fn impostor(&self) -> ImportError {
        let name = self.operator().kind.name();
        self.differs(format!("the built-in {name}"), "a custom operator of that name".into())
    }
}

/// The start of a name from the file, escaped so that it stays on one line.
pub(super) fn quoted(name: &str) -> String {
    name.chars().flat_map(char::escape_debug).take(MAX_QUOTE).collect()
}

/// The first bytes, and their number if more follow.
fn quoted_bytes(bytes: &[u8]) -> String {
    match bytes.get(..MAX_QUOTE) {
        Some(first) if bytes.len() > MAX_QUOTE => format!("{first:?}... ({} bytes)", bytes.len()),
        _ => format!("{bytes:?}"),
    }
}
