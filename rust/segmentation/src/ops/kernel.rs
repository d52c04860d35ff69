//! Assembling and launching WGSL kernels on burn's wgpu backend.

use std::fmt::Write;

use burn::backend::wgpu::{CubeTensor, KernelSource, SourceKernel, SourceTemplate, into_contiguous};
use burn::tensor::{DType, Shape};
use cubecl::prelude::{CubeCount, CubeDim, KernelId};
use cubecl::server::KernelArguments;

use super::template::expand;
use super::{Activation, Tiling};

/// One kernel with everything that its source depends on.
///
/// The source is a header made here (bindings with their accessors, constants, the activation) followed by the
/// operator's `kernel.wgsl`, whose [directives](super::template) are carried out with the constants; the name of a
/// bound buffer or of an option that is set counts as a constant that is 1, the name of one that is not as 0.
///
/// Sizes are constants of the source, so loops have known lengths, a browser can see that an index is within its
/// buffer, and nothing is uploaded per launch; burn's wgpu backend keeps one pipeline for each distinct source.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Kernel {
    name: &'static str,
    body: &'static str,
    workgroup: u32,
    activation: Activation,
    constants: Vec<(&'static str, u32)>,
    options: Vec<&'static str>,
    bindings: Vec<Binding>,
    /// Threads in a row of workgroups, if there are several rows.
    row: Option<u32>,
}

/// As many workgroups across and down as `groups` take, with at most `limit` across: a device takes no more in one dimension.
fn split(groups: u32, limit: u32) -> [u32; 2] {
    let down = groups.div_ceil(limit).max(1);
    [groups.div_ceil(down), down]
}

/// A buffer as the kernel sees it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Binding {
    name: &'static str,
    view: View,
    /// Whether values are stored with 16 bits. Kernels compute with 32 in any case.
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
    /// Four channels at a time, by row (all axes but the last, counted through) and group of four.
    Vectors,
    /// Four rows of four channels at a time, by group of rows and group of channels.
    Matrices,
}

/// A tensor that a kernel reads.
pub(crate) struct Input {
    name: &'static str,
    view: View,
    tensor: CubeTensor,
}

/// A tensor read one value at a time: `name_at(index) -> f32`.
pub(crate) fn scalars(name: &'static str, tensor: CubeTensor) -> Input {
    Input { name, view: View::Scalars, tensor }
}

/// A tensor read four channels at a time: `name_at(row, group) -> vec4f`. What a last group has less than four
/// channels of reads as zero.
pub(crate) fn vectors(name: &'static str, tensor: CubeTensor) -> Input {
    Input { name, view: View::Vectors, tensor }
}

/// The tensor that a kernel fills, of 32-bit values. Weights may be stored with 16 bits, maps may not: rounding one map
/// of a network so moves the probability of some pixels by 8e-3 (`docs/performance.md`).
pub(crate) struct Output {
    view: View,
    shape: Shape,
}

impl Output {
    /// A map, NHWC, filled by `put(row, group, vec4f)`.
    pub(crate) fn map(shape: [usize; 4]) -> Self {
        Self { view: View::Vectors, shape: shape.into() }
    }

    /// A map filled by `put(index, f32)`.
    pub(crate) fn scalars(shape: [usize; 4]) -> Self {
        Self { view: View::Scalars, shape: shape.into() }
    }
}

/// A weight `[I, O]` read four by four: `name_at(input group, output group) -> mat4x4f`, a column for each input channel, so
/// that its product with four inputs sums over them. What a last group has less than four inputs of reads as another
/// one's weights: the inputs are zero there.
pub(crate) fn matrices(name: &'static str, tensor: CubeTensor) -> Input {
    Input { name, view: View::Matrices, tensor }
}

/// Groups of four that `channels` make, the last one perhaps not full.
pub(crate) const fn groups(channels: usize) -> usize {
    channels.div_ceil(4)
}

