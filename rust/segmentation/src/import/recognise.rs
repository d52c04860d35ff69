use cyclorama_tflite::{ElementType, Model, OperatorKind};

use super::ImportError;
use crate::net::{Context, HeadConfig, NetworkConfig};
use crate::ops::{Activation, Join};

/// The longest side of a picture that a network may ask for: ten times what any published one does.
const LARGEST: usize = 2560;

/// Which of the family's networks a file claims to be, from the operators that tell them apart. Whether it really is
/// one is found out by following its graph.
pub(super) fn recognise(model: &Model<'_>) -> Result<NetworkConfig, ImportError> {
    let has = |wanted: &str| model.operators().iter().any(|operator| operator.kind.name() == wanted);
    let count =
        |wanted: &str| model.operators().iter().filter(|operator| operator.kind.name() == wanted).count();
    let head = model
        .operators()
        .iter()
        .find(|operator| matches!(operator.kind, OperatorKind::Custom { .. }))
        .and_then(|operator| operator.inputs.get(1).copied().flatten())
        .map(|weight| model.tensors()[weight].shape.clone());
    let Some([channels @ (1 | 2), kernel @ (2 | 3), _, _]) =
        head.as_deref().and_then(|shape| shape.first_chunk())
    else {
        return Err(ImportError::Interface(
            "it does not end in a Convolution2DTransposeBias of one or two channels, as selfie segmentation \
             networks do"
                .into(),
        ));
    };
    Ok(NetworkConfig {
        input: input(model)?,
        relu: if has("RELU6") { Activation::Relu6 } else { Activation::Relu },
        fully_connected_gates: has("FULLY_CONNECTED"),
        context: if count("RESIZE_BILINEAR") > 3 { Context::Windows } else { Context::Global },
        join: if has("CONCATENATION") { Join::Concatenate } else { Join::Add },
        head: HeadConfig { channels: *channels, kernel: *kernel, sigmoid: *channels == 1 },
    })
}

fn input(model: &Model<'_>) -> Result<[usize; 2], ImportError> {
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
    let step = NetworkConfig::REDUCTION;
    if height == 0 || width == 0 || height % step != 0 || width % step != 0 || height.max(width) > LARGEST {
        return Err(ImportError::Interface(format!(
            "its picture is {width}x{height}, expected sides that are multiples of {step} and at most {LARGEST}"
        )));
    }
    Ok([height, width])
}
