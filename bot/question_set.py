"""A question set, line by line → questions, and what is wrong with the lines that are none.

One JSON object a line, UTF-8, of one of two forms; they may be mixed in a file.

**A question**, as in `questions/dev.jsonl`: `id`, `language` (a code of `index.languages`), `question`, `answers`
(accepted strings; none: the bot must abstain) and `evidence` (a list of `{"article": file, "quote": verbatim}`).

**A verdict** from the Discord bot's feedback file: `question`, `language` (a code, or `und` where it cannot be told),
`verdict` (`"right"` or `"wrong"`), `answer` (a string, or null where the bot abstained), `quotes` (a list of
`{"article", "text"}`, where `quote` may stand for `text` and the article may be its file or an object with a `path`),
`generation` and `time`. A right answer becomes the accepted one, its quotes the evidence; if the bot was right to
abstain, the question has no answer. A wrong answer becomes a regression check: the question is failed only if the bot
says the same again. Its id is `feedback-` and its line number.

Other keys are allowed and ignored. Nothing is held but the current line and, on disk, the ids that were seen.
"""

import json
import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, BinaryIO

from index.errors import LanguageError, PolyQuoteError
from index.languages import language

MAX_LINE = 2**20  # bytes; the longest line of a sane set is a few kilobytes
UNDETERMINED = "und"  # BCP 47


class QuestionSetError(PolyQuoteError):
    """A question set as a whole cannot be scored."""


class Kind(StrEnum):
    """What a question asks of the bot."""

    ANSWERABLE = "answerable"  # say an accepted answer
    UNANSWERABLE = "unanswerable"  # abstain
    REGRESSION = "regression"  # do not say again what was wrong


@dataclass(frozen=True, slots=True)
class Evidence:
    """A verbatim quote of an article that holds the answer."""

    article: str
    quote: str


@dataclass(frozen=True, slots=True)
class Question:
    """One question of a set, from the line of that number; `rejected` is the known wrong answer of a regression check.

    A regression check whose `rejected` is None is failed by abstaining.
    """

    line: int
    id: str
    language: str
    text: str
    kind: Kind
    answers: tuple[str, ...]
    evidence: tuple[Evidence, ...]
    rejected: str | None = None


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a line; 0 is the set as a whole."""

    line: int
    reason: str


class _Malformed(Exception):
    """A line is no question; the message is the reason."""


def read_questions(stream: BinaryIO) -> Iterator[Question | Fault]:
    """Yield the question or the fault of every line that is not blank, in order."""
    # An unnamed SQLite database lives in a temporary file: a million ids cost a few megabytes of memory at most.
    seen = sqlite3.connect("", isolation_level=None)
    try:
        seen.execute("CREATE TABLE ids (id TEXT PRIMARY KEY, line INTEGER) WITHOUT ROWID")
        seen.execute("BEGIN")
        for number, raw in _lines(stream):
            try:
                question = _question(number, raw)
            except _Malformed as problem:
                yield Fault(number, str(problem))
                continue
            if seen.execute("INSERT OR IGNORE INTO ids VALUES (?, ?)", (question.id, number)).rowcount:
                yield question
            else:
                (first,) = seen.execute("SELECT line FROM ids WHERE id = ?", (question.id,)).fetchone()
                yield Fault(number, f"the id {question.id!r} is that of line {first} already: give it one of its own")
    finally:
        seen.close()


def _lines(stream: BinaryIO) -> Iterator[tuple[int, bytes]]:
    number = 0
    while raw := stream.readline(MAX_LINE + 1):
        number += 1
        if number == 1:
            raw = raw.removeprefix(b"\xef\xbb\xbf")
        rest = raw
        while len(rest) > MAX_LINE and not rest.endswith(b"\n"):
            rest = stream.readline(MAX_LINE + 1)
        if raw.strip():
            yield number, raw


def _question(number: int, raw: bytes) -> Question:
    if len(raw) > MAX_LINE:
        raise _Malformed(f"longer than {MAX_LINE} bytes: split or shorten it")
    try:
        tree = json.loads(raw.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise _Malformed(f"not UTF-8 at byte {error.start}: save it as UTF-8") from None
    except (ValueError, RecursionError) as error:
        raise _Malformed(f"not JSON: {error}") from None
    if not isinstance(tree, dict):
        raise _Malformed(f"a question is a JSON object, not {_shown(tree)}")
    return _judged(number, tree) if "verdict" in tree else _labelled(number, tree)


def _labelled(number: int, tree: Mapping[str, Any]) -> Question:
    missing = [key for key in ("id", "language", "question", "answers", "evidence") if key not in tree]
    if missing:
        raise _Malformed(f"no {', '.join(missing)}: a question has id, language, question, answers and evidence")
    answers = tuple(_text(answer, "an accepted answer") for answer in _list(tree, "answers"))
    evidence = tuple(_evidence(item) for item in _list(tree, "evidence"))
    if evidence and not answers:
        raise _Malformed("evidence without an accepted answer: give the answer, or drop the evidence")
    return Question(
        number,
        _text(tree["id"], "id"),
        _language(tree["language"]),
        _text(tree["question"], "question"),
        Kind.ANSWERABLE if answers else Kind.UNANSWERABLE,
        answers,
        evidence,
    )


def _judged(number: int, tree: Mapping[str, Any]) -> Question:
    missing = [key for key in ("question", "language", "verdict", "answer", "quotes") if key not in tree]
    if missing:
        raise _Malformed(f"no {', '.join(missing)}: a verdict has question, language, verdict, answer and quotes")
    verdict = tree["verdict"]
    if verdict not in ("right", "wrong"):
        raise _Malformed(f"verdict is right or wrong, not {_shown(verdict)}")
    answer = None if tree["answer"] is None else _text(tree["answer"], "answer")
    evidence = tuple(_evidence(item) for item in _list(tree, "quotes"))
    code = tree["language"] if tree["language"] == UNDETERMINED else _language(tree["language"])
    text, identity = _text(tree["question"], "question"), f"feedback-{number}"
    if verdict == "wrong":
        return Question(number, identity, code, text, Kind.REGRESSION, (), (), answer)
    if answer is None:
        return Question(number, identity, code, text, Kind.UNANSWERABLE, (), ())
    return Question(number, identity, code, text, Kind.ANSWERABLE, (answer,), evidence)


def _evidence(item: Any) -> Evidence:
    if not isinstance(item, dict):
        raise _Malformed(f"evidence is an object with article and quote, not {_shown(item)}")
    article = item.get("article")
    if isinstance(article, dict):
        article = article.get("path")
    quote = item.get("quote", item.get("text"))
    return Evidence(_text(article, "the article of the evidence"), _text(quote, "the quote of the evidence"))


def _language(code: Any) -> str:
    try:
        return language(_text(code, "language")).code
    except LanguageError as error:
        raise _Malformed(str(error)) from None


def _list(tree: Mapping[str, Any], key: str) -> list[Any]:
    value = tree[key]
    if not isinstance(value, list):
        raise _Malformed(f"{key} is a list, not {_shown(value)}")
    return value


def _text(value: Any, what: str) -> str:
    if not isinstance(value, str) or not value.strip():
        raise _Malformed(f"{what} is a string that is not blank, not {_shown(value)}")
    if any("\ud800" <= char <= "\udfff" for char in value):
        raise _Malformed(f"{what} has half of a surrogate pair: write the character whole")
    return value


def _shown(value: Any) -> str:
    text = json.dumps(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
