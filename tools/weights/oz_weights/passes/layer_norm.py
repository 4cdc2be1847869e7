"""Simplifies layer normalisation from x · s + (-m) · s to (x - m) · s.

The exporter already computes x - m for the variance. This saves four operators per normalisation and is more
accurate, because it avoids the cancellation of two large terms.
"""

from ..graph import Graph, Node


def shorten_layer_norm(graph: Graph) -> None:
    for add in [node for node in graph.nodes if node.op == "Add"]:
        scaled, shift = (graph.producer(name, "Mul") for name in add.inputs)
        centred = _centred(graph, scaled, shift) if scaled and shift else None
        if centred is not None:
            graph.replace(add, "Mul", [centred, scaled.inputs[1]])


def _centred(graph: Graph, scaled: Node, shift: Node) -> str | None:
    """The existing x - m for scaled = x · s and shift = (-m) · s."""
    negated = graph.producer(shift.inputs[0], "Neg")
    if negated is None or scaled.inputs[1] != shift.inputs[1]:
        return None
    wanted = [scaled.inputs[0], negated.inputs[0]]
    return next((node.output for node in graph.nodes if node.op == "Sub" and node.inputs == wanted), None)
