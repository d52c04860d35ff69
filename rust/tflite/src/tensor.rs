use half::slice::HalfFloatSliceExt;

use crate::Error;

/// A tensor of the main graph: a constant, or the place of a value that the graph is given or computes.
#[derive(Debug, Clone, PartialEq)]
pub struct Tensor<'a> {
    /// Its name, not necessarily unique.
    pub name: &'a str,
    /// Its dimensions, outermost first; images are NHWC. Empty for a scalar.
    pub shape: Vec<usize>,
    /// What it holds.
    pub element: ElementType,
    /// The bytes of a constant, little-endian, row-major; `None` for a value computed at run time.
    pub data: Option<&'a [u8]>,
}

impl Tensor<'_> {
    /// The values of a float constant in row-major order, float16 widened to float32.
    ///
    /// # Errors
    /// [`Error::NotConstant`], [`Error::NotFloat`], or [`Error::DataLength`] when the bytes do not fill the shape
    /// exactly.
    pub fn to_f32(&self) -> Result<Vec<f32>, Error> {
        let data = self.data.ok_or_else(|| Error::NotConstant { tensor: self.label() })?;
        match self.element {
            ElementType::Float32 => self.values(data, f32::from_le_bytes),
            ElementType::Float16 => {
                let halves = self.values(data, half::f16::from_le_bytes)?;
                // All at once, as processors widen eight with one instruction.
                let mut values = vec![0.0; halves.len()];
                halves.convert_to_f32_slice(&mut values);
                Ok(values)
            }
            element => Err(Error::NotFloat { tensor: self.label(), element }),
        }
    }

    /// Decodes elements of `N` bytes each, after checking that `data` holds as many as the shape asks for.
    fn values<const N: usize, T>(&self, data: &[u8], decode: impl Fn([u8; N]) -> T) -> Result<Vec<T>, Error> {
        let expected = self.shape.iter().fold(N, |bytes, &dimension| bytes.saturating_mul(dimension));
        let (elements, rest) = data.as_chunks();
        if data.len() != expected || !rest.is_empty() {
            return Err(Error::DataLength {
                tensor: self.label(),
                element: self.element,
                shape: self.shape.clone(),
                expected,
                found: data.len(),
            });
        }
        Ok(elements.iter().copied().map(decode).collect())
    }

    /// The name as errors give it: the names of fused operators can run to pages.
    fn label(&self) -> String {
        const LONGEST: usize = 80;
        self.name.chars().take(LONGEST).collect()
    }
}

/// What a tensor holds: `TensorType` of the schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ElementType {
    /// IEEE 754 single precision.
    Float32,
    /// IEEE 754 half precision.
    Float16,
    /// 32-bit signed integers.
    Int32,
    /// 8-bit unsigned integers, often quantised values.
    UInt8,
    /// 64-bit signed integers.
    Int64,
    /// Text.
    String,
    /// Booleans, a byte each.
    Bool,
    /// 16-bit signed integers.
    Int16,
    /// 8-bit signed integers, often quantised values.
    Int8,
    /// IEEE 754 double precision.
    Float64,
    /// Any other, by its code in the schema.
    Other(i8),
}

impl From<i8> for ElementType {
    fn from(code: i8) -> Self {
        match code {
            0 => Self::Float32,
            1 => Self::Float16,
            2 => Self::Int32,
            3 => Self::UInt8,
            4 => Self::Int64,
            5 => Self::String,
            6 => Self::Bool,
            7 => Self::Int16,
            9 => Self::Int8,
            10 => Self::Float64,
            other => Self::Other(other),
        }
    }
}
