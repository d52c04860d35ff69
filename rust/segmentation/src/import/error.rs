use thiserror::Error;

/// Why a file was not imported.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ImportError {
    /// The bytes are not a TensorFlow Lite model.
    #[error(transparent)]
    Read(#[from] cyclorama_tflite::Error),

    /// The graph's inputs or outputs are not an image and its mask.
    #[error("unsupported model: {0}")]
    Interface(String),

    /// An operator differs from the architecture.
    #[error("unsupported graph at operator {operator} ({layer_name}): expected {expected}, found {found}")]
    Operator {
        /// Index of the operator in the file.
        operator: usize,
        /// The layer that it should be.
        layer_name: String,
        /// What the architecture requires.
        expected: String,
        /// What the file contains.
        found: String,
    },

    /// The graph lacks an operator of the architecture.
    #[error(
        "unsupported graph: no operator computes the {layer_name}; expected {expected} on tensor {tensor} (\"{name}\"), {found}"
    )]
    Missing {
        /// The layer that is missing.
        layer_name: String,
        /// What the architecture requires.
        expected: String,
        /// Index of the tensor that it should read.
        tensor: usize,
        /// The name of that tensor.
        name: String,
        /// The operators that read the tensor.
        found: String,
    },

    /// An operator that is not part of the architecture.
    #[error("unsupported graph: operator {operator} ({kind}) is not part of a person segmentation model")]
    Extra {
        /// Index of the operator in the file.
        operator: usize,
        /// Its type.
        kind: String,
    },

    /// A weight is missing, of the wrong type or shape, or not a finite number.
    #[error("bad weights at operator {operator} ({layer_name}): {reason}")]
    Weights {
        /// Index of the operator in the file.
        operator: usize,
        /// The layer.
        layer_name: String,
        /// The reason.
        reason: String,
    },
}
