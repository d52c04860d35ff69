//! How a kernel reads and writes its buffers.

/// How a kernel's inputs are bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum InputAccess {
    /// `read`.
    Read,
    /// `read_write`, although the kernel only reads. burn may place two tensors in one buffer, and WebGPU forbids read-only
    /// and writable uses of one buffer within a dispatch.
    ReadWrite,
}

/// A buffer as the kernel sees it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Binding {
    pub(super) name: &'static str,
    view: View,
    /// What the kernel does with it.
    pub(super) role: Role,
    /// Whether values are stored as float16. Kernels compute in float32 in any case.
    pub(super) half: bool,
    /// Length of the tensor's last axis.
    pub(super) channels: usize,
    /// Values in the tensor.
    len: usize,
}

/// What a kernel does with a buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Role {
    /// Reads it by `NAME_at`.
    Input,
    /// Fills it by `put`.
    Output,
    /// Fills it by `put`, which also adds each value to the [sums](super::Kernel::add_sums).
    SummedOutput,
    /// Fills it by `put_sum`.
    Sums,
}

/// How a kernel reads or writes a buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum View {
    /// One value at a time, by its index.
    Scalars,
    /// Four channels at a time, by row (all axes but the last, flattened) and group of four.
    Vectors,
    /// Four rows of four channels at a time, by group of rows and group of channels.
    Matrices,
}

impl Binding {
    /// A buffer that the kernel reads.
    pub(super) fn input(name: &'static str, view: View, shape: &[usize], half: bool) -> Self {
        Self::new(name, view, Role::Input, shape, half)
    }

    /// A buffer of float32 values that the kernel fills.
    pub(super) fn output(name: &'static str, view: View, role: Role, shape: &[usize]) -> Self {
        Self::new(name, view, role, shape, false)
    }

    fn new(name: &'static str, view: View, role: Role, shape: &[usize], half: bool) -> Self {
        let channels = shape.last().copied().unwrap_or(1);
        Self { name, view, role, half, channels, len: shape.iter().product() }
    }

    /// Appends the variable and the functions that read and write it.
    pub(super) fn declare(&self, index: usize, access: InputAccess, header: &mut String) {
        let Self { name, view, role, half, channels, len } = self;
        let whole = *view != View::Scalars && channels % 4 == 0;
        let (element, len) = match (whole, half) {
            (true, false) => ("vec4f", len / 4),
            (true, true) => ("vec4h", len / 4),
            (false, false) => ("f32", *len),
            (false, true) => ("f16", *len),
        };
        let access = match (role, access) {
            (Role::Input, InputAccess::Read) => "read",
            _ => "read_write",
        };
        *header +=
            &format!("@group(0) @binding({index}) var<storage, {access}> {name}: array<{element}, {len}>;\n");
        let put = match role {
            Role::Input => {
                *header += &self.reader(whole);
                return;
            }
            Role::Output | Role::SummedOutput => "put",
            Role::Sums => "put_sum",
        };
        *header += &match view {
            View::Scalars => format!("fn {put}(i: u32, x: f32) {{\n    {name}[i] = x;\n}}\n"),
            View::Vectors | View::Matrices => {
                let sum = if *role == Role::SummedOutput { "    add_to_sum(group, x);\n" } else { "" };
                format!("fn {put}(row: u32, group: u32, x: vec4f) {{\n{sum}{}}}\n", self.write(whole))
            }
        };
    }

    /// The functions that read a buffer.
    fn reader(&self, whole: bool) -> String {
        let Self { name, view, channels, .. } = self;
        match view {
            View::Scalars => format!("fn {name}_at(i: u32) -> f32 {{\n    return f32({name}[i]);\n}}\n"),
            View::Vectors => {
                format!("fn {name}_at(row: u32, group: u32) -> vec4f {{\n{}}}\n", self.read(whole))
            }
            View::Matrices => {
                let last = self.len / channels - 1;
                let column = |part: usize| format!("{name}_row(min(rows * 4u + {part}u, {last}u), group)");
                let columns: Vec<_> = (0..4).map(column).collect();
                format!(
                    "fn {name}_row(row: u32, group: u32) -> vec4f {{\n{}}}\n\
                     fn {name}_at(rows: u32, group: u32) -> mat4x4f {{\n    return mat4x4f({});\n}}\n",
                    self.read(whole),
                    columns.join(", ")
                )
            }
        }
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
