//! Assembles WGSL kernels for burn's wgpu backend, and launches or records them.

use std::fmt::Write;

use burn::backend::wgpu::{CubeTensor, KernelSource, SourceKernel, SourceTemplate, into_contiguous};
use burn::tensor::{DType, Shape};
use cubecl::prelude::{CubeCount, CubeDim, KernelId};
use cubecl::server::KernelArguments;

use super::recording::{self, Dispatch, is_recording};
use super::template::expand;
use super::{Activation, Tiling};

/// Everything that a kernel's source depends on.
///
/// The source is a generated header (bindings with their accessors, constants, the activation) followed by the
/// operator's `kernel.wgsl`. The [directives](super::template) of that file read the constants. The name of a bound
/// buffer or of an option that is set counts as a constant of value 1, any other lower-case name as 0.
///
/// Sizes are constants of the source. Loops therefore have known lengths, a browser can prove that an index is within
/// its buffer, and a launch uploads nothing. burn's wgpu backend keeps one pipeline for each distinct source.
///
/// The `min(..., LAST)` of a `kernel.wgsl` is needed: natively, kernels are compiled without bounds checks.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Kernel {
    name: &'static str,
    body: &'static str,
    workgroup: u32,
    activation: Activation,
    constants: Vec<(&'static str, u32)>,
    options: Vec<&'static str>,
    bindings: Vec<Binding>,
    /// Threads in a row of workgroups, if there are several rows.
    row: Option<u32>,
    access: InputAccess,
}

/// How a kernel's inputs are bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum InputAccess {
    /// `read`.
    Read,
    /// `read_write`, although the kernel only reads. burn may place two tensors in one buffer, and WebGPU forbids read-only
    /// and writable uses of one buffer within a dispatch.
    ReadWrite,
}

/// Splits `groups` workgroups into rows of at most `limit`, the device's maximum in one dimension: `[across, down]`.
fn split(groups: u32, limit: u32) -> [u32; 2] {
    let down = groups.div_ceil(limit).max(1);
    [groups.div_ceil(down), down]
}

/// A buffer as the kernel sees it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Binding {
    name: &'static str,
    view: View,
    /// Whether values are stored as float16. Kernels compute in float32 in any case.
    half: bool,
    /// Length of the tensor's last axis.
    channels: usize,
    /// Values in the tensor.
    len: usize,
}

/// How a kernel reads or writes a buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum View {
    /// One value at a time, by its index.
    Scalars,
    /// Four channels at a time, by row (all axes but the last, flattened) and group of four.
    Vectors,
    /// Four rows of four channels at a time, by group of rows and group of channels.
    Matrices,
}

/// What a kernel's source depends on in a tensor.
pub(crate) trait Stored {
    fn shape(&self) -> &[usize];

    /// Whether values are stored as float16 rather than float32.
    fn is_half(&self) -> bool;

    /// The shape of a tensor of rank `D`.
    fn dims<const D: usize>(&self) -> [usize; D] {
        self.shape().try_into().expect("an operator's tensors have the ranks that its documentation states")
    }
}

impl Stored for CubeTensor {
    fn shape(&self) -> &[usize] {
        self.meta.shape().as_slice()
    }

    fn is_half(&self) -> bool {
        match self.dtype {
            DType::F32 => false,
            DType::F16 => true,
            other => panic!("the operators have no kernels for {other:?}"),
        }
    }
}

/// A tensor that a kernel reads.
pub(crate) struct Input<T> {
    name: &'static str,
    view: View,
    tensor: T,
}

/// A tensor read one value at a time: `name_at(index) -> f32`.
pub(crate) fn scalars<T>(name: &'static str, tensor: T) -> Input<T> {
    Input { name, view: View::Scalars, tensor }
}

/// A tensor read four channels at a time: `name_at(row, group) -> vec4f`. Missing channels of the last group read as
/// zero.
pub(crate) fn vectors<T>(name: &'static str, tensor: T) -> Input<T> {
    Input { name, view: View::Vectors, tensor }
}

