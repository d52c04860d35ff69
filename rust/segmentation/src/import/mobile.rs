//! BodyPix and DeepLabV3: two models over a MobileNet with output stride 8.

use super::ImportError;
use super::block::{bottleneck, separable};
use super::feature_map::FeatureMap;
use super::graph::Graph;
use crate::network::{BodyPix, DeepLab, PooledContext};
use crate::ops::{Activation, Conv2dOptions, PixelRange};

/// The options of both stems.
const STEM: Conv2dOptions =
    Conv2dOptions { stride: 2, range: PixelRange::MinusOneToOne, activation: Activation::Relu6 };

/// Imports BodyPix up to its logits.
pub(super) fn body_pix(
    graph: &mut Graph<'_>,
    image: &FeatureMap,
) -> Result<(BodyPix, FeatureMap), ImportError> {
    let (stem, mut map) = graph.stem("stem", image, BodyPix::STEM, STEM)?;
    let mut blocks = Vec::new();
    for (index, block) in BodyPix::BLOCKS.into_iter().enumerate() {
        let name = format!("block {}", index + 1);
        let (module, output) = separable(graph, &name, block, Activation::Relu6, &map)?;
        blocks.push(module);
        map = output;
    }
    let (segments, logits) = graph.pointwise("segments", &map, 1, Activation::Linear)?;
    Ok((BodyPix { stem, blocks, segments }, logits))
}

/// Imports DeepLabV3 up to the resized logits of its classes.
pub(super) fn deep_lab(
    graph: &mut Graph<'_>,
    image: &FeatureMap,
) -> Result<(DeepLab, FeatureMap), ImportError> {
    let [stem_channels, first_channels] = DeepLab::STEM;
    let (stem, map) = graph.stem("stem", image, stem_channels, STEM)?;
    let (first, mut map) = separable(graph, "first block", [first_channels, 1, 1], Activation::Linear, &map)?;
    let mut encoder = Vec::new();
    for (index, block) in DeepLab::blocks().iter().enumerate() {
        let (module, output) = bottleneck(graph, index, block, None, &map)?;
        encoder.push(module);
        map = output;
    }
    let (context, map) = pooled_context(graph, &map)?;
    let (classes, logits) = graph.pointwise("classes", &map, DeepLab::CLASSES, Activation::Linear)?;
    // The file resizes the logits to their own size, then to the image's.
    let same = graph.resized("classes, first resizing", &logits, logits.size, true)?;
    let resized = graph.resized("classes, resizing", &same, image.size, true)?;
    Ok((DeepLab { stem, first, encoder, context, classes }, resized))
}

fn pooled_context(
    graph: &mut Graph<'_>,
    input: &FeatureMap,
) -> Result<(PooledContext, FeatureMap), ImportError> {
    let (channels, relu) = (DeepLab::CONTEXT, Activation::Relu);
    let means = graph.global_mean("context, means", input)?;
    let (pool, pooled) = graph.pointwise("context, means", &means, channels, relu)?;
    let pooled = graph.resized("context, means", &pooled, input.size, true)?;
    let (map, mapped) = graph.pointwise("context, map", input, channels, relu)?;
    let both = graph.concatenation("context, fusion", &pooled, &mapped)?;
    let (fuse_pool, fuse_map, fused) =
        graph.split_pointwise("context, fusion", &both, channels, channels, relu)?;
    Ok((PooledContext { pool, map, fuse_pool, fuse_map }, fused))
}
