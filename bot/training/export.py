"""Export a checkpoint: `python -m bot.training.export --checkpoint C --data shared/datasets --out artefact`.

Writes `reader.float32.onnx` (for comparison, not shipped) and `reader.int8.onnx`. Dynamic int8 with one scale for a
whole activation loses where few channels are much larger than the rest, so these are multiplied apart in float32
(LLM.int8, Dettmers et al. 2022) and the others first divided by s = max|x|^a / max|w|^(1-a), the matrix's rows
multiplied by s (SmoothQuant, Xiao et al. 2023).
"""

import argparse
import random
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from bot.training.batches import Chunk, collate
from bot.training.encoder import SpanReader
from bot.training.encoder_graph import encoder_weights
from bot.training.graph import Graph
from bot.training.tokenizer import build
from bot.training.train import prepare
from bot.training.trainer import average, load_weights
from bot.training.weights import PackedModel, Shape
from index.pieces import weights_file

Array = NDArray[np.float32]
WIDE = {
    "down": 4,
    "up": 2,
}  # input channels multiplied in float32: one of them is ten times the rest in layers 0, 4 and 5
CALIBRATION_GROUPS, CALIBRATION_SEED = 64, 99
HEADS = frozenset({"span", "null"})  # the two small heads are always float32


def mixed(before: Mapping[str, Array], after: Mapping[str, Array], kept: float) -> dict[str, Array]:
    """Keep a share of the weights that a run began with, so that it forgets less (WiSE-FT: Wortsman et al. 2022)."""
    return {name: kept * before[name] + np.float32(1 - kept) * value for name, value in after.items()}


def aligned(weights: Mapping[str, Array], packed: PackedModel, tuned: Path, share: float) -> dict[str, Array]:
    """Add `share` of what tuning for retrieval changed in the encoder (task arithmetic: Ilharco et al. 2023).

    The reader began from the same weights. So it takes over how languages were brought together.
    """
    after = load_weights(tuned)
    before = {f"encoder.{name}": value for name, value in encoder_weights(packed).items()}
    changed = {name: share * (after[name] - value) for name, value in before.items()}
    return {name: value + changed.get(name, np.float32(0)) for name, value in weights.items()}


def network(weights: Mapping[str, Array], shape: Shape) -> SpanReader:
    """Make the float32 network."""
    model = SpanReader(shape)
    model.load_state_dict({name: torch.from_numpy(value) for name, value in weights.items()})
    return model.eval()


def channel_maxima(model: SpanReader, packed: PackedModel, chunks: Iterable[Chunk]) -> dict[str, Array]:
    """Record max|x| of every input channel of every matrix over calibration windows."""
    found: dict[str, Tensor] = {}
    handles = []
    for name, module in model.named_modules():
        if isinstance(module, nn.Linear):

            def record(_: nn.Module, inputs: tuple[Tensor, ...], name: str = name) -> None:
                top = inputs[0].detach().abs().reshape(-1, inputs[0].shape[-1]).amax(0)
                found[name] = torch.maximum(found[name], top) if name in found else top

            handles.append(module.register_forward_pre_hook(record))
    with torch.inference_mode():
        for chunk in chunks:
            model(torch.from_numpy(packed.embedding_rows(chunk.ids)), torch.from_numpy(chunk.mask))
    for handle in handles:
        handle.remove()
    return {name: value.numpy() for name, value in found.items()}


def smoothing(
    weights: Mapping[str, Array], maxima: Mapping[str, Array], wide: Mapping[str, NDArray[np.int64]], alpha: float
) -> dict[str, Array]:
    """Choose what each input channel is divided by; wide channels, which are multiplied apart, count as ordinary."""
    chosen: dict[str, Array] = {}
    for name, measured in maxima.items():
        if name in HEADS:
            continue
        top = measured.copy()
        top[wide.get(name, [])] = np.median(top)
        rows = np.maximum(np.abs(weights[f"{name}.weight"]).max(axis=0), 1e-5)
        s = np.maximum(top, 1e-5) ** alpha / rows ** (1 - alpha)
        chosen[name] = (s / np.exp(np.log(s).mean())).astype(np.float32)
    return chosen


