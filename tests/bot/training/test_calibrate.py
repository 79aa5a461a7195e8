"""Calibration: weights are taken by how likely they make right answers, and answers put alike are compared once."""

from dataclasses import replace
from math import exp, log
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest

from bot.question_set import Kind, Question
from bot.reader import Span
from bot.service import Service
from bot.support import Weights, group
from bot.training.calibrate import SCALES, Ranked, Read, Trial, most_likely, trial_of
from index.names import Names
from index.records import ArticleInfo, Hit, Passage

EVEN = Weights(alone=1.0, retrieval=1.0, compared=1.0)
ASKED = Question(1, "1", "en", "who?", Kind.ANSWERABLE, ("Shear",), ())
TEXTS = ("Altman left.", "Shear came.", "Murati stayed.")


def hits(*scores: float) -> tuple[Hit, ...]:
    articles = [ArticleInfo(str(n), f"{n}.txt", "", "en", None, None, None, str(n)) for n in range(len(scores))]
    passages = [Passage(article, 0, len(text), text) for article, text in zip(articles, TEXTS, strict=False)]
    return tuple(Hit(passage, score, 1, 1.0, 1, 0.5, 1.0, 1.0) for passage, score in zip(passages, scores, strict=True))


def spans(*margins: float) -> tuple[Span, ...]:
    return tuple(Span(0, text.index(" "), margin, 0.0) for text, margin in zip(TEXTS, margins, strict=False))


def ranked(strengths: tuple[float, ...], question: Question = ASKED) -> Ranked:
    groups = group(hits(*[0.0] * len(strengths)), spans(*strengths), [0.0] * len(strengths), Names(()), EVEN)
    return Ranked(question, tuple(groups), ())


def test_a_trial_has_the_strongest_answers_and_what_is_likely_of_the_right_ones() -> None:
    unanswerable = replace(ASKED, answers=())
    trial = trial_of([ranked((3.0, 2.0, 0.0)), ranked((1.0, 4.0)), ranked((9.0, 5.0), unanswerable)], EVEN)
    assert trial.strengths.tolist() == [3.0, 4.0, 9.0]
    assert trial.right.tolist() == [False, True, False]
    expected = [
        log(exp(2 * scale) / (exp(3 * scale) + exp(2 * scale) + 1))
        + log(exp(4 * scale) / (exp(scale) + exp(4 * scale)))
        for scale in SCALES
    ]
    assert trial.log_likelihoods == pytest.approx(expected)


def test_the_likeliest_weights_are_taken_at_the_scale_that_is_best_for_them() -> None:
    def trial(*log_likelihoods: float) -> Trial:
        return Trial(np.zeros(1), np.ones(1, dtype=bool), np.array(log_likelihoods))

    other = replace(EVEN, alone=2.0)
    assert most_likely({EVEN: [trial(-5, -4), trial(-5, -4)], other: [trial(-3, -9), trial(-4, -9)]}) == other
    assert most_likely({EVEN: [trial(-5, -4), trial(-5, -2)], other: [trial(-3, -9), trial(-4, -9)]}) == EVEN


def test_answers_that_weights_put_alike_are_compared_once() -> None:
    compared = []

    def compare(question: str, groups: Any) -> list[float]:
        compared.append([one.best.text for one in groups])
        return [0.0] * len(groups)

    service = SimpleNamespace(retriever=SimpleNamespace(names=Names(())), answerer=SimpleNamespace(compare=compare))
    read = Read(ASKED, hits(0.0, 1.0), spans(3.0, 2.0), (0.0, 0.0), cast(Service, service))
    found = read.ranked([replace(EVEN, retrieval=weight) for weight in (0.1, 0.2, 3.0)])
    assert [one.groups[0].best.text for one in found] == ["Altman", "Altman", "Shear"]
    assert compared == [["Altman", "Shear"], ["Shear", "Altman"]]
