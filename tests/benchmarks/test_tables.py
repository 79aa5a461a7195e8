"""What the tables of retrieval say follows from the scores, and their data is what it says it is."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from index.encoders import Vectors
from tests.benchmarks.ablations import lexical_alone, ranks, ranks_within
from tests.benchmarks.cache import CachedEncoder
from tests.benchmarks.datasets import Collection, Document, Query, ranked, write
from tests.benchmarks.tables import METRICS, Score, by_pair, shortfall
from tests.conftest import HashingEncoder


def scores(system: str, values: list[float], language: str = "vi", target: str = "zh") -> list[Score]:
    return [Score(system, language, target, (value,) * len(METRICS)) for value in values]


def test_a_pair_where_hybrid_is_below_its_better_leg_is_in_bold() -> None:
    measured = [*scores("lexical", [0, 0]), *scores("dense", [1, 1]), *scores("hybrid", [1, 0])]
    lines = by_pair(measured, ("lexical", "dense", "hybrid"), "Recall@10").splitlines()
    assert lines[2].startswith("| vi → zh | 2 | 0.000")
    assert lines[2].endswith("| **-0.500** |")
    assert shortfall(measured, "Recall@10") == -0.5


def test_hybrid_above_both_legs_falls_short_of_nothing() -> None:
    measured = [*scores("lexical", [0, 1]), *scores("dense", [1, 0]), *scores("hybrid", [1, 1])]
    assert "**" not in by_pair(measured, ("lexical", "dense", "hybrid"), "Recall@1")
    assert shortfall(measured, "Recall@1") == 0


def test_a_translation_of_the_target_is_passed_over_and_a_document_counts_once() -> None:
    query = Query("谁建造了这座塔?", "zh", "vi/1.txt", "vi", frozenset({"zh/1.txt", "en/1.txt"}), "report")
    assert ranked(["zh/1.txt", "zh/2.txt", "zh/2.txt", "en/1.txt", "vi/1.txt"], query) == ["zh/2.txt", "vi/1.txt"]


def test_a_sample_is_the_same_each_time_and_of_every_pair() -> None:
    queries = tuple(
        Query(f"{code} {number}", code, "fr/1.txt", "fr", frozenset(), "report")
        for code in ("vi", "id")
        for number in range(9)
    )
    collection = Collection("NTREX", (), queries)
    drawn = collection.sampled(3).queries
    assert drawn == collection.sampled(3).queries
    assert sorted(query.language for query in drawn) == ["id"] * 3 + ["vi"] * 3


def test_a_document_is_written_with_its_language(tmp_path: Path) -> None:
    write(Collection("MLQA", (Document("zh/1.txt", "zh", "泰晤士河流经伦敦。"),), ()), tmp_path)
    assert (tmp_path / "zh" / "1.txt").read_text(encoding="utf-8") == '+++\nlanguage = "zh"\n+++\n泰晤士河流经伦敦。\n'


def test_ranks_are_fused_as_cormack_clarke_and_buettcher_have_it() -> None:
    fused = ranks({3: 0.9}, {7: 4.0, 3: 2.0}, {3: 0, 7: 0}, weight=0.5)
    assert fused[7] == pytest.approx(1 / (60 + 1))
    assert fused[3] == pytest.approx(1 / (60 + 2) + 0.5 / (60 + 1))


def test_ranks_within_a_language_begin_anew_in_each() -> None:
    fused = ranks_within({}, {7: 4.0, 3: 2.0}, {3: 0, 7: 1}, weight=0.5)
    assert fused[7] == fused[3] == 1 / (60 + 1)
    assert list(lexical_alone({5: 0.1, 2: 0.9}, {}, {})) == [5, 2]  # in the order of the leg, which is BM25's


class CountingEncoder(HashingEncoder):
    def encode_query(self, texts: Sequence[str]) -> Vectors:
        self.encoded += texts
        return super().encode_query(texts)


def test_what_was_encoded_once_is_not_encoded_again(tmp_path: Path) -> None:
    encoder = CountingEncoder()
    texts = ["Ai thay thế Sam Altman?", "Siapa pengganti Sam Altman?"]
    first = CachedEncoder(encoder, tmp_path).encode_query(texts)
    again = CachedEncoder(encoder, tmp_path).encode_query(texts[::-1])
    assert (again == first[::-1]).all()
    assert sorted(encoder.encoded) == sorted(texts)
