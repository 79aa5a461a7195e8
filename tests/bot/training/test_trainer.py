"""Training goes on where it was cut off, in whichever numbers the processor is fast at: a tiny network."""

from pathlib import Path

import pytest
import torch

from bot.training import trainer
from bot.training.encoder import SpanReader
from bot.training.trainer import Loss, Schedule, Trainer, fastest
from bot.training.weights import Shape

TINY = Shape(hidden=16, layers=2, heads=2, feed_forward=32, vocabulary=10, positions=16, epsilon=1e-12)
KINDS = (torch.bfloat16, torch.float32)


def _train(folder: Path, *stops: int) -> Trainer:
    """Train up to one step after another, each time from what lies in the folder; return the last trainer."""
    rows, mask = torch.randn(3, 5, 16, generator=torch.Generator().manual_seed(1)), torch.ones(3, 5)
    for until in stops:
        torch.manual_seed(0)
        trained = Trainer(SpanReader(TINY), TINY.layers, Schedule(steps=8, decay_steps=4, rate=1e-2, warmup=1))

        def step(number: int, model: torch.nn.Module = trained.model) -> Loss:
            span, null = model(rows * (number + 1), mask)
            total = span.float().square().mean() + (null.float() - 1).square().mean()
            return Loss(total, {"whole": total}, 15)

        trained.run(step, folder, until)
    return trained


@pytest.mark.parametrize("kind", KINDS)
def test_a_run_that_is_cut_off_goes_on_as_if_it_had_not_been(
    kind: torch.dtype, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trainer, "fastest", lambda: kind)
    whole, parts = _train(tmp_path / "whole", 8), _train(tmp_path / "parts", 3, 8)
    assert whole.step == parts.step == 8
    assert {p.dtype for p in whole.model.parameters()} == {kind}
    for name, master in whole.masters.items():
        assert master.dtype == torch.float32
        assert torch.equal(master, parts.masters[name])
        assert torch.equal(whole.average[name], parts.average[name])


def test_the_fastest_kind_of_number_is_one_of_those_asked_for() -> None:
    assert fastest() in KINDS
    assert fastest([torch.float64]) is torch.float64
