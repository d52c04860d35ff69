//! The blocks that several networks are made of.

use super::ImportError;
use super::feature_map::FeatureMap;
use super::graph::Graph;
use crate::net::{BlockConfig, Bottleneck, Separable};
use crate::ops::Activation;

/// How a gate is stored.
#[derive(Clone, Copy)]
pub(super) struct GateConfig {
    /// Channels between its two layers.
    pub(super) squeezed: usize,
    /// Whether the layers are fully connected ones rather than 1x1 convolutions.
    pub(super) fully_connected: bool,
}

/// The `index`th block of an encoder, from 0, with its gate if it has one.
pub(super) fn bottleneck(
    graph: &mut Graph<'_>,
    index: usize,
    block: &BlockConfig,
    gate: Option<GateConfig>,
    input: &FeatureMap,
) -> Result<(Bottleneck, FeatureMap), ImportError> {
    let place = |part: &str| format!("encoder block {}, {part}", index + 1);
    let BlockConfig { expanded, out, kernel, stride, dilation, activation, .. } = *block;
    let (expand, map) = graph.pointwise(&place("expansion"), input, expanded, activation)?;
    let (depthwise, filtered) = graph.depthwise(
        &place("depthwise convolution"),
        &map,
        [kernel, stride, dilation],
        activation,
        false,
    )?;
    let (gate, gated) = match gate {
        Some(GateConfig { squeezed, fully_connected }) => {
            let name = place("gate");
            let means = graph.global_mean(&name, &filtered)?;
            let (gate, factors) = graph.gate(&name, &means, squeezed, expanded, fully_connected)?;
            (Some(gate), graph.product(&name, &filtered, &factors)?)
        }
        None => (None, filtered),
    };
    let (project, projected) = graph.pointwise(&place("projection"), &gated, out, Activation::Linear)?;
    let output = if block.residual { graph.sum(&place("residual"), &projected, input)? } else { projected };
    Ok((Bottleneck { expand, depthwise, gate, project, residual: block.residual }, output))
}

/// A 3x3 depthwise convolution with ReLU6 and the 1x1 convolution after it.
pub(super) fn separable(
    graph: &mut Graph<'_>,
    name: &str,
    [out, stride, dilation]: [usize; 3],
    activation: Activation,
    input: &FeatureMap,
) -> Result<(Separable, FeatureMap), ImportError> {
    let place = format!("{name}, depthwise convolution");
    let (depthwise, map) = graph.depthwise(&place, input, [3, stride, dilation], Activation::Relu6, false)?;
    let place = format!("{name}, 1x1 convolution");
    let (pointwise, map) = graph.pointwise(&place, &map, out, activation)?;
    Ok((Separable { depthwise, pointwise }, map))
}