/// A weight `[I, O]` read four by four: `name_at(input group, output group) -> mat4x4f`, one column per input channel, so
/// that its product with four inputs sums over them. If I % 4 ≠ 0, the tail columns repeat real weights; their inputs
/// are zero.
pub(crate) fn matrices<T>(name: &'static str, tensor: T) -> Input<T> {
    Input { name, view: View::Matrices, tensor }
}

/// The float32 tensor that a kernel fills. Weights may be stored as float16, feature maps may not: rounding one feature
/// map of a model to float16 changes the probability of some pixels by 8e-3 (`docs/internals/kernels.md`).
pub(crate) struct Output {
    view: View,
    shape: Shape,
}

impl Output {
    /// A feature map, NHWC, filled by `put(row, group, vec4f)`.
    pub(crate) fn map(shape: [usize; 4]) -> Self {
        Self { view: View::Vectors, shape: shape.into() }
    }

    /// A feature map filled by `put(index, f32)`.
    pub(crate) fn scalars(shape: [usize; 4]) -> Self {
        Self { view: View::Scalars, shape: shape.into() }
    }
}

/// The number of groups of four that `channels` form. The last group may be partial.
pub(crate) const fn groups(channels: usize) -> usize {
    channels.div_ceil(4)
}

/// Collects what a kernel's source depends on.
pub(crate) struct KernelBuilder(Kernel);

impl KernelBuilder {
    pub(crate) fn new(name: &'static str, body: &'static str, tiling: Tiling) -> Self {
        let workgroup = match tiling {
            Tiling::Small => 64,
            // Larger workgroups of a small feature map would be too few to occupy all CPU cores.
            Tiling::Large => 16,
        };
        Self(Kernel {
            name,
            body,
            workgroup,
            activation: Activation::Linear,
            constants: Vec::new(),
            options: Vec::new(),
            bindings: Vec::new(),
            row: None,
            access: InputAccess::ReadWrite,
        })
    }

    pub(crate) fn activation(mut self, activation: Activation) -> Self {
        self.0.activation = activation;
        self
    }

    pub(crate) fn constant(mut self, name: &'static str, value: usize) -> Self {
        self.0.constants.push((name, u32::try_from(value).expect("tensor sizes fit 32 bits")));
        self
    }

    /// Sets a constant that directives test.
    pub(crate) fn flag(self, name: &'static str, set: bool) -> Self {
        self.constant(name, usize::from(set))
    }

    /// Sets a condition that few kernels need. Directives see `name`, in lower case like a buffer's; the source does not.
    pub(crate) fn option(mut self, name: &'static str, set: bool) -> Self {
        if set {
            self.0.options.push(name);
        }
        self
    }

    pub(crate) fn workgroup(mut self, threads: u32) -> Self {
        self.0.workgroup = threads;
        self
    }

    /// Completes a launch of one thread for each of `threads`. The kernel's `thread_of` returns a thread's number; the
    /// last workgroups have threads beyond `THREADS`.
    pub(crate) fn build<T: Stored>(
        mut self,
        threads: usize,
        inputs: impl IntoIterator<Item = Input<T>>,
        output: Output,
    ) -> Launch<T> {
        let mut tensors = Vec::new();
        for Input { name, view, tensor } in inputs {
            self.0.bindings.push(Binding::new(name, view, tensor.shape(), tensor.is_half()));
            tensors.push(tensor);
        }
        let Output { view, shape } = output;
        self.0.bindings.push(Binding::new("output", view, shape.as_slice(), false));
        let Self(kernel) = self.constant("THREADS", threads);
        Launch { kernel, threads, tensors, output: shape }
    }
}

/// A kernel with the tensors that it reads.
pub(crate) struct Launch<T> {
    kernel: Kernel,
    threads: usize,
    tensors: Vec<T>,
    output: Shape,
}

impl<T> Launch<T> {
    /// Splits the threads into workgroups, at most `limit` in one dimension.
    fn workgroups(&mut self, limit: u32) -> [u32; 2] {
        let workgroup = self.kernel.workgroup;
        let groups =
            u32::try_from(self.threads.div_ceil(workgroup as usize)).expect("group counts fit 32 bits");
        let [across, down] = split(groups, limit);
        self.kernel.row = (down > 1).then_some(across * workgroup);
        [across, down]
    }

