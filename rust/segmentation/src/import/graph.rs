use burn::module::Param;
use burn::tensor::Tensor;
use cyclorama_tflite::{Activation as Fused, Model, Operator, OperatorKind, Padding};

use super::ImportError;
use super::feature_map::FeatureMap;
use super::step::{Step, quoted};
use super::weights::{self, Storage};
use crate::net::{Depthwise, Gate, Head, HeadConfig, Pointwise, Stem};
use crate::ops::{Activation, PixelRange};

/// The custom operator that the selfie networks end in.
pub(super) const TRANSPOSED_CONVOLUTION: &str = "Convolution2DTransposeBias";
/// Most operators that an error lists.
const LONGEST_LIST: usize = 8;

/// A file's operator graph, and which of its operators have been accounted for.
///
/// Each method finds the operator that must come next, has it checked ([`Step`]), and gives the layer that it stands for
/// with the map that it computes. `place` names the part of the network in errors.
pub(super) struct Graph<'m> {
    model: &'m Model<'m>,
    /// Where the weights go.
    storage: Storage<'m>,
    /// The operators that read each tensor.
    readers: Vec<Vec<usize>>,
    visited: Vec<bool>,
}

impl<'m> Graph<'m> {
    pub(super) fn new(model: &'m Model<'m>, storage: Storage<'m>) -> Self {
        let mut readers = vec![Vec::new(); model.tensors().len()];
        for (index, operator) in model.operators().iter().enumerate() {
            for tensor in operator.inputs.iter().flatten() {
                // One that reads a tensor many times reads it.
                if readers[*tensor].last() != Some(&index) {
                    readers[*tensor].push(index);
                }
            }
        }
        Self { model, storage, readers, visited: vec![false; model.operators().len()] }
    }

    /// The graph's input.
    pub(super) fn picture(&self, size: [usize; 2]) -> FeatureMap {
        FeatureMap { tensor: self.model.inputs()[0], size, channels: 3 }
    }

    /// The 3x3 convolution with stride 2 and its activation. In which range it wants its picture the file does not say.
    pub(super) fn stem(
        &mut self,
        place: &str,
        input: &FeatureMap,
        out: usize,
        range: PixelRange,
        activation: Activation,
    ) -> Result<(Stem, FeatureMap), ImportError> {
        let step = self.take(place, input, "CONV_2D")?;
        step.check_convolution(Padding::Same, [3, 2, 1])?;
        let map = step.result(input.size.map(|side| side.div_ceil(2)), out)?;
        // [out, row, column, in] to [row, column, in, out]
        let weight = weights::transposed(&step.weight(1, &[out, 3, 3, input.channels])?, out);
        let bias = step.weight(2, &[out])?;
        let map = self.activated(place, &step, &map, activation)?;
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
        input: &FeatureMap,
        out: usize,
        activation: Activation,
    ) -> Result<(Pointwise, FeatureMap), ImportError> {
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
        input: &FeatureMap,
        first: usize,
        out: usize,
        activation: Activation,
    ) -> Result<(Pointwise, Param<Tensor<2>>, FeatureMap), ImportError> {
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
        input: &FeatureMap,
        [kernel, stride, dilation]: [usize; 3],
        activation: Activation,
        add_input: bool,
    ) -> Result<(Depthwise, FeatureMap), ImportError> {
        let step = self.take(place, input, "DEPTHWISE_CONV_2D")?;
        step.check_convolution(Padding::Same, [kernel, stride, dilation])?;
        let channels = input.channels;
        let map = step.result(input.size.map(|side| side.div_ceil(stride)), channels)?;
        let weight = step.weight(1, &[1, kernel, kernel, channels])?;
        let bias = step.weight(2, &[channels])?;
        let mut map = self.activated(place, &step, &map, activation)?;
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
        means: &FeatureMap,
        squeezed: usize,
        out: usize,
        fully_connected: bool,
    ) -> Result<(Gate, FeatureMap), ImportError> {
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
        input: &FeatureMap,
        config: HeadConfig,
    ) -> Result<(Head, FeatureMap), ImportError> {
        let step = self.take(place, input, TRANSPOSED_CONVOLUTION)?;
        step.check_transposed_convolution()?;
        let HeadConfig { channels, kernel, .. } = config;
        let map = step.result(input.size.map(|side| side * 2), channels)?;
        let shape = [channels, kernel, kernel, input.channels];
        let weight = step.weight(1, &shape)?;
        let bias = step.weight(2, &[channels])?;
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
        step: &Step<'_, '_>,
        result: &FeatureMap,
        activation: Activation,
    ) -> Result<FeatureMap, ImportError> {
        let fused = step.fused();
        match (fused, activation) {
            (Fused::Relu, Activation::Relu) | (Fused::Relu6, Activation::Relu6) => Ok(result.clone()),
            (Fused::None, _) => self.activation(place, result, activation),
            _ => Err(step.differs(format!("activation {activation:?}"), format!("{fused:?}, fused"))),
        }
    }

