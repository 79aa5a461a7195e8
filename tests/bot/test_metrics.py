"""Metrics against their published rules, against ir_measures, and against arithmetic one can follow."""

import re
import string
import unicodedata
from math import log2

import ir_measures
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ir_measures import RR, R, Success, nDCG

from bot.metrics import (
    compared,
    exact_match,
    f1,
    lenient_match,
    ndcg_at,
    recall_at,
    reciprocal_rank_at,
    same_answer,
    success_at,
    supports,
)


@pytest.mark.parametrize(
    ("given_", "accepted", "code", "em"),
    [
        ("The Twitch CEO", "twitch ceo", "en", 1.0),
        ("the board", "a board!", "en", 1.0),
        ("le conseil", "conseil", "fr", 1.0),
        ("le conseil", "conseil", "en", 0.0),
        ("cái chip của Altman", "chip Altman", "vi", 1.0),
        ("130亿美元", "130 亿 美元", "zh", 1.0),
        ("a b", "b", "id", 0.0),
        ("Adam D'Angelo", "Adam D’Angelo", "en", 1.0),
    ],
)
def test_exact_match_drops_case_punctuation_and_the_language_s_articles(
    given_: str, accepted: str, code: str, em: float
) -> None:
    assert exact_match(given_, [accepted], code) == em
    assert exact_match(given_, ["something else", accepted], code) == em


def test_f1_counts_shared_tokens() -> None:
    # 2 of 3 given tokens are right, 2 of 2 accepted ones are there: P = 2/3, R = 1.
    assert f1("former Emmett Shear", ["Emmett Shear"], "en") == 2 * (2 / 3) * 1 / (2 / 3 + 1)
    assert f1("Altman", ["Emmett Shear"], "en") == 0.0
    assert f1("Shear Shear", ["Emmett Shear"], "en") == 2 * (1 / 2) * (1 / 2) / (1 / 2 + 1 / 2)


def test_f1_reads_chinese_by_character_and_keeps_latin_words_whole() -> None:
    # 第二大股东 given, 大股东 accepted: 3 shared of 5 and of 3.
    assert f1("第二大股东", ["大股东"], "zh") == 2 * (3 / 5) * 1 / (3 / 5 + 1)
    # OpenAI is one token: 1 shared of 3 (OpenAI, 公, 司) and of 1.
    assert f1("OpenAI公司", ["OpenAI"], "zh") == 2 * (1 / 3) * 1 / (1 / 3 + 1)


def test_the_best_accepted_answer_counts() -> None:
    assert f1("plus de 700", ["700", "plus de 700"], "fr") == 1.0


MLQA_ARTICLES = {"en": r"\b(a|an|the)\b", "vi": r"\b(của|là|cái|chiếc|những)\b", "zh": r"(?!)"}


def published(text: str, code: str) -> list[str]:
    """Return the tokens by the rules of MLQA's evaluation, in its order: case, punctuation, articles, segmentation."""
    text = "".join(c for c in text.lower() if c not in string.punctuation and unicodedata.category(c)[0] != "P")
    text = re.sub(MLQA_ARTICLES[code], " ", text)
    if code != "zh":
        return text.split()
    return [token for part in re.split("([\u4e00-\u9fa5])", text) for token in part.split()]


ALPHABET = st.text(st.sampled_from("the an của là Shear 股东 大的, .’'-% 2014"), max_size=24)


@given(ALPHABET, ALPHABET, st.sampled_from(["en", "vi", "zh"]))
def test_em_and_f1_are_those_of_mlqa(one: str, other: str, code: str) -> None:
    left, right = published(one, code), published(other, code)
    shared = sum(min(left.count(token), right.count(token)) for token in set(left))
    assert exact_match(one, [other], code) == (left == right)
    assert f1(one, [other], code) == pytest.approx(2 * shared / (len(left) + len(right)) if shared else 0.0)


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("95 %", "95"),
        ("財(cái)聯(lián)社", "财联社"),
        ("Ｅmmett  SHEAR.", "emmettshear"),
        ("喬治敦大學", "乔治敦大学"),
        ("D’Angelo", "dangelo"),
        ("$ 86 miliar", "$86miliar"),
        ("…", ""),
    ],
)
def test_answers_are_compared_folded_and_without_spaces_and_punctuation(text: str, form: str) -> None:
    assert compared(text) == form


@pytest.mark.parametrize(
    ("given_", "accepted", "right"),
    [
        ("Emmett Shear", "Emmett Shear", True),
        ("Shear", "Emmett Shear", True),
        ("hơn 700 người", "700", False),
        ("le 700", "700", True),
        ("Emmett Shear, the", "Emmett Shear", True),
        ("Emmett Shear became the interim chief", "Emmett Shear", False),
        ("投資了130亿美元", "130億美元", True),
        ("", "Emmett Shear", False),
        ("?!", "Emmett Shear", False),
        ("Altman", "Emmett Shear", False),
    ],
)
def test_an_answer_may_be_a_part_or_hold_another_within_twice_its_length(
    given_: str, accepted: str, right: bool
) -> None:
    assert lenient_match(given_, [accepted]) is right


def test_the_bound_of_twice_the_length_is_met_exactly() -> None:
    assert lenient_match("ab700c", ["700"])
    assert not lenient_match("ab700cd", ["700"])


def test_blank_answers_are_the_same_as_nothing_and_support_nothing() -> None:
    assert not same_answer("", "")
    assert not same_answer("…", "…")
    assert same_answer("Sam  Altman!", "sam altman")
    assert not supports("微軟向OpenAI投資了130億美元", ["…"])
    assert supports("微軟向OpenAI投資了130億美元", ["130亿美元"])


def test_ranking_figures_by_hand() -> None:
    found = [False, True, True, False]
    assert recall_at(2, found, 3) == 1 / 3
    assert recall_at(10, found, 3) == 2 / 3
    assert success_at(1, found, 3) == 0.0
    assert reciprocal_rank_at(10, found, 3) == 1 / 2
    assert ndcg_at(10, found, 3) == pytest.approx(
        (1 / log2(3) + 1 / log2(4)) / (1 / log2(2) + 1 / log2(3) + 1 / log2(4))
    )


@given(st.lists(st.booleans(), max_size=14), st.integers(0, 4), st.sampled_from([1, 5, 10]))
def test_ranking_figures_are_those_of_ir_measures(relevances: list[bool], missed: int, k: int) -> None:
    relevant = sum(relevances) + missed
    if not relevant:
        return
    run = {"q": {f"hit{rank:02}": float(-rank) for rank in range(len(relevances))} or {"none": 0.0}}
    found = [f"hit{rank:02}" for rank, hit in enumerate(relevances) if hit]
    qrels = {"q": dict.fromkeys([*found, *(f"missed{number}" for number in range(missed))], 1)}
    theirs = ir_measures.calc_aggregate([R @ k, Success @ k, RR @ k, nDCG @ k], qrels, run)
    assert recall_at(k, relevances, relevant) == pytest.approx(theirs[R @ k])
    assert success_at(k, relevances, relevant) == theirs[Success @ k]
    assert reciprocal_rank_at(k, relevances, relevant) == pytest.approx(theirs[RR @ k])
    assert ndcg_at(k, relevances, relevant) == pytest.approx(theirs[nDCG @ k])


def test_a_ranking_without_evidence_has_no_figure() -> None:
    with pytest.raises(ValueError, match="relevant must be at least 1, is 0"):
        ndcg_at(10, [], 0)
