"""Replaces relu(x) + a · (x - |x|), the form of MobileFaceNet's exporter, by PReLU with slope 2a.

For x >= 0 the second term is 0; for x < 0 it is a · 2x. Doubling a float is exact.
"""

import numpy as np

from ..graph import Graph, Node


def recover_prelu(graph: Graph) -> None:
    for add in [node for node in graph.nodes if node.op == "Add"]:
        for positive, negative in (add.inputs, add.inputs[::-1]):
            relu, product = graph.producer(positive, "Relu"), graph.producer(negative, "Mul")
            slope = _slope(graph, relu.inputs[0], product) if relu and product else None
            if slope is not None:
                slopes = graph.constant((2 * slope).reshape(-1, 1, 1).astype(np.float32))
                graph.replace(add, "PRelu", [relu.inputs[0], slopes])
                break


def _slope(graph: Graph, x: str, product: Node) -> np.ndarray | None:
    """The factor `a` if `product` computes a · (x - |x|), else None."""
    for constant, variable in (product.inputs, product.inputs[::-1]):
        difference = graph.producer(variable, "Sub")
        if constant in graph.constants and difference and difference.inputs[0] == x:
            magnitude = graph.producer(difference.inputs[1], "Abs")
            if magnitude and magnitude.inputs[0] == x:
                return graph.constants[constant]
    return None
