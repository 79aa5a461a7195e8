"""Question sets and feedback files, line by line: good lines are read, bad ones are named, none is dropped silently."""

import json
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import feedback
from bot.eval_command import CHECK_SET, DEV_SET, HELD_SET
from bot.question_set import MAX_LINE, Evidence, Fault, Kind, Question, read_questions
from tests.bot.scripted import QUESTIONS, corpus, script
from tests.conftest import SEEDS

GOOD = QUESTIONS[1]
RIGHT = {
    "question": "Who replaced Altman?",
    "language": "en",
    "verdict": "right",
    "answer": "Emmett Shear",
    "quotes": [{"article": "en.txt", "text": "The board named Emmett Shear"}],
    "generation": "000001",
    "time": "2026-11-22T03:00:00Z",
}


def read(*lines: Any) -> list[Question | Fault]:
    raw = b"\n".join(line if isinstance(line, bytes) else json.dumps(line).encode() for line in lines)
    return list(read_questions(BytesIO(raw)))


def only_fault(*lines: Any) -> Fault:
    (fault,) = (item for item in read(*lines) if isinstance(item, Fault))
    return fault


def test_a_question_is_read_with_its_labels() -> None:
    assert read(GOOD) == [
        Question(
            1,
            "q2",
            "fr",
            "En quelle année Amazon a-t-il racheté Twitch ?",
            Kind.ANSWERABLE,
            ("2014",),
            (Evidence("fr.txt", "Amazon a acquis Twitch en 2014"),),
        )
    ]


