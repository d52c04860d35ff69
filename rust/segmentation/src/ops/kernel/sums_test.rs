//! Checks the sums that kernels store.

use burn::backend::wgpu::CubeTensor;
use burn::tensor::DType;

use super::Kernel;

/// Launches a kernel again that has filled `output`, now with sums, and compares these with sums of the output. Every launch
/// in a test of an operator is checked.
pub(super) fn check(
    (mut kernel, inputs): (Kernel, Vec<CubeTensor>),
    workgroups: [u32; 2],
    output: &CubeTensor,
) {
    let name = kernel.name;
    let Some([parts, channels]) = kernel.add_sums(workgroups) else { return };
    let [map, sums] = [output.meta.shape().clone(), [parts, channels].into()].map(|shape| {
        let handle = output.client.empty(shape.num_elements() * size_of::<f32>());
        CubeTensor::new_contiguous(output.client.clone(), output.device.clone(), shape, handle, DType::F32)
    });
    kernel.queue(workgroups, inputs.into_iter().chain([map, sums.clone()]));
    let [expected, found] = [output, &sums].map(|tensor| by_channel(tensor, channels));
    for (channel, ([sum, size], [found, _])) in expected.into_iter().zip(found).enumerate() {
        let difference = (sum - found).abs();
        assert!(difference <= 1e-5 * (1.0 + size), "{name}: channel {channel} sums to {sum}, not {found}");
    }
}

/// The sum of each channel, and that of its absolute values.
fn by_channel(tensor: &CubeTensor, channels: usize) -> Vec<[f64; 2]> {
    let bytes = tensor.client.read_one(tensor.handle.clone()).expect("a tensor that can be read");
    let mut sums = vec![[0.0; 2]; channels];
    for (index, value) in bytes.as_chunks().0.iter().enumerate() {
        let value = f64::from(f32::from_le_bytes(*value));
        let [sum, size] = &mut sums[index % channels];
        *sum += value;
        *size += value.abs();
    }
    sums
}
