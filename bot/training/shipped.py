"""Read the weights back out of a shipped graph: `python -m bot.training.shipped --out build/shipped`.

So that training goes on from what the package holds, where the checkpoints that it was made from are gone. Matrices
come back as they were rounded. The reader's stand behind the scales that `export.py` chose: what each input channel
was divided by is taken out again, and channels that are multiplied apart are put in their places. Values of attention
stay divided, as the product with the next matrix is the same. Writes `reader.pt` and `encoder.pt`, as `Trainer.save`.
"""

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import numpy_helper

from bot.embedded_reader import MODEL as READER
from index.embedded_encoder import MODEL as ENCODER

Array = NDArray[np.float32]


def unpacked(model: onnx.ModelProto) -> dict[str, Array]:
    """Return the float32 weights of a graph of `graph.py` or `encoder_graph.py`, by the names of a checkpoint."""
    held = {constant.name: numpy_helper.to_array(constant) for constant in model.graph.initializer}
    weights = {name: value.copy() for name, value in held.items() if name.endswith(("position", ".bias"))}
    weights |= {name: value.copy() for name, value in held.items() if name.endswith(".weight") and value.ndim == 1}
    for name in (bias.removesuffix(".bias") for bias in list(weights) if bias.endswith(".bias")):
        if f"{name}.weight" not in weights:
            weights[f"{name}.weight"] = np.ascontiguousarray(_matrix(held, name).T)
    heads = ("encoder.", "span.", "null.")  # the encoder's graph, and both graphs' positions, go without the first
    return {name if name.startswith(heads) else f"encoder.{name}": value for name, value in weights.items()}


def _matrix(held: Mapping[str, NDArray[Any]], name: str) -> Array:
    """Return a matrix as (in, out)."""
    if f"{name}.weight" in held:
        return np.asarray(held[f"{name}.weight"], dtype=np.float32)
    matrix = held[f"{name}.q"].astype(np.float32) * held[f"{name}.scale"]
    if f"{name}.smooth" in held:
        matrix = matrix * held[f"{name}.smooth"][:, None]
    if f"{name}.wide" in held:
        matrix[held[f"{name}.wide"]] = held[f"{name}.wide.weight"]
    return np.asarray(matrix, dtype=np.float32)


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--reader", type=Path, default=READER, help="a reader to read instead of the shipped one")
    parser.add_argument("--encoder", type=Path, default=ENCODER, help="an encoder, likewise")
    parser.add_argument("--out", type=Path, required=True, help="the folder to write the two checkpoints to")
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    reader, encoder = unpacked(onnx.load(given.reader)), unpacked(onnx.load(given.encoder))
    for name, weights in (("reader", reader), ("encoder", encoder)):
        tensors = {key: torch.tensor(value) for key, value in weights.items()}
        torch.save({"step": 0, "average": tensors}, given.out / f"{name}.pt")


if __name__ == "__main__":
    main()
