//! Imports a model from a `.tflite` file.
//!
//! [`import`](import()) first detects the architecture ([`ModelConfig`]), then follows it through the file's operator graph
//! from the image to the mask. Each step looks for the operator that the architecture requires next *on that tensor*, so
//! the order in which a file lists independent operators does not matter. It checks the operator's type, sizes, stride,
//! padding and weights. The first operator that differs is the error. At the end every operator must have been visited.
//!
//! [`ModelConfig`]: crate::ModelConfig

mod block;
mod detect;
mod error;
mod feature_map;
mod graph;
mod mobile;
mod selfie;
mod step;
mod weights;

use burn::tensor::Device;
use cyclorama_tflite::Model;

pub use error::ImportError;

use crate::Precision;
use crate::network::{Architecture, Layers, SegmentationModel};
use graph::Graph;
use weights::Storage;

/// Imports the bytes of a `.tflite` file as a model on `device`.
///
/// # Errors
/// [`ImportError::Read`] if the bytes are not a TensorFlow Lite model, otherwise the first difference between the graph and
/// a person segmentation model.
pub fn import(bytes: &[u8], device: &Device) -> Result<SegmentationModel, ImportError> {
    import_with(bytes, device, Precision::default())
}

/// Imports a model with the given storage precision of weights.
///
/// # Errors
/// As [`import`](import()).
pub fn import_with(
    bytes: &[u8],
    device: &Device,
    precision: Precision,
) -> Result<SegmentationModel, ImportError> {
    let model = Model::parse(bytes)?;
    let config = detect::detect_architecture(&model)?;
    let mut graph = Graph::new(&model, Storage { device, precision });
    let image = graph.image(config.input);
    let (layers, output) = match config.architecture {
        Architecture::Selfie(config) => {
            let (layers, output) = selfie::selfie(&mut graph, &config, &image)?;
            (Layers::Selfie(layers), output)
        }
        Architecture::BodyPix => {
            let (layers, output) = mobile::body_pix(&mut graph, &image)?;
            (Layers::BodyPix(layers), output)
        }
        Architecture::DeepLab => {
            let (layers, output) = mobile::deep_lab(&mut graph, &image)?;
            (Layers::DeepLab(layers), output)
        }
    };
    graph.is_output(&output)?;
    graph.finish()?;
    Ok(SegmentationModel { config, layers })
}
