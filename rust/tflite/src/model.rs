use planus::{ReadAsRoot, Vector};

use crate::{
    ElementType, Error, Operator, OperatorKind, Tensor, limits,
    schema::tflite::{BufferRef, ModelRef, OperatorCodeRef, OperatorRef, TensorRef},
};

/// The supported schema version.
const VERSION: u32 = 3;

/// A parsed model, which borrows names and constants from the bytes of its file.
#[derive(Debug, Clone, PartialEq)]
pub struct Model<'a> {
    description: &'a str,
    tensors: Vec<Tensor<'a>>,
    operators: Vec<Operator<'a>>,
    inputs: Vec<usize>,
    outputs: Vec<usize>,
}

impl<'a> Model<'a> {
    /// Reads the main graph (the first subgraph) of a `.tflite` file.
    ///
    /// # Errors
    /// See [`Error`]: the bytes are not such a file, are truncated or corrupt, or exceed [`limits`]. Operators whose options
    /// this crate does not read are not an error; they are [`OperatorKind::Builtin`].
    pub fn parse(bytes: &'a [u8]) -> Result<Self, Error> {
        if bytes.get(4..8) != Some(b"TFL3") {
            return Err(Error::NotTflite { length: bytes.len() });
        }
        let model = ModelRef::read_as_root(bytes)?;
        match model.version()? {
            VERSION => {}
            found => return Err(Error::Version { found }),
        }
        let graph = model
            .subgraphs()?
            .and_then(|subgraphs| subgraphs.first())
            .ok_or(Error::Missing { what: "graph" })??;

        let constants =
            Constants { file: bytes, buffers: model.buffers()?.unwrap_or_else(Vector::new_empty) };
        let tensors = graph.tensors()?.unwrap_or_else(Vector::new_empty);
        check_count("tensors", tensors.len(), limits::TENSORS)?;
        let tensors = tensors
            .iter()
            .enumerate()
            .map(|(index, tensor)| constants.read_tensor(index, tensor?))
            .collect::<Result<Vec<_>, _>>()?;

        let codes = model.operator_codes()?.unwrap_or_else(Vector::new_empty);
        let operators = graph.operators()?.unwrap_or_else(Vector::new_empty);
        check_count("operators", operators.len(), limits::OPERATORS)?;
        let operators = operators
            .iter()
            .enumerate()
            .map(|(index, operator)| read_operator(index, operator?, codes, tensors.len()))
            .collect::<Result<_, _>>()?;

        Ok(Self {
            description: model.description()?.unwrap_or_default(),
            operators,
            inputs: tensor_indices("the graph's input", graph.inputs()?, tensors.len())?,
            outputs: tensor_indices("the graph's output", graph.outputs()?, tensors.len())?,
            tensors,
        })
    }

    /// The description in the file, often the name of the converter. Empty if the file has none.
    pub fn description(&self) -> &str {
        self.description
    }

    /// The tensors of the graph, including constants.
    pub fn tensors(&self) -> &[Tensor<'a>] {
        &self.tensors
    }

    /// The operators in execution order.
    pub fn operators(&self) -> &[Operator<'a>] {
        &self.operators
    }

    /// Indices of the input tensors.
    pub fn inputs(&self) -> &[usize] {
        &self.inputs
    }

    /// Indices of the output tensors.
    pub fn outputs(&self) -> &[usize] {
        &self.outputs
    }
}

/// The constants of a file.
struct Constants<'a> {
    file: &'a [u8],
    buffers: Vector<'a, planus::Result<BufferRef<'a>>>,
}

impl<'a> Constants<'a> {
    fn read_tensor(&self, index: usize, tensor: TensorRef<'a>) -> Result<Tensor<'a>, Error> {
        let shape = tensor.shape()?.unwrap_or_else(Vector::new_empty);
        check_count("dimensions of a tensor", shape.len(), limits::DIMENSIONS)?;
        let shape = shape
            .iter()
            .map(|dimension| {
                usize::try_from(dimension).map_err(|_| Error::Dimension { tensor: index, dimension })
            })
            .collect::<Result<_, _>>()?;
        let data = self.data(index, tensor.buffer()?)?;
        if data.is_some() && tensor.sparsity()?.is_some() {
            return Err(Error::Sparse { tensor: index });
        }
        Ok(Tensor {
            name: tensor.name()?.unwrap_or_default(),
            shape,
            element: ElementType::from(tensor.type_()?),
            data,
        })
    }

    /// The bytes of a buffer. Buffer 0 and empty buffers belong to tensors that are not constant.
    fn data(&self, tensor: usize, buffer: u32) -> Result<Option<&'a [u8]>, Error> {
        if buffer == 0 {
            return Ok(None);
        }
        let count = self.buffers.len();
        let buffer = self.buffers.get(buffer as usize).ok_or_else(|| Error::Index {
            referrer: format!("tensor {tensor}"),
            what: "buffer",
            index: buffer.into(),
            count,
        })??;
        let data = match buffer.offset()? {
            0 | 1 => buffer.data()?.unwrap_or_default(),
            offset => {
                let size = buffer.size()?;
                let range = usize::try_from(offset).ok().zip(usize::try_from(size).ok());
                range
                    .and_then(|(start, size)| self.file.get(start..start.checked_add(size)?))
                    .ok_or(Error::DataRange { tensor, offset, size, length: self.file.len() })?
            }
        };
        Ok(Some(data).filter(|data| !data.is_empty()))
    }
}

fn read_operator<'a>(
    index: usize,
    operator: OperatorRef<'a>,
    codes: Vector<'a, planus::Result<OperatorCodeRef<'a>>>,
    tensors: usize,
) -> Result<Operator<'a>, Error> {
    let code = operator.opcode_index()?;
    let code = codes.get(code as usize).ok_or_else(|| Error::Index {
        referrer: format!("operator {index}"),
        what: "operator code",
        index: code.into(),
        count: codes.len(),
    })??;

    let inputs = operator.inputs()?.unwrap_or_else(Vector::new_empty);
    check_count("inputs of an operator", inputs.len(), limits::OPERANDS)?;
    let referrer = format!("operator {index}");
    Ok(Operator {
        kind: OperatorKind::read(index, operator, code)?,
        inputs: inputs
            .iter()
            .map(
                |input| {
                    if input == -1 { Ok(None) } else { tensor_index(&referrer, input, tensors).map(Some) }
                },
            )
            .collect::<Result<_, _>>()?,
        outputs: tensor_indices(&referrer, operator.outputs()?, tensors)?,
    })
}

fn tensor_indices(
    referrer: &str,
    indices: Option<Vector<'_, i32>>,
    tensors: usize,
) -> Result<Vec<usize>, Error> {
    let indices = indices.unwrap_or_else(Vector::new_empty);
    check_count("inputs or outputs", indices.len(), limits::OPERANDS)?;
    indices.iter().map(|index| tensor_index(referrer, index, tensors)).collect()
}

fn tensor_index(referrer: &str, index: i32, tensors: usize) -> Result<usize, Error> {
    usize::try_from(index).ok().filter(|&index| index < tensors).ok_or_else(|| Error::Index {
        referrer: referrer.to_owned(),
        what: "tensor",
        index: index.into(),
        count: tensors,
    })
}

fn check_count(what: &'static str, count: usize, limit: usize) -> Result<(), Error> {
    if count > limit { Err(Error::TooMany { what, count, limit }) } else { Ok(()) }
}
