/// The function that an operator applies to each of its results.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Activation {
    /// `x`
    Linear,
    /// `max(x, 0)`
    Relu,
    /// `min(max(x, 0), 6)`
    Relu6,
    /// `x * relu6(x + 3) / 6` (Howard et al., "Searching for MobileNetV3", 2019)
    HardSwish,
    /// `1 / (1 + exp(-x))`
    Sigmoid,
}

impl Activation {
    /// The WGSL function `activate`, which takes four values.
    #[cfg(feature = "wgpu")]
    pub(crate) fn wgsl(self) -> &'static str {
        match self {
            Self::Linear => "fn activate(x: vec4f) -> vec4f { return x; }",
            Self::Relu => "fn activate(x: vec4f) -> vec4f { return max(x, vec4f(0.0)); }",
            Self::Relu6 => "fn activate(x: vec4f) -> vec4f { return clamp(x, vec4f(0.0), vec4f(6.0)); }",
            Self::HardSwish => {
                "fn activate(x: vec4f) -> vec4f { return x * clamp(x + 3.0, vec4f(0.0), vec4f(6.0)) * (1.0 / 6.0); }"
            }
            Self::Sigmoid => "fn activate(x: vec4f) -> vec4f { return 1.0 / (1.0 + exp(-x)); }",
        }
    }
}
