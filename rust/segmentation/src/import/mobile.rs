//! The two networks over a MobileNet that scores every eighth pixel: BodyPix and DeepLabV3.

use super::ImportError;
use super::block::{bottleneck, separable};
use super::feature_map::FeatureMap;
use super::graph::Graph;
use crate::net::{BodyPix, DeepLab, PooledContext};
use crate::ops::{Activation, PixelRange};

/// Follows BodyPix to its logits.
pub(super) fn body_pix(
    graph: &mut Graph<'_>,
    picture: &FeatureMap,
) -> Result<(BodyPix, FeatureMap), ImportError> {
    let range = PixelRange::MinusOneToOne;
    let (stem, mut map) = graph.stem("stem", picture, BodyPix::STEM, range, Activation::Relu6)?;
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

/// Follows DeepLabV3 to the enlarged logits of its classes.
pub(super) fn deep_lab(
    graph: &mut Graph<'_>,
    picture: &FeatureMap,
) -> Result<(DeepLab, FeatureMap), ImportError> {
    let range = PixelRange::MinusOneToOne;
    let [stem_channels, first_channels] = DeepLab::STEM;
    let (stem, map) = graph.stem("stem", picture, stem_channels, range, Activation::Relu6)?;
    let (first, mut map) = separable(graph, "first block", [first_channels, 1, 1], Activation::Linear, &map)?;
    let mut encoder = Vec::new();
    for (index, block) in DeepLab::blocks().iter().enumerate() {
        let (module, output) = bottleneck(graph, index, block, None, &map)?;
        encoder.push(module);
        map = output;
    }
    let (context, map) = pooled_context(graph, &map)?;
    let (classes, logits) = graph.pointwise("classes", &map, DeepLab::CLASSES, Activation::Linear)?;
    // The file enlarges the logits to the size that they have, then to the picture's.
    let same = graph.resized("classes, first enlargement", &logits, logits.size, true)?;
    let enlarged = graph.resized("classes, enlargement", &same, picture.size, true)?;
    Ok((DeepLab { stem, first, encoder, context, classes }, enlarged))
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
