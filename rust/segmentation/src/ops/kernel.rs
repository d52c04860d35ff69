//! Assembling and launching WGSL kernels on burn's wgpu backend.

use burn::backend::wgpu::{CubeTensor, KernelSource, SourceKernel, SourceTemplate, into_contiguous};
use burn::tensor::{DType, Shape};
use cubecl::prelude::{CubeCount, CubeDim, KernelId};
use cubecl::server::KernelArguments;

use super::Activation;

/// Threads in a workgroup of the kernels that share nothing between threads.
const WORKGROUP: u32 = 64;

/// One kernel with everything that its source depends on.
///
/// The source is a header made here (bindings, constants, the activation) followed by the operator's
/// `kernel.wgsl`. In that file
/// - a line with `_EACH` stands for `repeat` lines, `_0`, `_1`, ...: values that must live in registers, where an
///   indexed array would be put into memory by some drivers;
/// - a line that ends in `//? name` is there only if the buffer `name` is bound, `//? !name` only if it is not, and so
///   are the lines from `//? if name` to `//? end`.
///
/// Sizes are constants of the source, so loops have known lengths and nothing is uploaded per launch; burn's
/// wgpu backend keeps one pipeline for each distinct source.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Kernel {
    name: &'static str,
    body: &'static str,
    workgroup: u32,
    repeat: u32,
    activation: Activation,
    constants: Vec<(&'static str, u32)>,
    buffers: Vec<(&'static str, &'static str)>,
}

/// A buffer of a kernel: its name and element type in WGSL, and the tensor behind it.
pub(crate) struct Buffer {
    name: &'static str,
    element: &'static str,
    tensor: CubeTensor,
}

/// A buffer read or written one value at a time.
pub(crate) fn scalars(name: &'static str, tensor: CubeTensor) -> Buffer {
    Buffer { name, element: "f32", tensor }
}

/// A buffer read or written four channels at a time; its last axis is a multiple of four.
pub(crate) fn vectors(name: &'static str, tensor: CubeTensor) -> Buffer {
    Buffer { name, element: "vec4f", tensor }
}

impl Kernel {
    pub(crate) fn new(name: &'static str, body: &'static str) -> Self {
        Self {
            name,
            body,
            workgroup: WORKGROUP,
            repeat: 1,
            activation: Activation::Linear,
            constants: Vec::new(),
            buffers: Vec::new(),
        }
    }

    pub(crate) fn activation(mut self, activation: Activation) -> Self {
        self.activation = activation;
        self
    }

    pub(crate) fn constant(mut self, name: &'static str, value: usize) -> Self {
        self.constants.push((name, u32::try_from(value).expect("tensor sizes fit 32 bits")));
        self
    }

    pub(crate) fn repeat(mut self, times: usize) -> Self {
        self.repeat = u32::try_from(times).expect("a tile fits 32 bits");
        self
    }

    pub(crate) fn workgroup(mut self, threads: u32) -> Self {
        self.workgroup = threads;
        self
    }

    /// Runs one thread for each of `threads` and returns the tensor `output` of `shape`, which the kernel
    /// fills. The work is queued, not awaited.
    pub(crate) fn launch(
        mut self,
        threads: usize,
        inputs: impl IntoIterator<Item = Buffer>,
        output_element: &'static str,
        shape: impl Into<Shape>,
    ) -> CubeTensor {
        let mut inputs: Vec<Buffer> = inputs
            .into_iter()
            .map(|buffer| Buffer { tensor: into_contiguous(buffer.tensor), ..buffer })
            .collect();
        let shape = shape.into();
        let first = &inputs[0].tensor;
        let (client, device) = (first.client.clone(), first.device.clone());
        let handle = client.empty(shape.num_elements() * size_of::<f32>());
        let output = CubeTensor::new_contiguous(client.clone(), device, shape, handle, DType::F32);
        inputs.push(Buffer { name: "output", element: output_element, tensor: output.clone() });

        self = self.constant("THREADS", threads);
        self.buffers = inputs.iter().map(|buffer| (buffer.name, buffer.element)).collect();
        let groups = threads.div_ceil(self.workgroup as usize);
        let count = CubeCount::Static(u32::try_from(groups).expect("group counts fit 32 bits"), 1, 1);
        let dim = CubeDim::new_1d(self.workgroup);
        let bindings = inputs.into_iter().map(|buffer| buffer.tensor.handle.binding()).collect();
        client.launch(
            Box::new(SourceKernel::new(self, dim)),
            count,
            KernelArguments::new().with_buffers(bindings),
        );
        output
    }

    fn header(&self) -> String {
        let mut header = String::new();
        for (binding, (name, element)) in self.buffers.iter().enumerate() {
            // Tensors may share one buffer natively, and WebGPU forbids mixing read-only and writable uses
            // of a buffer within a dispatch: every binding is therefore `read_write`.
            header += &format!(
                "@group(0) @binding({binding}) var<storage, read_write> {name}: array<{element}>;\n"
            );
        }
        for (name, value) in &self.constants {
            header += &format!("const {name} = {value}u;\n");
        }
        header += &format!("const WORKGROUP = {}u;\n{}\n", self.workgroup, self.activation.wgsl());
        header
    }

    fn body(&self) -> String {
        let holds = |condition: &str| match condition.trim().strip_prefix('!') {
            Some(name) => !self.binds(name),
            None => self.binds(condition.trim()),
        };
        let mut body = String::with_capacity(self.body.len() * 2);
        let mut skipping = false;
        for line in self.body.lines() {
            if let Some(condition) = line.trim().strip_prefix("//? if ") {
                skipping = !holds(condition);
                continue;
            }
            if line.trim() == "//? end" {
                skipping = false;
                continue;
            }
            let code = match line.split_once("//? ") {
                Some((code, condition)) if holds(condition) => code,
                Some(_) => continue,
                None => line,
            };
            if skipping {
                continue;
            }
            if code.contains("_EACH") {
                for index in 0..self.repeat {
                    body += &code.replace("_EACH", &format!("_{index}"));
                    body.push('\n');
                }
            } else {
                body += code;
                body.push('\n');
            }
        }
        body
    }

    fn binds(&self, name: &str) -> bool {
        self.buffers.iter().any(|(buffer, _)| *buffer == name)
    }
}

impl KernelSource for Kernel {
    fn source(&self) -> SourceTemplate {
        SourceTemplate::new(self.header() + &self.body())
    }

    fn id(&self) -> KernelId {
        KernelId::new::<Self>().cube_dim(CubeDim::new_1d(self.workgroup).into()).info(self.clone())
    }

    fn lang(&self) -> &'static str {
        "wgsl"
    }
}
