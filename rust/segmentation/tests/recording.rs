//! The dispatches that are recorded for operators which average a feature map.

use std::sync::OnceLock;

use burn::backend::wgpu::{CubeTensor, WgpuSetup};
use burn::tensor::{Device, Tensor};
use cyclorama_segmentation::ops::{
    Activation, DepthwiseOptions, Dispatch, GateInput, Tiling, avg_pool2d, depthwise, output_bytes, record,
    squeeze_excite,
};
use cyclorama_testing::needs_gpu;

fn device() -> Device {
    /// The adapter can be requested only once per process.
    static GPU: OnceLock<WgpuSetup> = OnceLock::new();
    needs_gpu();
    let setup = GPU
        .get_or_init(|| Device::wgpu_options().init_with_setup().expect("a Vulkan, Metal or DX12 adapter").1);
    Device::wgpu_options().setup(setup.clone()).init().expect("the adapter's device")
}

/// A 12x20 feature map of 8 channels, made by a depthwise convolution.
fn filtered(device: &Device) -> Tensor<4> {
    let options = DepthwiseOptions { stride: 1, dilation: 1, activation: Activation::Relu, add_input: false };
    depthwise(
        Tensor::ones([1, 12, 20, 8], device),
        Tensor::ones([3, 3, 8], device),
        Tensor::zeros([8], device),
        options,
    )
}

fn gate(map: Tensor<4>, second: Option<(Tensor<4>, GateInput)>, device: &Device) -> Tensor<4> {
    squeeze_excite(
        map,
        second,
        [Tensor::ones([8, 8], device), Tensor::ones([8, 8], device)],
        [Tensor::ones([8], device), Tensor::ones([8], device)],
    )
}

/// Checks that `reader` reads the sums of a map that `writer` stores.
fn reads_sums(writer: &Dispatch, reader: &Dispatch, input: usize) {
    let [map, sums] = &writer.outputs[..] else { panic!("{} outputs", writer.outputs.len()) };
    assert!(output_bytes(sums) < output_bytes(map) / 2);
    let id = |tensor: &CubeTensor| tensor.handle.memory.descriptor().id;
    assert_eq!(id(&reader.inputs[input]), id(sums));
}

#[test]
fn a_gate_reads_sums_that_the_kernels_of_its_maps_store_on_gpu() {
    let device = device();
    for tiling in [Tiling::Small, Tiling::Medium, Tiling::Large] {
        tiling.set(&device);
        let (_, dispatches) = record(|| {
            let [first, second] = [filtered(&device), filtered(&device)];
            gate(first, Some((second, GateInput::Add)), &device)
        });
        let [first, second, reader] = &dispatches[..] else { panic!("{} dispatches", dispatches.len()) };
        reads_sums(first, reader, 0);
        reads_sums(second, reader, 5);
    }
}

#[test]
fn the_mean_of_a_whole_map_reads_its_sums_and_other_windows_read_the_map_on_gpu() {
    let device = device();
    let pool = |window| record(|| avg_pool2d(filtered(&device), window, window)).1;
    let whole = pool([12, 20]);
    reads_sums(&whole[0], &whole[1], 0);
    assert_eq!(pool([5, 5])[0].outputs.len(), 1);
}

#[test]
fn a_map_that_is_averaged_twice_is_summed_once_on_gpu() {
    let device = device();
    let (_, dispatches) = record(|| {
        let map = filtered(&device);
        let pooled = avg_pool2d(map.clone(), [12, 20], [12, 20]);
        (gate(map, None, &device), pooled)
    });
    reads_sums(&dispatches[0], &dispatches[1], 0);
    reads_sums(&dispatches[0], &dispatches[2], 0);
}

#[test]
fn a_map_that_no_recorded_kernel_makes_is_read_itself_on_gpu() {
    let device = device();
    let map = filtered(&device);
    let (_, dispatches) = record(|| gate(map.clone(), None, &device));
    assert_eq!(dispatches.len(), 1);
    assert_eq!(dispatches[0].inputs[0].meta.shape().as_slice(), [1, 12, 20, 8]);
}
