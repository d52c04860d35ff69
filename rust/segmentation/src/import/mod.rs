//! Imports a network from a `.tflite` file.
//!
//! [`import`](import()) first looks at what tells the networks apart ([`NetworkConfig`]), then follows the architecture
//! through the file's operator graph from the picture to the mask. At each step it looks for the one operator that must
//! come next *on that tensor*, so the order in which a file lists independent operators does not matter, and checks its
//! type, sizes, stride, padding and weights. The first operator that differs is the error. At the end no operator may be
//! left over.
//!
//! [`NetworkConfig`]: crate::NetworkConfig

mod block;
mod error;
mod feature_map;
mod graph;
mod mobile;
mod recognise;
mod selfie;
mod step;
mod weights;

use burn::tensor::Device;
use cyclorama_tflite::Model;

pub use error::ImportError;

use crate::Precision;
use crate::net::{Architecture, Layers, SegmentationNetwork};
use graph::Graph;
use weights::Storage;

/// Reads the bytes of a `.tflite` file into a network on `device`.
///
/// # Errors
/// [`ImportError::Read`] if the bytes are no TensorFlow Lite model, else the first way in which the graph is not that
/// of a person segmentation network.
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
    let picture = graph.picture(config.input);
    let (layers, output) = match config.architecture {
        Architecture::Selfie(config) => {
            let (network, output) = selfie::selfie(&mut graph, &config, &picture)?;
            (Layers::Selfie(network), output)
        }
        Architecture::BodyPix => {
            let (network, output) = mobile::body_pix(&mut graph, &picture)?;
            (Layers::BodyPix(network), output)
        }
        Architecture::DeepLab => {
            let (network, output) = mobile::deep_lab(&mut graph, &picture)?;
            (Layers::DeepLab(network), output)
        }
    };
    graph.is_output(&output)?;
    graph.finish()?;
    Ok(SegmentationNetwork { config, layers })
}
