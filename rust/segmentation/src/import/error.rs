use thiserror::Error;

/// Why a file did not become a network.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ImportError {
    /// The bytes are not a TensorFlow Lite model.
    #[error(transparent)]
    Read(#[from] cyclorama_tflite::Error),

    /// The graph's inputs or outputs are not a picture and its scores.
    #[error("unsupported model: {0}")]
    Interface(String),

    /// An operator is not the one that the architecture has there.
    #[error("unsupported graph at operator {operator} ({place}): expected {expected}, found {found}")]
    Operator {
        /// Index of the operator in the file.
        operator: usize,
        /// The part of the network that it should be.
        place: String,
        /// What belongs there.
        expected: String,
        /// What is there.
        found: String,
    },

    /// No operator continues the graph where the architecture goes on.
    #[error(
        "unsupported graph: nothing computes the {place}; expected {expected} on tensor {tensor} (\"{name}\"), {found}"
    )]
    Missing {
        /// The part of the network that is missing.
        place: String,
        /// What belongs there.
        expected: String,
        /// Index of the tensor that it should read.
        tensor: usize,
        /// That tensor's name.
        name: String,
        /// What reads the tensor instead.
        found: String,
    },

    /// An operator that the architecture does not have.
    #[error("unsupported graph: operator {operator} ({kind}) is not part of a person segmentation network")]
    Extra {
        /// Index of the operator in the file.
        operator: usize,
        /// Its type.
        kind: String,
    },

    /// A weight is missing, of the wrong type or shape, or not a finite number.
    #[error("bad weights at operator {operator} ({place}): {reason}")]
    Weights {
        /// Index of the operator in the file.
        operator: usize,
        /// The part of the network.
        place: String,
        /// What is wrong.
        reason: String,
    },
}
