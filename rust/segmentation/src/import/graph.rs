use burn::module::Param;
use burn::tensor::Tensor;
use cyclorama_tflite::{Activation as Fused, Model, Operator, OperatorKind, Padding};

use super::ImportError;
use super::weights::{self, Storage};
use crate::net::{Depthwise, Gate, Head, HeadConfig, Pointwise, Stem};
use crate::ops::{Activation, PixelRange};

/// A map that the graph computes: a tensor of shape `[1, height, width, channels]`.
#[derive(Clone, Debug)]
pub(super) struct Map {
    tensor: usize,
    /// Height and width.
    pub(super) size: [usize; 2],
    pub(super) channels: usize,
}

/// A file's operator graph, and which of its operators have been accounted for.
///
/// Each method finds the operator that must come next, checks it, and gives the layer that it stands for with the
/// map that it computes. `place` names the part of the network in errors.
pub(super) struct Graph<'m> {
    model: &'m Model<'m>,
    /// Where the weights go.
    storage: Storage<'m>,
    readers: Vec<Vec<usize>>,
    visited: Vec<bool>,
}

impl<'m> Graph<'m> {
    pub(super) fn new(model: &'m Model<'m>, storage: Storage<'m>) -> Self {
        let mut readers = vec![Vec::new(); model.tensors().len()];
        for (index, operator) in model.operators().iter().enumerate() {
            for tensor in operator.inputs.iter().flatten() {
                readers[*tensor].push(index);
            }
        }
        Self { model, storage, readers, visited: vec![false; model.operators().len()] }
    }

    /// The graph's input.
    pub(super) fn picture(&self, size: [usize; 2]) -> Map {
        Map { tensor: self.model.inputs()[0], size, channels: 3 }
    }

    /// The 3x3 convolution with stride 2 and its activation. In which range it wants its picture the file does not say.
    pub(super) fn stem(
        &mut self,
        place: &str,
        input: &Map,
        out: usize,
        range: PixelRange,
        activation: Activation,
    ) -> Result<(Stem, Map), ImportError> {
        let index = self.take(place, input, "CONV_2D")?;
        self.check_convolution(place, index, Padding::Same, [3, 2, 1])?;
        let map = self.result(place, index, input.size.map(|side| side.div_ceil(2)), out)?;
        // [out, row, column, in] to [row, column, in, out]
        let weight = weights::transposed(&self.weight(place, index, 1, &[out, 3, 3, input.channels])?, out);
        let bias = self.weight(place, index, 2, &[out])?;
        let map = self.activated(place, index, &map, activation)?;
        let stem = Stem {
            weight: weights::plain(self.storage, weight, [3, 3, input.channels, out]),
            bias: weights::plain(self.storage, bias, [out]),
            range,
            activation,
        };
        Ok((stem, map))
    }

    /// A 1x1 convolution and its activation.
    pub(super) fn pointwise(
        &mut self,
        place: &str,
        input: &Map,
        out: usize,
        activation: Activation,
    ) -> Result<(Pointwise, Map), ImportError> {
        let (weight, bias, map) = self.layer(place, input, out, false, activation)?;
        let layer = Pointwise {
            weight: weights::packed(self.storage, weight, [input.channels, out]),
            bias: weights::plain(self.storage, bias, [out]),
            activation,
        };
        Ok((layer, map))
    }

    /// A 1x1 convolution and its activation, of which the first channels of its input, as many as `first`, are to be
    /// multiplied on their own: that part, linear and with the bias, then the weight of the rest.
    pub(super) fn split_pointwise(
        &mut self,
        place: &str,
        input: &Map,
        first: usize,
        out: usize,
        activation: Activation,
    ) -> Result<(Pointwise, Param<Tensor<2>>, Map), ImportError> {
        let (mut weight, bias, map) = self.layer(place, input, out, false, activation)?;
        let rest = weight.split_off(first * out);
        let layer = Pointwise {
            weight: weights::packed(self.storage, weight, [first, out]),
            bias: weights::plain(self.storage, bias, [out]),
            activation: Activation::Linear,
        };
        Ok((layer, weights::packed(self.storage, rest, [input.channels - first, out]), map))
    }

