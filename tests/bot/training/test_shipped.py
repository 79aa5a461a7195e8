"""What is read back out of a graph is what went into it, but for rounding: tiny networks, random weights."""

import numpy as np
import pytest

from bot.training.encoder import Encoder, SpanReader
from bot.training.encoder_graph import EncoderGraph
from bot.training.export import export, matrices
from bot.training.shipped import unpacked
from bot.training.weights import Shape

TINY = Shape(hidden=32, layers=2, heads=4, feed_forward=64, vocabulary=10, positions=16, epsilon=1e-12)
SCALES = np.geomspace(0.5, 4, 64).astype(np.float32)


@pytest.fixture
def reader() -> dict[str, np.ndarray]:
    return {name: value.numpy().copy() for name, value in SpanReader(TINY).state_dict().items()}


def test_a_float_reader_comes_back_as_it_was(reader: dict[str, np.ndarray]) -> None:
    found = unpacked(export(reader, TINY, matrices(TINY)))
    assert found.keys() == reader.keys()
    assert all(np.array_equal(found[name], value) for name, value in reader.items())


def test_scales_and_channels_that_are_multiplied_apart_are_taken_out_of_an_int8_reader(
    reader: dict[str, np.ndarray],
) -> None:
    wide = {"encoder.layers.1.down": np.array([3, 60])}
    smooth = {"encoder.layers.0.up": SCALES[:32], "encoder.layers.1.down": SCALES}
    found = unpacked(export(reader, TINY, smooth=smooth, wide=wide))
    assert found.keys() == reader.keys()
    for name, value in reader.items():
        assert found[name].dtype == np.float32
        assert np.abs(found[name] - value).max() <= np.abs(value).max() / 25, name
    apart = found["encoder.layers.1.down.weight"][:, [3, 60]]
    assert np.array_equal(apart, reader["encoder.layers.1.down.weight"][:, [3, 60]])


def test_the_encoder_comes_back_under_the_names_of_its_checkpoints() -> None:
    weights = {name: value.numpy().copy() for name, value in Encoder(TINY).state_dict().items()}
    found = unpacked(EncoderGraph(TINY, weights).build())
    assert found.keys() == {f"encoder.{name}" for name in weights}
    for name, value in weights.items():
        assert np.abs(found[f"encoder.{name}"] - value).max() <= np.abs(value).max() / 100, name
