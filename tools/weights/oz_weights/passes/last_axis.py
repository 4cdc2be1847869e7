"""Replaces 1 x 1 convolutions between two Transposes by matrix products over the last axis.

An MLP mixer built from convolutions swaps channels and width to mix along the width. A 1 x 1 convolution is a
product over the channels, so between two swaps it is a product over the width. This saves both transposes.
"""

from ..graph import Graph, Node

SWAP = [0, 3, 2, 1]  # channels and width


def pointwise_on_last_axis(graph: Graph) -> None:
    for swap in [node for node in graph.nodes if _swaps(node)]:
        chain = _chain(graph, swap)
        if chain is not None:
            _rewrite(graph, swap, *chain)


def _swaps(node: Node) -> bool:
    return node.op == "Transpose" and node.attributes["perm"] == SWAP


def _chain(graph: Graph, swap: Node) -> tuple[list[Node], Node] | None:
    """The nodes between `swap` and the reverse swap, and the reverse swap, if all can be rewritten."""
    links, node = [], graph.only_consumer(swap.output)
    while node is not None and not _swaps(node):
        if node.op != "Relu" and not (node.op == "Conv" and node.attributes["kernel_shape"] == [1, 1]):
            return None
        links.append(node)
        node = graph.only_consumer(node.output)
    return (links, node) if node is not None and links else None


def _rewrite(graph: Graph, swap: Node, links: list[Node], back: Node) -> None:
    value = swap.inputs[0]
    for link in links:
        value = _product(graph, value, link) if link.op == "Conv" else graph.add("Relu", [value])
    graph.redirect(back.output, value)
    for node in (swap, *links, back):
        graph.nodes.remove(node)


def _product(graph: Graph, value: str, conv: Node) -> str:
    weight, bias = (graph.constants[name] for name in conv.inputs[1:])
    product = graph.add("MatMul", [value, graph.constant(weight[:, :, 0, 0].T)])
    return graph.add("Add", [product, graph.constant(bias)])
