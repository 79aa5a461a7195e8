"""What becomes of each question, and every figure of a summary worked out a second time."""

import json
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest

from bot.evaluate import Judged, Verdict, evaluate, judge
from bot.question_set import Fault, Kind, Question
from bot.results import CONTEXT, result_json
from bot.tally import Tally
from tests.bot.scripted import ARTICLES, FR, QUESTIONS, Scripted, answer, corpus, script
from tests.bot.test_question_set import read

MAX_ERROR = 0.35


def judged(
    service: Scripted | None = None, *, max_error: float = MAX_ERROR, lines: Iterable[Any] = QUESTIONS
) -> dict[str, Judged]:
    found = evaluate(read(*lines), service or Scripted(), corpus(), max_error=max_error, clock=lambda: 0.0)
    return {item.question.id: item for item in found if isinstance(item, Judged)}


def figures(**options: Any) -> dict[str, float]:
    tally = Tally()
    for item in judged(**options).values():
        tally.add(item)
    return {name: figure["value"] for name, figure in tally.summary()["overall"].items()}


def test_every_kind_of_verdict() -> None:
    assert {name: item.verdict for name, item in judged().items()} == {
        "q1": Verdict.RIGHT,
        "q2": Verdict.RIGHT,
        "q3": Verdict.WRONG,
        "q4": Verdict.SILENCED,
        "q5": Verdict.REFUSED,
        "q6": Verdict.UNFOUNDED,
    }


def test_the_figures_are_those_one_works_out_by_hand() -> None:
    found = figures()
    assert found["answer_accuracy"] == 3 / 4  # q3 is wrong
    assert found["EM"] == 3 / 4
    assert found["decision_accuracy"] == 3 / 6  # q1, q2, q5
    assert found["coverage"] == pytest.approx(4 / 6, abs=1e-6)
    assert found["selective_accuracy"] == 2 / 4  # of q1, q2, q3, q6
    assert found["refusal_precision"] == 1 / 2  # q5, not q4
    assert found["refusal_recall"] == 1 / 2  # q5, not q6
    assert found["citation_precision"] == 2 / 4
    assert found["citation_recall"] == 2 / 4  # q4 was not shown
    assert found["citation_verified"] == 1.0
    assert found["Success@10"] == 3 / 4
    assert found["Recall@1"] == pytest.approx((1 / 2 + 0 + 0 + 1) / 4)
    assert found["MRR@10"] == pytest.approx((1 + 1 / 2 + 0 + 1) / 4)
    # By confidence: q1 right, q2 right, q6 wrong, q3 wrong, q4 right, q5 wrong.
    assert found["AURC"] == pytest.approx((0 + 0 + 1 / 3 + 2 / 4 + 2 / 5 + 3 / 6) / 6, abs=1e-6)
    # Bins: 0.9, 0.8 and 0.7 are the upper bounds of their own, 0.75 shares the bin of 0.8.
    assert found["ECE"] == pytest.approx((0.1 + abs(0.8 + 0.75 - 1) + 0.7 + 0.6 + 0.2) / 6, abs=1e-6)


@pytest.mark.parametrize("max_error", [0.0, 0.1, 0.2, 0.25, 0.35, 0.5, 0.6, 1.0])
def test_the_decision_is_the_one_that_ask_takes(max_error: float) -> None:
    service = Scripted()
    for item in judged(service, max_error=max_error).values():
        asked = service.ask(item.question.text, max_error=max_error)
        assert (item.verdict in (Verdict.SILENCED, Verdict.REFUSED)) is not asked.answered


def test_each_question_is_asked_once() -> None:
    service = Scripted()
    judged(service)
    assert service.asked == len(QUESTIONS)


def test_a_question_that_cannot_be_asked_and_evidence_that_is_not_there_are_named_and_the_rest_is_scored() -> None:
    lines = [
        QUESTIONS[0] | {"question": "???"},
        QUESTIONS[1] | {"evidence": [{"article": "fr.txt", "quote": "Amazon a vendu Twitch"}]},
        QUESTIONS[3],
    ]
    items = list(evaluate(read(*lines), Scripted(), corpus(), max_error=1.0, clock=lambda: 0.0))
    assert items[:2] == [
        Fault(1, "the question is blank: ask something"),
        Fault(2, "the evidence 'Amazon a vendu Twitch' is not in fr.txt, word for word"),
    ]
    scored = [item for item in items if isinstance(item, Judged)]
    assert [item.verdict for item in scored] == [Verdict.RIGHT, Verdict.RIGHT]
    assert "MRR@10" not in scored[0].scores
    assert scored[1].scores["MRR@10"] == 1.0


def regression(rejected: str | None) -> Question:
    return Question(1, "feedback-1", "fr", QUESTIONS[1]["question"], Kind.REGRESSION, (), (), rejected)


@pytest.mark.parametrize(
    ("rejected", "max_error", "verdict"),
    [
        ("2014", 1.0, Verdict.REPEATED),
        (" 2014. ", 1.0, Verdict.REPEATED),
        ("2015", 1.0, Verdict.AVOIDED),
        ("2014", 0.1, Verdict.AVOIDED),
        (None, 1.0, Verdict.AVOIDED),
        (None, 0.1, Verdict.REPEATED),
    ],
)
def test_a_known_wrong_answer_is_failed_by_saying_it_again(
    rejected: str | None, max_error: float, verdict: Verdict
) -> None:
    question = regression(rejected)
    item = judge(question, script()[question.text], corpus(), max_error=max_error, seconds=0.0)
    assert item.verdict is verdict
    assert item.scores.keys() == {"citation_verified", "decision_accuracy", "regressions_avoided"}


def test_a_quote_that_does_not_stand_where_it_says_is_found_out() -> None:
    question = read(QUESTIONS[1])[0]
    said = script()[QUESTIONS[1]["question"]]
    moved = replace(said.quotes[0], start=said.quotes[0].start + 1)
    assert isinstance(question, Question)
    item = judge(question, replace(said, quotes=(moved,)), corpus(), max_error=1.0, seconds=0.0)
    assert item.scores["citation_verified"] == 0.0
    assert item.scores["citation_precision"] == 0.0


def test_a_result_has_everything_to_argue_about_it() -> None:
    tree = result_json(judged()["q2"], corpus())
    assert tree == json.loads(json.dumps(tree))
    text = ARTICLES["fr.txt"].text
    (quoted,) = tree["answer"]["quotes"]
    assert text[quoted["start"] - len(quoted["before"]) : quoted["start"]] == quoted["before"]
    assert text[quoted["end"] :].startswith(quoted["after"])
    assert len(quoted["before"]) <= CONTEXT
    assert (quoted["verified"], quoted["supports"]) == (True, True)
    start = text.index("Amazon a acquis Twitch en 2014")
    assert tree["evidence"] == [
        {
            "article": "fr.txt",
            "quote": "Amazon a acquis Twitch en 2014",
            "places": [[start, start + 30]],
            "rank": 2,
            "fault": None,
        }
    ]
    assert [item["relevant"] for item in tree["hits"]] == [False, True]
    assert list(tree)[-1] == "timing"


def test_em_compares_traditional_and_simplified_chinese_as_the_same() -> None:
    said = {"微软投资了多少？": answer("微软投资了多少？", "2014", 0.9, FR, (FR,))}
    line = {"id": "z", "language": "zh", "question": "微软投资了多少？", "answers": ["２０１４"], "evidence": []}
    assert judged(Scripted(said), lines=[line])["z"].scores["EM"] == 1.0
