"""Writes a TensorFlow Lite graph as a graph model of TensorFlow.js.

Bias and activation are fused into convolutions, as TensorFlow.js's own converter does. Fully connected layers of 1 x 1
maps become 1 x 1 convolutions.
"""

import base64
import json
import struct
from collections import Counter
from pathlib import Path

import numpy as np
from tensorflow.lite.python import schema_py_generated as schema

BUILTINS = {value: name for name, value in vars(schema.BuiltinOperator).items() if isinstance(value, int)}
TYPES = {schema.TensorType.FLOAT16: np.float16, schema.TensorType.FLOAT32: np.float32, schema.TensorType.INT32: np.int32}
WITH_ACTIVATION = {"CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED"}
FUSED = {"RELU": "Relu", "RELU6": "Relu6"}
PLAIN = {"RELU": "Relu", "RELU6": "Relu6", "LOGISTIC": "Sigmoid", "MUL": "Mul", "ADD": "AddV2"}


class GraphModel:
    def __init__(self, model: schema.ModelT) -> None:
        self.model = model
        self.graph = model.subgraphs[0]
        self.nodes: list[dict] = []
        self.weights: list[tuple[str, np.ndarray]] = []
        self.names: dict[int, str] = {}
        self.constants = {i: values for i in range(len(self.graph.tensors)) if (values := self._stored(i)) is not None}

    def write(self, folder: Path) -> None:
        self._convert()
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "weights.bin").write_bytes(b"".join(values.tobytes() for _, values in self.weights))
        entries = [
            {"name": name, "shape": list(values.shape), "dtype": str(values.dtype)} for name, values in self.weights
        ]
        model = {
            "format": "graph-model",
            "modelTopology": {"node": self.nodes, "library": {}, "versions": {}},
            "weightsManifest": [{"paths": ["weights.bin"], "weights": entries}],
        }
        (folder / "model.json").write_text(json.dumps(model))

    def _convert(self) -> None:
        (given,) = self.graph.inputs
        shape = {"dim": [{"size": str(size)} for size in self.graph.tensors[given].shape]}
        self.names[given] = self._node("Placeholder", [], dtype={"type": "DT_FLOAT"}, shape={"shape": shape})
        uses = Counter(tensor for operator in self.graph.operators for tensor in operator.inputs)
        fused = set()
        for at, operator in enumerate(self.graph.operators):
            if at in fused:
                continue
            kind, output, activation = self._kind(operator), operator.outputs[0], None
            if kind in WITH_ACTIVATION and uses[output] == 1:
                after = next(i for i, other in enumerate(self.graph.operators) if output in other.inputs)
                activation = FUSED.get(self._kind(self.graph.operators[after]))
                if activation:
                    fused.add(after)
                    output = self.graph.operators[after].outputs[0]
            name = self._operator(kind, operator, activation)
            if name:
                self.names[output] = name

    def _operator(self, kind: str, operator: schema.OperatorT, activation: str | None) -> str | None:
        options = operator.builtinOptions
        first = operator.inputs[0]
        if kind == "DEQUANTIZE":
            self.constants[operator.outputs[0]] = self.constants[first].astype(np.float32)
            return None
        if kind in PLAIN:
            return self._node(PLAIN[kind], [self._name(tensor) for tensor in operator.inputs])
        if kind == "HARD_SWISH":
            raised = self._node("AddV2", [self._name(first), self._constant(np.float32(3))])
            product = self._node("Mul", [self._name(first), self._node("Relu6", [raised])])
            return self._node("Mul", [product, self._constant(np.float32(1 / 6))])
        if kind == "CONV_2D":
            weight = self.constants[operator.inputs[1]].transpose(1, 2, 3, 0)
            return self._conv2d("_FusedConv2D", operator, weight, options, activation)
        if kind == "DEPTHWISE_CONV_2D":
            weight = self.constants[operator.inputs[1]].transpose(1, 2, 3, 0)
            return self._conv2d("FusedDepthwiseConv2dNative", operator, weight, options, activation)
        if kind == "FULLY_CONNECTED":
            weight = self.constants[operator.inputs[1]].T[None, None]
            return self._conv2d("_FusedConv2D", operator, weight, None, activation)
        if kind == "MEAN" or (kind == "AVERAGE_POOL_2D" and self._pools_all(operator)):
            return self._node("Mean", [self._name(first), self._constant(np.int32([1, 2]))], keep_dims={"b": True})
        if kind == "AVERAGE_POOL_2D":
            window = integers(1, options.filterHeight, options.filterWidth, 1)
            return self._node("AvgPool", [self._name(first)], ksize=window, **steps(options))
        if kind == "RESIZE_BILINEAR":
            flags = {"align_corners": {"b": options.alignCorners}, "half_pixel_centers": {"b": options.halfPixelCenters}}
            size = self._constant(self.constants[operator.inputs[1]])
            return self._node("ResizeBilinear", [self._name(first), size], **flags)
        if kind == "CONCATENATION":
            parts = [self._name(tensor) for tensor in operator.inputs]
            return self._node("ConcatV2", [*parts, self._constant(np.int32(options.axis))], N={"i": str(len(parts))})
        if kind == "Convolution2DTransposeBias":
            return self._conv_transpose2d(operator)
        raise ValueError(f"the operator {kind} has no TensorFlow.js counterpart here")

    def _conv2d(self, op: str, operator, weight: np.ndarray, options, activation: str | None) -> str:
        bias = self._constant(self.constants[operator.inputs[2]])
        fused = ["BiasAdd", *([activation] if activation else [])]
        return self._node(
            op,
            [self._name(operator.inputs[0]), self._constant(weight), bias],
            fused_ops={"list": {"s": [text(name)["s"] for name in fused]}},
            num_args={"i": "1"},
            dilations=integers(1, 1, 1, 1),
            **steps(options),
        )

    def _conv_transpose2d(self, operator: schema.OperatorT) -> str:
        source, weight, bias = operator.inputs
        _, stride_width, stride_height = struct.unpack("<3i", bytes(operator.customOptions))
        sums = self._node(
            "Conv2DBackpropInput",
            [
                self._constant(np.int32(self.graph.tensors[operator.outputs[0]].shape)),
                self._constant(self.constants[weight].transpose(1, 2, 0, 3)),
                self._name(source),
            ],
            strides=integers(1, stride_height, stride_width, 1),
            padding=text("SAME"),
            data_format=text("NHWC"),
            dilations=integers(1, 1, 1, 1),
        )
        return self._node("BiasAdd", [sums, self._constant(self.constants[bias])], data_format=text("NHWC"))

    def _pools_all(self, operator: schema.OperatorT) -> bool:
        _, height, width, _ = self.graph.tensors[operator.inputs[0]].shape
        return (operator.builtinOptions.filterHeight, operator.builtinOptions.filterWidth) == (height, width)

    def _kind(self, operator: schema.OperatorT) -> str:
        code = self.model.operatorCodes[operator.opcodeIndex]
        if code.customCode:
            return code.customCode.decode()
        return BUILTINS[max(code.builtinCode, code.deprecatedBuiltinCode)]

    def _name(self, tensor: int) -> str:
        if tensor not in self.names:
            self.names[tensor] = self._constant(self.constants[tensor])
        return self.names[tensor]

    def _constant(self, values: np.ndarray) -> str:
        values = np.ascontiguousarray(values)
        kind = {"float32": "DT_FLOAT", "int32": "DT_INT32"}[str(values.dtype)]
        name = self._node("Const", [], dtype={"type": kind})
        self.weights.append((name, values))
        return name

    def _node(self, op: str, inputs: list[str], **attributes: dict) -> str:
        name = f"{op.strip('_')}_{len(self.nodes)}"
        self.nodes.append({"name": name, "op": op, "input": inputs, "attr": {"T": {"type": "DT_FLOAT"}} | attributes})
        return name

    def _stored(self, index: int) -> np.ndarray | None:
        tensor = self.graph.tensors[index]
        data = self.model.buffers[tensor.buffer].data
        if data is None or len(data) == 0:
            return None
        return np.frombuffer(bytes(data), dtype=TYPES[tensor.type]).reshape(tensor.shape)


def steps(options) -> dict:
    """Stride and padding. Without options: those of a 1 x 1 convolution."""
    if options is None:
        return {"strides": integers(1, 1, 1, 1), "padding": text("VALID"), "data_format": text("NHWC")}
    padding = "SAME" if options.padding == schema.Padding.SAME else "VALID"
    strides = integers(1, options.strideH, options.strideW, 1)
    return {"strides": strides, "padding": text(padding), "data_format": text("NHWC")}


def integers(*values: int) -> dict:
    return {"list": {"i": [str(value) for value in values]}}


def text(value: str) -> dict:
    return {"s": base64.b64encode(value.encode()).decode()}
