use half::slice::HalfFloatSliceExt;

use crate::Error;

/// A tensor of the main graph: a constant, an input or a computed value.
#[derive(Debug, Clone, PartialEq)]
pub struct Tensor<'a> {
    /// Its name, not necessarily unique.
    pub name: &'a str,
    /// Its dimensions, outermost first; images are NHWC. Empty for a scalar.
    pub shape: Vec<usize>,
    /// The type of its elements.
    pub element: ElementType,
    /// The bytes of a constant, little-endian and row-major; `None` for a value computed at run time.
    pub data: Option<&'a [u8]>,
}

impl Tensor<'_> {
    /// The values of a float constant in row-major order, float16 widened to float32.
    ///
    /// # Errors
    /// [`Error::NotConstant`], [`Error::NotFloat`], or [`Error::DataLength`] if the bytes do not match the shape.
    pub fn to_f32(&self) -> Result<Vec<f32>, Error> {
        let data = self.data.ok_or_else(|| Error::NotConstant { tensor: self.label() })?;
        match self.element {
            ElementType::Float32 => self.values(data, f32::from_le_bytes),
            ElementType::Float16 => {
                let halves = self.values(data, half::f16::from_le_bytes)?;
                // In one call, because CPUs convert eight values with one instruction.
                let mut values = vec![0.0; halves.len()];
                halves.convert_to_f32_slice(&mut values);
                Ok(values)
            }
            element => Err(Error::NotFloat { tensor: self.label(), element }),
        }
    }

    /// Decodes elements of `N` bytes each, after checking that `data` matches the shape.
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

    /// The name for errors, truncated because the names of fused operators can be very long.
    fn label(&self) -> String {
        const MAX_LENGTH: usize = 80;
        self.name.chars().take(MAX_LENGTH).collect()
    }
}

/// The element type of a tensor: `TensorType` of the schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ElementType {
    /// IEEE 754 single precision.
    Float32,
    /// IEEE 754 half precision.
    Float16,
    /// 32-bit signed integers.
    Int32,
    /// 8-bit unsigned integers, often quantized values.
    UInt8,
    /// 64-bit signed integers.
    Int64,
    /// Text.
    String,
    /// Booleans of one byte each.
    Bool,
    /// 16-bit signed integers.
    Int16,
    /// 8-bit signed integers, often quantized values.
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
