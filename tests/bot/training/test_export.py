"""What the export does to the weights before they are quantised."""

from pathlib import Path

import numpy as np
import pytest
import torch

from bot.training.encoder_graph import encoder_weights
from bot.training.export import aligned, mixed
from bot.training.trainer import average
from bot.training.weights import PackedModel
from index.pieces import weights_file


def test_several_checkpoints_are_averaged_weight_by_weight(tmp_path: Path) -> None:
    for number in (1, 4):
        weights = {"span.bias": torch.tensor([float(number), 2.0])}
        torch.save({"step": number, "average": weights}, tmp_path / f"{number}.pt")
    assert average([tmp_path / "1.pt", tmp_path / "4.pt"])["span.bias"].tolist() == [2.5, 2.0]


@pytest.mark.slow  # reads all of the encoder's weights
def test_a_share_of_what_tuning_changed_is_added_to_the_encoder_and_not_to_the_heads(tmp_path: Path) -> None:
    packed = PackedModel(weights_file())
    before = encoder_weights(packed)
    tuned = {f"encoder.{name}": torch.from_numpy(value + 0.25) for name, value in before.items()}
    torch.save({"step": 1, "average": tuned}, tmp_path / "tuned.pt")
    reader = {f"encoder.{name}": value * 2 for name, value in before.items()} | {"span.bias": np.ones(2, np.float32)}
    found = aligned(reader, packed, tmp_path / "tuned.pt", 0.5)
    assert found.keys() == reader.keys()
    assert np.array_equal(found["span.bias"], reader["span.bias"])
    for name, value in before.items():
        assert np.allclose(found[f"encoder.{name}"], 2 * value + 0.125, atol=1e-5)


def test_a_share_of_what_a_run_began_with_is_kept() -> None:
    before, after = ({"span.bias": np.array([number], dtype=np.float32)} for number in (1, 5))
    assert mixed(before, after, 0.25)["span.bias"].tolist() == [4.0]
    assert mixed(before, after, 0.25)["span.bias"].dtype == np.float32
