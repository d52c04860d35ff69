//! Damaged model files, which import without an error.
//!
//! The five files store every weight as float16, in the constant that a `DEQUANTIZE` reads. The bytes of a tensor are
//! contiguous in the file, little-endian and row by row, so the damage overwrites them in place. In
//! `selfie_segmentation_landscape.tflite` the last layer's bias is bytes 1008 to 1009 and its weight bytes 1024 to 1151. The
//! importer rejects weights that are not finite, so the new values are finite. Infinities come from computing with them.

use std::ops::Range;

use cyclorama_tflite::{Model, Operator, OperatorKind};

/// The bits of a float16.
#[derive(Clone, Copy)]
pub struct Half(u16);

impl Half {
    pub const ZERO: Self = Self(0);
    /// The greatest value, 65504.
    pub const MAX: Self = Self(0x7bff);
    pub const MIN: Self = Self(0xfbff);
}

/// Makes a model with the same probability for every pixel of every image, the logistic function of `logit`. The weights of
/// its last layer are 0, and its bias is `logit` for the person.
pub fn constant(model: &[u8], logit: Half) -> Vec<u8> {
    let mut bytes = model.to_vec();
    let [weight, bias] = head(&Model::parse(model).expect("a model"), model);
    fill(&mut bytes, weight, |_| Half::ZERO);
    let person = bias.len() / 2 - 1;
    fill(&mut bytes, bias, |channel| if channel == person { logit } else { Half::ZERO });
    bytes
}

/// Makes a model whose sums overflow. Every weight is the greatest float16, so that feature maps become infinite. The signs
/// of the last layer alternate, so that infinity minus infinity gives NaN.
pub fn overflowing(model: &[u8]) -> Vec<u8> {
    let mut bytes = model.to_vec();
    let parsed = Model::parse(model).expect("a model");
    for index in 0..parsed.tensors().len() {
        if let Some(weight) = constant_range(&parsed, model, index) {
            fill(&mut bytes, weight, |_| Half::MAX);
        }
    }
    let [weight, _] = head(&parsed, model);
    fill(&mut bytes, weight, |at| if at % 2 == 0 { Half::MAX } else { Half::MIN });
    bytes
}

/// The bytes of weight and bias of the transposed convolution at the end of the model.
fn head(model: &Model<'_>, bytes: &[u8]) -> [Range<usize>; 2] {
    let mut operators = model.operators().iter();
    let head =
        operators.find(|operator| operator.kind.name() == "Convolution2DTransposeBias").expect("a head");
    [1, 2].map(|input| {
        let tensor = head.inputs[input].expect("an input");
        constant_range(model, bytes, tensor).expect("a float16 constant")
    })
}

/// The bytes of the float16 constant from which a `DEQUANTIZE` makes this tensor.
fn constant_range(model: &Model<'_>, bytes: &[u8], tensor: usize) -> Option<Range<usize>> {
    let makes = |operator: &&Operator<'_>| {
        matches!(operator.kind, OperatorKind::Dequantize) && operator.outputs == [tensor]
    };
    let widened = model.operators().iter().find(makes)?;
    let data = model.tensors()[widened.inputs[0]?].data?;
    let start = data.as_ptr() as usize - bytes.as_ptr() as usize;
    Some(start..start + data.len())
}

fn fill(bytes: &mut [u8], range: Range<usize>, value: impl Fn(usize) -> Half) {
    for (index, half) in bytes[range].as_chunks_mut().0.iter_mut().enumerate() {
        *half = value(index).0.to_le_bytes();
    }
}
