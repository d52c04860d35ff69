use std::cell::RefCell;

use burn::backend::wgpu::CubeTensor;
use burn::tensor::{DType, Shape};

use super::kernel::{Kernel, Summed};

/// A launch of a kernel that was recorded instead of queued.
pub struct Dispatch {
    /// The operator's name.
    pub operator: &'static str,
    /// WGSL with the entry point `main`. It does not check indices: they are in bounds for the tensors' sizes.
    pub source: String,
    /// Workgroups across and down.
    pub workgroups: [u32; 2],
    /// The tensors of the bindings 0, 1, and so on of group 0, which the kernel reads (`var<storage, read>`).
    pub inputs: Vec<CubeTensor>,
    /// The tensors of the next bindings, which the kernel fills (`var<storage, read_write>`).
    ///
    /// Their buffers have no room for the values: they only identify the tensors among the inputs of later dispatches.
    pub outputs: Vec<CubeTensor>,
}

/// Bytes of the values of a tensor that a dispatch fills.
pub fn output_bytes(output: &CubeTensor) -> u64 {
    (output.meta.num_elements() * size_of::<f32>()) as u64
}

/// A launch whose kernel may still change.
struct Recorded {
    kernel: Kernel,
    workgroups: [u32; 2],
    inputs: Vec<CubeTensor>,
    outputs: Vec<CubeTensor>,
}

thread_local! {
    /// The launches recorded on this thread, if it records.
    static RECORDING: RefCell<Option<Vec<Recorded>>> = const { RefCell::new(None) };
}

/// Runs `forward` on tensors of the GPU, and records the launches of its operators in their order. Nothing runs on the
/// GPU.
///
/// `forward` consists of the operators of this module and of changes of shape. What burn itself computes is not recorded.
///
/// An operator that averages a whole feature map makes the kernel of that map store sums of it, and averages these.
pub fn record<T>(forward: impl FnOnce() -> T) -> (T, Vec<Dispatch>) {
    /// Ends the recording, also if `forward` panics.
    struct End;
    impl Drop for End {
        fn drop(&mut self) {
            RECORDING.take();
        }
    }
    RECORDING.set(Some(Vec::new()));
    let _end = End;
    let result = forward();
    let recorded = RECORDING.take().unwrap_or_default();
    let dispatches = recorded.into_iter().map(|Recorded { kernel, workgroups, inputs, outputs }| Dispatch {
        operator: kernel.name,
        source: kernel.wgsl(),
        workgroups,
        inputs,
        outputs,
    });
    (result, dispatches.collect())
}

/// Whether this thread records.
pub(super) fn is_recording() -> bool {
    RECORDING.with_borrow(Option::is_some)
}

/// Adds a launch to the recording. Returns the tensor that it fills.
pub(super) fn push(
    kernel: Kernel,
    workgroups: [u32; 2],
    inputs: Vec<CubeTensor>,
    output: Shape,
) -> CubeTensor {
    let output = placeholder(&inputs[0], output);
    RECORDING.with_borrow_mut(|recording| {
        if let Some(launches) = recording {
            launches.push(Recorded { kernel, workgroups, inputs, outputs: vec![output.clone()] });
        }
    });
    output
}

/// The rows to add up for the mean of a feature map: sums that its kernel stores, if this thread has recorded that, and
/// otherwise its pixels.
pub(super) fn summed(map: CubeTensor) -> Summed<CubeTensor> {
    let rows = Summed::pixels_of(map);
    RECORDING.with_borrow_mut(|recording| {
        let id = |tensor: &CubeTensor| tensor.handle.memory.descriptor().id;
        let is_map =
            |map: &CubeTensor| id(map) == id(&rows.terms) && map.meta.shape() == rows.terms.meta.shape();
        let mut launches = recording.iter_mut().flatten();
        let Some(launch) = launches.find(|launch| is_map(&launch.outputs[0])) else { return rows };
        if launch.outputs.len() == 1 {
            let Some([parts, channels]) = launch.kernel.add_sums(launch.workgroups) else { return rows };
            launch.outputs.push(placeholder(&rows.terms, [1, parts, 1, channels].into()));
        }
        Summed { terms: launch.outputs[1].clone(), ..rows }
    })
}

/// A tensor with a buffer of one value.
fn placeholder(neighbor: &CubeTensor, shape: Shape) -> CubeTensor {
    let CubeTensor { client, device, .. } = neighbor;
    let handle = client.empty(size_of::<f32>());
    CubeTensor::new_contiguous(client.clone(), device.clone(), shape, handle, DType::F32)
}
