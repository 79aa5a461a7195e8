"""A journal gives back what was appended whole, whatever happened to its end, and only to the encoder that made it."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from index.encoding import digests_of
from index.journal import NAME, Journal
from index.passages import SENTENCES
from index.sentence_vectors import PassageVectors

TEXTS = ["Emmett Shear thay Sam Altman.", "près d’un milliard", "微軟投資", "Brad Lightcap", "The board named Shear."]
LINES = [(text,) for text in TEXTS]
WIDTH = 4
VECTORS = PassageVectors(
    np.arange(20, dtype=np.float32).reshape(5, WIDTH),
    np.arange(5 * SENTENCES * WIDTH).astype(np.int8).reshape(5, SENTENCES, WIDTH),
)


def told(digests: NDArray[np.void], vectors: PassageVectors) -> list[tuple[bytes, bytes, bytes]]:
    return [
        (digests[row].tobytes(), vectors.passages[row].tobytes(), vectors.sentences[row].tobytes())
        for row in range(len(vectors))
    ]


def held(index: Path, fingerprint: str = "e5") -> list[tuple[bytes, bytes, bytes]]:
    return [one for block in Journal(index, fingerprint, WIDTH).read() for one in told(*block)]


def written(index: Path) -> list[tuple[bytes, bytes, bytes]]:
    """Append two passages and then three, and return what the journal is to hold."""
    journal = Journal(index, "e5", WIDTH)
    digests = digests_of(LINES)
    journal.append(digests[:2], VECTORS[:2])
    journal.append(digests[2:], VECTORS[2:])
    return told(digests, VECTORS)


def test_what_was_appended_is_read_in_order(tmp_path: Path) -> None:
    assert written(tmp_path) == held(tmp_path)


def test_cut_anywhere_it_holds_the_blocks_before_the_cut_and_takes_more(tmp_path: Path) -> None:
    expected = written(tmp_path)
    whole = (tmp_path / NAME).read_bytes()
    first = len(b"polyquote journal 2 e5 4\n") + 12 + 2 * (16 + 4 * WIDTH + SENTENCES * WIDTH)
    for cut in range(len(whole)):
        (tmp_path / NAME).write_bytes(whole[:cut])
        before = expected[:2] if cut >= first else []
        assert held(tmp_path) == before, cut
        journal = Journal(tmp_path, "e5", WIDTH)
        list(journal.read())
        journal.append(digests_of(LINES[2:]), VECTORS[2:])
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
