"""Negatives on disk: those of other data are not taken."""

from pathlib import Path

import numpy as np
import pytest

from bot.training import negatives
from bot.training.corpora import Paragraph, Question
from bot.training.negatives import load, pool, save


def _paragraph(*questions: str) -> Paragraph:
    text = "Zhou Min leads Solara. Before her it was Idris."
    asked = tuple(Question(str(i), text, "en", None, "") for i, text in enumerate(questions))
    return Paragraph(text, "en", "articles", "articles:0", "articles:0:en:0", asked)


def test_negatives_that_were_mined_from_other_questions_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mined, now = [_paragraph("Who leads?")], [_paragraph("Who leads?", "Who led?")]
    near = tmp_path / "negatives.npz"
    save(near, pool(mined), {"Who leads?": np.zeros((1, 8), dtype=np.int32)})
    monkeypatch.setattr(negatives, "load_all", lambda data: mined)
    assert load(tmp_path, near)[0] == mined
    monkeypatch.setattr(negatives, "load_all", lambda data: now)
    with pytest.raises(SystemExit, match=r"negatives\.npz was mined from other data"):
        load(tmp_path, near)