def test_a_question_without_answers_wants_the_bot_to_abstain() -> None:
    (question,) = read(QUESTIONS[4])
    assert isinstance(question, Question)
    assert question.kind is Kind.UNANSWERABLE


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"{not json", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b"\xff\xfe", "not UTF-8 at byte 0"),
        (b'["a"]', 'a question is a JSON object, not ["a"]'),
        ({}, "no id, language, question, answers, evidence"),
        ({k: v for k, v in GOOD.items() if k != "answers"}, "no answers: a question has"),
        (GOOD | {"language": "xx"}, "unknown language 'xx': known are en, fr, id, vi, zh"),
        (GOOD | {"language": None}, "language is a string that is not blank, not null"),
        (GOOD | {"answers": "2014"}, 'answers is a list, not "2014"'),
        (GOOD | {"answers": ["2014", " "]}, 'an accepted answer is a string that is not blank, not " "'),
        (GOOD | {"answers": []}, "evidence without an accepted answer"),
        (GOOD | {"evidence": ["fr.txt"]}, "evidence is an object with article and quote"),
        (GOOD | {"evidence": [{"article": "fr.txt"}]}, "the quote of the evidence is a string"),
        (GOOD | {"question": "\ud800?"}, "question has half of a surrogate pair"),
        (RIGHT | {"verdict": "maybe"}, 'verdict is right or wrong, not "maybe"'),
        ({"verdict": "right"}, "no question, language, answer, quotes"),
        (RIGHT | {"language": "xx"}, "unknown language 'xx'"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_malformed_line_is_named_with_its_number_and_the_rest_is_read(line: Any, reason: str) -> None:
    items = read(QUESTIONS[0], line, GOOD)
    assert [item.line for item in items] == [1, 2, 3]
    assert isinstance(items[1], Fault)
    assert items[1].reason.startswith(reason)
    assert isinstance(items[2], Question)


def test_an_id_that_was_there_before_is_a_fault_that_names_both_lines() -> None:
    fault = only_fault(GOOD, QUESTIONS[0], GOOD | {"question": "Quand ?"})
    assert fault == Fault(3, "the id 'q2' is that of line 1 already: give it one of its own")


def test_blank_lines_count_and_a_byte_order_mark_does_not() -> None:
    items = read(b"\xef\xbb\xbf" + json.dumps(GOOD).encode(), b"", b"  ", QUESTIONS[0])
    assert [(type(item), item.line) for item in items] == [(Question, 1), (Question, 4)]


def test_a_line_too_long_is_passed_over_whole() -> None:
    items = read(b'"' + b"x" * (2 * MAX_LINE + 5) + b'"', GOOD)
    assert isinstance(items[0], Fault)
    assert items[0].reason.startswith(f"longer than {MAX_LINE} bytes")
    assert [item.line for item in items] == [1, 2]


def test_an_empty_set_has_nothing() -> None:
    assert read() == []


def test_a_right_answer_of_the_feedback_becomes_the_accepted_one_with_its_quotes() -> None:
    for article in ("en.txt", {"path": "en.txt", "title": "OpenAI names a new chief"}):
        for key in ("text", "quote"):
            (question,) = read(RIGHT | {"quotes": [{"article": article, key: "The board named Emmett Shear"}]})
            assert question == Question(
                1,
                "feedback-1",
                "en",
                "Who replaced Altman?",
                Kind.ANSWERABLE,
                ("Emmett Shear",),
                (Evidence("en.txt", "The board named Emmett Shear"),),
            )


def test_a_wrong_answer_of_the_feedback_is_a_known_wrong_one() -> None:
    (question,) = read(RIGHT | {"verdict": "wrong", "language": "und"})
    assert question == Question(1, "feedback-1", "und", "Who replaced Altman?", Kind.REGRESSION, (), (), "Emmett Shear")


def test_what_the_discord_bot_writes_is_read_as_it_is(tmp_path: Path) -> None:
    said = script()[QUESTIONS[1]["question"]]
    verdicts: tuple[Literal["right", "wrong"], ...] = ("right", "wrong")
    for verdict in verdicts:
        feedback.append(tmp_path / "f.jsonl", feedback.feedback_json(said, verdict, "000001", datetime.now(UTC)))
    with (tmp_path / "f.jsonl").open("rb") as stream:
        right, wrong = read_questions(stream)
    assert isinstance(right, Question)
    assert isinstance(wrong, Question)
    assert (right.answers, right.text) == (("2014",), QUESTIONS[1]["question"])
    assert all(corpus().locate(evidence).places for evidence in right.evidence)
    assert (wrong.kind, wrong.rejected) == (Kind.REGRESSION, "2014")


@pytest.mark.parametrize(("verdict", "kind"), [("right", Kind.UNANSWERABLE), ("wrong", Kind.REGRESSION)])
def test_a_verdict_on_silence_is_a_verdict(verdict: str, kind: Kind) -> None:
    (question,) = read(RIGHT | {"verdict": verdict, "answer": None, "quotes": []})
    assert isinstance(question, Question)
    assert (question.kind, question.answers, question.rejected) == (kind, (), None)


def test_questions_and_feedback_may_be_mixed() -> None:
    assert [item.id for item in read(GOOD, RIGHT, RIGHT) if isinstance(item, Question)] == [
        "q2",
        "feedback-2",
        "feedback-3",
    ]


@given(st.lists(st.binary(max_size=40), max_size=5))
def test_any_bytes_give_questions_or_faults_and_never_an_error(lines: list[bytes]) -> None:
    assert all(isinstance(item, Question | Fault) for item in read(*lines))


@pytest.mark.parametrize(
    ("path", "count", "unanswerable"), [(DEV_SET, 46, 8), (CHECK_SET, 120, 24), (HELD_SET, 60, 12)]
)
def test_a_shipped_set_is_whole_and_its_evidence_stands_in_the_articles(
    path: Path, count: int, unanswerable: int
) -> None:
    with path.open("rb") as stream:
        items = list(read_questions(stream))
    questions = [item for item in items if isinstance(item, Question)]
    assert len(questions) == len(items) == len({item.text for item in questions}) == count
    assert sum(question.kind is Kind.UNANSWERABLE for question in questions) == unanswerable
    for question in questions:
        for evidence in question.evidence:
            assert evidence.quote in (SEEDS / evidence.article).read_bytes().decode("utf-8-sig")
