//! The fused operators at the shapes of the landscape model (256x144).

use burn::tensor::{Device, Tensor, TensorData};
use criterion::{Criterion, criterion_group, criterion_main};
use cyclorama_bench::noise;
use cyclorama_segmentation::ops::{
    Activation, Conv2dOptions, DepthwiseOptions, GateInput, HeadOutput, PixelRange, avg_pool2d,
    conv_transpose2d, conv2d, depthwise, pack, pointwise, skip_fusion, squeeze_excite,
};

/// The device of an operator, and its inputs.
struct Place<'a> {
    device: &'a Device,
}

impl Place<'_> {
    fn tensor<const D: usize>(&self, shape: [usize; D]) -> Tensor<D> {
        Tensor::from_data(TensorData::new(noise(shape.iter().product()), shape), self.device)
    }

    fn matrix(&self, shape: [usize; 2]) -> Tensor<2> {
        pack(self.tensor(shape))
    }
}

type Operator = Box<dyn Fn() -> Tensor<4>>;

fn stem(place: &Place<'_>) -> Operator {
    let (image, weight) = (place.tensor([1, 144, 256, 3]), place.tensor([3, 3, 3, 16]));
    let bias = place.tensor([16]);
    Box::new(move || {
        let (range, activation) = (PixelRange::ZeroToOne, Activation::HardSwish);
        let options = Conv2dOptions { stride: 2, range, activation };
        conv2d(image.clone(), weight.clone(), bias.clone(), options)
    })
}

fn expansion(place: &Place<'_>, size: [usize; 2], from: usize, to: usize) -> Operator {
    let input = place.tensor([1, size[0], size[1], from]);
    let (weight, bias) = (place.matrix([from, to]), place.tensor([to]));
    Box::new(move || pointwise(input.clone(), None, weight.clone(), bias.clone(), None, Activation::Relu6))
}

fn projection(place: &Place<'_>, size: [usize; 2], from: usize, to: usize) -> Operator {
    let input = place.tensor([1, size[0], size[1], from]);
    let (gate, residual) = (place.tensor([1, 1, 1, from]), place.tensor([1, size[0], size[1], to]));
    let (weight, bias) = (place.matrix([from, to]), place.tensor([to]));
    Box::new(move || {
        let (gate, residual) = (Some(gate.clone()), Some(residual.clone()));
        pointwise(input.clone(), gate, weight.clone(), bias.clone(), residual, Activation::Linear)
    })
}

fn filter(place: &Place<'_>, size: [usize; 2], channels: usize, kernel: usize, stride: usize) -> Operator {
    let input = place.tensor([1, size[0], size[1], channels]);
    let (weight, bias) = (place.tensor([kernel, kernel, channels]), place.tensor([channels]));
    let options = DepthwiseOptions { stride, dilation: 1, activation: Activation::Relu6, add_input: false };
    Box::new(move || depthwise(input.clone(), weight.clone(), bias.clone(), options))
}

fn squeeze(place: &Place<'_>, size: [usize; 2], channels: usize, squeezed: usize) -> Operator {
    let input = place.tensor([1, size[0], size[1], channels]);
    let weights = [place.matrix([channels, squeezed]), place.matrix([squeezed, channels])];
    let biases = [place.tensor([squeezed]), place.tensor([channels])];
    Box::new(move || squeeze_excite(input.clone(), None, weights.clone(), biases.clone()))
}

fn skip_gate(place: &Place<'_>, size: [usize; 2], channels: usize) -> Operator {
    let skip = place.tensor([1, size[0], size[1], channels]);
    let low = place.tensor([1, size[0] / 2, size[1] / 2, channels]);
    let weights = [place.matrix([channels; 2]), place.matrix([channels; 2])];
    let biases = [place.tensor([channels]), place.tensor([channels])];
    Box::new(move || {
        squeeze_excite(skip.clone(), Some((low.clone(), GateInput::Add)), weights.clone(), biases.clone())
    })
}

fn fusion(place: &Place<'_>, size: [usize; 2], channels: usize) -> Operator {
    let skip = place.tensor([1, size[0], size[1], channels]);
    let low = place.tensor([1, size[0] / 2, size[1] / 2, channels]);
    let gate = place.tensor([1, 1, 1, channels]);
    let (weight, bias) = (place.matrix([channels; 2]), place.tensor([channels]));
    Box::new(move || {
        let (skip, gate, low) = (skip.clone(), gate.clone(), low.clone());
        skip_fusion(skip, gate, low, weight.clone(), bias.clone(), Activation::Relu6)
    })
}

