//! The five selfie segmentation networks.

use super::ImportError;
use super::block::{GateConfig, bottleneck};
use super::feature_map::FeatureMap;
use super::graph::Graph;
use crate::net::{Context, DecoderStage, GatedContext, SelfieConfig, SelfieNetwork};
use crate::ops::{Activation, Join, PixelRange};

/// Follows a network of this configuration to its scores.
pub(super) fn selfie(
    graph: &mut Graph<'_>,
    config: &SelfieConfig,
    picture: &FeatureMap,
) -> Result<(SelfieNetwork, FeatureMap), ImportError> {
    let range = PixelRange::ZeroToOne;
    let (stem, half) = graph.stem("stem", picture, SelfieConfig::STEM, range, Activation::HardSwish)?;
    let mut skips = vec![half.clone()];
    let mut encoder = Vec::new();
    let mut map = half;
    for (index, block) in config.blocks().iter().enumerate() {
        let gate = block.gated.then(|| GateConfig {
            squeezed: config.squeezed(block.expanded),
            fully_connected: config.fully_connected_gates,
        });
        let (module, output) = bottleneck(graph, index, block, gate, &map)?;
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
    let (head, scores) = graph.head("head", &map, config.head)?;
    let output = if config.head.sigmoid {
        graph.activation("head, logistic function", &scores, Activation::Sigmoid)?
    } else {
        scores
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
            graph.window_mean("context, gate", input, GatedContext::WINDOW, GatedContext::STEP)?
        }
    };
    let (gate, factors) = graph.pointwise("context, gate", &means, channels, Activation::Sigmoid)?;
    let factors = match config.context {
        Context::Global => factors,
        Context::Windows => graph.resized("context, gate", &factors, expanded.size, false)?,
    };
    let output = graph.product("context, gate", &expanded, &factors)?;
    Ok((GatedContext { expand, gate, pooling: config.context }, output))
}

fn decoder_stage(
    graph: &mut Graph<'_>,
    config: &SelfieConfig,
    index: usize,
    below: &FeatureMap,
    skip: &FeatureMap,
) -> Result<(DecoderStage, FeatureMap), ImportError> {
    let place = |part: &str| format!("decoder stage {index}, {part}");
    let channels = skip.channels;
    let upsampled = graph.resized(&place("upsampling"), below, skip.size, false)?;
    let (reduce, reduced) = graph.pointwise(&place("reduction"), &upsampled, channels, Activation::Linear)?;

    let name = place("gate");
    let seen = match config.join {
        Join::Add => graph.sum(&name, skip, &reduced)?,
        Join::Concatenate => graph.concatenation(&name, skip, &reduced)?,
    };
    let means = graph.global_mean(&name, &seen)?;
    let (gate, factors) = graph.gate(&name, &means, channels, channels, false)?;
    let gated = graph.product(&name, skip, &factors)?;

    let merged = graph.sum(&place("fusion"), &gated, &reduced)?;
    let (fuse, fused) = graph.pointwise(&place("fusion"), &merged, channels, config.fusion_activation())?;
    let (refine, output) = graph.depthwise(&place("refinement"), &fused, [3, 1, 1], config.relu, true)?;
    Ok((DecoderStage { reduce, gate, join: config.join, fuse, refine }, output))
}
