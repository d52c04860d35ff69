use crate::ElementType;

/// Why a model, or one of its constants, cannot be read.
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

    /// The schema is of a version other than 3, the only one in use since 2017.
    #[error("TensorFlow Lite schema version {found}: only version 3 can be read")]
    Version {
        /// The version the file names.
        found: u32,
    },

    /// An offset or a length in the file points outside it, or text is not UTF-8: the file is truncated or corrupt.
    #[error("corrupt or truncated model: {table}.{field} at byte {offset}: {reason}")]
    Corrupt {
        /// The schema's table.
        table: &'static str,
        /// The field of that table, or the step at which reading failed.
        field: &'static str,
        /// Where the table starts.
        offset: usize,
        /// What is wrong with it.
        reason: String,
    },

    /// A part that every model has is absent.
    #[error("the model has no {what}")]
    Missing {
        /// The absent part.
        what: &'static str,
    },

    /// A count is above its limit (see [`limits`](crate::limits)).
    #[error("{count} {what}: at most {limit} are read")]
    TooMany {
        /// What there is too much of.
        what: &'static str,
        /// How many the file has.
        count: usize,
        /// How many are accepted.
        limit: usize,
    },

    /// An index points at nothing.
    #[error("{place} refers to {what} {index}, but the model has {count}")]
    Index {
        /// Who holds the index.
        place: String,
        /// What it should point at.
        what: &'static str,
        /// The index.
        index: i64,
        /// How many there are.
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
    #[error(
        "the data of tensor {tensor} is said to be {size} bytes at byte {offset}, in a file of {length} bytes"
    )]
    DataRange {
        /// Index of the tensor.
        tensor: usize,
        /// Where the data should start.
        offset: u64,
        /// How long it should be.
        size: u64,
        /// Length of the file in bytes.
        length: usize,
    },

    /// A constant is stored in a sparse format, which is not read.
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

    /// An operator's option has a value without meaning.
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

    /// Values were asked of a tensor that is computed, not constant.
    #[error("tensor {tensor:?} has no values: it is not a constant")]
    NotConstant {
        /// Name of the tensor.
        tensor: String,
    },

    /// Floats were asked of a tensor of another type.
    #[error("tensor {tensor:?} holds {element:?}: only Float32 and Float16 can be read as floats")]
    NotFloat {
        /// Name of the tensor.
        tensor: String,
        /// What it holds.
        element: ElementType,
    },

    /// A constant has more or fewer bytes than its shape asks for.
    #[error("tensor {tensor:?} has {found} bytes of data: {expected} expected of {element:?} {shape:?}")]
    DataLength {
        /// Name of the tensor.
        tensor: String,
        /// What it holds.
        element: ElementType,
        /// Its shape.
        shape: Vec<usize>,
        /// The bytes its shape asks for, `usize::MAX` if that or more.
        expected: usize,
        /// The bytes it has.
        found: usize,
    },
}

impl From<planus::Error> for Error {
    fn from(error: planus::Error) -> Self {
        let planus::errors::ErrorLocation { type_, method, byte_offset } = error.source_location;
        Self::Corrupt {
            // Planus names its own reader: `[OperatorRef]` is an element of a vector of the table `Operator`.
            table: type_.trim_matches(['[', ']']).trim_end_matches("Ref"),
            field: method,
            offset: byte_offset,
            reason: error.error_kind.to_string().to_lowercase(),
        }
    }
}