    /// The operator of an activation function; nothing for [`Activation::Linear`].
    pub(super) fn activation(
        &mut self,
        place: &str,
        input: &FeatureMap,
        activation: Activation,
    ) -> Result<FeatureMap, ImportError> {
        let name = match activation {
            Activation::Linear => return Ok(input.clone()),
            Activation::Relu => "RELU",
            Activation::Relu6 => "RELU6",
            Activation::HardSwish => "HARD_SWISH",
            Activation::Sigmoid => "LOGISTIC",
        };
        self.take(place, input, name)?.result(input.size, input.channels)
    }

    /// The mean over the whole map, stored as a pooling or as a mean over axes.
    pub(super) fn global_mean(&mut self, place: &str, input: &FeatureMap) -> Result<FeatureMap, ImportError> {
        let step = if self.reader(input, "MEAN").is_some() {
            let step = self.take(place, input, "MEAN")?;
            step.check_mean()?;
            step
        } else {
            let step = self.take(place, input, "AVERAGE_POOL_2D")?;
            step.check_pool(input.size, None)?;
            step
        };
        step.result([1, 1], input.channels)
    }

    /// The means of square windows.
    pub(super) fn window_mean(
        &mut self,
        place: &str,
        input: &FeatureMap,
        window: usize,
        stride: usize,
    ) -> Result<FeatureMap, ImportError> {
        let step = self.take(place, input, "AVERAGE_POOL_2D")?;
        step.check_pool([window; 2], Some([stride; 2]))?;
        if input.size.iter().any(|side| *side < window) {
            let [height, width] = input.size;
            return Err(
                step.differs(format!("a map of at least {window}x{window}"), format!("{width}x{height}"))
            );
        }
        step.result(input.size.map(|side| (side - window) / stride + 1), input.channels)
    }

    /// Bilinear resizing, with half-pixel centres or from corner to corner.
    pub(super) fn resized(
        &mut self,
        place: &str,
        input: &FeatureMap,
        size: [usize; 2],
        corners: bool,
    ) -> Result<FeatureMap, ImportError> {
        let step = self.take(place, input, "RESIZE_BILINEAR")?;
        step.check_resizing(corners)?;
        step.result(size, input.channels)
    }

    /// The element-wise sum of two maps.
    pub(super) fn sum(
        &mut self,
        place: &str,
        one: &FeatureMap,
        two: &FeatureMap,
    ) -> Result<FeatureMap, ImportError> {
        self.joined(place, "ADD", one, two)?.result(one.size, one.channels)
    }

    /// A map times the factors of its channels.
    pub(super) fn product(
        &mut self,
        place: &str,
        map: &FeatureMap,
        factors: &FeatureMap,
    ) -> Result<FeatureMap, ImportError> {
        self.joined(place, "MUL", map, factors)?.result(map.size, map.channels)
    }

