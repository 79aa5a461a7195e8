"""The graph that is written by hand says what the network says, and int8 stays near: a tiny network, random weights."""

import numpy as np
import onnxruntime
import torch

from bot.training.encoder import SpanReader
from bot.training.export import export, fold_values, matrices, smoothing
from bot.training.weights import Shape

TINY = Shape(hidden=32, layers=2, heads=4, feed_forward=64, vocabulary=10, positions=16, epsilon=1e-12)
MATRICES = ("qkv", "out", "up", "down")


def _network(seed: int) -> SpanReader:
    torch.manual_seed(seed)
    return SpanReader(TINY).eval()


def test_the_float_graph_equals_the_network_and_int8_is_near() -> None:
    model = _network(0)
    weights = {name: value.detach().numpy().copy() for name, value in model.state_dict().items()}
    rows = np.random.default_rng(0).normal(size=(3, 9, 32)).astype(np.float32)
    with torch.inference_mode():
        span, null = (tensor.numpy() for tensor in model(torch.from_numpy(rows), torch.ones(3, 9)))
    for exact, most in ((matrices(TINY), 1e-4), ([], 0.1)):
        session = onnxruntime.InferenceSession(export(weights, TINY, exact).SerializeToString())
        got_span, got_null = session.run(None, {"rows": rows})
        assert got_null.shape == null.shape == (3,)
        assert np.abs(got_span - span).max() < most
        assert np.abs(got_null - null).max() < most


def test_folding_the_values_changes_nothing_in_float() -> None:
    model = _network(1)
    weights = {name: value.detach().numpy().copy() for name, value in model.state_dict().items()}
    maxima = {
        f"encoder.layers.{layer}.{matrix}": np.full(64 if matrix == "down" else 32, layer + 2, dtype=np.float32)
        for layer in range(2)
        for matrix in MATRICES
    }
    folded = fold_values(weights, smoothing(weights, maxima, {}, 0.5), TINY)
    assert any(not np.array_equal(folded[name], weights[name]) for name in weights)
    rows = torch.randn(2, 7, 32)
    with torch.inference_mode():
        before = model(rows, torch.ones(2, 7))[0]
        model.load_state_dict({name: torch.from_numpy(value) for name, value in folded.items()})
        after = model(rows, torch.ones(2, 7))[0]
    assert torch.allclose(before, after, atol=1e-5)
