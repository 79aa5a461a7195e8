"""What was written for this reader, as paragraphs with questions: it lies beside this file as JSON lines.

Questions about NTREX's news in all five languages (`news_questions.jsonl`); paragraphs of the public sets put into
other languages (`translations.jsonl`); and of our own: paragraphs as of an encyclopedia (`paragraphs.jsonl`), stories
told by five newsrooms, each in its language and with its own details (`articles.jsonl`), and longer ones
(`portals.jsonl`) as portals, forums and machine translation tell them, one sentence, bullet, by-line or reader's
comment on a line. Offsets are code points.
"""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain, pairwise
from pathlib import Path
from typing import Any

import opencc

from bot.training.corpora import Paragraph, Question, join, load, news

NEWS_QUESTIONS = Path(__file__).parent / "news_questions.jsonl"
TRANSLATIONS = Path(__file__).parent / "translations.jsonl"
OWN = {source: Path(__file__).parent / f"{source}.jsonl" for source in ("portals", "articles", "paragraphs")}
IN_BOTH_SCRIPTS = frozenset({"articles", "paragraphs"})  # every other one's Chinese is put in traditional characters
SPACES = {"portals": "\n"}  # between the lines of a source, where it is not that between sentences of their language
LINES = 5  # of an article in a paragraph, about
_traditional = opencc.OpenCC("s2t").convert
PARALLEL = frozenset({"xquad", "ntrex", *OWN})  # sources whose questions stand in several languages


def load_all(folder: Path) -> list[Paragraph]:
    """Load all training paragraphs: the public ones of `folder` and those that were written."""
    public = load(folder)
    return [*public, *_translated(public), *about_news(folder), *chain.from_iterable(map(own, OWN))]


def records(path: Path) -> Iterator[dict[str, Any]]:
    """Read JSON lines."""
    for row in path.read_text(encoding="utf-8").splitlines():
        yield json.loads(row)


def _translated(paragraphs: Sequence[Paragraph]) -> Iterator[Paragraph]:
    """Yield paragraphs put into another language, with their questions in both, and as they were with those put."""
    originals = {paragraph.twin: paragraph for paragraph in reversed(paragraphs)}
    for record in records(TRANSLATIONS):
        original, context, code = originals[record["twin"]], record["context"], record["language"]
        asked = {question.id: question for question in original.questions}
        here, there = [], []
        for entry in record["questions"]:
            question, put, answer = asked[entry["id"]], entry["question"], entry["answer"]
            start = _nearest(context, answer, question, len(original.text))
            here.append(Question(f"{question.id}-{code}-{code}", put, code, start, answer))
            here.append(Question(f"{question.id}-{code}", question.text, question.language, start, answer))
            there.append(replace(question, id=f"{question.id}-put-{code}", text=put, language=code))
        yield replace(original, text=context, language=code, source="translated", questions=tuple(here))
        yield replace(original, source="translated", questions=tuple(there))


def _nearest(context: str, answer: str, question: Question, length: int) -> int | None:
    """Find an answer in a translation where it stands about as far on as in the original of this `length`."""
    if question.start is None:
        return None
    expected = question.start / length * len(context)
    return min((found.start() for found in re.finditer(re.escape(answer), context)), key=lambda at: abs(at - expected))


def about_news(folder: Path) -> list[Paragraph]:
    """Turn NTREX's documents into paragraphs of a few lines, in every language, with the questions about them.

    As with XQuAD, each has the questions in all five languages, with the answer in its own. Half of the Chinese ones
    are in traditional characters.
    """
    documents = news(folder)
    asked: list[list[dict[str, Any]]] = [[] for _ in documents]
    for record in records(NEWS_QUESTIONS):
        asked[record["doc"]].append(record)
    made = []
    for number, (document, entries) in enumerate(zip(documents, asked, strict=True)):
        parts = _parts(len(document["en"]))
        for chunk, lines in enumerate(parts):
            about = [
                (i, record)
                for i, record in enumerate(entries)
                if (record["line"] in lines if record["line"] is not None else i % len(parts) == chunk)
            ]
            for language, rows in document.items():
                text, starts = join(rows[lines.start : lines.stop], language)
                where = dict(zip(lines, starts, strict=True))
                put = _traditional(text) if language == "zh" and number % 2 else text
                twin = f"ntrex:{number}:{chunk}"
                questions = tuple(
                    question
                    for i, record in about
                    for question in _asked_of_news(record, f"{twin}-{i}", language, (text, put), where)
                )
                made.append(Paragraph(put, language, "ntrex", f"ntrex:{number}", twin, questions))
    return made


