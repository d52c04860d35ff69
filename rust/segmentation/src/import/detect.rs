use cyclorama_tflite::{ElementType, Model, OperatorKind};

use super::ImportError;
use super::graph::CONV_TRANSPOSE_2D;
use crate::network::{Architecture, BodyPix, Context, DeepLab, HeadConfig, ModelConfig, SelfieConfig};
use crate::ops::{Activation, GateInput};

/// Maximum side of a selfie model's input: ten times that of any published model.
const MAX_SIDE: usize = 2560;
/// Maximum side of BodyPix's and DeepLabV3's input: four times that of the published models. Their feature maps have many
/// more channels.
const MAX_SIDE_MOBILE: usize = 1025;

/// Detects the architecture that a file claims to have, from the operators in which the architectures differ. The import
/// then verifies the claim.
pub(super) fn detect_architecture(model: &Model<'_>) -> Result<ModelConfig, ImportError> {
    let architecture = architecture(model)?;
    Ok(ModelConfig { input: input(model, architecture)?, architecture })
}

fn architecture(model: &Model<'_>) -> Result<Architecture, ImportError> {
    let has = |wanted: &str| model.operators().iter().any(|operator| operator.kind.name() == wanted);
    if let Some(config) = selfie(model) {
        return Ok(Architecture::Selfie(config));
    }
    // Operators that only the selfie models have.
    let is_selfie = has("MUL") || has("LOGISTIC") || has("HARD_SWISH");
    match (is_selfie || !has("DEPTHWISE_CONV_2D"), has("RESIZE_BILINEAR")) {
        (false, false) => Ok(Architecture::BodyPix),
        (false, true) => Ok(Architecture::DeepLab),
        (true, _) => Err(ImportError::Interface(
            "it does not end in a Convolution2DTransposeBias of one or two channels, as selfie segmentation \
             models do, and is neither BodyPix nor DeepLabV3"
                .into(),
        )),
    }
}

/// The options of a selfie model, if the file ends in the operator that only these models end in.
fn selfie(model: &Model<'_>) -> Option<SelfieConfig> {
    let has = |wanted: &str| model.operators().iter().any(|operator| operator.kind.name() == wanted);
    let count =
        |wanted: &str| model.operators().iter().filter(|operator| operator.kind.name() == wanted).count();
    let head = model
        .operators()
        .iter()
        .find(|operator| {
            matches!(operator.kind, OperatorKind::Custom { code, .. } if code == CONV_TRANSPOSE_2D)
        })
        .and_then(|operator| operator.inputs.get(1).copied().flatten())
        .map(|weight| model.tensors()[weight].shape.clone())?;
    let [channels @ (1 | 2), kernel @ (2 | 3), ..] = head[..] else { return None };
    Some(SelfieConfig {
        relu: if has("RELU6") { Activation::Relu6 } else { Activation::Relu },
        fully_connected_gates: has("FULLY_CONNECTED"),
        context: if count("RESIZE_BILINEAR") > 3 { Context::Windows } else { Context::Global },
        gate_input: if has("CONCATENATION") { GateInput::Concatenate } else { GateInput::Add },
        head: HeadConfig { channels, kernel, sigmoid: channels == 1 },
    })
}

fn input(model: &Model<'_>, architecture: Architecture) -> Result<[usize; 2], ImportError> {
    let [input] = *model.inputs() else {
        let count = model.inputs().len();
        return Err(ImportError::Interface(format!("it has {count} inputs, expected one image")));
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
    // Sides are multiples of a step or, if logits are at the image's corners, one more.
    let (step, extra, requirement, max_side) = match architecture {
        Architecture::Selfie(_) => (SelfieConfig::REDUCTION, 0, "multiples of", MAX_SIDE),
        Architecture::BodyPix => (BodyPix::REDUCTION, 1, "one more than multiples of", MAX_SIDE_MOBILE),
        Architecture::DeepLab => (DeepLab::REDUCTION, 1, "one more than multiples of", MAX_SIDE_MOBILE),
    };
    let fits = |side: usize| side > extra && side % step == extra && side <= max_side;
    if !fits(height) || !fits(width) {
        return Err(ImportError::Interface(format!(
            "its input is {width}x{height}, expected sides that are {requirement} {step} and at most {max_side}"
        )));
    }
    Ok([height, width])
}
