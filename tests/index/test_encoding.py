"""Every passage has its vector, whichever of three places it comes from, and none is encoded twice."""

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from index.encoders import Vectors
from index.encoding import BATCH, SCRATCH, Elsewhere, digests_of, fill_vectors, room_for_vectors
from index.journal import NAME, Journal
from index.passages import SENTENCES
from index.sentence_vectors import PassageVectors, encode
from tests.conftest import NEWS, HashingEncoder

TEXTS = [sentence for text in NEWS.values() for sentence in text.split("\n") if sentence]


def alone(texts: list[str]) -> list[tuple[str, ...]]:
    """Take each text as a passage of one sentence."""
    return [(text,) for text in texts]


def filled(
    index: Path,
    texts: list[str],
    encoder: HashingEncoder,
    known: tuple[np.ndarray, PassageVectors] | None = None,
    seen: list[tuple[int, int]] | None = None,
) -> tuple[Vectors, int]:
    vectors, encoded = filled_lines(index, alone(texts), encoder, known, seen)
    assert not vectors.sentences.any()
    return vectors.passages, encoded


def filled_lines(
    index: Path,
    lines: Sequence[tuple[str, ...]],
    encoder: HashingEncoder,
    known: tuple[np.ndarray, PassageVectors] | None = None,
    seen: list[tuple[int, int]] | None = None,
    elsewhere: Elsewhere | None = None,
) -> tuple[PassageVectors, int]:
    journal = Journal(index, encoder.fingerprint, encoder.dimension)
    told = [] if seen is None else seen
    with room_for_vectors(index, len(lines), encoder.dimension) as vectors:
        encoded = fill_vectors(
            vectors,
            digests_of(lines),
            lines.__getitem__,
            known,
            encoder,
            journal,
            lambda done, total: told.append((done, total)),
            elsewhere,
        )
        return PassageVectors(np.array(vectors.passages), np.array(vectors.sentences)), encoded


def test_each_text_gets_its_own_row(tmp_path: Path, encoder: HashingEncoder) -> None:
    vectors, encoded = filled(tmp_path, TEXTS, encoder)
    assert encoded == len(TEXTS)
    np.testing.assert_array_equal(vectors, encoder.encode_query(TEXTS))


def test_the_same_text_is_encoded_once(tmp_path: Path, encoder: HashingEncoder) -> None:
    vectors, encoded = filled(tmp_path, TEXTS * 3, encoder)
    assert encoded == len(TEXTS) == len(encoder.encoded)
    np.testing.assert_array_equal(vectors, np.tile(encoder.encode_query(TEXTS), (3, 1)))


def test_what_the_generation_before_knows_is_not_encoded(tmp_path: Path, encoder: HashingEncoder) -> None:
    known = digests_of(alone(TEXTS[3::-1])), encode(alone(TEXTS[3::-1]), encoder)
    encoder.encoded.clear()
    vectors, encoded = filled(tmp_path, TEXTS, encoder, known)
    assert encoded == len(TEXTS) - 4
    assert set(encoder.encoded) == set(TEXTS[4:])
    np.testing.assert_array_equal(vectors, encoder.encode_query(TEXTS))


def test_what_a_run_that_was_cut_short_encoded_is_in_the_journal(tmp_path: Path, encoder: HashingEncoder) -> None:
    filled(tmp_path, TEXTS[:5], encoder)
    encoder.encoded.clear()
    vectors, encoded = filled(tmp_path, TEXTS, encoder)
    assert encoded == len(TEXTS) - 5
    assert set(encoder.encoded) == set(TEXTS[5:])
    np.testing.assert_array_equal(vectors, encoder.encode_query(TEXTS))


def test_a_journal_is_for_one_encoder(tmp_path: Path, encoder: HashingEncoder) -> None:
    filled(tmp_path, TEXTS, encoder)
    other = HashingEncoder()
    other.fingerprint = "1" * 64
    assert filled(tmp_path, TEXTS, other)[1] == len(TEXTS)


def test_a_batch_is_encoded_longest_first_and_reported(tmp_path: Path, encoder: HashingEncoder) -> None:
    texts = [f"Altman {'a' * (number % 7)} {number}" for number in range(BATCH + 1)]
    seen: list[tuple[int, int]] = []
    vectors, _ = filled(tmp_path, texts, encoder, seen=seen)
    sizes = [len(text) for text in encoder.encoded[:BATCH]]
    assert sizes == sorted(sizes, reverse=True)
    assert seen == [(BATCH, BATCH + 1), (BATCH + 1, BATCH + 1)]
    np.testing.assert_array_equal(vectors, encoder.encode_query(texts))


def test_no_passages_need_no_room(tmp_path: Path, encoder: HashingEncoder) -> None:
    vectors, encoded = filled(tmp_path, [], encoder)
    assert (vectors.shape, encoded) == ((0, 64), 0)
    assert not (tmp_path / NAME).exists()


def test_the_room_for_vectors_is_gone_even_after_a_fault(tmp_path: Path) -> None:
    def interrupted() -> None:
        with room_for_vectors(tmp_path, 3, 4):
            assert [(tmp_path / name).stat().st_size for name in SCRATCH] == [3 * 4 * 4, 3 * SENTENCES * 4]
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert not list(tmp_path.iterdir())


def test_what_stands_elsewhere_is_asked_for_last_and_not_encoded(tmp_path: Path, encoder: HashingEncoder) -> None:
    lines = [(f"{one} {other}", one, other) for one, other in pairwise(TEXTS)]
    digests, vectors = digests_of(lines[:3]), encode(lines[:3], encoder)

    asked: list[bytes] = []

    class Other:
        def recall(self, wanted: np.ndarray) -> tuple[np.ndarray, PassageVectors]:
            asked.extend(one.tobytes() for one in wanted)
            return digests[1:], vectors[1:]

    filled_lines(tmp_path, lines[:1], encoder)  # the journal has the first
    found, encoded = filled_lines(tmp_path, lines, encoder, elsewhere=Other())
    assert encoded == len(lines) - 3
    assert digests[0].tobytes() not in asked
    assert {digest.tobytes() for digest in digests_of(lines[1:])} == set(asked)
    expected = encode(lines, encoder)
    np.testing.assert_array_equal(found.passages, expected.passages)
    np.testing.assert_array_equal(found.sentences, expected.sentences)
