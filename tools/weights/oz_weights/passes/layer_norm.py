"""x · s + (-m) · s, as the exporter wrote layer normalisation, is (x - m) · s; x - m is there already, for the variance.

Four operators fewer a norm, and one rounding less: nothing large is subtracted from something large.
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
