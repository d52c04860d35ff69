//! Passes bytes to the reader, and reads all of its result.

use cyclorama_tflite::{Error, Model, limits};

use crate::{Outcome, Target, refused, seeds};

/// The reader of `.tflite` files.
pub const TFLITE: Target = Target { name: "tflite", run, seeds: seeds::small_files };

fn run(bytes: &[u8]) -> Outcome {
    match read_all(bytes) {
        Ok(()) => Outcome::Accepted,
        Err(error) => refused(&error),
    }
}

fn read_all(bytes: &[u8]) -> Result<(), Error> {
    let model = Model::parse(bytes)?;
    let tensors = model.tensors();
    assert!(tensors.len() <= limits::TENSORS && model.operators().len() <= limits::OPERATORS);
    assert!(model.description().len() <= bytes.len());
    for operator in model.operators() {
        let operands = operator.inputs.iter().flatten().chain(&operator.outputs);
        assert!(operands.copied().all(|tensor| tensor < tensors.len()));
        assert!(!operator.kind.to_string().is_empty());
    }
    assert!(model.inputs().iter().chain(model.outputs()).all(|tensor| *tensor < tensors.len()));
    for tensor in tensors {
        assert!(tensor.shape.len() <= limits::DIMENSIONS);
        match tensor.to_f32() {
            Ok(values) => assert_eq!(values.len(), tensor.shape.iter().product::<usize>()),
            Err(error) => {
                refused(&error);
            }
        }
    }
    Ok(())
}
