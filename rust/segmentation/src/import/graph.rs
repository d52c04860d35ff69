use burn::module::Param;
use burn::tensor::Tensor;
use cyclorama_tflite::{Activation as Fused, Model, Operator, OperatorKind, Padding};

use super::ImportError;
use super::feature_map::FeatureMap;
use super::step::{Step, quoted};
use super::weights::{self, Storage};
use crate::network::{Depthwise, Head, HeadConfig, Pointwise, SqueezeExcite, Stem};
use crate::ops::{Activation, Conv2dOptions, DepthwiseOptions};

/// The last operator of the selfie models, a custom one.
pub(super) const CONV_TRANSPOSE_2D: &str = "Convolution2DTransposeBias";
/// Maximum number of operators that an error lists.
const MAX_LISTED: usize = 8;

/// A file's operator graph, with a record of the operators visited.
///
/// Each method finds the next operator, checks it ([`Step`]), and returns its layer and the feature map that it computes.
/// `layer_name` names the layer in errors.
pub(super) struct Graph<'m> {
    model: &'m Model<'m>,
    /// How to store the weights.
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
                // An operator may read one tensor several times.
                if readers[*tensor].last() != Some(&index) {
                    readers[*tensor].push(index);
                }
            }
        }
        Self { model, storage, readers, visited: vec![false; model.operators().len()] }
    }

    /// The graph's input.
    pub(super) fn image(&self, size: [usize; 2]) -> FeatureMap {
        FeatureMap { tensor: self.model.inputs()[0], size, channels: 3 }
    }

    /// The 3x3 convolution with stride 2 and its activation. Its pixel range is not part of the file.
    pub(super) fn stem(
        &mut self,
        layer_name: &str,
        input: &FeatureMap,
        out: usize,
        options: Conv2dOptions,
    ) -> Result<(Stem, FeatureMap), ImportError> {
        let step = self.take(layer_name, input, "CONV_2D")?;
        let Conv2dOptions { stride, activation, .. } = options;
        step.check_convolution(Padding::Same, [3, stride, 1])?;
        let map = step.result(input.size.map(|side| side.div_ceil(stride)), out)?;
        // [out, row, column, in] to [row, column, in, out]
        let weight = weights::transposed(&step.weight(1, &[out, 3, 3, input.channels])?, out);
        let bias = step.weight(2, &[out])?;
        let map = self.activated(layer_name, &step, &map, activation)?;
        let stem = Stem {
            weight: weights::plain(self.storage, weight, [3, 3, input.channels, out]),
            bias: weights::plain(self.storage, bias, [out]),
            options,
        };
        Ok((stem, map))
    }

    /// A 1x1 convolution and its activation.
    pub(super) fn pointwise(
        &mut self,
        layer_name: &str,
        input: &FeatureMap,
        out: usize,
        activation: Activation,
    ) -> Result<(Pointwise, FeatureMap), ImportError> {
        let (weight, bias, map) = self.layer(layer_name, input, out, false, activation)?;
        let layer = Pointwise {
            weight: weights::packed(self.storage, weight, [input.channels, out]),
            bias: weights::plain(self.storage, bias, [out]),
            activation,
        };
        Ok((layer, map))
    }

    /// A 1x1 convolution and its activation, split by input channels. Returns the layer of the first `first` channels
    /// (linear, with the bias), then the weight of the other channels.
    pub(super) fn split_pointwise(
        &mut self,
        layer_name: &str,
        input: &FeatureMap,
        first: usize,
        out: usize,
        activation: Activation,
    ) -> Result<(Pointwise, Param<Tensor<2>>, FeatureMap), ImportError> {
        let (mut weight, bias, map) = self.layer(layer_name, input, out, false, activation)?;
        let rest = weight.split_off(first * out);
        let layer = Pointwise {
            weight: weights::packed(self.storage, weight, [first, out]),
            bias: weights::plain(self.storage, bias, [out]),
            activation: Activation::Linear,
        };
        Ok((layer, weights::packed(self.storage, rest, [input.channels - first, out]), map))
    }

    /// A depthwise convolution and its activation, plus the sum with its input if `add_input` is set.
    pub(super) fn depthwise(
        &mut self,
        layer_name: &str,
        input: &FeatureMap,
        kernel: usize,
        options: DepthwiseOptions,
    ) -> Result<(Depthwise, FeatureMap), ImportError> {
        let DepthwiseOptions { stride, dilation, activation, add_input } = options;
        let step = self.take(layer_name, input, "DEPTHWISE_CONV_2D")?;
        step.check_convolution(Padding::Same, [kernel, stride, dilation])?;
        let channels = input.channels;
        let map = step.result(input.size.map(|side| side.div_ceil(stride)), channels)?;
        let weight = step.weight(1, &[1, kernel, kernel, channels])?;
        let bias = step.weight(2, &[channels])?;
        let mut map = self.activated(layer_name, &step, &map, activation)?;
        if add_input {
            map = self.sum(layer_name, &map, input)?;
        }
        let layer = Depthwise {
            weight: weights::plain(self.storage, weight, [kernel, kernel, channels]),
            bias: weights::plain(self.storage, bias, [channels]),
            options,
        };
        Ok((layer, map))
    }

    /// The two layers of squeeze-and-excitation on channel means. Returns them with the gate.
    pub(super) fn squeeze_excite(
        &mut self,
        layer_name: &str,
        means: &FeatureMap,
        squeezed: usize,
        out: usize,
        fully_connected: bool,
    ) -> Result<(SqueezeExcite, FeatureMap), ImportError> {
        let (squeeze_weight, squeeze_bias, map) =
            self.layer(layer_name, means, squeezed, fully_connected, Activation::Relu)?;
        let (excite_weight, excite_bias, map) =
            self.layer(layer_name, &map, out, fully_connected, Activation::Sigmoid)?;
        let layer = SqueezeExcite {
            squeeze_weight: weights::packed(self.storage, squeeze_weight, [means.channels, squeezed]),
            squeeze_bias: weights::plain(self.storage, squeeze_bias, [squeezed]),
            excite_weight: weights::packed(self.storage, excite_weight, [squeezed, out]),
            excite_bias: weights::plain(self.storage, excite_bias, [out]),
        };
        Ok((layer, map))
    }

    /// The transposed convolution at the end of the model.
    pub(super) fn head(
        &mut self,
        layer_name: &str,
        input: &FeatureMap,
        config: HeadConfig,
    ) -> Result<(Head, FeatureMap), ImportError> {
        let step = self.take(layer_name, input, CONV_TRANSPOSE_2D)?;
        step.check_conv_transpose2d()?;
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

    /// The feature map after a layer's activation, which may be fused into the layer's operator or separate.
    fn activated(
        &mut self,
        layer_name: &str,
        step: &Step<'_, '_>,
        result: &FeatureMap,
        activation: Activation,
    ) -> Result<FeatureMap, ImportError> {
        let fused = step.fused();
        match (fused, activation) {
            (Fused::Relu, Activation::Relu) | (Fused::Relu6, Activation::Relu6) => Ok(result.clone()),
            (Fused::None, _) => self.activation(layer_name, result, activation),
            _ => Err(step.differs(format!("activation {activation:?}"), format!("{fused:?}, fused"))),
        }
    }

    /// The operator of an activation function; none for [`Activation::Linear`].
    pub(super) fn activation(
        &mut self,
        layer_name: &str,
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
        self.take(layer_name, input, name)?.result(input.size, input.channels)
    }

    /// The mean over the whole feature map, stored as a pooling or as a mean over axes.
    pub(super) fn global_mean(
        &mut self,
        layer_name: &str,
        input: &FeatureMap,
    ) -> Result<FeatureMap, ImportError> {
        let step = if self.reader(input, "MEAN").is_some() {
            let step = self.take(layer_name, input, "MEAN")?;
            step.check_mean()?;
            step
        } else {
            let step = self.take(layer_name, input, "AVERAGE_POOL_2D")?;
            step.check_pool(input.size, None)?;
            step
        };
        step.result([1, 1], input.channels)
    }

    /// Average pooling with square windows.
    pub(super) fn window_mean(
        &mut self,
        layer_name: &str,
        input: &FeatureMap,
        window: usize,
        stride: usize,
    ) -> Result<FeatureMap, ImportError> {
        let step = self.take(layer_name, input, "AVERAGE_POOL_2D")?;
        step.check_pool([window; 2], Some([stride; 2]))?;
        if input.size.iter().any(|side| *side < window) {
            let [height, width] = input.size;
            return Err(step.differs(
                format!("a feature map of at least {window}x{window}"),
                format!("{width}x{height}"),
            ));
        }
        step.result(input.size.map(|side| (side - window) / stride + 1), input.channels)
    }

    /// Bilinear resizing, with half-pixel centers or aligned corners.
    pub(super) fn resized(
        &mut self,
        layer_name: &str,
        input: &FeatureMap,
        size: [usize; 2],
        align_corners: bool,
    ) -> Result<FeatureMap, ImportError> {
        let step = self.take(layer_name, input, "RESIZE_BILINEAR")?;
        step.check_resizing(align_corners)?;
        step.result(size, input.channels)
    }

    /// The element-wise sum of two feature maps.
    pub(super) fn sum(
        &mut self,
        layer_name: &str,
        one: &FeatureMap,
        two: &FeatureMap,
    ) -> Result<FeatureMap, ImportError> {
        self.of_two(layer_name, "ADD", one, two)?.result(one.size, one.channels)
    }

    /// A feature map multiplied by its gate.
    pub(super) fn product(
        &mut self,
        layer_name: &str,
        map: &FeatureMap,
        gate: &FeatureMap,
    ) -> Result<FeatureMap, ImportError> {
        self.of_two(layer_name, "MUL", map, gate)?.result(map.size, map.channels)
    }

    /// The channels of one feature map followed by those of another.
    pub(super) fn concatenation(
        &mut self,
        layer_name: &str,
        one: &FeatureMap,
        two: &FeatureMap,
    ) -> Result<FeatureMap, ImportError> {
        let step = self.of_two(layer_name, "CONCATENATION", one, two)?;
        step.check_concatenation(one, two)?;
        step.result(one.size, one.channels + two.channels)
    }

    /// Checks that a feature map is the graph's only output.
    pub(super) fn is_output(&self, map: &FeatureMap) -> Result<(), ImportError> {
        if self.model.outputs() == [map.tensor] {
            return Ok(());
        }
        let outputs = self.model.outputs();
        Err(ImportError::Interface(format!("its outputs are tensors {outputs:?}, expected {}", map.tensor)))
    }

    /// Checks that all operators were visited.
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

    /// A 1x1 convolution or a fully connected layer: its weight as `[in, out]`, its bias, and its result after the
    /// activation.
    fn layer(
        &mut self,
        layer_name: &str,
        input: &FeatureMap,
        out: usize,
        fully_connected: bool,
        activation: Activation,
    ) -> Result<(Vec<f32>, Vec<f32>, FeatureMap), ImportError> {
        let (step, weight) = if fully_connected {
            let step = self.take(layer_name, input, "FULLY_CONNECTED")?;
            (step, step.weight(1, &[out, input.channels])?)
        } else {
            let step = self.take(layer_name, input, "CONV_2D")?;
            step.check_convolution(Padding::Same, [1; 3])?;
            (step, step.weight(1, &[out, 1, 1, input.channels])?)
        };
        let bias = step.weight(2, &[out])?;
        let map = step.result(input.size, out)?;
        let map = self.activated(layer_name, &step, &map, activation)?;
        Ok((weights::transposed(&weight, out), bias, map))
    }

    fn operator(&self, index: usize) -> &'m Operator<'m> {
        &self.model.operators()[index]
    }

    /// The first unvisited operator of this type that reads the feature map as its first input.
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
        layer_name: &'p str,
        map: &FeatureMap,
        name: &str,
    ) -> Result<Step<'m, 'p>, ImportError> {
        let index = self.reader(map, name).ok_or_else(|| self.missing(layer_name, map, name))?;
        self.visit(layer_name, index)
    }

    /// The operator of this type whose inputs are these two feature maps.
    fn of_two<'p>(
        &mut self,
        layer_name: &'p str,
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
            .ok_or_else(|| self.missing(layer_name, one, &format!("{name} with tensor {}", two.tensor)))?;
        let step = self.visit(layer_name, index)?;
        step.check_no_activation()?;
        Ok(step)
    }

    /// Marks an operator, found by its name, as visited.
    fn visit<'p>(&mut self, layer_name: &'p str, index: usize) -> Result<Step<'m, 'p>, ImportError> {
        self.visited[index] = true;
        let step = Step::new(self.model, layer_name, index);
        step.check_origin(CONV_TRANSPOSE_2D)?;
        Ok(step)
    }

    fn missing(&self, layer_name: &str, map: &FeatureMap, expected: &str) -> ImportError {
        let readers = &self.readers[map.tensor];
        let listed: Vec<String> = readers
            .iter()
            .take(MAX_LISTED)
            .map(|index| format!("{} ({index})", quoted(self.operator(*index).kind.name())))
            .collect();
        let found = match readers.len() {
            0 => "which no operator reads".to_string(),
            count if count > MAX_LISTED => {
                format!("which is read by {} and {} more", listed.join(", "), count - MAX_LISTED)
            }
            _ => format!("which is read by {}", listed.join(", ")),
        };
        ImportError::Missing {
            layer_name: layer_name.into(),
            expected: expected.into(),
            tensor: map.tensor,
            name: quoted(self.model.tensors()[map.tensor].name),
            found,
        }
    }
}