    /// A depthwise convolution of this kernel, stride and dilation and its activation, and the sum with its input where
    /// `add_input` is set.
    pub(super) fn depthwise(
        &mut self,
        place: &str,
        input: &Map,
        [kernel, stride, dilation]: [usize; 3],
        activation: Activation,
        add_input: bool,
    ) -> Result<(Depthwise, Map), ImportError> {
        let index = self.take(place, input, "DEPTHWISE_CONV_2D")?;
        self.check_convolution(place, index, Padding::Same, [kernel, stride, dilation])?;
        let channels = input.channels;
        let map = self.result(place, index, input.size.map(|side| side.div_ceil(stride)), channels)?;
        let weight = self.weight(place, index, 1, &[1, kernel, kernel, channels])?;
        let bias = self.weight(place, index, 2, &[channels])?;
        let mut map = self.activated(place, index, &map, activation)?;
        if add_input {
            map = self.sum(place, &map, input)?;
        }
        let layer = Depthwise {
            weight: weights::plain(self.storage, weight, [kernel, kernel, channels]),
            bias: weights::plain(self.storage, bias, [channels]),
            stride,
            dilation,
            activation,
            add_input,
        };
        Ok((layer, map))
    }

    /// The two layers of a gate on a map of means.
    pub(super) fn gate(
        &mut self,
        place: &str,
        means: &Map,
        squeezed: usize,
        out: usize,
        fully_connected: bool,
    ) -> Result<(Gate, Map), ImportError> {
        let (squeeze_weight, squeeze_bias, map) =
            self.layer(place, means, squeezed, fully_connected, Activation::Relu)?;
        let (excite_weight, excite_bias, map) =
            self.layer(place, &map, out, fully_connected, Activation::Sigmoid)?;
        let gate = Gate {
            squeeze_weight: weights::packed(self.storage, squeeze_weight, [means.channels, squeezed]),
            squeeze_bias: weights::plain(self.storage, squeeze_bias, [squeezed]),
            excite_weight: weights::packed(self.storage, excite_weight, [squeezed, out]),
            excite_bias: weights::plain(self.storage, excite_bias, [out]),
        };
        Ok((gate, map))
    }

    /// The transposed convolution that ends the network.
    pub(super) fn head(
        &mut self,
        place: &str,
        input: &Map,
        config: HeadConfig,
    ) -> Result<(Head, Map), ImportError> {
        /// `TfLiteTransposeConvParams`: padding (1 is SAME), stride width, stride height.
        const OPTIONS: [u8; 12] = [1, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0];
        let index = self.take(place, input, "Convolution2DTransposeBias")?;
        let OperatorKind::Custom { options, .. } = self.operator(index).kind else {
            let found = format!("{:?}", self.operator(index).kind);
            return Err(self.differs(place, index, "a custom operator".into(), found));
        };
        if options != OPTIONS {
            let expected = format!("SAME padding and stride 2, options {OPTIONS:?}");
            return Err(self.differs(place, index, expected, format!("options {options:?}")));
        }
        let HeadConfig { channels, kernel, .. } = config;
        let map = self.result(place, index, input.size.map(|side| side * 2), channels)?;
        let shape = [channels, kernel, kernel, input.channels];
        let weight = self.weight(place, index, 1, &shape)?;
        let bias = self.weight(place, index, 2, &[channels])?;
        Ok((
            Head {
                weight: weights::plain(self.storage, weight, shape),
                bias: weights::plain(self.storage, bias, [channels]),
            },
            map,
        ))
    }

    /// What a layer's activation makes of its result, be it fused into the layer's operator or one of its own.
    fn activated(
        &mut self,
        place: &str,
        index: usize,
        result: &Map,
        activation: Activation,
    ) -> Result<Map, ImportError> {
        let fused = self.fused(index);
        match (fused, activation) {
            (Fused::Relu, Activation::Relu) | (Fused::Relu6, Activation::Relu6) => Ok(result.clone()),
            (Fused::None, _) => self.activation(place, result, activation),
            _ => Err(self.differs(
                place,
                index,
                format!("activation {activation:?}"),
                format!("{fused:?}, fused"),
            )),
        }
    }

