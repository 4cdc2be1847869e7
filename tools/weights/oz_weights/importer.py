"""Conversion of TFLite operators to ONNX nodes, one function per operator.

TFLite stores images as NHWC, ONNX as NCHW. In the resulting graph all tensors of four dimensions are NCHW,
including the input, so that convolutions need no transposes. Transposes are only inserted where TFLite
reshapes or transposes a tensor of four dimensions and the order of its values matters.
The batch is dynamic: it is one (or two) in the TFLite files, and no operator depends on it.
"""

import numpy as np
import tflite

from .graph import Graph
from .tflite_reader import Operator, TfliteModel

TO_NCHW = (0, 3, 1, 2)
TO_NHWC = (0, 2, 3, 1)


def convert(
    model: TfliteModel, name: str, input_name: str, outputs: dict[str, tuple[str, list[int]]]
) -> Graph:
    """`outputs`: our name to (TFLite tensor name, shape without the batch)."""
    importer = _Importer(model, name, input_name)
    for operator in model.operators:
        importer.convert(operator)
    for ours, (theirs, shape) in outputs.items():
        importer.publish(ours, theirs, shape)
    return importer.graph


class _Importer:
    def __init__(self, model: TfliteModel, name: str, input_name: str):
        self.model = model
        self.graph = Graph(name)
        self.constants = {i: t.data for i, t in enumerate(model.tensors) if t.data is not None}
        self.values = {model.input: input_name}
        self.graph.inputs[input_name] = _nchw_shape(model.tensors[model.input].shape)[1:]

    def convert(self, operator: Operator) -> None:
        if operator.kind in ("DEQUANTIZE", "DENSIFY"):
            # Half precision and sparsity are storage formats of weights; the arithmetic is dense float32.
            self.constants[operator.output] = self.constants[operator.inputs[0]].astype(np.float32)
            return
        if operator.kind not in _CONVERTERS:
            raise NotImplementedError(f"TFLite operator {operator.kind}")
        value = _CONVERTERS[operator.kind](self, operator)
        self.values[operator.output] = self._activate(value, operator)

    def publish(self, ours: str, theirs: str, shape: list[int]) -> None:
        index = next(i for i, tensor in enumerate(self.model.tensors) if tensor.name == theirs)
        value = self.values[index]
        if self._shape(index)[1:] != tuple(shape):
            value = self._reshape(index, [-1, *shape])
        self.graph.producer(value).output = ours
        self.graph.redirect(value, ours)
        self.graph.outputs[ours] = shape

    # Operators.

    def conv(self, operator: Operator) -> str:
        return self._conv(operator, self.constants[operator.inputs[1]].transpose(0, 3, 1, 2), group=1)

    def depthwise_conv(self, operator: Operator) -> str:
        weight = self.constants[operator.inputs[1]].transpose(3, 0, 1, 2)
        return self._conv(operator, weight, group=self._shape(operator.inputs[0])[3])

    def max_pool(self, operator: Operator) -> str:
        options = operator.options
        kernel = [options.FilterHeight(), options.FilterWidth()]
        pads = self._pads(operator, kernel)
        strides = [options.StrideH(), options.StrideW()]
        return self._add("MaxPool", operator, kernel_shape=kernel, strides=strides, pads=pads)

    def pad(self, operator: Operator) -> str:
        begin, end = self.constants[operator.inputs[1]][list(TO_NCHW)].T
        amounts = self.graph.constant(np.concatenate([begin, end]).astype(np.int64))
        return self.graph.add("Pad", [self.values[operator.inputs[0]], amounts], mode="constant")

    def prelu(self, operator: Operator) -> str:
        slope = self.constants[operator.inputs[1]].reshape(-1, 1, 1)
        return self.graph.add("PRelu", [self.values[operator.inputs[0]], self.graph.constant(slope)])

    def squared_difference(self, operator: Operator) -> str:
        difference = self.binary("Sub", operator)
        return self.graph.add("Mul", [difference, difference])

    def rsqrt(self, operator: Operator) -> str:
        return self.graph.add("Reciprocal", [self._add("Sqrt", operator)])

    def binary(self, op: str, operator: Operator) -> str:
        rank = len(self._shape(operator.output))
        return self.graph.add(op, [self._operand(index, rank) for index in operator.inputs])

    def mean(self, operator: Operator) -> str:
        return self._add("ReduceMean", operator, axes=self._axes(operator), keepdims=1)

    def sum(self, operator: Operator) -> str:
        axes = self.graph.constant(np.array(self._axes(operator), np.int64))
        return self.graph.add("ReduceSum", [self.values[operator.inputs[0]], axes], keepdims=1)

    def reshape(self, operator: Operator) -> str:
        shape = self._shape(operator.output)
        value = self._reshape(operator.inputs[0], [-1, *shape[1:]])
        return self.graph.add("Transpose", [value], perm=list(TO_NCHW)) if len(shape) == 4 else value

    def transpose(self, operator: Operator) -> str:
        """Converts the permutation from NHWC to NCHW."""
        source = [int(axis) for axis in self.constants[operator.inputs[1]]]
        permutation = [TO_NCHW.index(source[axis]) for axis in TO_NCHW]
        return self._add("Transpose", operator, perm=permutation)

    def concat(self, operator: Operator) -> str:
        rank = len(self._shape(operator.output))
        axis = _axis(operator.options.Axis(), rank)
        if operator.inputs[0] in self.constants:
            return self._prepend_constant(operator, axis)
        return self.graph.add("Concat", [self.values[i] for i in operator.inputs], axis=axis)

    def strided_slice(self, operator: Operator) -> str:
        """Slices the shortened axes; all slices in these models begin at 0 and have step 1."""
        before, after = self._shape(operator.inputs[0]), self._shape(operator.output)
        if len(before) != len(after):
            return self._reshape(operator.inputs[0], [-1, *after])
        if any(self.constants[operator.inputs[1]]) or any(self.constants[operator.inputs[3]] != 1):
            raise NotImplementedError("a slice that does not begin at 0 or has a step")
        value = self.values[operator.inputs[0]]
        for axis, (old, new) in enumerate(zip(before, after)):
            if new < old:
                bounds = [0], [new], [_axis(axis, len(before))]
                ends = [self.graph.constant(np.array(bound, np.int64)) for bound in bounds]
                value = self.graph.add("Slice", [value, *ends])
        return value

    def resize_bilinear(self, operator: Operator) -> str:
        if operator.options.AlignCorners() or not operator.options.HalfPixelCenters():
            raise NotImplementedError("resize without half-pixel centres")
        before, after = self._shape(operator.inputs[0]), self._shape(operator.output)
        scales = np.array([1, 1, after[1] / before[1], after[2] / before[2]], np.float32)
        inputs = [self.values[operator.inputs[0]], "", self.graph.constant(scales)]
        mode = {"mode": "linear", "coordinate_transformation_mode": "half_pixel"}
        return self.graph.add("Resize", inputs, **mode)

    def depth_to_space(self, operator: Operator) -> str:
        return self._add("DepthToSpace", operator, blocksize=operator.options.BlockSize(), mode="DCR")

    def simple(self, op: str, operator: Operator) -> str:
        return self._add(op, operator)

    # Helpers.

    def _add(self, op: str, operator: Operator, **attributes) -> str:
        return self.graph.add(op, [self.values[operator.inputs[0]]], **attributes)

    def _conv(self, operator: Operator, weight: np.ndarray, group: int) -> str:
        options = operator.options
        if (options.DilationHFactor(), options.DilationWFactor()) != (1, 1):
            raise NotImplementedError("dilated convolution")
        kernel = list(weight.shape[2:])
        inputs = [self.values[operator.inputs[0]], self.graph.constant(weight)]
        inputs += [self.graph.constant(self.constants[i]) for i in operator.inputs[2:] if i >= 0]
        strides = [options.StrideH(), options.StrideW()]
        pads = self._pads(operator, kernel)
        return self.graph.add("Conv", inputs, kernel_shape=kernel, strides=strides, pads=pads, group=group)

    def _pads(self, operator: Operator, kernel: list[int]) -> list[int]:
        """Pads of a convolution or pool; SAME padding of TFLite puts the odd pixel at the end."""
        if operator.options.Padding() == tflite.Padding.VALID:
            return [0, 0, 0, 0]
        sizes = self._shape(operator.inputs[0])[1:3]
        strides = operator.options.StrideH(), operator.options.StrideW()
        totals = [
            max((-(-size // stride) - 1) * stride + extent - size, 0)
            for size, stride, extent in zip(sizes, strides, kernel)
        ]
        return [total // 2 for total in totals] + [total - total // 2 for total in totals]

    def _activate(self, value: str, operator: Operator) -> str:
        fused = getattr(operator.options, "FusedActivationFunction", None)
        activation = fused() if fused else tflite.ActivationFunctionType.NONE
        if activation == tflite.ActivationFunctionType.NONE:
            return value
        if activation == tflite.ActivationFunctionType.RELU:
            return self.graph.add("Relu", [value])
        raise NotImplementedError(f"fused activation {activation}")

    def _operand(self, index: int, rank: int) -> str:
        if index not in self.constants:
            return self.values[index]
        array = self.constants[index]
        if array.size == 1:
            return self.graph.constant(array.reshape(1))
        if rank == 4:
            array = array.reshape((1,) * (4 - array.ndim) + array.shape).transpose(TO_NCHW)[0]
        return self.graph.constant(array)

    def _prepend_constant(self, operator: Operator, axis: int) -> str:
        """Concat(constant, x): the constant lacks the batch of x, so it is added to zero-padded x."""
        if len(operator.inputs) != 2:
            raise NotImplementedError("concatenation of a constant with several tensors")
        constant = self.constants[operator.inputs[0]].transpose(TO_NCHW)[0]
        amounts = np.zeros(8, np.int64)
        amounts[axis] = constant.shape[axis - 1]
        room = [(0, 0)] * 3
        room[axis - 1] = (0, self._shape(operator.inputs[1])[TO_NCHW[axis]])
        inputs = [self.values[operator.inputs[1]], self.graph.constant(amounts)]
        value = self.graph.add("Pad", inputs, mode="constant")
        return self.graph.add("Add", [value, self.graph.constant(np.pad(constant, room))])

    def _reshape(self, index: int, shape: list[int]) -> str:
        """Reshapes in NHWC order; with one channel or one pixel, NCHW has the same order."""
        value, source = self.values[index], self._shape(index)
        if len(source) == 4 and source[3] != 1 and source[1:3] != (1, 1):
            value = self.graph.add("Transpose", [value], perm=list(TO_NHWC))
        return self.graph.add("Reshape", [value, self.graph.constant(np.array(shape, np.int64))])

    def _axes(self, operator: Operator) -> list[int]:
        if not operator.options.KeepDims():
            raise NotImplementedError("reduction that drops its axes")
        rank = len(self._shape(operator.inputs[0]))
        return sorted(_axis(int(axis), rank) for axis in np.atleast_1d(self.constants[operator.inputs[1]]))

    def _shape(self, index: int) -> tuple[int, ...]:
        return self.model.tensors[index].shape


def _axis(axis: int, rank: int) -> int:
    """A TFLite axis as an axis of the graph's tensor."""
    return TO_NCHW.index(axis % rank) if rank == 4 else axis % rank


def _nchw_shape(shape: tuple[int, ...]) -> list[int]:
    return [shape[axis] for axis in TO_NCHW] if len(shape) == 4 else list(shape)


def _simple(op: str):
    return lambda importer, operator: importer.simple(op, operator)


def _binary(op: str):
    return lambda importer, operator: importer.binary(op, operator)


_CONVERTERS = {
    "ABS": _simple("Abs"),
    "ADD": _binary("Add"),
    "CONCATENATION": _Importer.concat,
    "CONV_2D": _Importer.conv,
    "DEPTHWISE_CONV_2D": _Importer.depthwise_conv,
    "DEPTH_TO_SPACE": _Importer.depth_to_space,
    "DIV": _binary("Div"),
    "LOGISTIC": _simple("Sigmoid"),
    "MAX_POOL_2D": _Importer.max_pool,
    "MEAN": _Importer.mean,
    "MUL": _binary("Mul"),
    "NEG": _simple("Neg"),
    "PAD": _Importer.pad,
    "PRELU": _Importer.prelu,
    "RELU": _simple("Relu"),
    "RESHAPE": _Importer.reshape,
    "RESIZE_BILINEAR": _Importer.resize_bilinear,
    "RSQRT": _Importer.rsqrt,
    "SQRT": _simple("Sqrt"),
    "SQUARED_DIFFERENCE": _Importer.squared_difference,
    "STRIDED_SLICE": _Importer.strided_slice,
    "SUB": _binary("Sub"),
    "SUM": _Importer.sum,
    "TRANSPOSE": _Importer.transpose,
}
