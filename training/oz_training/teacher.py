"""The teacher: the MiniFASNet pair. Each network scores one view and provides its last features."""

from pathlib import Path

import onnx
import torch
from onnx import numpy_helper
from torch import nn
from torch.nn import functional as F

VIEWS = {1: "minifasnet_v2_2.7_80.onnx", 2: "minifasnet_v1se_4.0_80.onnx"}
"""File of the network of each view (index into `crops.SCALES`)."""
FEATURES = "/bn/BatchNormalization_output_0"
WIDTH = 128 * len(VIEWS)
"""Number of features of both networks."""
LIVE = 1


class Teacher(nn.Module):
    """Log-odds of bona fide and features of views of faces. Runs on the device of its input."""

    def __init__(self, folder: Path):
        super().__init__()
        self.networks = nn.ModuleDict({str(view): Graph(folder / file) for view, file in VIEWS.items()})

    @torch.no_grad()
    def forward(self, views: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Scores views `[N, views, 3, 80, 80]`, RGB, 0..=1.

        Returns the log-odds `[N]` of the mean of both probabilities, and the features `[N, WIDTH]`.
        """
        shares, features = [], []
        for view, network in self.networks.items():
            inputs = views[:, int(view)].flip(1) * 255
            values = network(inputs.to(network.weight0.dtype, memory_format=torch.channels_last))
            shares.append(values["logits"].float().softmax(1)[:, LIVE])
            features.append(values[FEATURES].float())
        share = torch.stack(shares).mean(0).clamp(1e-4, 1 - 1e-4)
        return share.logit(), torch.cat(features, 1)


class Graph(nn.Module):
    """An ONNX file with the operators of these networks, run by PyTorch."""

    def __init__(self, file: Path):
        super().__init__()
        graph = onnx.load(file).graph
        self.steps = [step(node) for node in graph.node if node.op_type != "Constant"]
        self.input = graph.input[0].name
        self.names = {tensor.name: f"weight{place}" for place, tensor in enumerate(graph.initializer)}
        for tensor in graph.initializer:
            values = torch.from_numpy(numpy_helper.to_array(tensor).copy())
            self.register_buffer(self.names[tensor.name], values)

    def forward(self, x):
        values = {self.input: x}
        values.update({name: getattr(self, buffer) for name, buffer in self.names.items()})
        for operator, attributes, inputs, output in self.steps:
            values[output] = operator(attributes, *(values.get(name) for name in inputs))
        return values


def step(node):
    attributes = {entry.name: onnx.helper.get_attribute_value(entry) for entry in node.attribute}
    return OPERATORS[node.op_type], attributes, list(node.input), node.output[0]


def convolution(attributes, x, weight, bias=None):
    top, left, bottom, right = attributes["pads"]
    if (top, left) != (bottom, right):
        raise ValueError("asymmetric padding is not supported")
    return F.conv2d(x, weight, bias, attributes["strides"], (top, left), 1, attributes["group"])


def batch_norm(attributes, x, weight, bias, mean, variance):
    wide = (tensor.float() for tensor in (x, mean, variance, weight, bias))
    return F.batch_norm(*wide, False, 0.0, attributes["epsilon"]).to(x.dtype)


OPERATORS = {
    "Conv": convolution,
    "PRelu": lambda _, x, slope: F.prelu(x, slope.flatten()),
    "Add": lambda _, a, b: a + b,
    "Mul": lambda _, a, b: a * b,
    "MatMul": lambda _, a, b: a @ b,
    "Relu": lambda _, x: F.relu(x),
    "Sigmoid": lambda _, x: x.sigmoid(),
    "GlobalAveragePool": lambda _, x: x.mean((2, 3), keepdim=True),
    # The constant shape flattens all dimensions but the batch.
    "Reshape": lambda _, x, *_shape: x.flatten(1),
    "BatchNormalization": batch_norm,
}