    /// The operator of an activation function; nothing for [`Activation::Linear`].
    pub(super) fn activation(
        &mut self,
        place: &str,
        input: &Map,
        activation: Activation,
    ) -> Result<Map, ImportError> {
        let name = match activation {
            Activation::Linear => return Ok(input.clone()),
            Activation::Relu => "RELU",
            Activation::Relu6 => "RELU6",
            Activation::HardSwish => "HARD_SWISH",
            Activation::Sigmoid => "LOGISTIC",
        };
        let index = self.take(place, input, name)?;
        self.result(place, index, input.size, input.channels)
    }

    /// The mean over the whole map, stored as a pooling or as a mean over axes.
    pub(super) fn global_mean(&mut self, place: &str, input: &Map) -> Result<Map, ImportError> {
        let index = match self.reader(input, "MEAN") {
            Some(index) => {
                self.visited[index] = true;
                let axes = self.operator(index).inputs.get(1).copied().flatten();
                let axes = axes.and_then(|tensor| self.model.tensors()[tensor].data);
                // The axes are little-endian 32-bit integers.
                let rows_and_columns = [1, 0, 0, 0, 2, 0, 0, 0];
                if axes != Some(&rows_and_columns) {
                    let found = format!("a mean over {axes:?}");
                    return Err(self.differs(place, index, "a mean over axes 1 and 2".into(), found));
                }
                index
            }
            None => {
                let index = self.take(place, input, "AVERAGE_POOL_2D")?;
                self.check_pool(place, index, input.size, None)?;
                index
            }
        };
        self.result(place, index, [1, 1], input.channels)
    }

    /// The means of square windows.
    pub(super) fn window_mean(
        &mut self,
        place: &str,
        input: &Map,
        window: usize,
        stride: usize,
    ) -> Result<Map, ImportError> {
        let index = self.take(place, input, "AVERAGE_POOL_2D")?;
        self.check_pool(place, index, [window; 2], Some([stride; 2]))?;
        if input.size.iter().any(|side| *side < window) {
            let [height, width] = input.size;
            let expected = format!("a map of at least {window}x{window}");
            return Err(self.differs(place, index, expected, format!("{width}x{height}")));
        }
        self.result(place, index, input.size.map(|side| (side - window) / stride + 1), input.channels)
    }

    /// Bilinear resizing, with half-pixel centres or from corner to corner.
    pub(super) fn resized(
        &mut self,
        place: &str,
        input: &Map,
        size: [usize; 2],
        corners: bool,
    ) -> Result<Map, ImportError> {
        let index = self.take(place, input, "RESIZE_BILINEAR")?;
        let kind = self.operator(index).kind;
        let expected = OperatorKind::ResizeBilinear { align_corners: corners, half_pixel_centers: !corners };
        if kind != expected {
            return Err(self.differs(place, index, format!("{expected:?}"), format!("{kind:?}")));
        }
        self.result(place, index, size, input.channels)
    }

    /// The element-wise sum of two maps.
    pub(super) fn sum(&mut self, place: &str, one: &Map, two: &Map) -> Result<Map, ImportError> {
        self.joined(place, "ADD", one, two, one.channels)
    }

    /// A map times the factors of its channels.
    pub(super) fn product(&mut self, place: &str, map: &Map, factors: &Map) -> Result<Map, ImportError> {
        self.joined(place, "MUL", map, factors, map.channels)
    }

    /// The channels of one map followed by those of another.
    pub(super) fn concatenation(&mut self, place: &str, one: &Map, two: &Map) -> Result<Map, ImportError> {
        let map = self.joined(place, "CONCATENATION", one, two, one.channels + two.channels)?;
        let index = self.producer(&map);
        let operator = self.operator(index);
        let last_axis = matches!(operator.kind, OperatorKind::Concatenation { axis: -1 | 3, .. });
        if !last_axis || operator.inputs.first() != Some(&Some(one.tensor)) {
            let found = format!("{:?} of tensors {:?}", operator.kind, operator.inputs);
            let expected = format!("the channels of tensor {}, then of {}", one.tensor, two.tensor);
            return Err(self.differs(place, index, expected, found));
        }
        Ok(map)
    }