    /// The WGSL sources on a device that takes `limit` workgroups in one dimension: recorded and queued.
    #[cfg(test)]
    pub(crate) fn sources(mut self, limit: u32) -> [String; 2] {
        self.workgroups(limit);
        [InputAccess::Read, InputAccess::ReadWrite].map(|access| {
            self.kernel.access = access;
            self.kernel.wgsl()
        })
    }
}

impl Launch<CubeTensor> {
    /// Queues the work, or [records](recording::record) it. Returns the tensor that the kernel fills.
    pub(crate) fn run(mut self) -> CubeTensor {
        let (client, device) = (self.tensors[0].client.clone(), self.tensors[0].device.clone());
        let workgroups = self.workgroups(client.properties().hardware.max_cube_count.0);
        let Self { mut kernel, tensors, output: shape, .. } = self;
        let bytes =
            if is_recording() { recording::PLACEHOLDER } else { shape.num_elements() * size_of::<f32>() };
        let handle = client.empty(bytes);
        let output = CubeTensor::new_contiguous(client.clone(), device, shape, handle, DType::F32);
        let inputs = tensors.into_iter().map(into_contiguous).collect::<Vec<_>>();
        if is_recording() {
            kernel.access = InputAccess::Read;
            recording::push(Dispatch {
                operator: kernel.name,
                source: kernel.wgsl(),
                workgroups,
                inputs,
                output: output.clone(),
            });
            return output;
        }
        let [across, down] = workgroups;
        let buffers = inputs.into_iter().chain([output.clone()]).map(|tensor| tensor.handle.binding());
        let arguments = KernelArguments::new().with_buffers(buffers.collect());
        let dim = CubeDim::new_1d(kernel.workgroup);
        let count = CubeCount::Static(across, down, 1);
        client.launch(Box::new(SourceKernel::new(kernel, dim)), count, arguments);
        output
    }
}

impl Kernel {
    fn wgsl(&self) -> String {
        self.header() + &expand(self.body, &|name| self.value(name))
    }

    fn header(&self) -> String {
        let half = self.bindings.iter().any(|binding| binding.half);
        let mut header = String::from(if half { "enable f16;\n" } else { "" });
        for (index, binding) in self.bindings.iter().enumerate() {
            binding.declare(index, self.access, &mut header);
        }
        for (name, value) in &self.constants {
            writeln!(header, "const {name} = {value}u;").expect("writing to a String cannot fail");
        }
        let thread = match self.row {
            None => "id.x".into(),
            Some(row) => format!("id.y * {row}u + id.x"),
        };
        writeln!(header, "fn thread_of(id: vec3u) -> u32 {{ return {thread}; }}")
            .expect("writing to a String cannot fail");
        header + &format!("const WORKGROUP = {}u;\n{}\n", self.workgroup, self.activation.wgsl())
    }

    fn value(&self, name: &str) -> Option<u32> {
        let constant = self.constants.iter().find(|(known, _)| *known == name).map(|(_, value)| *value);
        // Buffers have lower-case names, like variables in WGSL.
        let optional = name.starts_with(char::is_lowercase);
        let given =
            || self.options.contains(&name) || self.bindings.iter().any(|binding| binding.name == name);
        constant.or_else(|| optional.then(|| given().into()))
    }
}

impl Binding {
    fn new(name: &'static str, view: View, shape: &[usize], half: bool) -> Self {
        let channels = shape.last().copied().unwrap_or(1);
        Self { name, view, half, channels, len: shape.iter().product() }
    }

