use burn::backend::Flex;
use burn::backend::tensor::FloatTensor;

use super::cpu::means;
use super::{GateInput, SqueezeExciteOps, SqueezeExciteWeights};
use crate::ops::flex::panels::Product;
use crate::ops::flex::{Buffer, Rows};
use crate::ops::{Activation, Optional};

impl SqueezeExciteOps for Flex {
    fn squeeze_excite(
        input: FloatTensor<Self>,
        second: Optional<Self>,
        gate_input: GateInput,
        weights: SqueezeExciteWeights<Self>,
    ) -> FloatTensor<Self> {
        let SqueezeExciteWeights { squeeze_weight, squeeze_bias, excite_weight, excite_bias } = weights;
        let input = Rows::new(&input);
        let second = second.into_option().map(|map| Rows::new(&map));
        let [_, _, width, channels] = input.nhwc();
        let maps = if second.is_some() && gate_input == GateInput::Concatenate { 2 } else { 1 };
        let mut first = Buffer::new(channels * maps);
        means(input.values(), width, &mut first[..channels]);
        if let Some(map) = second {
            let width = map.nhwc()[2];
            let mut second = Buffer::new(channels);
            means(map.values(), width, &mut second);
            match gate_input {
                GateInput::Concatenate => first[channels..].copy_from_slice(&second),
                GateInput::Add => first.iter_mut().zip(&*second).for_each(|(mean, second)| *mean += second),
            }
        }
        let squeezed = layer(&first, &squeeze_weight, &squeeze_bias, Activation::Relu);
        layer(&squeezed, &excite_weight, &excite_bias, Activation::Sigmoid).into_tensor([1, 1, 1, channels])
    }
}

fn layer(
    values: &[f32],
    weight: &FloatTensor<Flex>,
    bias: &FloatTensor<Flex>,
    activation: Activation,
) -> Buffer {
    let (weight, bias) = (Rows::new(weight), Rows::new(bias));
    let mut output = Buffer::new(bias.values().len());
    let product = Product { weight: weight.values(), bias: bias.values(), activation };
    product.apply(values, None, &mut output);
    output
}
