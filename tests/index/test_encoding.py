"""Every passage has its vector, whichever of three places it comes from, and none is encoded twice."""

from pathlib import Path

import numpy as np
import pytest

from index.encoders import Vectors
from index.encoding import BATCH, SCRATCH, digests_of, fill_vectors, room_for_vectors
from index.journal import NAME, Journal
from tests.conftest import NEWS, HashingEncoder

TEXTS = [sentence for text in NEWS.values() for sentence in text.split("\n") if sentence]


def filled(
    index: Path,
    texts: list[str],
    encoder: HashingEncoder,
    known: tuple[np.ndarray, Vectors] | None = None,
    seen: list[tuple[int, int]] | None = None,
) -> tuple[Vectors, int]:
    journal = Journal(index, encoder.fingerprint, encoder.dimension)
    told = [] if seen is None else seen
    with room_for_vectors(index, len(texts), encoder.dimension) as vectors:
        encoded = fill_vectors(
            vectors,
            digests_of(texts),
            texts.__getitem__,
            known,
            encoder,
            journal,
            lambda done, total: told.append((done, total)),
        )
        return np.array(vectors), encoded


def test_each_text_gets_its_own_row(tmp_path: Path, encoder: HashingEncoder) -> None:
    vectors, encoded = filled(tmp_path, TEXTS, encoder)
    assert encoded == len(TEXTS)
    np.testing.assert_array_equal(vectors, encoder.encode_query(TEXTS))


def test_the_same_text_is_encoded_once(tmp_path: Path, encoder: HashingEncoder) -> None:
    vectors, encoded = filled(tmp_path, TEXTS * 3, encoder)
    assert encoded == len(TEXTS) == len(encoder.encoded)
    np.testing.assert_array_equal(vectors, np.tile(encoder.encode_query(TEXTS), (3, 1)))


def test_what_the_generation_before_knows_is_not_encoded(tmp_path: Path, encoder: HashingEncoder) -> None:
    known = digests_of(TEXTS[3::-1]), encoder.encode_query(TEXTS[3::-1])
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
            assert (tmp_path / SCRATCH).stat().st_size == 3 * 4 * 4
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert not (tmp_path / SCRATCH).exists()
