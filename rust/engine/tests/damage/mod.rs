//! Model files that import without a complaint and compute nonsense.
//!
//! The five files keep every weight as float16, in the constant that a `DEQUANTIZE` reads. Its bytes lie in the file as
//! the tensor has them, little-endian and row by row, so overwriting them in place is all that the damage takes: in
//! `selfie_segmentation_landscape.tflite` the last layer's bias is bytes 1008 to 1009 and its weight bytes 1024 to 1151. The
//! importer refuses weights that are not finite, so what is written is finite; infinities come of computing with it.

use std::ops::Range;

use cyclorama_tflite::{Model, Operator, OperatorKind};

/// float16 by its bits.
#[derive(Clone, Copy)]
pub struct Half(u16);

impl Half {
    pub const ZERO: Self = Self(0);
    /// The greatest one, 65504.
    pub const MAX: Self = Self(0x7bff);
    pub const MIN: Self = Self(0xfbff);
}

/// A model that gives every pixel of every picture the same probability, the logistic function of `logit`: the weights of
/// its last layer are 0 and its bias is `logit` for the person.
pub fn even(model: &[u8], logit: Half) -> Vec<u8> {
    let mut bytes = model.to_vec();
    let [weight, bias] = head(&Model::parse(model).expect("a model"), model);
    fill(&mut bytes, weight, |_| Half::ZERO);
    let person = bias.len() / 2 - 1;
    fill(&mut bytes, bias, |channel| if channel == person { logit } else { Half::ZERO });
    bytes
}

/// A model whose sums overflow: every weight is the greatest there is, so that its maps grow until they are infinite, and
/// in the last layer they change their sign in turn, so that infinity is taken from infinity, which is a NaN.
pub fn overflowing(model: &[u8]) -> Vec<u8> {
    let mut bytes = model.to_vec();
    let parsed = Model::parse(model).expect("a model");
    for index in 0..parsed.tensors().len() {
        if let Some(weight) = constant(&parsed, model, index) {
            fill(&mut bytes, weight, |_| Half::MAX);
        }
    }
    let [weight, _] = head(&parsed, model);
    fill(&mut bytes, weight, |at| if at % 2 == 0 { Half::MAX } else { Half::MIN });
    bytes
}

/// Where weight and bias of the transposed convolution lie that ends the network.
fn head(model: &Model<'_>, bytes: &[u8]) -> [Range<usize>; 2] {
    let mut operators = model.operators().iter();
    let head =
        operators.find(|operator| operator.kind.name() == "Convolution2DTransposeBias").expect("a head");
    [1, 2].map(|input| {
        let tensor = head.inputs[input].expect("an input");
        constant(model, bytes, tensor).expect("a float16 constant")
    })
}

/// Where the float16 constant lies that a `DEQUANTIZE` makes this tensor of.
fn constant(model: &Model<'_>, bytes: &[u8], tensor: usize) -> Option<Range<usize>> {
    let makes = |operator: &&Operator<'_>| {
        matches!(operator.kind, OperatorKind::Dequantize) && operator.outputs == [tensor]
    };
    let widened = model.operators().iter().find(makes)?;
    let data = model.tensors()[widened.inputs[0]?].data?;
    let start = data.as_ptr() as usize - bytes.as_ptr() as usize;
    Some(start..start + data.len())
}

fn fill(bytes: &mut [u8], place: Range<usize>, value: impl Fn(usize) -> Half) {
    for (index, half) in bytes[place].as_chunks_mut().0.iter_mut().enumerate() {
        *half = value(index).0.to_le_bytes();
    }
}
