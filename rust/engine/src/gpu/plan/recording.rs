use std::collections::HashMap;

use burn::backend::wgpu::{CubeBackend, CubeTensor};
use burn::backend::{BackendTensor, DispatchTensorKind};
use burn::tensor::Tensor;
use cubecl::client::Client;
use cyclorama_segmentation::SegmentationModel;
use cyclorama_segmentation::ops::{self, output_bytes, record};

use super::Kernel;
use super::assignment::{Assignment, StepResult};
use super::place::Place;
use crate::{ComputeContext, EngineError};

/// The operators of a model, with the buffers that they need.
pub(super) struct Recording {
    pub dispatches: Vec<Dispatch>,
    /// Bytes of the buffers of the feature maps.
    pub buffer_sizes: Vec<u64>,
    pub input_bytes: u64,
    /// The buffer that holds the probability at the end.
    pub output: usize,
    pub output_bytes: u64,
    pub burn: Client,
}

pub(super) struct Dispatch {
    pub kernel: Kernel,
    /// Workgroups across and down.
    pub workgroups: [u32; 2],
    pub inputs: Vec<Operand>,
    /// The buffers of the results.
    pub outputs: Vec<usize>,
}

/// What a dispatch reads or writes.
pub(super) enum Operand {
    /// The model's input.
    Image,
    /// A feature map, in a buffer that it may use together with others.
    Map(usize),
    Weight(Place),
}

impl Recording {
    pub(super) fn new(compute: &ComputeContext, model: &SegmentationModel) -> Result<Self, EngineError> {
        let [height, width] = model.config().input;
        let image = Tensor::<4>::empty([1, height, width, 3], compute.tensors());
        let (probability, dispatches) = record(|| model.forward(image.clone()));
        let [image, probability] = [primitive(image)?, primitive(probability)?];

        // The numbers of results by their places.
        let (mut numbers, mut results) = (HashMap::new(), Vec::new());
        let (mut places, mut reads) = (Vec::new(), Vec::new());
        for (step, dispatch) in dispatches.iter().enumerate() {
            let inputs = dispatch.inputs.iter().map(Place::of).collect::<Result<Vec<_>, _>>()?;
            reads.push(inputs.iter().filter_map(|place| numbers.get(place).copied()).collect());
            places.push(inputs);
            for output in &dispatch.outputs {
                numbers.insert(Place::of(output)?, results.len());
                results.push(StepResult { step, bytes: output_bytes(output) });
            }
        }
        let last = numbers.get(&Place::of(&probability)?).copied();
        let last = last.ok_or_else(|| EngineError::Gpu("the model computes no probability".into()))?;
        let Assignment { buffer_of, sizes } = Assignment::new(&results, &reads, last);

        let input = Place::of(&image)?;
        let operand = |place| match numbers.get(&place) {
            Some(number) => Operand::Map(buffer_of[*number]),
            None if place == input => Operand::Image,
            None => Operand::Weight(place),
        };
        let mut buffers = buffer_of.iter().copied();
        let dispatches = dispatches.into_iter().zip(places).map(|(dispatch, places)| {
            let ops::Dispatch { operator, source, workgroups, outputs, .. } = dispatch;
            let inputs: Vec<_> = places.into_iter().map(operand).collect();
            let outputs: Vec<_> = buffers.by_ref().take(outputs.len()).collect();
            let kernel =
                Kernel { operator, source, inputs: inputs.len() as u32, outputs: outputs.len() as u32 };
            Dispatch { kernel, workgroups, inputs, outputs }
        });
        Ok(Self {
            dispatches: dispatches.collect(),
            buffer_sizes: sizes,
            input_bytes: (height * width * 3 * size_of::<f32>()) as u64,
            output: buffer_of[last],
            output_bytes: results[last].bytes,
            burn: image.client,
        })
    }
}

/// The tensor of burn's wgpu backend.
fn primitive(tensor: Tensor<4>) -> Result<CubeTensor, EngineError> {
    match tensor.into_dispatch().kind {
        DispatchTensorKind::Cube(BackendTensor::<CubeBackend>::Float(tensor)) => Ok(tensor),
        _ => Err(EngineError::Gpu("a tensor of the GPU model is not on the GPU".into())),
    }
}