impl Kernel {
    pub(crate) fn new(name: &'static str, body: &'static str, tiling: Tiling) -> Self {
        let workgroup = match tiling {
            Tiling::Small => 64,
            // Small maps would make too few groups to keep all processor cores busy otherwise.
            Tiling::Large => 16,
        };
        Self {
            name,
            body,
            workgroup,
            activation: Activation::Linear,
            constants: Vec::new(),
            options: Vec::new(),
            bindings: Vec::new(),
            row: None,
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

    /// Whether directives keep what depends on `name`.
    pub(crate) fn flag(self, name: &'static str, set: bool) -> Self {
        self.constant(name, usize::from(set))
    }

    /// The same for what few kernels have: directives know `name`, in lower case as a buffer's, and the source does not.
    pub(crate) fn option(mut self, name: &'static str, set: bool) -> Self {
        if set {
            self.options.push(name);
        }
        self
    }

    pub(crate) fn workgroup(mut self, threads: u32) -> Self {
        self.workgroup = threads;
        self
    }

    /// Runs one thread for each of `threads` and returns the tensor that the kernel fills. The work is queued, not
    /// awaited. `thread_of` gives a kernel its thread's number; the last workgroups have threads beyond `THREADS`.
    pub(crate) fn launch(
        mut self,
        threads: usize,
        inputs: impl IntoIterator<Item = Input>,
        output: Output,
    ) -> CubeTensor {
        let mut tensors = Vec::new();
        for Input { name, view, tensor } in inputs {
            self.bindings.push(Binding::new(name, view, &tensor));
            tensors.push(into_contiguous(tensor));
        }
        let Output { view, shape } = output;
        let (client, device) = (tensors[0].client.clone(), tensors[0].device.clone());
        let handle = client.empty(shape.num_elements() * size_of::<f32>());
        let output = CubeTensor::new_contiguous(client.clone(), device, shape, handle, DType::F32);
        self.bindings.push(Binding::new("output", view, &output));
        tensors.push(output.clone());

        self = self.constant("THREADS", threads);
        let groups =
            u32::try_from(threads.div_ceil(self.workgroup as usize)).expect("group counts fit 32 bits");
        let [across, down] = split(groups, client.properties().hardware.max_cube_count.0);
        if down > 1 {
            self.row = Some(across * self.workgroup);
        }
        let count = CubeCount::Static(across, down, 1);
        let dim = CubeDim::new_1d(self.workgroup);
        let bindings = tensors.into_iter().map(|tensor| tensor.handle.binding()).collect();
        client.launch(
            Box::new(SourceKernel::new(self, dim)),
            count,
            KernelArguments::new().with_buffers(bindings),
        );
        output
    }

    fn header(&self) -> String {
        let half = self.bindings.iter().any(|binding| binding.half);
        let mut header = String::from(if half { "enable f16;\n" } else { "" });
        for (index, binding) in self.bindings.iter().enumerate() {
            binding.declare(index, &mut header);
        }
        for (name, value) in &self.constants {
            writeln!(header, "const {name} = {value}u;").expect("a String takes all that is written");
        }
        let thread = match self.row {
            None => "id.x".into(),
            Some(row) => format!("id.y * {row}u + id.x"),
        };
        writeln!(header, "fn thread_of(id: vec3u) -> u32 {{ return {thread}; }}")
            .expect("a String takes all that is written");
        header + &format!("const WORKGROUP = {}u;\n{}\n", self.workgroup, self.activation.wgsl())
    }

    fn value(&self, name: &str) -> Option<u32> {
        let constant = self.constants.iter().find(|(known, _)| *known == name).map(|(_, value)| *value);
        // Buffers have lower-case names, as variables have in WGSL.
        let optional = name.starts_with(char::is_lowercase);
        let given =
            || self.options.contains(&name) || self.bindings.iter().any(|binding| binding.name == name);
        constant.or_else(|| optional.then(|| given().into()))
    }
}

impl Binding {
    fn new(name: &'static str, view: View, tensor: &CubeTensor) -> Self {
        let shape = tensor.meta.shape();
        let channels = shape.as_slice().last().copied().unwrap_or(1);
        let half = match tensor.dtype {
            DType::F32 => false,
            DType::F16 => true,
            other => panic!("the operators have no kernels for {other:?}"),
        };
        Self { name, view, half, channels, len: shape.num_elements() }
    }

    /// Appends the variable and the functions that read and write it.
    fn declare(&self, index: usize, header: &mut String) {
        let Self { name, view, half, channels, len } = self;
        let whole = *view != View::Scalars && channels % 4 == 0;
        let (element, len) = match (whole, half) {
            (true, false) => ("vec4f", len / 4),
            (true, true) => ("vec4h", len / 4),
            (false, false) => ("f32", *len),
            (false, true) => ("f16", *len),
        };
        // Tensors may share one buffer natively, and WebGPU forbids mixing read-only and writable uses of a
        // buffer within a dispatch: every binding is therefore `read_write`.
        *header += &format!(
            "@group(0) @binding({index}) var<storage, read_write> {name}: array<{element}, {len}>;\n"
        );
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
        SourceTemplate::new(self.header() + &expand(self.body, &|name| self.value(name)))
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
    use crate::ops::{Tiling, average_pool};

    #[test]
    fn workgroups_beyond_a_dimension_make_more_rows() {
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
    fn a_map_of_more_workgroups_than_a_dimension_has_is_made_whole_on_gpu() {
        // With sixteen threads a workgroup: 65,665 of them, as windows of one pixel leave a map as it is.
        let side = 1025;
        let values: Vec<_> = (0..side * side * 4).map(|index| (index % 8191) as f32).collect();
        let map = Tensor::<4>::from_data(
            TensorData::new(values.clone(), [1, side, side, 4]),
            &crate::testing::gpu(Tiling::Large),
        );
        let made = average_pool(map, [1, 1], [1, 1]).into_data().try_to_vec::<f32>().unwrap();
        assert!(made == values);
    }
}
