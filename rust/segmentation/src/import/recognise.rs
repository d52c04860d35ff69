use cyclorama_tflite::{ElementType, Model, OperatorKind};

use super::ImportError;
use super::graph::TRANSPOSED_CONVOLUTION;
use crate::net::{Architecture, BodyPix, Context, DeepLab, HeadConfig, NetworkConfig, SelfieConfig};
use crate::ops::{Activation, Join};

/// The longest side of a picture that a selfie network may ask for: ten times what any published one does.
const LARGEST: usize = 2560;
/// The same of the two others, whose maps have many more channels: four times the published ones'.
const LARGEST_MOBILE: usize = 1025;

/// Which of the networks a file claims to be, from the operators that tell them apart. Whether it really is one is found
/// out by following its graph.
pub(super) fn recognise(model: &Model<'_>) -> Result<NetworkConfig, ImportError> {
    let architecture = architecture(model)?;
    Ok(NetworkConfig { input: input(model, architecture)?, architecture })
}

fn architecture(model: &Model<'_>) -> Result<Architecture, ImportError> {
    let has = |wanted: &str| model.operators().iter().any(|operator| operator.kind.name() == wanted);
    if let Some(config) = selfie(model) {
        return Ok(Architecture::Selfie(config));
    }
    // What the selfie networks have and the two others have not.
    let gated = has("MUL") || has("LOGISTIC") || has("HARD_SWISH");
    match (gated || !has("DEPTHWISE_CONV_2D"), has("RESIZE_BILINEAR")) {
        (false, false) => Ok(Architecture::BodyPix),
        (false, true) => Ok(Architecture::DeepLab),
        (true, _) => Err(ImportError::Interface(
            "it does not end in a Convolution2DTransposeBias of one or two channels, as selfie segmentation \
             networks do, and is neither BodyPix nor DeepLabV3"
                .into(),
        )),
    }
}

/// The switches of a selfie network, if the file ends in what only these end in.
fn selfie(model: &Model<'_>) -> Option<SelfieConfig> {
    let has = |wanted: &str| model.operators().iter().any(|operator| operator.kind.name() == wanted);
    let count =
        |wanted: &str| model.operators().iter().filter(|operator| operator.kind.name() == wanted).count();
    let head = model
        .operators()
        .iter()
        .find(|operator| {
            matches!(operator.kind, OperatorKind::Custom { code, .. } if code == TRANSPOSED_CONVOLUTION)
        })
        .and_then(|operator| operator.inputs.get(1).copied().flatten())
        .map(|weight| model.tensors()[weight].shape.clone())?;
    let [channels @ (1 | 2), kernel @ (2 | 3), ..] = head[..] else { return None };
    Some(SelfieConfig {
        relu: if has("RELU6") { Activation::Relu6 } else { Activation::Relu },
        fully_connected_gates: has("FULLY_CONNECTED"),
        context: if count("RESIZE_BILINEAR") > 3 { Context::Windows } else { Context::Global },
        join: if has("CONCATENATION") { Join::Concatenate } else { Join::Add },
        head: HeadConfig { channels, kernel, sigmoid: channels == 1 },
    })
}

fn input(model: &Model<'_>, architecture: Architecture) -> Result<[usize; 2], ImportError> {
    let [input] = *model.inputs() else {
        let count = model.inputs().len();
        return Err(ImportError::Interface(format!("it has {count} inputs, expected one picture")));
    };
    let tensor = &model.tensors()[input];
    let [1, height, width, 3] = *tensor.shape else {
        let shape = &tensor.shape;
        return Err(ImportError::Interface(format!(
            "its input is {shape:?}, expected [1, height, width, 3]"
        )));
    };
    if tensor.element != ElementType::Float32 {
        let element = tensor.element;
        return Err(ImportError::Interface(format!("its input is {element:?}, expected Float32")));
    }
    // Sides are multiples of a step or, where scores lie in the picture's corners, one more.
    let (step, more, words, largest) = match architecture {
        Architecture::Selfie(_) => (SelfieConfig::REDUCTION, 0, "multiples of", LARGEST),
        Architecture::BodyPix => (BodyPix::REDUCTION, 1, "one more than multiples of", LARGEST_MOBILE),
        Architecture::DeepLab => (DeepLab::REDUCTION, 1, "one more than multiples of", LARGEST_MOBILE),
    };
    let fits = |side: usize| side > more && side % step == more && side <= largest;
    if !fits(height) || !fits(width) {
        return Err(ImportError::Interface(format!(
            "its picture is {width}x{height}, expected sides that are {words} {step} and at most {largest}"
        )));
    }
    Ok([height, width])
}
