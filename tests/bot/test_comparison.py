"""Two runs compared: a planted regression is seen, named and tested; noise is not taken for one."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.eval_command import Files, score
from bot.gates import Gate, parse_gate, problems
from bot.question_set import QuestionSetError
from tests.bot.scripted import EN, FR, QUESTIONS, VI, Scripted, answer, script, subject, write_set
from tests.bot.test_eval_command import RUN

UNANSWERABLE = [f"Who won the World Cup of {year}?" for year in range(1990, 2002)]


def lines() -> list[dict[str, Any]]:
    more = [
        {"id": f"u{number}", "language": "en", "question": text, "answers": [], "evidence": []}
        for number, text in enumerate(UNANSWERABLE)
    ]
    return [*QUESTIONS, *more]


def service() -> Scripted:
    return Scripted({**script(), **{text: answer(text, "2014", 0.3, FR, (EN, FR)) for text in UNANSWERABLE}})


@pytest.fixture
def files(tmp_path: Path) -> Files:
    write_set(tmp_path / "set.jsonl", lines())
    files = Files(tmp_path / "set.jsonl", results=tmp_path / "before.jsonl")
    score(subject(service()), files, RUN, max_error=0.35)
    return Files(tmp_path / "set.jsonl", baseline=tmp_path / "before.jsonl")


def test_the_same_run_is_neither_better_nor_worse(files: Files) -> None:
    found = score(subject(service()), files, RUN, max_error=0.35)["comparison"]
    assert (found["paired"], found["not_in_baseline"], found["only_in_baseline"]) == (18, 0, 0)
    assert (found["worse"], found["better"], found["significantly_worse"]) == ([], [], [])
    assert found["tests"]["decision"] == {"better": 0, "worse": 0, "same": 18, "p": 1.0, "p_holm": 1.0}


def test_abstention_that_is_switched_off_is_caught(files: Files) -> None:
    summary = score(subject(service()), files, RUN, max_error=1.0)
    found = summary["comparison"]
    assert found["significantly_worse"] == ["decision", "refusal"]
    # q5 and the twelve are answered now, q4 rightly so; forced answers and evidence are what they were.
    assert found["tests"]["refusal"]["worse"] == 13
    assert found["tests"]["answer"] == {"better": 0, "worse": 0, "same": 4, "p": 1.0, "p_holm": 1.0}
    assert found["better"] == [{"id": "q4", "outcome": "decision"}]
    assert {"id": "q5", "outcome": "decision"} in found["worse"]
    assert any(
        "refusal got worse than the baseline: 13 questions worse, 0 better" in one for one in problems(summary, [])
    )
    assert problems(summary, [Gate("refusal_recall", 0.5)])[0] == (
        "refusal_recall is 0, under the 0.5 that was asked for"
    )


def test_evidence_that_is_lost_is_seen_even_where_the_answers_stay(files: Files) -> None:
    lost = service()
    for question in (QUESTIONS[0], QUESTIONS[3]):
        said = lost.answers[question["question"]]
        lost.answers[question["question"]] = replace(said, retrieval=replace(said.retrieval, hits=()))
    found = score(subject(lost), files, RUN, max_error=0.35)["comparison"]
    assert found["worse"] == [{"id": "q1", "outcome": "evidence"}, {"id": "q4", "outcome": "evidence"}]
    assert found["significantly_worse"] == []  # two of four may be chance


def test_each_result_says_what_it_was_before(files: Files) -> None:
    worse = service()
    worse.answers[QUESTIONS[1]["question"]] = answer(QUESTIONS[1]["question"], "Sam Altman", 0.9, VI, (VI,))
    trees: list[dict[str, Any]] = []
    score(subject(worse), files, replace(RUN, line=trees.append), max_error=0.35)
    (tree,) = (tree for tree in trees if tree.get("id") == "q2")
    assert tree["baseline"] == {"verdict": "right", "answer": "2014", "change": "worse", "outcome": "decision"}


def test_questions_without_a_counterpart_are_counted_and_a_reworded_one_has_none(files: Files, tmp_path: Path) -> None:
    write_set(
        tmp_path / "set.jsonl",
        [QUESTIONS[0] | {"question": "Who was named instead of Altman?"}, QUESTIONS[1], QUESTIONS[2] | {"id": "new"}],
    )
    found = score(subject(service()), files, RUN, max_error=0.35)["comparison"]
    assert (found["paired"], found["not_in_baseline"], found["only_in_baseline"]) == (1, 2, 17)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "has no results"),
        ("{", "line 1 is not JSON"),
        ('{"schema": "polyquote.answer/1"}', "line 1 is no result"),
        ('{"schema": "polyquote.result/1", "id": "q1"}', "a result without 'answer'"),
    ],
)
def test_a_baseline_that_is_none_is_refused(tmp_path: Path, text: str, reason: str) -> None:
    (tmp_path / "before.jsonl").write_text(text, encoding="utf-8")
    files = Files(write_set(tmp_path / "set.jsonl"), baseline=tmp_path / "before.jsonl")
    with pytest.raises(QuestionSetError, match=reason):
        score(subject(), files, RUN, max_error=0.35)


def test_a_gate_that_is_kept_has_nothing_to_say(files: Files) -> None:
    summary = score(subject(service()), replace(files, baseline=None), RUN, max_error=0.35)
    assert problems(summary, [parse_gate("answer_accuracy=0.75", over=False), parse_gate("ECE=0.9", over=True)]) == []
    assert problems(summary, [parse_gate("answer_accuracy=0.76", over=False)]) == [
        "answer_accuracy is 0.75, under the 0.76 that was asked for"
    ]
    assert problems(summary, [parse_gate("latency_p95=0.0001", over=True)]) == []
    assert problems(summary, [parse_gate("regressions_avoided=1", over=False)]) == [
        "regressions_avoided has no value: no question of the set has a part in it"
    ]


@pytest.mark.parametrize(
    ("text", "over", "reason"),
    [
        ("accuracy=0.5", False, "'accuracy' is no figure: known are answer_accuracy, EM"),
        ("answer_accuracy", False, "is not name=value, like answer_accuracy=0.75"),
        ("answer_accuracy=high", False, "is not name=value"),
        ("answer_accuracy=nan", False, "is not name=value"),
        ("ECE=0.1", False, "ECE is better when low: use --fail-over ECE=0.1"),
        ("EM=0.1", True, "EM is better when high: use --fail-under EM=0.1"),
    ],
)
def test_a_gate_that_could_never_fail_is_refused(text: str, over: bool, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        parse_gate(text, over=over)


def test_results_are_json_lines_with_the_summary_last(tmp_path: Path, files: Files) -> None:
    trees = [json.loads(line) for line in (tmp_path / "before.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [tree["schema"] for tree in trees] == ["polyquote.result/1"] * 18 + ["polyquote.summary/1"]
