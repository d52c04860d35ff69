use burn::backend::Flex;
use burn::backend::tensor::FloatTensor;

use super::{Scores, TransposedConvolutionOps, channels_out};
use crate::ops::activation::sigmoid;
use crate::ops::flex::{Rows, tensor};

impl TransposedConvolutionOps for Flex {
    fn transposed_convolution(
        input: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        scores: Scores,
    ) -> FloatTensor<Self> {
        let (input, weight, bias) = (Rows::new(&input), Rows::new(&weight), Rows::new(&bias));
        let [_, height, width, channels] = input.nhwc();
        let [scored, kernel, _, _] = weight.nhwc();
        let (out_height, out_width) = (height * 2, width * 2);
        let mut logits = vec![0.0; out_height * out_width * scored];
        for pixel in logits.chunks_exact_mut(scored) {
            pixel.copy_from_slice(bias.values());
        }
        for (index, pixel) in input.values().chunks_exact(channels).enumerate() {
            let (top, left) = (index / width * 2, index % width * 2);
            for (channel, taps) in weight.values().chunks_exact(kernel * kernel * channels).enumerate() {
                for (tap, weight) in taps.chunks_exact(channels).enumerate() {
                    let (y, x) = (top + tap / kernel, left + tap % kernel);
                    if y < out_height && x < out_width {
                        let product: f32 =
                            pixel.iter().zip(weight).map(|(value, weight)| value * weight).sum();
                        logits[(y * out_width + x) * scored + channel] += product;
                    }
                }
            }
        }
        let output = match (scores, scored) {
            (Scores::Logits, _) => logits,
            (Scores::Probability, 2) => {
                logits.chunks_exact(2).map(|pair| sigmoid(pair[1] - pair[0])).collect()
            }
            (Scores::Probability, _) => logits.into_iter().map(sigmoid).collect(),
        };
        tensor(output, [1, out_height, out_width, channels_out(scored, scores)])
    }
}
