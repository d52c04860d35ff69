use crate::ElementType;

/// Why a model or one of its constants cannot be read.
///
/// Operators, tensors and buffers are counted from 0, in the order of the file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The bytes are not a TensorFlow Lite model of any kind.
    #[error("not a TensorFlow Lite model: the identifier \"TFL3\" is missing at byte 4 of {length}")]
    NotTflite {
        /// Length of the input in bytes.
        length: usize,
    },

    /// The schema version is not 3, the only one in use since 2017.
    #[error("TensorFlow Lite schema version {found}: only version 3 can be read")]
    Version {
        /// The version in the file.
        found: u32,
    },

    /// An offset or a length in the file points outside it, or text is not UTF-8: the file is truncated or corrupt.
    #[error("corrupt or truncated model: {table}.{field} at byte {offset}: {reason}")]
    Corrupt {
        /// The schema's table.
        table: &'static str,
        /// The field of that table, or the step at which reading failed.
        field: &'static str,
        /// Offset of the table.
        offset: usize,
        /// The reason.
        reason: String,
    },

    /// A required part is absent.
    #[error("the model has no {what}")]
    Missing {
        /// The absent part.
        what: &'static str,
    },

    /// A count is above its limit (see [`limits`](crate::limits)).
    #[error("{count} {what}: at most {limit} are read")]
    TooMany {
        /// The items that exceed the limit.
        what: &'static str,
        /// Their number in the file.
        count: usize,
        /// The maximum number.
        limit: usize,
    },

    /// An index is out of range.
    #[error("{referrer} refers to {what} {index}, but the model has {count}")]
    Index {
        /// The item that contains the index.
        referrer: String,
        /// The kind of item that it refers to.
        what: &'static str,
        /// The index.
        index: i64,
        /// The number of such items.
        count: usize,
    },

    /// A tensor's shape has a negative dimension.
    #[error("tensor {tensor} has a dimension of {dimension}: shapes must be fixed and not negative")]
    Dimension {
        /// Index of the tensor.
        tensor: usize,
        /// The dimension.
        dimension: i32,
    },

    /// The bytes of a constant lie outside the file.
    #[error("the data of tensor {tensor} has {size} bytes at byte {offset}, but the file has {length} bytes")]
    DataRange {
        /// Index of the tensor.
        tensor: usize,
        /// Offset of the data.
        offset: u64,
        /// Length of the data.
        size: u64,
        /// Length of the file in bytes.
        length: usize,
    },

    /// A constant is stored in a sparse format, which is not supported.
    #[error("tensor {tensor} is stored in a sparse format: only dense tensors can be read")]
    Sparse {
        /// Index of the tensor.
        tensor: usize,
    },

    /// An operator lacks the options that its kind requires.
    #[error("operator {operator} ({kind}) has no options of its kind")]
    NoOptions {
        /// Index of the operator.
        operator: usize,
        /// Name of its kind.
        kind: &'static str,
    },

    /// An option of an operator has an invalid value.
    #[error("operator {operator} ({kind}) has {option} {value}")]
    Option {
        /// Index of the operator.
        operator: usize,
        /// Name of its kind.
        kind: &'static str,
        /// The option.
        option: &'static str,
        /// Its value in the file.
        value: i32,
    },

    /// The values of a tensor that is not constant were requested.
    #[error("tensor {tensor:?} has no values: it is not a constant")]
    NotConstant {
        /// Name of the tensor.
        tensor: String,
    },

    /// The float values of a tensor of another type were requested.
    #[error("tensor {tensor:?} holds {element:?}: only Float32 and Float16 can be read as floats")]
    NotFloat {
        /// Name of the tensor.
        tensor: String,
        /// The type of its elements.
        element: ElementType,
    },

    /// The number of bytes of a constant does not match its shape.
    #[error("tensor {tensor:?} has {found} bytes of data: expected {expected} for {element:?} {shape:?}")]
    DataLength {
        /// Name of the tensor.
        tensor: String,
        /// The type of its elements.
        element: ElementType,
        /// Its shape.
        shape: Vec<usize>,
        /// The number of bytes of its shape, at most `usize::MAX`.
        expected: usize,
        /// The number of bytes in the file.
        found: usize,
    },
}

impl From<planus::Error> for Error {
    fn from(error: planus::Error) -> Self {
        let planus::errors::ErrorLocation { type_, method, byte_offset } = error.source_location;
        Self::Corrupt {
            // Planus reports the type of its reader: `[OperatorRef]` is an element of a vector of the table `Operator`.
            table: type_.trim_matches(['[', ']']).trim_end_matches("Ref"),
            field: method,
            offset: byte_offset,
            reason: error.error_kind.to_string().to_lowercase(),
        }
    }
}
