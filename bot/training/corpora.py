"""The public question-answering data as one list of paragraphs with their questions.

Reads `shared/datasets` as its README describes it: XQuAD (en, vi, zh, parallel), half of SQuAD 2.0 dev, PIAF, CMRC
2018, DRCD, TyDi QA (Indonesian) and IDK-MRC, and NTREX's news. MLQA is never read here. Offsets are code points. Does
not tokenise or cut; what was written for this reader is `written.py`'s.
"""

import hashlib
import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import opencc

PIAF_SET_ASIDE = 10  # one article in ten, by a hash of its title, is kept for scoring


@dataclass(frozen=True, slots=True)
class Question:
    """A question about one paragraph; `start` is None when the paragraph does not answer it.

    `others` are answers to it that other texts give, in other words or languages.
    """

    id: str
    text: str
    language: str
    start: int | None
    answer: str
    others: tuple[str, ...] = ()

    def answered_in(self, text: str) -> bool:
        """Tell whether a text holds an answer, as a text at least; False where none is known."""
        folded = text.casefold()
        return any(answer.casefold() in folded for answer in (self.answer, *self.others) if answer)


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A context and its questions; paragraphs with one `twin` say the same thing (translations, shared contexts)."""

    text: str
    language: str
    source: str
    article: str
    twin: str
    questions: tuple[Question, ...]


def load(folder: Path) -> list[Paragraph]:
    """Load the public training paragraphs."""
    return [*_xquad(folder), *_squad(folder), *_piaf(folder, aside=False), *_chinese(folder), *_indonesian(folder)]


def load_piaf_aside(folder: Path) -> list[Paragraph]:
    """Load the PIAF articles that training never sees."""
    return list(_piaf(folder, aside=True))


def news(folder: Path) -> list[dict[str, list[str]]]:
    """Load NTREX's documents: for each, its sentences by language."""
    names = {"en": "src.eng", "vi": "ref.vie", "fr": "ref.fra", "zh": "ref.zho-CN", "id": "ref.ind"}
    lines = {
        k: (folder / f"ntrex/newstest2019-{v}.txt").read_text(encoding="utf-8").splitlines() for k, v in names.items()
    }
    ids = (folder / "ntrex/DOCUMENT_IDS.tsv").read_text(encoding="utf-8").splitlines()
    documents: dict[str, dict[str, list[str]]] = {}
    for i, row in enumerate(ids[: len(lines["en"])]):
        document = documents.setdefault(row.split("\t")[0], {language: [] for language in names})
        for language in names:
            document[language].append(lines[language][i])
    return list(documents.values())


def times(weight: float, rng: random.Random) -> range:
    """Count how often a question of a weight is seen in an epoch: the whole part, and once more by chance."""
    return range(int(weight) + (rng.random() < weight % 1))


def _read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def _twin(text: str) -> str:
    return hashlib.sha1("".join(text.split()).encode(), usedforsecurity=False).hexdigest()[:12]


def _questions(context: str, qas: list[dict[str, Any]], language: str) -> Iterator[Question]:
    """Yield the questions whose first answer stands where it says (or that have none)."""
    for qa in qas:
        answers = qa.get("answers", [])
        if qa.get("is_impossible") or not answers or not answers[0]["text"]:
            yield Question(str(qa["id"]), qa["question"].strip(), language, None, "")
            continue
        text = answers[0]["text"]
        start = answers[0]["answer_start"]
        if context[start : start + len(text)] == text:
            lead = len(text) - len(text.lstrip())
            yield Question(str(qa["id"]), qa["question"].strip(), language, start + lead, text.strip())


def _paragraphs(path: Path, language: str, source: str) -> Iterator[Paragraph]:
    for number, article in enumerate(_read(path)["data"]):
        name = f"{source}:{article.get('title') or number}"
        for paragraph in article["paragraphs"]:
            text = paragraph["context"]
            yield Paragraph(
                text, language, source, name, _twin(text), tuple(_questions(text, paragraph["qas"], language))
            )


def _xquad(folder: Path) -> Iterator[Paragraph]:
    """Each context carries the questions of all three languages, with the answer in the context's language."""
    loaded = {c: list(_paragraphs(folder / f"xquad/xquad.{c}.json", c, "xquad")) for c in ("en", "vi", "zh")}
    for number, english in enumerate(loaded["en"]):
        own = {c: {q.id: q for q in loaded[c][number].questions} for c in loaded}
        for language in loaded:
            here = loaded[language][number]
            asked = [
                Question(f"{q.id}-{c}", own[c][q.id].text, c, q.start, q.answer)
                for q in here.questions
                for c in loaded
                if q.id in own[c]
            ]
            yield Paragraph(here.text, language, "xquad", english.article, english.twin, tuple(asked))


def _squad(folder: Path) -> Iterator[Paragraph]:
    yield from _paragraphs(folder / "squad2-en/dev-v2.0-cs224n.json", "en", "squad2")


def _piaf(folder: Path, aside: bool) -> Iterator[Paragraph]:
    for paragraph in _paragraphs(folder / "piaf/piaf-v1.1-train.json", "fr", "piaf"):
        digest = hashlib.sha1(paragraph.article.encode(), usedforsecurity=False).hexdigest()
        if (int(digest, 16) % PIAF_SET_ASIDE == 0) == aside:
            yield paragraph


def _chinese(folder: Path) -> Iterator[Paragraph]:
    """CMRC and DRCD, each in its own characters and converted to the other script where the length stays."""
    plan = (
        ("cmrc2018/cmrc2018_dev.json", "s2t"),
        ("cmrc2018/cmrc2018_trial.json", "s2t"),
        ("drcd/DRCD_dev.json", "t2s"),
    )
    for name, conversion in plan:
        convert = opencc.OpenCC(conversion).convert
        for paragraph in _paragraphs(folder / name, "zh", name.split("/")[0]):
            yield paragraph
            other = convert(paragraph.text)
            if len(other) != len(paragraph.text):
                continue
            asked = []
            for q in paragraph.questions:
                answer = "" if q.start is None else other[q.start : q.start + len(q.answer)]
                asked.append(Question(f"{q.id}-{conversion}", convert(q.text), "zh", q.start, answer))
            yield Paragraph(
                other, "zh", paragraph.source + "-" + conversion, paragraph.article, paragraph.twin, tuple(asked)
            )


def _indonesian(folder: Path) -> Iterator[Paragraph]:
    """TyDi QA and IDK-MRC joined by paragraph; a question that stands in both is taken once."""
    joined: dict[str, dict[str, Question]] = {}
    for name in ("tydiqa-goldp-id/train.json", "idk-mrc/train.json"):
        for paragraph in _read(folder / name):
            text = paragraph["context"]
            known = joined.setdefault(text, {})
            for question in _questions(text, paragraph["qas"], "id"):
                known.setdefault(" ".join(question.text.casefold().split()), question)
    for text, known in joined.items():
        yield Paragraph(text, "id", "tydi+idk", f"id:{_twin(text)}", _twin(text), tuple(known.values()))


def join(lines: Sequence[str], language: str, space: str | None = None) -> tuple[str, list[int]]:
    """Join sentences, as their language does or by what is given, and say where each begins."""
    space = ("" if language == "zh" else " ") if space is None else space
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line) + len(space))
    return space.join(lines), starts[:-1]