def _asked_of_news(
    record: dict[str, Any], name: str, language: str, texts: tuple[str, str], where: dict[int, int]
) -> Iterator[Question]:
    """Yield a question in every language, with its answer as the second text has it; none if that text has none.

    `where` says at which code point of the first text, of the same length, each line begins.
    """
    answer, start = record["answer"].get(language, ""), None
    if record["line"] is not None:
        if not answer:
            return
        start = texts[0].index(answer, where[record["line"]])
        answer = texts[1][start : start + len(answer)]
    for code, text in record["question"].items():
        yield Question(f"{name}-{code}", text, code, start, answer)


def own(source: str) -> Iterator[Paragraph]:
    """Yield what is in one of the files of our own, cut into paragraphs of a few lines."""
    for number, record in enumerate(records(OWN[source])):
        traditional = source in IN_BOTH_SCRIPTS and number % 2 and "zh" in record["articles"]
        yield from _told(source, number, _in_traditional(record) if traditional else record)


def _told(source: str, number: int, record: dict[str, Any]) -> Iterator[Paragraph]:
    name = f"{source}:{number}"
    for language, lines in record["articles"].items():
        yield from _parted(source, name, language, lines, record["questions"])


def _parted(
    source: str, name: str, language: str, lines: Sequence[str], entries: Sequence[dict[str, Any]]
) -> Iterator[Paragraph]:
    """Yield the parts of an article with what it is asked; what no article of its story answers, any part may get."""
    parts = _parts(len(lines))
    texts = [join(lines[part.start : part.stop], language, SPACES.get(source)) for part in parts]
    asked: list[list[Question]] = [[] for _ in parts]
    for i, entry in enumerate(entries):
        answers = entry["answers"]
        if answers and language not in answers:
            continue
        part, start, answer = i % len(parts), None, ""
        if answers:
            line, answer = answers[language]
            part = next(at for at, here in enumerate(parts) if line in here)
            text, starts = texts[part]
            start = text.index(answer, starts[line - parts[part].start])
        forms = tuple(dict.fromkeys(form for _, form in answers.values()))
        asked[part] += [
            Question(f"{name}-{i}-{code}", put, code, start, answer, forms) for code, put in entry["question"].items()
        ]
    for part, ((text, _), questions) in enumerate(zip(texts, asked, strict=True)):
        yield Paragraph(text, language, source, name, f"{name}:{language}:{part}", tuple(questions))


def _in_traditional(record: dict[str, Any]) -> dict[str, Any]:
    """Put a story's Chinese sentences, and the answers in them, in traditional characters, where the length stays."""
    lines = record["articles"]["zh"]
    converted = [put if len(put := _traditional(line)) == len(line) else line for line in lines]
    entries = []
    for entry in record["questions"]:
        answers = dict(entry["answers"])
        if "zh" in answers:
            line, answer = answers["zh"]
            start = lines[line].index(answer)
            answers["zh"] = [line, converted[line][start : start + len(answer)]]
        entries.append({**entry, "answers": answers})
    return {**record, "articles": {**record["articles"], "zh": converted}, "questions": entries}


def _parts(count: int) -> list[range]:
    """Part so many lines into pieces of about `LINES`."""
    pieces = max(1, round(count / LINES))
    edges = [round(piece * count / pieces) for piece in range(pieces + 1)]
    return [range(low, high) for low, high in pairwise(edges)]