    /// The channels of one map followed by those of another.
    pub(super) fn concatenation(
        &mut self,
        place: &str,
        one: &FeatureMap,
        two: &FeatureMap,
    ) -> Result<FeatureMap, ImportError> {
        let step = self.joined(place, "CONCATENATION", one, two)?;
        step.check_concatenation(one, two)?;
        step.result(one.size, one.channels + two.channels)
    }

    /// Checks that a map is the graph's one output.
    pub(super) fn is_output(&self, map: &FeatureMap) -> Result<(), ImportError> {
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
                Err(ImportError::Extra { operator, kind: quoted(found.kind.name()) })
            }
        }
    }

    /// A 1x1 convolution or a fully connected layer: its weight as `[in, out]`, its bias, its result after the activation.
    fn layer(
        &mut self,
        place: &str,
        input: &FeatureMap,
        out: usize,
        fully_connected: bool,
        activation: Activation,
    ) -> Result<(Vec<f32>, Vec<f32>, FeatureMap), ImportError> {
        let (step, weight) = if fully_connected {
            let step = self.take(place, input, "FULLY_CONNECTED")?;
            (step, step.weight(1, &[out, input.channels])?)
        } else {
            let step = self.take(place, input, "CONV_2D")?;
            step.check_convolution(Padding::Same, [1; 3])?;
            (step, step.weight(1, &[out, 1, 1, input.channels])?)
        };
        let bias = step.weight(2, &[out])?;
        let map = step.result(input.size, out)?;
        let map = self.activated(place, &step, &map, activation)?;
        Ok((weights::transposed(&weight, out), bias, map))
    }

    fn operator(&self, index: usize) -> &'m Operator<'m> {
        &self.model.operators()[index]
    }

    /// The first unvisited operator of this type that reads the map as its first input.
    fn reader(&self, map: &FeatureMap, name: &str) -> Option<usize> {
        self.readers[map.tensor].iter().copied().find(|index| {
            let operator = self.operator(*index);
            !self.visited[*index]
                && operator.kind.name() == name
                && operator.inputs.first() == Some(&Some(map.tensor))
        })
    }

    fn take<'p>(
        &mut self,
        place: &'p str,
        map: &FeatureMap,
        name: &str,
    ) -> Result<Step<'m, 'p>, ImportError> {
        let index = self.reader(map, name).ok_or_else(|| self.missing(place, map, name))?;
        self.visit(place, index)
    }

    /// The operator of this type that reads these two maps and nothing else.
    fn joined<'p>(
        &mut self,
        place: &'p str,
        name: &str,
        one: &FeatureMap,
        two: &FeatureMap,
    ) -> Result<Step<'m, 'p>, ImportError> {
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
        let step = self.visit(place, index)?;
        step.check_no_activation()?;
        Ok(step)
    }

    /// Accounts for an operator, which was found by its name.
    fn visit<'p>(&mut self, place: &'p str, index: usize) -> Result<Step<'m, 'p>, ImportError> {
        self.visited[index] = true;
        let step = Step::new(self.model, place, index);
        step.check_origin(TRANSPOSED_CONVOLUTION)?;
        Ok(step)
    }

    fn missing(&self, place: &str, map: &FeatureMap, expected: &str) -> ImportError {
        let readers = &self.readers[map.tensor];
        let listed: Vec<String> = readers
            .iter()
            .take(LONGEST_LIST)
            .map(|index| format!("{} ({index})", quoted(self.operator(*index).kind.name())))
            .collect();
        let found = match readers.len() {
            0 => "which nothing reads".to_string(),
            count if count > LONGEST_LIST => {
                format!("which is read by {} and {} more", listed.join(", "), count - LONGEST_LIST)
            }
            _ => format!("which is read by {}", listed.join(", ")),
        };
        ImportError::Missing {
            place: place.into(),
            expected: expected.into(),
            tensor: map.tensor,
            name: quoted(self.model.tensors()[map.tensor].name),
            found,
        }
    }
}
