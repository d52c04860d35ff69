#!/usr/bin/env python3
"""Converts the models for the other engines. `npm run bench` runs this in an environment of requirements.txt.

    python3 bench/convert/convert.py --into DIR models/*.tflite

For each model it writes
- DIR/NAME.tflite for tfjs-tflite: MediaPipe's custom operator Convolution2DTransposeBias is replaced by the built-in
  TRANSPOSE_CONV and ADD.
- DIR/NAME.onnx for ONNX Runtime Web, converted from that by tf2onnx. ONNX Runtime's output is compared with LiteRT's
  output of the original (tests/golden).
- DIR/NAME/model.json and weights.bin for TensorFlow.js, written from the original (see graph_model.py).
- DIR/NAME.task.tflite for MediaPipe's tasks: the original with the metadata that they require, the input's normalization.
"""

import argparse
import os
import struct
import sys
import warnings
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
warnings.filterwarnings("ignore")

import flatbuffers
import numpy as np
import onnx
import onnxruntime
import tf2onnx
from graph_model import GraphModel
from onnx import numpy_helper
from tensorflow.lite.python import schema_py_generated as schema

ROOT = Path(__file__).resolve().parent.parent.parent
CUSTOM = b"Convolution2DTransposeBias"
OPSET = 18
TOLERANCE = 1e-3
SAME_PADDING = 1
"""MediaPipe's value, the first of the operator's three options. The others are the stride's width and height."""
NORMALIZATION_OPTIONS = 1
"""In the union of process units in TensorFlow Lite's metadata."""
FIELDS = 8
"""At least as many fields as any table of the metadata has."""


def read(path: Path) -> schema.ModelT:
    return schema.ModelT.InitFromPackedBuf(path.read_bytes(), 0)


def rewrite(model: schema.ModelT) -> None:
    """Replaces the custom operator of a model."""
    graph = model.subgraphs[0]
    codes = [code.customCode for code in model.operatorCodes]
    at = next(i for i, operator in enumerate(graph.operators) if codes[operator.opcodeIndex] == CUSTOM)
    custom = graph.operators[at]
    padding, stride_width, stride_height = struct.unpack("<3i", bytes(custom.customOptions))
    if padding != SAME_PADDING:
        raise ValueError(f"{CUSTOM.decode()}: padding {padding} is not SAME")
    source, weight, bias = custom.inputs
    output = graph.tensors[custom.outputs[0]]

    sums = tensor(graph, "conv_transpose2d", output.shape, schema.TensorType.FLOAT32, 0)
    size = np.array(output.shape, dtype=np.int32)
    shape = tensor(graph, "output_shape", [4], schema.TensorType.INT32, buffer(model, size.tobytes()))

    convolution = schema.OperatorT()
    convolution.opcodeIndex = code(model, schema.BuiltinOperator.TRANSPOSE_CONV)
    convolution.inputs, convolution.outputs = [shape, weight, source], [sums]
    convolution.builtinOptionsType = schema.BuiltinOptions.TransposeConvOptions
    convolution.builtinOptions = schema.TransposeConvOptionsT()
    convolution.builtinOptions.padding = schema.Padding.SAME
    convolution.builtinOptions.strideW, convolution.builtinOptions.strideH = stride_width, stride_height

    addition = schema.OperatorT()
    addition.opcodeIndex = code(model, schema.BuiltinOperator.ADD)
    addition.inputs, addition.outputs = [sums, bias], custom.outputs
    addition.builtinOptionsType = schema.BuiltinOptions.AddOptions
    addition.builtinOptions = schema.AddOptionsT()

    graph.operators[at : at + 1] = [convolution, addition]


def code(model: schema.ModelT, builtin: int) -> int:
    """Index of a built-in operator's code. Adds the code if the model lacks it."""
    for index, known in enumerate(model.operatorCodes):
        # Files from before 2020 have the code only in the older field.
        if max(known.builtinCode, known.deprecatedBuiltinCode) == builtin:
            return index
    added = schema.OperatorCodeT()
    added.builtinCode = added.deprecatedBuiltinCode = builtin
    added.version = 1
    model.operatorCodes.append(added)
    return len(model.operatorCodes) - 1


def tensor(graph: schema.SubGraphT, name: str, shape: list[int], kind: int, content: int) -> int:
    added = schema.TensorT()
    added.name, added.shape, added.type, added.buffer = name.encode(), list(shape), kind, content
    graph.tensors.append(added)
    return len(graph.tensors) - 1


def buffer(model: schema.ModelT, content: bytes) -> int:
    added = schema.BufferT()
    added.data = np.frombuffer(content, dtype=np.uint8)
    model.buffers.append(added)
    return len(model.buffers) - 1


