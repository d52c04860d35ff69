use std::cell::RefCell;

use burn::backend::wgpu::CubeTensor;

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
    /// The tensor of the next binding, which the kernel fills (`var<storage, read_write>`).
    ///
    /// Its buffer has no room for the values: it only identifies the tensor among the inputs of later dispatches.
    pub output: CubeTensor,
}

impl Dispatch {
    /// Bytes of the output.
    pub fn output_bytes(&self) -> u64 {
        (self.output.meta.num_elements() * size_of::<f32>()) as u64
    }
}

/// Bytes of the buffer that stands for the output of a dispatch.
pub(super) const PLACEHOLDER: usize = size_of::<f32>();

thread_local! {
    /// The dispatches recorded on this thread, if it records.
    static RECORDING: RefCell<Option<Vec<Dispatch>>> = const { RefCell::new(None) };
}

/// Runs `forward` on tensors of the GPU, and records the launches of its operators in their order. Nothing runs on the
/// GPU.
///
/// `forward` consists of the operators of this module and of changes of shape. What burn itself computes is not recorded.
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
    (result, RECORDING.take().unwrap_or_default())
}

/// Whether this thread records.
pub(super) fn is_recording() -> bool {
    RECORDING.with_borrow(Option::is_some)
}

/// Adds a dispatch to the recording.
pub(super) fn push(dispatch: Dispatch) {
    RECORDING.with_borrow_mut(|recording| {
        if let Some(dispatches) = recording {
            dispatches.push(dispatch);
        }
    });
}
