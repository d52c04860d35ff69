//! Imports a network from a `.tflite` file.
//!
//! [`import`](import()) first looks at what tells the five networks apart ([`NetworkConfig`]), then follows the
//! architecture through the file's operator graph from the picture to the mask. At each step it looks for the one
//! operator that must come next *on that tensor*, so the order in which a file lists independent operators does not
//! matter, and checks its type, sizes, stride, padding and weights. The first operator that differs is the error.
//! At the end no operator may be left over.

mod error;
mod graph;
mod recognise;
mod weights;

use burn::tensor::Device;
use cyclorama_tflite::Model;

pub use error::ImportError;

use crate::Precision;
use crate::net::{
    BlockConfig, Bottleneck, Context, DecoderStage, GatedContext, NetworkConfig, SegmentationNetwork,
};
use crate::ops::{Activation, Join};
use graph::{Graph, Map};
use weights::Storage;

/// Reads the bytes of a `.tflite` file into a network on `device`.
///
/// # Errors
/// [`ImportError::Read`] if the bytes are no TensorFlow Lite model, else the first way in which the graph is not that
/// of a selfie segmentation network.
pub fn import(bytes: &[u8], device: &Device) -> Result<SegmentationNetwork, ImportError> {
    import_with(bytes, device, Precision::default())
}

/// The same with a say in how weights are stored.
///
/// # Errors
/// As [`import`](import()).
pub fn import_with(
    bytes: &[u8],
    device: &Device,
    precision: Precision,
) -> Result<SegmentationNetwork, ImportError> {
    let model = Model::parse(bytes)?;
    let config = recognise::recognise(&model)?;
    let mut graph = Graph::new(&model, Storage { device, precision });
    let network = network(&mut graph, config)?;
    graph.finish()?;
    Ok(network)
}

fn network(graph: &mut Graph<'_>, config: NetworkConfig) -> Result<SegmentationNetwork, ImportError> {
    let picture = graph.picture(config.input);
    let (stem, half) = graph.stem("stem", &picture, NetworkConfig::STEM)?;
    let mut skips = vec![half.clone()];
    let mut encoder = Vec::new();
    let mut map = half;
    for (index, block) in config.blocks().iter().enumerate() {
        let (module, output) = bottleneck(graph, &config, index, block, &map)?;
        encoder.push(module);
        map = output;
        if NetworkConfig::SKIPS.contains(&index) {
            skips.push(map.clone());
        }
    }
    let (context, mut map) = context(graph, &config, &map)?;
    let mut decoder = Vec::new();
    while let Some(skip) = skips.pop() {
        let (stage, output) = decoder_stage(graph, &config, skips.len() + 1, &map, &skip)?;
        decoder.push(stage);
        map = output;
    }
    let (head, scores) = graph.head("head", &map, config.head)?;
    let output = if config.head.sigmoid {
        graph.activation("head, logistic function", &scores, Activation::Sigmoid)?
    } else {
        scores
    };
    graph.is_output(&output)?;
    Ok(SegmentationNetwork { config, stem, encoder, context, decoder, head })
}

fn bottleneck(
    graph: &mut Graph<'_>,
    config: &NetworkConfig,
    index: usize,
    block: &BlockConfig,
    input: &Map,
) -> Result<(Bottleneck, Map), ImportError> {
    let place = |part: &str| format!("encoder block {}, {part}", index + 1);
    let (expand, expanded) = graph.pointwise(&place("expansion"), input, block.expanded, block.activation)?;
    let (depthwise, filtered) = graph.depthwise(
        &place("depthwise convolution"),
        &expanded,
        block.kernel,
        block.stride,
        block.activation,
        false,
    )?;
    let (gate, gated) = if block.gated {
        let name = place("gate");
        let means = graph.global_mean(&name, &filtered)?;
        let squeezed = config.squeezed(block.expanded);
        let (gate, factors) =
            graph.gate(&name, &means, squeezed, block.expanded, config.fully_connected_gates)?;
        (Some(gate), graph.product(&name, &filtered, &factors)?)
    } else {
        (None, filtered)
    };
    let (project, projected) =
        graph.pointwise(&place("projection"), &gated, block.out, Activation::Linear)?;
    let output = if block.residual { graph.sum(&place("residual"), &projected, input)? } else { projected };
    Ok((Bottleneck { expand, depthwise, gate, project, residual: block.residual }, output))
}

fn context(
    graph: &mut Graph<'_>,
    config: &NetworkConfig,
    input: &Map,
) -> Result<(GatedContext, Map), ImportError> {
    let channels = NetworkConfig::CONTEXT;
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
        Context::Windows => graph.resized("context, gate", &factors, expanded.size)?,
    };
    let output = graph.product("context, gate", &expanded, &factors)?;
    Ok((GatedContext { expand, gate, pooling: config.context }, output))
}

fn decoder_stage(
    graph: &mut Graph<'_>,
    config: &NetworkConfig,
    index: usize,
    below: &Map,
    skip: &Map,
) -> Result<(DecoderStage, Map), ImportError> {
    let place = |part: &str| format!("decoder stage {index}, {part}");
    let channels = skip.channels;
    let upsampled = graph.resized(&place("upsampling"), below, skip.size)?;
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
    let (refine, output) = graph.depthwise(&place("refinement"), &fused, 3, 1, config.relu, true)?;
    Ok((DecoderStage { reduce, gate, join: config.join, fuse, refine }, output))
}
