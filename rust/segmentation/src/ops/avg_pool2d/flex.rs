use burn::backend::Flex;
use burn::backend::tensor::FloatTensor;

use super::{AvgPool2dOps, windows};
use crate::ops::flex::{Buffer, Rows};

impl AvgPool2dOps for Flex {
    fn avg_pool2d(input: FloatTensor<Self>, window: [usize; 2], stride: [usize; 2]) -> FloatTensor<Self> {
        let input = Rows::new(&input);
        let [_, height, width, channels] = input.nhwc();
        let out_height = windows(height, window[0], stride[0]);
        let out_width = windows(width, window[1], stride[1]);
        let values = input.values();
        let mut output = Buffer::zeros(out_height * out_width * channels);
        for (index, sums) in output.chunks_exact_mut(channels).enumerate() {
            let (top, left) = (index / out_width * stride[0], index % out_width * stride[1]);
            for row in top..top + window[0] {
                let pixels = &values[(row * width + left) * channels..][..window[1] * channels];
                for pixel in pixels.chunks_exact(channels) {
                    for (sum, value) in sums.iter_mut().zip(pixel) {
                        *sum += value;
                    }
                }
            }
            for sum in sums {
                *sum /= (window[0] * window[1]) as f32;
            }
        }
        output.into_tensor([1, out_height, out_width, channels])
    }
}
