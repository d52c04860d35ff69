//! Assembles WGSL kernels for burn's wgpu backend, and launches or records them.

mod binding;
#[cfg(test)]
mod sums_test;

use std::fmt::Write;

use burn::backend::wgpu::{CubeTensor, KernelSource, SourceKernel, SourceTemplate, into_contiguous};
use burn::tensor::{DType, Shape};
use cubecl::prelude::{CubeCount, CubeDim, KernelId};
use cubecl::server::KernelArguments;

use super::recording::{self, is_recording};
use super::template::expand;
use super::{Activation, Tiling};
use binding::{Binding, InputAccess, Role, View};

/// Everything that a kernel's source depends on.
///
/// The source is a generated header (bindings with their accessors, constants, the activation), the entry point, and the
/// function `compute(thread)` of the operator's `kernel.wgsl`. The [directives](super::template) of these files read the
/// constants. The name of a bound buffer or of an option that is set counts as a constant of value 1, any other lower-case
/// name as 0.
///
/// Sizes are constants of the source. Loops therefore have known lengths, a browser can prove that an index is within
/// its buffer, and a launch uploads nothing. burn's wgpu backend keeps one pipeline for each distinct source.
///
/// The `min(..., LAST)` of a `kernel.wgsl` is needed: natively, kernels are compiled without bounds checks.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Kernel {
    pub(super) name: &'static str,
    body: &'static str,
    workgroup: u32,
    activation: Activation,
    constants: Vec<(&'static str, u32)>,
    options: Vec<&'static str>,
    /// Threads that share the terms of a sum.
    lanes: u32,
    bindings: Vec<Binding>,
    tiling: Tiling,
    access: InputAccess,
}

