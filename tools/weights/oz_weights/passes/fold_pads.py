"""Folds a Pad into the pads of the following Conv, which also pads with zeros and separately on each side."""

import numpy as np

from ..graph import Graph, Node


def fold_pads(graph: Graph) -> None:
    for pad in [node for node in graph.nodes if node.op == "Pad"]:
        users = graph.consumers(pad.output)
        amounts = graph.constants[pad.inputs[1]]
        if _spatial(amounts) and users and all(user.op == "Conv" for user in users):
            for conv in users:
                _absorb(conv, pad, amounts)


def _spatial(amounts: np.ndarray) -> bool:
    """Whether batch and channels are not padded."""
    return not amounts[[0, 1, 4, 5]].any()


def _absorb(conv: Node, pad: Node, amounts: np.ndarray) -> None:
    spatial = amounts[[2, 3, 6, 7]]
    conv.attributes["pads"] = [own + int(more) for own, more in zip(conv.attributes["pads"], spatial)]
    conv.inputs[0] = pad.inputs[0]
