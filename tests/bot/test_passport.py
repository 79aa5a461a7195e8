"""The passport: what an index is, and every fault by name."""

import json
import os
from pathlib import Path

import numpy as np
import pytest

from bot.passport import inspect_index
from index.checksums import file_sha256
from index.errors import IndexDamaged
from index.indexing import update_index
from index.manifest import MANIFEST, SEAL
from index.pointer import Pointer, write_pointer
from index.store import open_store
from tests.conftest import NEWS, HashingEncoder


def test_a_sound_index_shows_its_languages_dates_models_and_articles(news_index: Path, encoder: HashingEncoder) -> None:
    passport = inspect_index(news_index, encoder)
    text = "\n".join(passport.lines)
    assert passport.faults == ()
    assert "articles   5 from " in text
    assert "encoder    hashing, 64 dimensions, 0000000000000000" in text
    assert "Vietnamese          1         2  2023-11-20" in text
    assert all(name in text for name in NEWS)


def test_a_language_without_articles_is_shown_as_such(tmp_path: Path, news: Path, encoder: HashingEncoder) -> None:
    (news / "zh.txt").unlink()
    update_index(tmp_path / "index", [news], encoder)
    assert "Chinese      none" in inspect_index(tmp_path / "index", encoder).lines


def test_what_was_left_out_is_listed(tmp_path: Path, news: Path, encoder: HashingEncoder) -> None:
    (news / "empty.txt").write_bytes(b"")
    update_index(tmp_path / "index", [news], encoder)
    assert any(line.startswith("left out: empty.txt") for line in inspect_index(tmp_path / "index", encoder).lines)


def test_near_duplicates_are_listed(tmp_path: Path, news: Path, encoder: HashingEncoder) -> None:
    (news / "copy.txt").write_text(NEWS["en.txt"] + "\n", encoding="utf-8")
    update_index(tmp_path / "index", [news], encoder)
    lines = inspect_index(tmp_path / "index", encoder).lines
    assert any(line.startswith("near-duplicate passages:") and "copy.txt" in line for line in lines)


def test_a_large_file_with_a_flipped_bit_is_a_fault(
    news_index: Path, encoder: HashingEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("index.manifest.VERIFIED_AT_OPEN", 10)
    path = open_store(news_index).directory / "texts.bin"
    raw = bytearray(path.read_bytes())
    raw[7] ^= 4
    path.write_bytes(raw)
    with pytest.raises(IndexDamaged, match=r"texts\.bin is altered"):
        inspect_index(news_index, encoder)


def test_every_generation_is_read_in_full(
    news: Path, news_index: Path, encoder: HashingEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    (news / "late.txt").write_text("Sam Altman is back as the chief executive of OpenAI.", encoding="utf-8")
    update_index(news_index, [news], encoder)
    monkeypatch.setattr("index.manifest.VERIFIED_AT_OPEN", 0)
    for name in ("000001", "000002"):
        path = news_index / "generations" / name / "vectors.npy"
        raw = path.read_bytes()
        path.write_bytes(raw[:-1] + bytes([raw[-1] ^ 1]))
        passport_faults = inspect_index(news_index, encoder).faults if name == "000001" else None
        assert passport_faults in (None, (f"{path} is altered",))
    with pytest.raises(IndexDamaged, match=r"000002/vectors\.npy is altered"):
        inspect_index(news_index, encoder)


def test_changed_articles_are_a_fault(news: Path, news_index: Path, encoder: HashingEncoder) -> None:
    os.utime(news / "en.txt", ns=(1, 1))
    assert inspect_index(news_index, encoder).faults == (
        "the articles, or how they are read, have changed since: run `polyquote index`",
    )


def test_another_encoder_is_a_fault(news_index: Path, encoder: HashingEncoder) -> None:
    encoder.fingerprint = "1" * 64
    assert "built with other weights of the encoder" in inspect_index(news_index, encoder).faults[0]


def test_vectors_that_point_nowhere_are_a_fault(news_index: Path, encoder: HashingEncoder) -> None:
    directory = open_store(news_index).directory
    vectors = np.load(directory / "vectors.npy")
    vectors[1] = 0
    np.save(directory / "vectors.npy", vectors, allow_pickle=False)
    manifest = json.loads((directory / MANIFEST).read_text(encoding="utf-8"))
    manifest["files"]["vectors.npy"]["sha256"] = file_sha256(directory / "vectors.npy")
    (directory / MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")
    digest = file_sha256(directory / MANIFEST)
    (directory / SEAL).write_text(f"{digest}  {MANIFEST}\n")
    write_pointer(news_index, Pointer(directory.name, digest))
    assert "1 vectors are not of unit length" in inspect_index(news_index, encoder).faults[0]
