"""The graph that importer and passes work on, and its deterministic serialisation as ONNX.

Every node has exactly one output, which suffices for these networks and simplifies the passes.
"""

from dataclasses import dataclass, field

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

OPSET = 13
IR_VERSION = 8


@dataclass
class Node:
    op: str
    inputs: list[str]
    output: str
    attributes: dict = field(default_factory=dict)


@dataclass
class Graph:
    """A network. Shapes of inputs and outputs exclude the batch, which is dynamic."""

    name: str
    inputs: dict[str, list[int]] = field(default_factory=dict)
    outputs: dict[str, list[int]] = field(default_factory=dict)
    nodes: list[Node] = field(default_factory=list)
    constants: dict[str, np.ndarray] = field(default_factory=dict)
    counter: int = 0

    def add(self, op: str, inputs: list[str], **attributes) -> str:
        node = Node(op, inputs, self._fresh(), attributes)
        self.nodes.append(node)
        return node.output

    def constant(self, array: np.ndarray) -> str:
        name = self._fresh()
        self.constants[name] = np.ascontiguousarray(array)
        return name

    def producer(self, name: str, op: str | None = None) -> Node | None:
        """The node that produces `name`, or None; with `op`, only a node of this operator."""
        found = next((node for node in self.nodes if node.output == name), None)
        return found if found and op in (None, found.op) else None

    def consumers(self, name: str) -> list[Node]:
        return [node for node in self.nodes if name in node.inputs]

    def only_consumer(self, name: str) -> Node | None:
        users = self.consumers(name)
        return users[0] if len(users) == 1 and name not in self.outputs else None

    def redirect(self, old: str, new: str) -> None:
        """Replaces `old` by `new` in the inputs of all nodes."""
        for node in self.nodes:
            node.inputs = [new if name == old else name for name in node.inputs]

    def replace(self, node: Node, op: str, inputs: list[str], **attributes) -> None:
        """Replaces the operator, inputs and attributes of a node and keeps its output."""
        node.op, node.inputs, node.attributes = op, inputs, attributes

    def _fresh(self) -> str:
        self.counter += 1
        return f"v{self.counter}"


def serialise(graph: Graph) -> bytes:
    """Serialises the graph to ONNX; equal graphs give equal bytes on every machine."""
    nodes = _topological(graph)
    names = _final_names(graph, nodes)
    protos = [_node_proto(node, names) for node in nodes]
    constants = _constant_protos(graph, nodes, names)
    proto = helper.make_graph(
        protos, graph.name, _values(graph.inputs), _values(graph.outputs), constants
    )
    model = helper.make_model(
        proto, opset_imports=[helper.make_opsetid("", OPSET)], producer_name="oz-weights"
    )
    model.ir_version = IR_VERSION
    onnx.checker.check_model(model, full_check=True)
    return model.SerializeToString(deterministic=True)


def _topological(graph: Graph) -> list[Node]:
    """Nodes that the outputs depend on, in topological order."""
    producers = {node.output: node for node in graph.nodes}
    ordered, seen = [], set()
    pending = [(name, False) for name in reversed(graph.outputs)]
    while pending:
        name, ready = pending.pop()
        node = producers.get(name)
        if node is None or (name in seen and not ready):
            continue
        if ready:
            ordered.append(node)
            continue
        seen.add(name)
        pending.append((name, True))
        pending.extend((source, False) for source in reversed(node.inputs))
    return ordered


def _final_names(graph: Graph, nodes: list[Node]) -> dict[str, str]:
    """Numbers tensors in order of use, independent of nodes that the passes created and removed."""
    names = {name: name for name in (*graph.inputs, *graph.outputs)}
    counts = {"w": 0, "t": 0}

    def give(name: str, kind: str) -> None:
        if name and name not in names:
            names[name] = f"{kind}{counts[kind]}"
            counts[kind] += 1

    for node in nodes:
        for source in node.inputs:
            if source in graph.constants:
                give(source, "w")
        give(node.output, "t")
    return {"": "", **names}


def _node_proto(node: Node, names: dict[str, str]) -> onnx.NodeProto:
    inputs = [names[name] for name in node.inputs]
    attributes = dict(sorted(node.attributes.items()))
    return helper.make_node(node.op, inputs, [names[node.output]], **attributes)


def _constant_protos(graph: Graph, nodes: list[Node], names: dict[str, str]) -> list[onnx.TensorProto]:
    used = dict.fromkeys(name for node in nodes for name in node.inputs if name in graph.constants)
    return [numpy_helper.from_array(graph.constants[name], names[name]) for name in used]


def _values(shapes: dict[str, list[int]]) -> list[onnx.ValueInfoProto]:
    return [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", *shape])
        for name, shape in shapes.items()
    ]
