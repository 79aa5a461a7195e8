"""A journal gives back what was appended whole, whatever happened to its end, and only to the encoder that made it."""

from pathlib import Path

import numpy as np
import pytest

from index.encoding import digests_of
from index.journal import NAME, Journal

TEXTS = ["Emmett Shear thay Sam Altman.", "près d’un milliard", "微軟投資", "Brad Lightcap", "The board named Shear."]
VECTORS = np.arange(20, dtype=np.float32).reshape(5, 4)


def held(index: Path, fingerprint: str = "e5") -> list[tuple[bytes, list[float]]]:
    return [
        (digest.tobytes(), vector.tolist())
        for digests, vectors in Journal(index, fingerprint, 4).read()
        for digest, vector in zip(digests, vectors, strict=True)
    ]


def written(index: Path) -> list[tuple[bytes, list[float]]]:
    """Append two passages and then three, and return what the journal is to hold."""
    journal = Journal(index, "e5", 4)
    digests = digests_of(TEXTS)
    journal.append(digests[:2], VECTORS[:2])
    journal.append(digests[2:], VECTORS[2:])
    return [(digest.tobytes(), vector.tolist()) for digest, vector in zip(digests, VECTORS, strict=True)]


def test_what_was_appended_is_read_in_order(tmp_path: Path) -> None:
    assert written(tmp_path) == held(tmp_path)


def test_cut_anywhere_it_holds_the_blocks_before_the_cut_and_takes_more(tmp_path: Path) -> None:
    expected = written(tmp_path)
    whole = (tmp_path / NAME).read_bytes()
    first = len(b"polyquote journal 1 e5 4\n") + 12 + 2 * (16 + 16)
    for cut in range(len(whole)):
        (tmp_path / NAME).write_bytes(whole[:cut])
        before = expected[:2] if cut >= first else []
        assert held(tmp_path) == before, cut
        journal = Journal(tmp_path, "e5", 4)
        list(journal.read())
        journal.append(digests_of(TEXTS[2:]), VECTORS[2:])
        assert held(tmp_path) == before + expected[2:], cut


@pytest.mark.parametrize("bit", range(8))
def test_a_bit_flipped_anywhere_never_gives_a_wrong_vector(tmp_path: Path, bit: int) -> None:
    expected = written(tmp_path)
    whole = (tmp_path / NAME).read_bytes()
    for at in range(len(whole)):
        (tmp_path / NAME).write_bytes(whole[:at] + bytes([whole[at] ^ 1 << bit]) + whole[at + 1 :])
        found = held(tmp_path)
        assert found == expected[: len(found)]
        assert len(found) in (0, 2)


def test_vectors_of_another_encoder_or_width_are_not_given(tmp_path: Path) -> None:
    written(tmp_path)
    assert held(tmp_path, "minilm") == []
    assert list(Journal(tmp_path, "e5", 8).read()) == []


def test_there_is_nothing_in_a_journal_that_is_not_there(tmp_path: Path) -> None:
    assert held(tmp_path) == []
    assert list(tmp_path.iterdir()) == []