    /// Checks that a map is the graph's one output.
    pub(super) fn is_output(&self, map: &Map) -> Result<(), ImportError> {
        if self.model.outputs() == [map.tensor] {
            return Ok(());
        }
        let outputs = self.model.outputs();
        Err(ImportError::Interface(format!("its outputs are tensors {outputs:?}, expected {}", map.tensor)))
    }

    /// Checks that no operator is left over.
    pub(super) fn finish(self) -> Result<(), ImportError> {
        let operators = self.model.operators().iter().enumerate();
        match operators
            .zip(&self.visited)
            .find(|((_, operator), visited)| !**visited && !matches!(operator.kind, OperatorKind::Dequantize))
        {
            None => Ok(()),
            Some(((operator, found), _)) => {
                Err(ImportError::Extra { operator, kind: found.kind.name().to_string() })
            }
        }
    }

    /// A 1x1 convolution or a fully connected layer: its weight as `[in, out]`, its bias, its result after the activation.
    fn layer(
        &mut self,
        place: &str,
        input: &Map,
        out: usize,
        fully_connected: bool,
        activation: Activation,
    ) -> Result<(Vec<f32>, Vec<f32>, Map), ImportError> {
        let weight = if fully_connected {
            let index = self.take(place, input, "FULLY_CONNECTED")?;
            (index, self.weight(place, index, 1, &[out, input.channels])?)
        } else {
            let index = self.take(place, input, "CONV_2D")?;
            self.check_convolution(place, index, Padding::Same, [1; 3])?;
            (index, self.weight(place, index, 1, &[out, 1, 1, input.channels])?)
        };
        let (index, weight) = weight;
        let bias = self.weight(place, index, 2, &[out])?;
        let map = self.result(place, index, input.size, out)?;
        let map = self.activated(place, index, &map, activation)?;
        Ok((weights::transposed(&weight, out), bias, map))
    }

    fn operator(&self, index: usize) -> &'m Operator<'m> {
        &self.model.operators()[index]
    }

    /// The first unvisited operator of this type that reads the map as its first input.
    fn reader(&self, map: &Map, name: &str) -> Option<usize> {
        self.readers[map.tensor].iter().copied().find(|index| {
            let operator = self.operator(*index);
            !self.visited[*index]
                && operator.kind.name() == name
                && operator.inputs.first() == Some(&Some(map.tensor))
        })
    }

    fn take(&mut self, place: &str, map: &Map, name: &str) -> Result<usize, ImportError> {
        let index = self.reader(map, name).ok_or_else(|| self.missing(place, map, name))?;
        self.visited[index] = true;
        Ok(index)
    }

    fn joined(
        &mut self,
        place: &str,
        name: &str,
        one: &Map,
        two: &Map,
        channels: usize,
    ) -> Result<Map, ImportError> {
        let (a, b) = (Some(one.tensor), Some(two.tensor));
        let index = self.readers[one.tensor]
            .iter()
            .copied()
            .find(|index| {
                let operator = self.operator(*index);
                !self.visited[*index]
                    && operator.kind.name() == name
                    && (operator.inputs == [a, b] || operator.inputs == [b, a])
            })
            .ok_or_else(|| self.missing(place, one, &format!("{name} with tensor {}", two.tensor)))?;
        self.visited[index] = true;
        self.check_no_activation(place, index)?;
        self.result(place, index, one.size, channels)
    }

    fn producer(&self, map: &Map) -> usize {
        let operators = self.model.operators().iter();
        operators.into_iter().position(|operator| operator.outputs.contains(&map.tensor)).unwrap_or(0)
    }

