//! Blocks that several architectures share.

use super::ImportError;
use super::feature_map::FeatureMap;
use super::graph::Graph;
use crate::network::{BlockConfig, Bottleneck, Separable};
use crate::ops::{Activation, DepthwiseOptions};

/// How squeeze-and-excitation is stored.
#[derive(Clone, Copy)]
pub(super) struct SqueezeExciteConfig {
    /// Channels between its two layers.
    pub(super) squeezed: usize,
    /// Whether the layers are stored as fully connected rather than as 1x1 convolutions.
    pub(super) fully_connected: bool,
}

/// Block number `index` of an encoder, counted from 0.
pub(super) fn bottleneck(
    graph: &mut Graph<'_>,
    index: usize,
    block: &BlockConfig,
    squeeze_excite: Option<SqueezeExciteConfig>,
    input: &FeatureMap,
) -> Result<(Bottleneck, FeatureMap), ImportError> {
    let layer_name = |part: &str| format!("encoder block {}, {part}", index + 1);
    let BlockConfig { expanded, out, kernel, stride, dilation, activation, .. } = *block;
    let (expand, map) = graph.pointwise(&layer_name("expansion"), input, expanded, activation)?;
    let options = DepthwiseOptions { stride, dilation, activation, add_input: false };
    let (depthwise, filtered) =
        graph.depthwise(&layer_name("depthwise convolution"), &map, kernel, options)?;
    let (squeeze_excite, gated) = match squeeze_excite {
        Some(SqueezeExciteConfig { squeezed, fully_connected }) => {
            let name = layer_name("squeeze-and-excitation");
            let means = graph.global_mean(&name, &filtered)?;
            let (layer, gate) = graph.squeeze_excite(&name, &means, squeezed, expanded, fully_connected)?;
            (Some(layer), graph.product(&name, &filtered, &gate)?)
        }
        None => (None, filtered),
    };
    let (project, projected) = graph.pointwise(&layer_name("projection"), &gated, out, Activation::Linear)?;
    let output =
        if block.residual { graph.sum(&layer_name("residual"), &projected, input)? } else { projected };
    Ok((Bottleneck { expand, depthwise, squeeze_excite, project, residual: block.residual }, output))
}

/// A 3x3 depthwise convolution with ReLU6, followed by a 1x1 convolution.
pub(super) fn separable(
    graph: &mut Graph<'_>,
    name: &str,
    [out, stride, dilation]: [usize; 3],
    activation: Activation,
    input: &FeatureMap,
) -> Result<(Separable, FeatureMap), ImportError> {
    let layer_name = format!("{name}, depthwise convolution");
    let options = DepthwiseOptions { stride, dilation, activation: Activation::Relu6, add_input: false };
    let (depthwise, map) = graph.depthwise(&layer_name, input, 3, options)?;
    let layer_name = format!("{name}, 1x1 convolution");
    let (pointwise, map) = graph.pointwise(&layer_name, &map, out, activation)?;
    Ok((Separable { depthwise, pointwise }, map))
}