def pack(model: schema.ModelT) -> bytes:
    builder = flatbuffers.Builder(1 << 20)
    builder.Finish(model.Pack(builder), file_identifier=b"TFL3")
    return bytes(builder.Output())


def with_metadata(model: schema.ModelT) -> bytes:
    """The model with metadata: its inputs are pixels in [0, 1]."""
    entry = schema.MetadataT()
    entry.name, entry.buffer = b"TFLITE_METADATA", buffer(model, input_metadata())
    model.metadata = [entry]
    return pack(model)


def input_metadata() -> bytes:
    """The part of TensorFlow Lite's metadata (metadata_schema.fbs) that an image segmenter reads."""
    builder = flatbuffers.Builder(256)
    mean, deviation = floats(builder, [0.0]), floats(builder, [255.0])
    normalization = table(builder, {0: mean, 1: deviation})
    normalization_unit = table(builder, {1: normalization}, kinds={0: NORMALIZATION_OPTIONS})
    given = table(builder, {4: tables(builder, [normalization_unit])})
    made = table(builder, {})
    subgraph = table(builder, {2: tables(builder, [given]), 3: tables(builder, [made])})
    builder.Finish(table(builder, {3: tables(builder, [subgraph])}), file_identifier=b"M001")
    return bytes(builder.Output())


def table(builder: flatbuffers.Builder, offsets: dict[int, int], kinds: dict[int, int] | None = None) -> int:
    """A table of a flat buffer. `offsets` refer to objects and `kinds` are union types, by field number."""
    builder.StartObject(FIELDS)
    for field, offset in offsets.items():
        builder.PrependUOffsetTRelativeSlot(field, offset, 0)
    for field, kind in (kinds or {}).items():
        builder.PrependUint8Slot(field, kind, 0)
    return builder.EndObject()


def tables(builder: flatbuffers.Builder, offsets: list[int]) -> int:
    builder.StartVector(4, len(offsets), 4)
    for offset in reversed(offsets):
        builder.PrependUOffsetTRelative(offset)
    return builder.EndVector()


def floats(builder: flatbuffers.Builder, values: list[float]) -> int:
    builder.StartVector(4, len(values), 4)
    for value in reversed(values):
        builder.PrependFloat32(value)
    return builder.EndVector()


def to_onnx(path: Path) -> onnx.ModelProto:
    converted, _ = tf2onnx.convert.from_tflite(str(path), opset=OPSET)
    join_bias(converted.graph)
    return converted


def join_bias(graph: onnx.GraphProto) -> None:
    """Fuses the addition after the transposed convolution into it, as its bias input."""
    constants = {constant.name: constant for constant in graph.initializer}
    convolution = next(node for node in graph.node if node.op_type == "ConvTranspose")
    addition = next(node for node in graph.node if node.op_type == "Add" and convolution.output[0] in node.input)
    name = next(given for given in addition.input if given != convolution.output[0])
    bias = numpy_helper.from_array(numpy_helper.to_array(constants[name]).ravel(), "conv_transpose2d_bias")
    graph.initializer.append(bias)
    convolution.input.append(bias.name)
    convolution.output[0] = addition.output[0]
    graph.node.remove(addition)
    if not any(name in node.input for node in graph.node):
        graph.initializer.remove(constants[name])


def worst_difference(path: Path, name: str) -> float:
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    given, made = (np.load(ROOT / f"tests/golden/{name}__astronaut__{part}.npy") for part in ("in", "out"))
    (found,) = session.run(None, {session.get_inputs()[0].name: given})
    if found.shape != made.shape:
        raise ValueError(f"{path}: the output's shape is {found.shape}, expected {made.shape}")
    return float(np.abs(found - made).max())


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", type=Path, nargs="+", help=".tflite files")
    parser.add_argument("--into", type=Path, required=True, help="folder of the results")
    arguments = parser.parse_args()
    arguments.into.mkdir(parents=True, exist_ok=True)
    wrong = False
    for source in arguments.models:
        rewritten = arguments.into / source.name
        rewritten.with_suffix(".task.tflite").write_bytes(with_metadata(read(source)))
        GraphModel(read(source)).write(arguments.into / source.stem)
        model = read(source)
        rewrite(model)
        rewritten.write_bytes(pack(model))
        converted = rewritten.with_suffix(".onnx")
        onnx.save(to_onnx(rewritten), converted)
        worst = worst_difference(converted, source.stem)
        print(f"{source.stem}: worst difference {worst:.1e}", flush=True)
        # NaN is wrong too.
        wrong |= not worst <= TOLERANCE
    return int(wrong)


if __name__ == "__main__":
    sys.exit(main())
