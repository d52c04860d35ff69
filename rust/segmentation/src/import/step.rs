use cyclorama_tflite::{Activation as Fused, Model, Operator, OperatorKind, Padding};

use super::ImportError;
use super::feature_map::FeatureMap;

/// Most characters of a file's own words, or of what is found in place of an option, that an error repeats.
const LONGEST_QUOTE: usize = 80;

/// An operator of a file, beside the part of the network that the architecture has there (`place` in errors).
#[derive(Clone, Copy)]
pub(super) struct Step<'m, 'p> {
    model: &'m Model<'m>,
    place: &'p str,
    /// Index of the operator in the file.
    index: usize,
}

impl<'m, 'p> Step<'m, 'p> {
    pub(super) fn new(model: &'m Model<'m>, place: &'p str, index: usize) -> Self {
        Self { model, place, index }
    }

    pub(super) fn operator(&self) -> &'m Operator<'m> {
        &self.model.operators()[self.index]
    }

    /// Checks that it is one of TensorFlow Lite's own operators if it goes by the name of one; `custom` is the name of the one
    /// that is not.
    pub(super) fn check_origin(&self, custom: &str) -> Result<(), ImportError> {
        let kind = self.operator().kind;
        let is_custom = matches!(kind, OperatorKind::Custom { .. });
        if is_custom && kind.name() != custom { Err(self.impostor()) } else { Ok(()) }
    }

    /// Checks that it is a convolution of this kernel, stride and dilation, of one filter a channel if it is a depthwise one.
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
        // Padding means nothing to a 1x1 kernel; the files use both names.
        let padding = if kernel == 1 { found.0 } else { padding };
        let expected = (padding, [stride; 2], [dilation; 2], 1);
        if found != expected {
            let words = |(padding, stride, dilation, multiplier)| {
                format!(
                    "{padding:?} padding, stride {stride:?}, dilation {dilation:?}, multiplier {multiplier}"
                )
            };
            return Err(self.differs(words(expected), words(found)));
        }
        Ok(())
    }

    /// Checks that it is a pooling of windows of this size and stride, or of any stride.
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

    /// Checks that it is bilinear resizing, from corner to corner or with half-pixel centres.
    pub(super) fn check_resizing(&self, corners: bool) -> Result<(), ImportError> {
        let kind = self.operator().kind;
        let expected = OperatorKind::ResizeBilinear { align_corners: corners, half_pixel_centers: !corners };
        match kind {
            OperatorKind::ResizeBilinear { .. } if kind == expected => Ok(()),
            OperatorKind::ResizeBilinear { .. } => {
                Err(self.differs(format!("{expected:?}"), format!("{kind:?}")))
            }
            _ => Err(self.impostor()),
        }
    }

    /// Checks that it is the transposed convolution of stride 2 that the networks end in.
    pub(super) fn check_transposed_convolution(&self) -> Result<(), ImportError> {
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

    /// Checks that it joins the channels of one map to those of another, in this order.
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

    /// The activation that is part of it.
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

    /// Its one output, of this size.
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

    /// The values of a constant input, given directly or through a DEQUANTIZE.
    pub(super) fn weight(&self, input: usize, shape: &[usize]) -> Result<Vec<f32>, ImportError> {
        let bad = |reason| ImportError::Weights { operator: self.index, place: self.place.into(), reason };
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
        // Without an early end it is a few instructions for many values.
        let finite = values.iter().fold(true, |finite, value| finite & value.is_finite());
        if !finite && let Some((at, value)) = values.iter().enumerate().find(|(_, value)| !value.is_finite())
        {
            return Err(bad(format!("value {at} of tensor {tensor} is {value}")));
        }
        Ok(values)
    }

    pub(super) fn differs(&self, expected: String, found: String) -> ImportError {
        ImportError::Operator { operator: self.index, place: self.place.into(), expected, found }
    }

    /// For a custom operator that goes by the name of a built-in one.
    fn impostor(&self) -> ImportError {
        let name = self.operator().kind.name();
        self.differs(format!("the built-in {name}"), "a custom operator of that name".into())
    }
}

/// The beginning of a name that a file gives, on one line.
pub(super) fn quoted(name: &str) -> String {
    name.chars().flat_map(char::escape_debug).take(LONGEST_QUOTE).collect()
}

/// The first of some bytes, and how many there are where that is not all.
fn quoted_bytes(bytes: &[u8]) -> String {
    match bytes.get(..LONGEST_QUOTE) {
        Some(first) if bytes.len() > LONGEST_QUOTE => format!("{first:?}... ({} bytes)", bytes.len()),
        _ => format!("{bytes:?}"),
    }
}
