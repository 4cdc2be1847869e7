"""Parses a TFLite flatbuffer into plain Python values, independent of ONNX."""

from dataclasses import dataclass

import numpy as np
import tflite

from .sparsity import densify

_DTYPES = {
    tflite.TensorType.FLOAT32: np.float32,
    tflite.TensorType.FLOAT16: np.float16,
    tflite.TensorType.INT32: np.int32,
    tflite.TensorType.INT64: np.int64,
}
_OPERATOR_NAMES = {code: name for name, code in vars(tflite.BuiltinOperator).items() if name[0] != "_"}
_OPTIONS = {
    "ADD": tflite.AddOptions,
    "CONCATENATION": tflite.ConcatenationOptions,
    "CONV_2D": tflite.Conv2DOptions,
    "DEPTHWISE_CONV_2D": tflite.DepthwiseConv2DOptions,
    "DEPTH_TO_SPACE": tflite.DepthToSpaceOptions,
    "DIV": tflite.DivOptions,
    "MAX_POOL_2D": tflite.Pool2DOptions,
    "MEAN": tflite.ReducerOptions,
    "MUL": tflite.MulOptions,
    "RESIZE_BILINEAR": tflite.ResizeBilinearOptions,
    "STRIDED_SLICE": tflite.StridedSliceOptions,
    "SUB": tflite.SubOptions,
    "SUM": tflite.ReducerOptions,
}


@dataclass(frozen=True)
class Tensor:
    name: str
    shape: tuple[int, ...]
    data: np.ndarray | None  # present when the file holds the values


@dataclass(frozen=True)
class Operator:
    kind: str
    inputs: tuple[int, ...]  # -1: absent
    output: int
    options: object | None  # the generated class of the schema


@dataclass(frozen=True)
class TfliteModel:
    tensors: list[Tensor]
    operators: list[Operator]
    input: int


def read(data: bytes) -> TfliteModel:
    model = tflite.Model.GetRootAs(data, 0)
    graph = model.Subgraphs(0)
    if graph.InputsLength() != 1:
        raise ValueError("expected one input")
    tensors = [_tensor(model, graph.Tensors(index)) for index in range(graph.TensorsLength())]
    operators = [_operator(model, graph.Operators(index)) for index in range(graph.OperatorsLength())]
    return TfliteModel(tensors, operators, graph.Inputs(0))


def _tensor(model: tflite.Model, tensor: tflite.Tensor) -> Tensor:
    shape = tuple(tensor.Shape(axis) for axis in range(tensor.ShapeLength()))
    return Tensor(tensor.Name().decode(), shape, _values(model, tensor, shape))


def _values(model: tflite.Model, tensor: tflite.Tensor, shape: tuple[int, ...]) -> np.ndarray | None:
    buffer = model.Buffers(tensor.Buffer())
    if buffer.DataLength() == 0 or tensor.Type() not in _DTYPES:
        return None
    values = np.frombuffer(buffer.DataAsNumpy().tobytes(), _DTYPES[tensor.Type()])
    if tensor.Sparsity() is not None:
        return densify(values, shape, tensor.Sparsity())
    return values.reshape(shape)


def _operator(model: tflite.Model, operator: tflite.Operator) -> Operator:
    code = model.OperatorCodes(operator.OpcodeIndex())
    kind = _OPERATOR_NAMES[max(code.BuiltinCode(), code.DeprecatedBuiltinCode())]
    inputs = tuple(operator.Inputs(index) for index in range(operator.InputsLength()))
    return Operator(kind, inputs, operator.Outputs(0), _options(kind, operator))


def _options(kind: str, operator: tflite.Operator) -> object | None:
    table = operator.BuiltinOptions()
    if kind not in _OPTIONS or table is None:
        return None
    options = _OPTIONS[kind]()
    options.Init(table.Bytes, table.Pos)
    return options