fn pool(place: &Place<'_>) -> Operator {
    let input = place.tensor([1, 9, 16, 32]);
    Box::new(move || avg_pool2d(input.clone(), [9, 16], [9, 16]))
}

fn head(place: &Place<'_>) -> Operator {
    let (input, weight) = (place.tensor([1, 72, 128, 16]), place.tensor([1, 2, 2, 16]));
    let bias = place.tensor([1]);
    Box::new(move || conv_transpose2d(input.clone(), weight.clone(), bias.clone(), HeadOutput::Probability))
}

/// Every operator of the model, once for each shape.
fn operators(place: &Place<'_>) -> Vec<(&'static str, Operator)> {
    let (half, quarter, eighth, sixteenth) = ([72, 128], [36, 64], [18, 32], [9, 16]);
    vec![
        ("stem", stem(place)),
        ("pointwise/72x128 16-16", expansion(place, half, 16, 16)),
        ("pointwise/36x64 16-16 gated", projection(place, quarter, 16, 16)),
        ("pointwise/36x64 16-72", expansion(place, quarter, 16, 72)),
        ("pointwise/18x32 72-24", expansion(place, eighth, 72, 24)),
        ("pointwise/18x32 24-88", expansion(place, eighth, 24, 88)),
        ("pointwise/18x32 88-24", expansion(place, eighth, 88, 24)),
        ("pointwise/18x32 24-96", expansion(place, eighth, 24, 96)),
        ("pointwise/9x16 32-128", expansion(place, sixteenth, 32, 128)),
        ("pointwise/9x16 128-32 gated", projection(place, sixteenth, 128, 32)),
        ("pointwise/9x16 32-96", expansion(place, sixteenth, 32, 96)),
        ("pointwise/9x16 96-32 gated", projection(place, sixteenth, 96, 32)),
        ("pointwise/9x16 128-24 gated", projection(place, sixteenth, 128, 24)),
        ("pointwise/18x32 24-16", expansion(place, eighth, 24, 16)),
        ("depthwise/72x128x16 3x3 /2", filter(place, half, 16, 3, 2)),
        ("depthwise/36x64x72 3x3 /2", filter(place, quarter, 72, 3, 2)),
        ("depthwise/18x32x88 3x3", filter(place, eighth, 88, 3, 1)),
        ("depthwise/18x32x96 5x5 /2", filter(place, eighth, 96, 5, 2)),
        ("depthwise/9x16x128 5x5", filter(place, sixteenth, 128, 5, 1)),
        ("depthwise/18x32x24 3x3", filter(place, eighth, 24, 3, 1)),
        ("depthwise/36x64x16 3x3", filter(place, quarter, 16, 3, 1)),
        ("depthwise/72x128x16 3x3", filter(place, half, 16, 3, 1)),
        ("gate/36x64x16", squeeze(place, quarter, 16, 8)),
        ("gate/9x16x128", squeeze(place, sixteenth, 128, 32)),
        ("gate/72x128x16 of two maps", skip_gate(place, half, 16)),
        ("skip_fusion/18x32x24", fusion(place, eighth, 24)),
        ("skip_fusion/36x64x16", fusion(place, quarter, 16)),
        ("skip_fusion/72x128x16", fusion(place, half, 16)),
        ("average_pool/9x16x32", pool(place)),
        ("head", head(place)),
    ]
}

#[expect(clippy::print_stdout, reason = "a benchmark prints what it skips")]
fn times(criterion: &mut Criterion) {
    let cpu = Device::flex();
    for (name, operator) in operators(&Place { device: &cpu }) {
        criterion.bench_function(&format!("flex/{name}"), |bencher| bencher.iter(&operator));
    }
    match Device::wgpu_options().init() {
        Ok(adapter) => {
            for (name, operator) in operators(&Place { device: &adapter }) {
                let wait = || operator().into_data();
                criterion.bench_function(&format!("wgpu/{name}"), |bencher| bencher.iter(wait));
            }
        }
        Err(error) => println!("without wgpu: {error:?}"),
    }
}

criterion_group!(benches, times);
criterion_main!(benches);
