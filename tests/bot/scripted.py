"""A service that says what it is told to, over the five short articles: every figure can be worked out by hand.

| id | question | says | confidence | truth | hits that hold evidence |
|----|----------|------|-----------|-------|--------------------------|
| q1 | en | Emmett Shear   | 0.9  | right                 | 1 and 3, of two items |
| q2 | fr | 2014           | 0.8  | right                 | 2, of one item        |
| q3 | zh | 130億美元       | 0.7  | wrong: Thrive Capital | none, of one item     |
| q4 | id | Brad Lightcap  | 0.4  | right                 | 1, of one item        |
| q5 | en | Mr. Shear      | 0.2  | there is no answer    |                       |
| q6 | vi | Sam Altman     | 0.75 | there is no answer    |                       |
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import Any, TypeVar

from bot.answering import Answer, QuestionError, Quote
from bot.evidence import Corpus
from bot.provenance import Subject
from index.records import Article, Hit, Kind, Passage
from index.retriever import Retrieval
from tests.conftest import NEWS, article_of

ARTICLES = {name: article_of(text, name[:2], path=name) for name, text in NEWS.items()}
VI = "Ban lãnh đạo OpenAI đã nêu tên Emmett Shear thay thế Sam Altman."
FR = "Amazon a acquis Twitch en 2014 pour près d’un milliard de dollars."
ZH = "微軟向OpenAI投資了130億美元,,是其主要的財(cái)務(wù)支持者。"
ID = "Brad Lightcap, chief operating officer OpenAI, mengirim surat kepada karyawan."
EN = "The board named Emmett Shear interim chief executive of OpenAI on Monday."
HOME = {VI: "vi.txt", FR: "fr.txt", ZH: "zh.txt", ID: "id.txt", EN: "en.txt"}

QUESTIONS: tuple[dict[str, Any], ...] = (
    {
        "id": "q1",
        "language": "en",
        "question": "Who replaced Altman?",
        "answers": ["Emmett Shear"],
        "evidence": [
            {"article": "vi.txt", "quote": "nêu tên Emmett Shear thay thế Sam Altman"},
            {"article": "en.txt", "quote": "named Emmett Shear interim chief executive"},
        ],
    },
    {
        "id": "q2",
        "language": "fr",
        "question": "En quelle année Amazon a-t-il racheté Twitch ?",
        "answers": ["2014"],
        "evidence": [{"article": "fr.txt", "quote": "Amazon a acquis Twitch en 2014"}],
    },
    {
        "id": "q3",
        "language": "zh",
        "question": "谁是OpenAI的第二大股东？",
        "answers": ["Thrive Capital"],
        "evidence": [{"article": "zh.txt", "quote": "Thrive Capital是該公司第二大股東"}],
    },
    {
        "id": "q4",
        "language": "id",
        "question": "Siapa chief operating officer OpenAI?",
        "answers": ["Brad Lightcap"],
        "evidence": [{"article": "id.txt", "quote": "Brad Lightcap, chief operating officer OpenAI"}],
    },
    {"id": "q5", "language": "en", "question": "Who won the 2022 World Cup?", "answers": [], "evidence": []},
    {"id": "q6", "language": "vi", "question": "Ai phát minh ra điện thoại?", "answers": [], "evidence": []},
)

_Record = TypeVar("_Record")


def filled(kind: type[_Record], **known: Any) -> _Record:
    """Return a record with the fields that matter here; the others are empty."""
    return kind(**{field.name: () for field in fields(kind)} | known)  # type: ignore[arg-type]


def hit(sentence: str) -> Hit:
    article = ARTICLES[HOME[sentence]]
    start = article.text.index(sentence)
    return Hit(Passage(article.info, start, start + len(sentence), sentence), 0.03, 1, 2.5, None, None, None)


def quote(sentence: str, said: str) -> Quote:
    article = ARTICLES[HOME[sentence]]
    start = article.text.index(sentence)
    first = start + sentence.index(said)
    return Quote(article.info, sentence, start, start + len(sentence), first, first + len(said), 1.0, Kind.BODY)


def answer(question: str, said: str, confidence: float, sentence: str, hits: Sequence[str]) -> Answer:
    return filled(
        Answer,
        question=question,
        language="en",
        answered=True,
        answer=said,
        confidence=confidence,
        quotes=(quote(sentence, said),),
        retrieval=filled(Retrieval, hits=tuple(map(hit, hits))),
    )


def script() -> dict[str, Answer]:
    said: Mapping[str, tuple[str, float, str, Sequence[str]]] = {
        "q1": ("Emmett Shear", 0.9, VI, (VI, FR, EN)),
        "q2": ("2014", 0.8, FR, (ZH, FR)),
        "q3": ("130億美元", 0.7, ZH, (ZH,)),
        "q4": ("Brad Lightcap", 0.4, ID, (ID,)),
        "q5": ("Emmett Shear", 0.2, EN, (EN,)),
        "q6": ("Sam Altman", 0.75, VI, (VI,)),
    }
    return {one["question"]: answer(one["question"], *said[one["id"]]) for one in QUESTIONS}


class Scripted:
    """Answers from a script, and abstains by the rule of `answering`."""

    def __init__(self, answers: Mapping[str, Answer] | None = None) -> None:
        self.answers = dict(script() if answers is None else answers)
        self.asked = 0

    def ask(self, question: str, *, max_error: float | None = None) -> Answer:
        self.asked += 1
        if not question.strip("?"):
            raise QuestionError("the question is blank: ask something")
        found = self.answers.get(question) or answer(question, "2014", 0.5, FR, (FR,))
        if max_error is not None and 1 - found.confidence > max_error:
            return replace(found, answered=False, answer=None, quotes=())
        return found


def corpus() -> Corpus:
    by_id: dict[str, Article] = {article.info.id: article for article in ARTICLES.values()}
    return Corpus((article.info for article in ARTICLES.values()), by_id.__getitem__)


def subject(service: Scripted | None = None) -> Subject:
    return Subject(service or Scripted(), corpus(), {"encoder": "none", "reader": "script"})


def write_set(path: Path, questions: Sequence[Mapping[str, Any]] = QUESTIONS) -> Path:
    path.write_text("".join(json.dumps(one, ensure_ascii=False) + "\n" for one in questions), encoding="utf-8")
    return path
