use burn::backend::Flex;
use burn::backend::tensor::FloatTensor;

use super::cpu::means;
use super::{GateOps, Join};
use crate::ops::flex::panels::Product;
use crate::ops::flex::{Buffer, Rows};
use crate::ops::{Activation, Optional};

impl GateOps for Flex {
    fn gate(
        input: FloatTensor<Self>,
        second: Optional<Self>,
        join: Join,
        squeeze_weight: FloatTensor<Self>,
        squeeze_bias: FloatTensor<Self>,
        excite_weight: FloatTensor<Self>,
        excite_bias: FloatTensor<Self>,
    ) -> FloatTensor<Self> {
        let input = Rows::new(&input);
        let second = second.into_option().map(|map| Rows::new(&map));
        let [_, _, width, channels] = input.nhwc();
        let joined = if second.is_some() && join == Join::Concatenate { 2 } else { 1 };
        let mut seen = Buffer::new(channels * joined);
        means(input.values(), width, &mut seen[..channels]);
        if let Some(map) = second {
            let width = map.nhwc()[2];
            let mut other = Buffer::new(channels);
            means(map.values(), width, &mut other);
            match join {
                Join::Concatenate => seen[channels..].copy_from_slice(&other),
                Join::Add => seen.iter_mut().zip(&*other).for_each(|(mean, other)| *mean += other),
            }
        }
        let squeezed = layer(&seen, &squeeze_weight, &squeeze_bias, Activation::Relu);
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