/// Splits `groups` workgroups into rows of at most `limit`, the device's maximum in one dimension: `[across, down]`.
fn split(groups: u32, limit: u32) -> [u32; 2] {
    let down = groups.div_ceil(limit).max(1);
    [groups.div_ceil(down), down]
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

/// Rows that add up to the sum of a feature map.
pub(crate) struct Summed<T> {
    /// `[1, P, 1, C]`: [sums](Kernel::add_sums) of P parts. Or the feature map itself, `[1, H, W, C]`.
    pub(crate) terms: T,
    /// The number of pixels.
    pub(crate) pixels: usize,
}

impl<T: Stored> Summed<T> {
    /// The pixels of a feature map.
    pub(crate) fn pixels_of(map: T) -> Self {
        let [_, height, width, _] = map.dims();
        Self { terms: map, pixels: height * width }
    }

    /// The number of rows.
    pub(crate) fn rows(&self) -> usize {
        let [_, height, width, _] = self.terms.dims();
        height * width
    }

    /// The number of channels.
    pub(crate) fn channels(&self) -> usize {
        let [.., channels] = self.terms.dims::<4>();
        channels
    }
}

/// The number of groups of four that `channels` form. The last group may be partial.
pub(crate) const fn groups(channels: usize) -> usize {
    channels.div_ceil(4)
}

/// The usual number of threads in a workgroup.
pub(crate) const fn workgroup(tiling: Tiling) -> usize {
    match tiling {
        Tiling::Small => 32,
        Tiling::Medium => 64,
        // Larger workgroups of a small feature map would be too few to occupy all CPU cores.
        Tiling::Large => 16,
    }
}

/// Collects what a kernel's source depends on.
pub(crate) struct KernelBuilder(Kernel);

impl KernelBuilder {
    pub(crate) fn new(name: &'static str, body: &'static str, tiling: Tiling) -> Self {
        Self(Kernel {
            name,
            body,
            workgroup: workgroup(tiling) as u32,
            activation: Activation::Linear,
            constants: Vec::new(),
            options: Vec::new(),
            lanes: 1,
            bindings: Vec::new(),
            tiling,
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

    /// Distributes `groups` groups of four output channels over threads: thread t computes `per_thread` groups, from number
    /// t % `N_SPLITS` on and `N_SPLITS` apart. Such a kernel can also store sums of its output.
    pub(crate) fn split_channels(self, groups: usize, per_thread: usize) -> Self {
        self.constant("OUT_GROUPS_PER_THREAD", per_thread).constant("N_SPLITS", groups / per_thread)
    }

    pub(crate) fn workgroup(mut self, threads: u32) -> Self {
        self.0.workgroup = threads;
        self
    }

    /// Lets `lanes` threads run `compute(thread)` for each thread, with their number in `lane`. They share the terms of a
    /// sum, which `sum_lanes` adds up. It has a barrier, so the launch needs a multiple of `WORKGROUP` / `lanes` threads.
    pub(crate) fn lanes(mut self, lanes: u32) -> Self {
        self.0.lanes = lanes;
        self
    }

    /// Completes a launch of `threads` threads. The kernel's `compute(thread)` runs once in each.
    pub(crate) fn build<T: Stored>(
        mut self,
        threads: usize,
        inputs: impl IntoIterator<Item = Input<T>>,
        output: Output,
    ) -> Launch<T> {
        let mut tensors = Vec::new();
        for Input { name, view, tensor } in inputs {
            self.0.bindings.push(Binding::input(name, view, tensor.shape(), tensor.is_half()));
            tensors.push(tensor);
        }
        let Output { view, shape } = output;
        self.0.bindings.push(Binding::output("output", view, Role::Output, shape.as_slice()));
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
        let Kernel { workgroup, lanes, .. } = self.kernel;
        let threads = workgroup / lanes;
        let groups =
            u32::try_from(self.threads.div_ceil(threads as usize)).expect("group counts fit 32 bits");
        let [across, down] = split(groups, limit);
        let has_spare = across as usize * down as usize * threads as usize > self.threads;
        debug_assert!(
            lanes == 1 || self.threads.is_multiple_of(threads as usize),
            "a barrier that not all threads of a workgroup reach"
        );
        let constants = [
            ("LANES", lanes),
            ("THREADS_PER_WORKGROUP", threads),
            ("WORKGROUPS_ACROSS", across),
            ("HAS_SPARE_THREADS", has_spare.into()),
            ("HAS_LANES", (lanes > 1).into()),
        ];
        self.kernel.constants.extend(constants);
        [across, down]
    }

    /// The WGSL sources on a device that takes `limit` workgroups in one dimension: queued, recorded, and recorded with sums
    /// if the kernel can store them.
    #[cfg(test)]
    pub(crate) fn sources(mut self, limit: u32) -> Vec<String> {
        let workgroups = self.workgroups(limit);
        let queued = self.kernel.wgsl();
        self.kernel.access = InputAccess::Read;
        let recorded = self.kernel.wgsl();
        let summed = self.kernel.add_sums(workgroups).map(|_| self.kernel.wgsl());
        [queued, recorded].into_iter().chain(summed).collect()
    }
}

impl Launch<CubeTensor> {
    /// Queues the work, or [records](recording::record) it. Returns the tensor that the kernel fills.
    pub(crate) fn run(mut self) -> CubeTensor {
        let (client, device) = (self.tensors[0].client.clone(), self.tensors[0].device.clone());
        let workgroups = self.workgroups(client.properties().hardware.max_cube_count.0);
        let Self { mut kernel, tensors, output: shape, .. } = self;
        let inputs = tensors.into_iter().map(into_contiguous).collect::<Vec<_>>();
        if is_recording() {
            kernel.access = InputAccess::Read;
            return recording::push(kernel, workgroups, inputs, shape);
        }
        let handle = client.empty(shape.num_elements() * size_of::<f32>());
        let output = CubeTensor::new_contiguous(client.clone(), device, shape, handle, DType::F32);
        #[cfg(test)]
        let queued = (kernel.clone(), inputs.clone());
        kernel.queue(workgroups, inputs.into_iter().chain([output.clone()]));
        #[cfg(test)]
        sums_test::check(queued, workgroups, &output);
        output
    }
}

impl Kernel {
    /// Queues a launch. `tensors` are those of the bindings.
    fn queue(self, [across, down]: [u32; 2], tensors: impl Iterator<Item = CubeTensor>) {
        let tensors: Vec<_> = tensors.collect();
        let client = tensors[0].client.clone();
        let buffers = tensors.into_iter().map(|tensor| tensor.handle.binding());
        let arguments = KernelArguments::new().with_buffers(buffers.collect());
        let dim = CubeDim::new_1d(self.workgroup);
        let count = CubeCount::Static(across, down, 1);
        client.launch(Box::new(SourceKernel::new(self, dim)), count, arguments);
    }

    pub(super) fn wgsl(&self) -> String {
        let value = |name: &str| self.value(name);
        self.header() + &expand(include_str!("entry.wgsl"), &value) + &expand(self.body, &value)
    }

    /// Makes the kernel also store sums of its output, a feature map, in the next binding. Returns the shape of the sums,
    /// `[P, C]`: those of P parts of the map, which have no pixel in common. `None` if the kernel cannot.
    ///
    /// A part is what a workgroup computes or, with [large](Tiling::Large) tiles, what a thread computes: a barrier costs
    /// software adapters more than the longer sum.
    pub(super) fn add_sums(&mut self, workgroups: [u32; 2]) -> Option<[usize; 2]> {
        let splits = self.constant("N_SPLITS")?;
        let is_shared = self.tiling != Tiling::Large;
        let parts =
            if is_shared { workgroups[0] * workgroups[1] } else { self.constant("THREADS")? / splits };
        let output = self.bindings.last_mut()?;
        let shape = [parts as usize, output.channels];
        output.role = Role::SummedOutput;
        self.bindings.push(Binding::output("sums", View::Vectors, Role::Sums, &shape));
        self.constants.push(("SHARED_SUMS", is_shared.into()));
        Some(shape)
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
        header + &format!("const WORKGROUP = {}u;\n{}\n", self.workgroup, self.activation.wgsl())
    }

    fn value(&self, name: &str) -> Option<u32> {
        // Buffers have lower-case names, like variables in WGSL.
        let optional = name.starts_with(char::is_lowercase);
        let given =
            || self.options.contains(&name) || self.bindings.iter().any(|binding| binding.name == name);
        self.constant(name).or_else(|| optional.then(|| given().into()))
    }

    fn constant(&self, name: &str) -> Option<u32> {
        self.constants.iter().find(|(known, _)| *known == name).map(|(_, value)| *value)
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