    /// Appends the variable and the functions that read and write it.
    fn declare(&self, index: usize, access: InputAccess, header: &mut String) {
        let Self { name, view, half, channels, len } = self;
        let whole = *view != View::Scalars && channels % 4 == 0;
        let (element, len) = match (whole, half) {
            (true, false) => ("vec4f", len / 4),
            (true, true) => ("vec4h", len / 4),
            (false, false) => ("f32", *len),
            (false, true) => ("f16", *len),
        };
        let access = match access {
            InputAccess::Read if *name != "output" => "read",
            _ => "read_write",
        };
        *header +=
            &format!("@group(0) @binding({index}) var<storage, {access}> {name}: array<{element}, {len}>;\n");
        let (signature, body) = match (view, *name == "output") {
            (View::Scalars, false) => {
                (format!("fn {name}_at(i: u32) -> f32"), format!("    return f32({name}[i]);\n"))
            }
            (View::Scalars, true) => ("fn put(i: u32, x: f32)".into(), format!("    {name}[i] = x;\n")),
            (View::Vectors, false) => {
                (format!("fn {name}_at(row: u32, group: u32) -> vec4f"), self.read(whole))
            }
            (View::Vectors, true) => ("fn put(row: u32, group: u32, x: vec4f)".into(), self.write(whole)),
            (View::Matrices, _) => {
                *header +=
                    &format!("fn {name}_row(row: u32, group: u32) -> vec4f {{\n{}}}\n", self.read(whole));
                let last = self.len / channels - 1;
                let column = |part: usize| format!("{name}_row(min(rows * 4u + {part}u, {last}u), group)");
                let columns: Vec<_> = (0..4).map(column).collect();
                (
                    format!("fn {name}_at(rows: u32, group: u32) -> mat4x4f"),
                    format!("    return mat4x4f({});\n", columns.join(", ")),
                )
            }
        };
        *header += &format!("{signature} {{\n{body}}}\n");
    }

    /// The body of a function that reads four channels.
    fn read(&self, whole: bool) -> String {
        let Self { name, channels, .. } = self;
        if whole {
            return format!("    return vec4f({name}[row * {}u + group]);\n", channels / 4);
        }
        let last = self.len - 1;
        let value = |part: usize| {
            format!(
                "select(0.0, f32({name}[min(at + {part}u, {last}u)]), group * 4u + {part}u < {channels}u)"
            )
        };
        let values: Vec<_> = (0..4).map(value).collect();
        format!("    let at = row * {channels}u + group * 4u;\n    return vec4f({});\n", values.join(", "))
    }

    /// The body of a function that writes four channels.
    fn write(&self, whole: bool) -> String {
        let Self { name, channels, .. } = self;
        if whole {
            return format!("    {name}[row * {}u + group] = x;\n", channels / 4);
        }
        let store = |part: usize| {
            format!("    if group * 4u + {part}u < {channels}u {{ {name}[at + {part}u] = x[{part}]; }}\n")
        };
        let stores: String = (0..4).map(store).collect();
        format!("    let at = row * {channels}u + group * 4u;\n{stores}")
    }
}

impl KernelSource for Kernel {
    fn source(&self) -> SourceTemplate {
        SourceTemplate::new(self.wgsl())
    }

    fn id(&self) -> KernelId {
        KernelId::new::<Self>().cube_dim(CubeDim::new_1d(self.workgroup).into()).info(self.clone())
    }

    fn lang(&self) -> &'static str {
        "wgsl"
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::{Tensor, TensorData};

    use super::split;
    use crate::ops::{Tiling, avg_pool2d};

    #[test]
    fn workgroups_beyond_one_dimension_form_more_rows() {
        for (groups, expected) in [
            (0, [0, 1]),
            (1, [1, 1]),
            (65_535, [65_535, 1]),
            (65_536, [32_768, 2]),
            (102_561, [51_281, 2]),
            (u32::MAX, [65_536, 65_536]),
        ] {
            let limit = if groups == u32::MAX { 65_536 } else { 65_535 };
            assert_eq!(split(groups, limit), expected, "{groups}");
        }
    }

    #[test]
    fn a_feature_map_of_more_workgroups_than_one_dimension_takes_is_complete_on_gpu() {
        // 65,665 workgroups of sixteen threads. Windows of one pixel copy the feature map.
        let side = 1025;
        let values: Vec<_> = (0..side * side * 4).map(|index| (index % 8191) as f32).collect();
        let map = Tensor::<4>::from_data(
            TensorData::new(values.clone(), [1, side, side, 4]),
            &crate::testing::gpu(Tiling::Large),
        );
        let copy = avg_pool2d(map, [1, 1], [1, 1]).into_data().try_to_vec::<f32>().unwrap();
        assert!(copy == values);
    }
}
