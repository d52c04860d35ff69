//! The five selfie segmentation models.

use super::ImportError;
use super::block::{SqueezeExciteConfig, bottleneck};
use super::feature_map::FeatureMap;
use super::graph::Graph;
use crate::network::{Context, DecoderStage, GatedContext, SelfieConfig, SelfieNetwork};
use crate::ops::{Activation, Conv2dOptions, DepthwiseOptions, GateInput, PixelRange};

/// Imports a model of this configuration up to its output.
pub(super) fn selfie(
    graph: &mut Graph<'_>,
    config: &SelfieConfig,
    image: &FeatureMap,
) -> Result<(SelfieNetwork, FeatureMap), ImportError> {
    let options =
        Conv2dOptions { stride: 2, range: PixelRange::ZeroToOne, activation: Activation::HardSwish };
    let (stem, half) = graph.stem("stem", image, SelfieConfig::STEM, options)?;
    let mut skips = vec![half.clone()];
    let mut encoder = Vec::new();
    let mut map = half;
    for (index, block) in config.blocks().iter().enumerate() {
        let squeeze_excite = block.squeeze_excite.then(|| SqueezeExciteConfig {
            squeezed: config.squeezed(block.expanded),
            fully_connected: config.fully_connected_gates,
        });
        let (module, output) = bottleneck(graph, index, block, squeeze_excite, &map)?;
        encoder.push(module);
        map = output;
        if SelfieConfig::SKIPS.contains(&index) {
            skips.push(map.clone());
        }
    }
    let (context, mut map) = context(graph, config, &map)?;
    let mut decoder = Vec::new();
    while let Some(skip) = skips.pop() {
        let (stage, output) = decoder_stage(graph, config, skips.len() + 1, &map, &skip)?;
        decoder.push(stage);
        map = output;
    }
    let (head, logits) = graph.head("head", &map, config.head)?;
    let output = if config.head.sigmoid {
        graph.activation("head, logistic function", &logits, Activation::Sigmoid)?
    } else {
        logits
    };
    Ok((SelfieNetwork { stem, encoder, context, decoder, head }, output))
}

fn context(
    graph: &mut Graph<'_>,
    config: &SelfieConfig,
    input: &FeatureMap,
) -> Result<(GatedContext, FeatureMap), ImportError> {
    let channels = SelfieConfig::CONTEXT;
    let (expand, expanded) = graph.pointwise("context, expansion", input, channels, config.relu)?;
    let means = match config.context {
        Context::Global => graph.global_mean("context, gate", input)?,
        Context::Windows => {
            graph.window_mean("context, gate", input, GatedContext::WINDOW, GatedContext::STRIDE)?
        }
    };
    let (gate, gate_map) = graph.pointwise("context, gate", &means, channels, Activation::Sigmoid)?;
    let gate_map = match config.context {
        Context::Global => gate_map,
        Context::Windows => graph.resized("context, gate", &gate_map, expanded.size, false)?,
    };
    let output = graph.product("context, gate", &expanded, &gate_map)?;
    Ok((GatedContext { expand, gate, pooling: config.context }, output))
}

fn decoder_stage(
    graph: &mut Graph<'_>,
    config: &SelfieConfig,
    index: usize,
    below: &FeatureMap,
    skip: &FeatureMap,
) -> Result<(DecoderStage, FeatureMap), ImportError> {
    let layer_name = |part: &str| format!("decoder stage {index}, {part}");
    let channels = skip.channels;
    let upsampled = graph.resized(&layer_name("upsampling"), below, skip.size, false)?;
    let (reduce, reduced) =
        graph.pointwise(&layer_name("reduction"), &upsampled, channels, Activation::Linear)?;

    let name = layer_name("squeeze-and-excitation");
    let combined = match config.gate_input {
        GateInput::Add => graph.sum(&name, skip, &reduced)?,
        GateInput::Concatenate => graph.concatenation(&name, skip, &reduced)?,
    };
    let means = graph.global_mean(&name, &combined)?;
    let (squeeze_excite, gate) = graph.squeeze_excite(&name, &means, channels, channels, false)?;
    let gated = graph.product(&name, skip, &gate)?;

    let merged = graph.sum(&layer_name("fusion"), &gated, &reduced)?;
    let (fuse, fused) =
        graph.pointwise(&layer_name("fusion"), &merged, channels, config.fusion_activation())?;
    let options = DepthwiseOptions { stride: 1, dilation: 1, activation: config.relu, add_input: true };
    let (refine, output) = graph.depthwise(&layer_name("refinement"), &fused, 3, options)?;
    Ok((DecoderStage { reduce, squeeze_excite, gate_input: config.gate_input, fuse, refine }, output))
}