def fold_values(weights: Mapping[str, Array], smooth: dict[str, Array], shape: Shape) -> dict[str, Array]:
    """Divide the values, not their mixtures: free, as attention only averages; drops `out` from `smooth`."""
    folded = dict(weights)
    for i in range(shape.layers):
        s = smooth.pop(f"encoder.layers.{i}.out")
        for part in ("weight", "bias"):
            key = f"encoder.layers.{i}.qkv.{part}"
            changed = folded[key].copy()
            values = changed[2 * shape.hidden :]
            changed[2 * shape.hidden :] = values / (s[:, None] if part == "weight" else s)
            folded[key] = changed
        key = f"encoder.layers.{i}.out.weight"
        folded[key] = folded[key] * s[None, :]
    return folded


def calibration(data: Path, near: Path, packed: PackedModel) -> list[Chunk]:
    """Make windows of all languages to measure activations on, from an epoch that training does not reach."""
    groups, tokenizer = prepare(data, near, CALIBRATION_SEED), build(packed.vocabulary)
    made = [groups.make(0, i) for i in range(CALIBRATION_GROUPS)]
    return collate(made, tokenizer, packed.vocabulary, random.Random(CALIBRATION_SEED))


def export(
    weights: Mapping[str, Array],
    shape: Shape,
    exact: Collection[str] = (),
    smooth: Mapping[str, Array] | None = None,
    wide: Mapping[str, NDArray[np.int64]] | None = None,
) -> onnx.ModelProto:
    """Build the graph, every matrix but the heads and those named `exact` quantised."""
    return Graph(shape, weights, {*HEADS, *exact}, smooth, wide).build()


def wide_channels(maxima: Mapping[str, Array], counts: Mapping[str, int]) -> dict[str, NDArray[np.int64]]:
    """Choose the input channels with the largest activations, `counts` of them by kind of matrix."""
    return {
        name: np.sort(np.argsort(-top, kind="stable")[: counts[kind]]).astype(np.int64)
        for name, top in maxima.items()
        if (kind := name.rsplit(".", 1)[-1]) in counts
    }


def matrices(shape: Shape) -> list[str]:
    """Name every matrix of the encoder."""
    return [f"encoder.layers.{i}.{m}" for i in range(shape.layers) for m in ("qkv", "out", "up", "down")]


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--checkpoint", type=Path, nargs="+", required=True, help="several are averaged")
    parser.add_argument(
        "--data", type=Path, required=True, help="shared/datasets: calibration windows are training windows"
    )
    parser.add_argument("--negatives", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--alpha", type=float, default=0.6)
    parser.add_argument("--before", type=Path, nargs="+", help="what that run began with, several averaged")
    parser.add_argument("--kept", type=float, default=0.5, help="share of `--before` in the mean of both")
    parser.add_argument("--tuned", type=Path, help="a checkpoint of `tune`, for its languages")
    parser.add_argument("--share", type=float, default=0.5, help="of what `tune` changed, to be added")
    given = parser.parse_args()
    packed = PackedModel(weights_file())
    weights = average(given.checkpoint)
    if given.before:
        weights = mixed(average(given.before), weights, given.kept)
    if given.tuned:
        weights = aligned(weights, packed, given.tuned, given.share)
    given.out.mkdir(parents=True, exist_ok=True)
    onnx.save(export(weights, packed.shape, matrices(packed.shape)), given.out / "reader.float32.onnx")
    windows = calibration(given.data, given.negatives, packed)
    maxima = channel_maxima(network(weights, packed.shape), packed, windows)
    wide = wide_channels(maxima, WIDE)
    smooth = smoothing(weights, maxima, wide, given.alpha)
    folded = fold_values(weights, smooth, packed.shape)
    onnx.save(export(folded, packed.shape, smooth=smooth, wide=wide), given.out / "reader.int8.onnx")


if __name__ == "__main__":
    main()
