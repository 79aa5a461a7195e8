"""Misspelt names are found; names that only look alike are left alone, which matters more."""

import json
from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.spellings import distance, near_spellings, vocabulary

SEEDS = Path(__file__).parents[2] / "seeds"
NTREX = Path(__file__).parents[3] / "shared" / "datasets" / "ntrex" / "docs_parallel.jsonl"


def _near(texts: Iterable[str]) -> list[tuple[str, str]]:
    return near_spellings(vocabulary(texts))


@pytest.mark.parametrize(
    ("one", "other", "letters"),
    [("Stutskever", "Sutskever", 1), ("Amodei", "Amodaii", 2), ("Altman", "Atlman", 1),
     ("", "Shear", 5), ("Hill", "Hill", 0)],
)  # fmt: skip
def test_the_distance_counts_letters_left_out_put_in_changed_and_swapped(one: str, other: str, letters: int) -> None:
    assert distance(one, other) == distance(other, one) == letters


def test_letters_that_look_alike_make_one_name_of_two_words() -> None:
    texts = ["OpenAI menunjuk Shear. OpenAI diam.", "Karyawan OpenAl pergi. IIya dan llya.", "Ilya, Ilya"]
    assert _near(texts) == [("iiya", "ilya"), ("llya", "ilya"), ("openal", "openai")]


def test_a_near_spelling_behind_the_same_given_name_is_the_same_name() -> None:
    texts = ["Ilya Sutskever bicara. Ilya Sutskever pergi.", "Dewan IIya Stutskever mundur."]
    assert ("stutskever", "sutskever") in _near(texts)


def test_a_name_misspelt_without_its_given_name_is_found_in_its_own_article_only() -> None:
    assert _near(["Dario Amodei, PDG, et Amoldei a refusé."]) == [("amoldei", "amodei")]
    assert _near(["Dario Amodei, PDG.", "Et puis Amoldei a refusé."]) == []


@pytest.mark.parametrize(
    "text",
    [
        "Sam Altman met Sam Hartman.",
        "Jan Novotny and Jana Novotna left; Jan Novotnyk stayed.",
        "Frank Williams and Frank William, Anna Martin, Anna Martins",
        "Kim Koreas, Kim Korean: koreanisch",
        "David Miller, David Muller." + "".join(f" David {first}arter." for first in "BCDFGHJKLMNPQRSTVWXZ"),
        "Nguyễn Trường và Nguyễn Thường, Trần Quảng và Trần Quang",
        "a Trump Organization, the Trump organisation",
        "Sarah Guo met Sarah Gou.",
        "orang lain dan lain-lain lain, Iain",
    ],
)  # fmt: skip
def test_names_that_only_resemble_each_other_are_left_alone(text: str) -> None:
    assert _near([text]) == []


def test_the_articles_of_this_repository_give_what_a_reader_would_correct() -> None:
    texts = [path.read_bytes().decode() for path in sorted(SEEDS.glob("*.txt"))]
    assert set(_near(texts)) >= {
        ("iiya", "ilya"),
        ("llya", "ilya"),
        ("openal", "openai"),
        ("stutskever", "sutskever"),
    }
    assert len(_near(texts)) < 10


@pytest.mark.slow
def test_half_a_thousand_news_articles_give_hardly_a_pair() -> None:
    if not NTREX.exists():
        pytest.skip(f"{NTREX} is not there")
    documents = [json.loads(line)["sentences"] for line in NTREX.read_text(encoding="utf-8").splitlines()]
    pairs = _near(" ".join(document[code]) for document in documents for code in ("en", "fr", "id", "vi"))
    assert len(pairs) < 10
    assert ("tennesse", "tennessee") in pairs


@given(st.lists(st.text(alphabet="IlAlamntSse .,阿", max_size=40), max_size=4))
def test_no_text_makes_it_fail_and_the_order_of_articles_does_not_matter(texts: list[str]) -> None:
    assert _near(texts) == _near(texts[::-1])
