"""Merges two adjacent 1 x 1 convolutions: W2 (W1 x + b1) + b2 = (W2 W1) x + (W2 b1 + b2).

Applies only where the product is not larger than the two factors. Sums are computed in double precision and
in a fixed order, without a BLAS, so that the result is identical on every processor.
"""

import numpy as np

from ..graph import Graph, Node


def merge_pointwise(graph: Graph) -> None:
    merged = True
    while merged:
        merged = any(_merge(graph, node) for node in graph.nodes)


def _merge(graph: Graph, first: Node) -> bool:
    second = graph.only_consumer(first.output)
    if second is None or not (_pointwise(graph, first) and _pointwise(graph, second)):
        return False
    w1, b1 = _parameters(graph, first)
    w2, b2 = _parameters(graph, second)
    if w2.shape[0] * w1.shape[1] > w1.size + w2.size:
        return False
    weight, bias = _product(w2, w1), _product(w2, b1[:, None])[:, 0] + b2
    merged = graph.constant(_single(weight)[:, :, None, None])
    inputs = [first.inputs[0], merged, graph.constant(_single(bias))]
    graph.replace(second, "Conv", inputs, **second.attributes)
    graph.nodes.remove(first)
    return True


def _pointwise(graph: Graph, node: Node) -> bool:
    plain = {"kernel_shape": [1, 1], "strides": [1, 1], "pads": [0, 0, 0, 0], "group": 1}
    return node.op == "Conv" and node.attributes == plain and len(node.inputs) == 3


def _parameters(graph: Graph, conv: Node) -> tuple[np.ndarray, np.ndarray]:
    weight, bias = (graph.constants[name].astype(np.float64) for name in conv.inputs[1:])
    return weight[:, :, 0, 0], bias


def _product(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    total = np.zeros((left.shape[0], right.shape[1]))
    for k in range(left.shape[1]):
        total += left[:, k, None] * right[k]
    return total


def _single(array: np.ndarray) -> np.ndarray:
    return array.astype(np.float32)
