"""An ONNX graph that grows node by node: what the reader's graph and the encoder's have in common."""

from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import helper, numpy_helper


class Nodes:
    """Nodes and constants, in the order in which they were added; a node is known by the name of its output."""

    def __init__(self) -> None:
        self._nodes: list[onnx.NodeProto] = []
        self._constants: list[onnx.TensorProto] = []

    def _constant(self, name: str, value: NDArray[Any]) -> str:
        if all(c.name != name for c in self._constants):
            self._constants.append(numpy_helper.from_array(np.asarray(value, order="C"), name))
        return name

    def _many(self, op: str, inputs: list[str], outputs: int, domain: str = "", **attributes: Any) -> list[str]:
        names = [f"n{len(self._nodes)}.{i}" for i in range(outputs)]
        while inputs and not inputs[-1]:
            inputs.pop()
        self._nodes.append(helper.make_node(op, inputs, names, domain=domain, **attributes))
        return names

    def _node(self, op: str, *inputs: str, **attributes: Any) -> str:
        return self._many(op, list(inputs), 1, **attributes)[0]

    def _own(self, op: str, *inputs: str, **attributes: Any) -> str:
        """Add a node of ONNX Runtime's own set."""
        return self._many(op, list(inputs), 1, domain="com.microsoft", **attributes)[0]
