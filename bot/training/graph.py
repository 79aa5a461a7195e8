"""The reader as an ONNX graph, written node by node: the embedding rows of windows of one length in, logits out.

Nodes of ONNX Runtime's own set (`com.microsoft`) where they are quicker: MultiHeadAttention, Gelu and
DynamicQuantizeMatMul (activations uint8 by tensor, weights int8 by column). Addition and normalisation are two nodes,
since its fused node for both takes four times as long on a CPU. The reader runs a window at a time, so nothing is
padded and attention needs no mask, without which it is a fifth faster. Which matrix is quantised is `export.py`'s
choice. The embedding matrix is left outside.
"""

from collections.abc import Collection, Mapping

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper

from bot.training.nodes import Nodes
from bot.training.weights import Shape

Array = NDArray[np.float32]


class Graph(Nodes):
    """The reader's graph."""

    def __init__(
        self,
        shape: Shape,
        weights: Mapping[str, Array],
        exact: Collection[str],
        smooth: Mapping[str, Array] | None = None,
        wide: Mapping[str, NDArray[np.int64]] | None = None,
    ) -> None:
        super().__init__()
        self._shape, self._weights, self._exact = shape, weights, exact  # matrices that stay in float32
        self._wide = wide or {}  # by matrix: input channels multiplied in float32 (LLM.int8, Dettmers et al. 2022)
        self._smooth = smooth or {}  # by matrix: what each input channel is divided by (SmoothQuant, Xiao et al. 2023)

    def build(self) -> onnx.ModelProto:
        """Build the whole model."""
        w, hidden = self._weights, self._shape.hidden
        length = self._node("Gather", self._node("Shape", "rows"), self._constant("one", np.array([1], dtype=np.int64)))
        zero = self._constant("zero", np.array([0], dtype=np.int64))
        table = self._constant("position", w["encoder.position"])
        position = self._node("Slice", table, zero, length, zero)
        x = self._add_norm("rows", position, "encoder.norm")
        for i in range(self._shape.layers):
            x = self._layer(x, f"encoder.layers.{i}")
        self._linear(x, "span")
        self._nodes[-1].output[0] = "span"
        first = self._node("Gather", x, self._constant("first", np.array(0, dtype=np.int64)), axis=1)
        self._node("Squeeze", self._linear(first, "null"), self._constant("last", np.array([-1], dtype=np.int64)))
        self._nodes[-1].output[0] = "null"
        inputs = [helper.make_tensor_value_info("rows", TensorProto.FLOAT, ["batch", "length", hidden])]
        outputs = [
            helper.make_tensor_value_info("span", TensorProto.FLOAT, ["batch", "length", 2]),
            helper.make_tensor_value_info("null", TensorProto.FLOAT, ["batch"]),
        ]
        graph = helper.make_graph(self._nodes, "reader", inputs, outputs, self._constants)
        sets = [helper.make_opsetid("", 17), helper.make_opsetid("com.microsoft", 1)]
        return helper.make_model(graph, opset_imports=sets, ir_version=9, producer_name="polyquote")

    def _layer(self, x: str, name: str) -> str:
        heads = self._shape.heads
        size = self._shape.hidden
        qkv = self._linear(x, f"{name}.qkv")
        split = self._constant("thirds", np.array([size] * 3, dtype=np.int64))
        q, k, v = self._many("Split", [qkv, split], 3, axis=-1)
        mixed = self._own("MultiHeadAttention", q, k, v, num_heads=heads)
        x = self._add_norm(x, self._linear(mixed, f"{name}.out"), f"{name}.norm1")
        up = self._own("Gelu", self._linear(x, f"{name}.up"))
        return self._add_norm(x, self._linear(up, f"{name}.down"), f"{name}.norm2")

    def _linear(self, x: str, name: str) -> str:
        """Multiply by a weight matrix, in the precision chosen for it, and add its bias."""
        weight = np.ascontiguousarray(self._weights[f"{name}.weight"].T)  # (in, out)
        bias = self._constant(f"{name}.bias", self._weights[f"{name}.bias"])
        if name in self._exact:
            return self._node("Add", self._node("MatMul", x, self._constant(f"{name}.weight", weight)), bias)
        return self._by_tensor(x, weight, bias, name)

    def _by_tensor(self, x: str, weight: Array, bias: str, name: str) -> str:
        """Multiply in int8 with one scale for the whole of `x`; the few channels named wide are multiplied apart."""
        apart = ""
        inverse = 1 / self._smooth[name] if name in self._smooth else np.ones(len(weight), dtype=np.float32)
        narrow = weight / inverse[:, None]
        if name in self._wide:
            channels = self._wide[name]
            chosen = self._node("Gather", x, self._constant(f"{name}.wide", channels), axis=2)
            apart = self._flat(chosen, len(channels))
            narrow[channels], inverse[channels] = 0.0, 0.0
        if name in self._wide or name in self._smooth:
            x = self._node("Mul", x, self._constant(f"{name}.smooth", inverse.astype(np.float32)))
        scale = np.maximum(np.abs(narrow).max(axis=0), 1e-8).astype(np.float32) / 127
        q = np.clip(np.rint(narrow / scale), -127, 127).astype(np.int8)
        zero = np.zeros(scale.shape, dtype=np.int8)
        out = self._own(
            "DynamicQuantizeMatMul",
            x,
            self._constant(f"{name}.q", q),
            self._constant(f"{name}.scale", scale),
            self._constant(f"{name}.zero", zero),
            bias,
        )
        if not apart:
            return out
        wide = self._constant(f"{name}.wide.weight", weight[self._wide[name]])
        whole = self._node("Gemm", apart, wide, self._flat(out, weight.shape[1]))  # both in one pass
        return self._node("Reshape", whole, self._node("Shape", out))

    def _flat(self, x: str, width: int) -> str:
        """Make (batch, length, width) to (batch · length, width)."""
        return self._node("Reshape", x, self._constant(f"flat.{width}", np.array([-1, width], dtype=np.int64)))

    def _add_norm(self, x: str, y: str, name: str) -> str:
        weight = self._constant(f"{name}.weight", self._weights[f"{name}.weight"])
        bias = self._constant(f"{name}.bias", self._weights[f"{name}.bias"])
        added = self._node("Add", x, y)
        return self._node("LayerNormalization", added, weight, bias, axis=-1, epsilon=self._shape.epsilon)