    /// The one output of an operator, of this size.
    fn result(
        &self,
        place: &str,
        index: usize,
        size: [usize; 2],
        channels: usize,
    ) -> Result<Map, ImportError> {
        let expected = [1, size[0], size[1], channels];
        match *self.operator(index).outputs {
            [tensor] if self.model.tensors()[tensor].shape == expected => Ok(Map { tensor, size, channels }),
            [tensor] => {
                let found = format!("{:?}", self.model.tensors()[tensor].shape);
                Err(self.differs(place, index, format!("a result of shape {expected:?}"), found))
            }
            ref outputs => {
                Err(self.differs(place, index, "one output".into(), format!("{} outputs", outputs.len())))
            }
        }
    }

    fn check_convolution(
        &self,
        place: &str,
        index: usize,
        padding: Padding,
        [kernel, stride, dilation]: [usize; 3],
    ) -> Result<(), ImportError> {
        let found = match self.operator(index).kind {
            OperatorKind::Conv2d { padding, stride, dilation, .. } => (padding, stride, dilation, 1),
            OperatorKind::DepthwiseConv2d { padding, stride, dilation, multiplier, .. } => {
                (padding, stride, dilation, multiplier)
            }
            _ => return Err(self.impostor(place, index)),
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
            return Err(self.differs(place, index, words(expected), words(found)));
        }
        Ok(())
    }

    fn check_pool(
        &self,
        place: &str,
        index: usize,
        window: [usize; 2],
        stride: Option<[usize; 2]>,
    ) -> Result<(), ImportError> {
        let OperatorKind::AveragePool2d { padding, stride: found_stride, window: found_window, .. } =
            self.operator(index).kind
        else {
            return Err(self.impostor(place, index));
        };
        let stride = stride.unwrap_or(found_stride);
        if (padding, found_window, found_stride) != (Padding::Valid, window, stride) {
            let expected = format!("VALID windows of {window:?}, stride {stride:?}");
            let found = format!("{padding:?} windows of {found_window:?}, stride {found_stride:?}");
            return Err(self.differs(place, index, expected, found));
        }
        self.check_no_activation(place, index)
    }

    fn check_no_activation(&self, place: &str, index: usize) -> Result<(), ImportError> {
        match self.fused(index) {
            Fused::None => Ok(()),
            fused => Err(self.differs(place, index, "no fused activation".into(), format!("{fused:?}"))),
        }
    }

    /// The activation that is part of an operator.
    fn fused(&self, index: usize) -> Fused {
        match self.operator(index).kind {
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

    /// The values of an operator's constant input, given directly or through a DEQUANTIZE.
    fn weight(
        &self,
        place: &str,
        index: usize,
        input: usize,
        shape: &[usize],
    ) -> Result<Vec<f32>, ImportError> {
        let bad = |reason| ImportError::Weights { operator: index, place: place.into(), reason };
        let operator = self.operator(index);
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
        match values.iter().position(|value| !value.is_finite()) {
            Some(at) => Err(bad(format!("value {at} of tensor {tensor} is {}", values[at]))),
            None => Ok(values),
        }
    }

    fn differs(&self, place: &str, operator: usize, expected: String, found: String) -> ImportError {
        ImportError::Operator { operator, place: place.into(), expected, found }
    }

    /// For a custom operator that goes by the name of a built-in one.
    fn impostor(&self, place: &str, operator: usize) -> ImportError {
        let name = self.operator(operator).kind.name();
        self.differs(place, operator, format!("the built-in {name}"), "a custom operator of that name".into())
    }

    fn missing(&self, place: &str, map: &Map, expected: &str) -> ImportError {
        let readers: Vec<String> = self.readers[map.tensor]
            .iter()
            .map(|index| format!("{} ({})", self.operator(*index).kind.name(), index))
            .collect();
        let found = if readers.is_empty() {
            "which nothing reads".to_string()
        } else {
            format!("which is read by {}", readers.join(", "))
        };
        ImportError::Missing {
            place: place.into(),
            expected: expected.into(),
            tensor: map.tensor,
            name: self.model.tensors()[map.tensor].name.chars().take(80).collect(),
            found,
        }
    }
}
