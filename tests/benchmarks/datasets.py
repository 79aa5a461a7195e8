"""Public data → collections of documents and queries over them, as the retrieval tables take them.

MLQA (Lewis et al. 2020), PIAF (Keraron et al. 2020), TyDi QA (Clark et al. 2020) and XQuAD (Artetxe et al. 2020) give
questions and the paragraph that answers each, NTREX-128 (Federmann et al. 2022) news documents in five languages and
their headlines. The documents of all languages are in one pool. Most have translations in it, and a translation of the
target is neither what is asked for nor an error: the tables pass over it, so that a query in one language and a target
in another meet only the pool's other documents. NTREX's documents are without their headlines. Nothing is downloaded,
and nothing is scored here.
"""

import json
import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

from bot.training.corpora import load_piaf_aside

NTREX = ("vi", "fr", "zh", "id", "en")
XQUAD = MLQA = ("vi", "zh", "en")
SEED = 20231117


@dataclass(frozen=True, slots=True)
class Document:
    """A text of the pool; `name` is the file that it becomes, unique in its collection."""

    name: str
    language: str
    text: str


@dataclass(frozen=True, slots=True)
class Query:
    """A text to search for, the name and language of its target, and the target's translations, which are passed over.

    `split` is `train`, `choose` or `report`: the encoder was tuned on the first, the fusion is chosen on the second.
    """

    text: str
    language: str
    target: str
    target_language: str
    translations: frozenset[str]
    split: str


@dataclass(frozen=True, slots=True)
class Collection:
    """A pool of documents and the queries over it."""

    name: str
    documents: tuple[Document, ...]
    queries: tuple[Query, ...]

    def sampled(self, per_pair: int) -> "Collection":
        """Return the collection with at most so many queries of each pair of languages, drawn with a fixed seed."""
        pairs: dict[tuple[str, str], list[Query]] = {}
        for query in self.queries:
            pairs.setdefault((query.language, query.target_language), []).append(query)
        drawn: list[Query] = []
        for pair, queries in sorted(pairs.items()):
            generator = random.Random(f"{SEED} {self.name} {pair}")
            drawn += generator.sample(queries, min(per_pair, len(queries)))
        return replace(self, queries=tuple(drawn))


def write(collection: Collection, folder: Path) -> None:
    """Write every document as an article whose front matter names its language."""
    for document in collection.documents:
        path = folder / document.name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f'+++\nlanguage = "{document.language}"\n+++\n{document.text}\n', encoding="utf-8")


def xquad(data: Path) -> Collection:
    """Read XQuAD: every question in three languages to the paragraph in each of three: nine pairs.

    The encoder was tuned on all of it, so that only what the lexical leg finds here says something.
    """
    loaded = {code: _json(data / "xquad" / f"xquad.{code}.json")["data"] for code in XQUAD}
    documents, queries = [], []
    for article, versions in enumerate(zip(*loaded.values(), strict=True)):
        for number, paragraphs in enumerate(zip(*(version["paragraphs"] for version in versions), strict=True)):
            names = {code: f"{code}/{article:02d}-{number}.txt" for code in XQUAD}
            texts = dict(zip(XQUAD, (paragraph["context"] for paragraph in paragraphs), strict=True))
            documents += [Document(names[code], code, texts[code]) for code in XQUAD]
            asked = {
                code: {qa["id"]: qa["question"] for qa in paragraph["qas"]}
                for code, paragraph in zip(XQUAD, paragraphs, strict=True)
            }
            queries += [
                _query(text, code, target, names, "report")
                for code, questions in asked.items()
                for text in questions.values()
                for target in XQUAD
            ]
    return Collection("XQuAD", tuple(documents), tuple(queries))


def mlqa(data: Path) -> Collection:
    """Read half A of MLQA's development set: nine pairs, paragraphs as Wikipedia has them."""
    documents: dict[tuple[str, str], Document] = {}
    answering: dict[str, dict[str, str]] = {}
    asked: list[tuple[str, str, str, str]] = []
    for target in MLQA:
        for code in MLQA:
            tree = _json(data / "mlqa" / f"dev-context-{target}-question-{code}.json")
            for paragraph in (paragraph for article in tree["data"] for paragraph in article["paragraphs"]):
                text = paragraph["context"]
                name = f"{target}/{sha256(text.encode()).hexdigest()[:16]}.txt"
                documents[target, name] = Document(name, target, text)
                for qa in paragraph["qas"]:
                    answering.setdefault(qa["id"], {})[target] = name
                    asked.append((qa["id"], qa["question"], code, target))
    queries = [_query(text, code, target, answering[key], _split(key)) for key, text, code, target in asked]
    return Collection("MLQA", tuple(documents[key] for key in sorted(documents)), tuple(queries))


def ntrex(data: Path) -> Collection:
    """Read NTREX: a headline to its document in each other language, 20 directions; of one split by document.

    One document in four is what the encoder was tuned on (`bot.training.pairs`).
    """
    documents, queries = [], []
    lines = (data / "ntrex" / "docs_parallel.jsonl").read_text(encoding="utf-8").splitlines()
    for number, tree in enumerate(map(json.loads, lines)):
        names = {code: f"{code}/{number:03d}.txt" for code in NTREX}
        documents += [
            Document(names[code], code, ("" if code == "zh" else " ").join(tree["sentences"][code])) for code in NTREX
        ]
        queries += [
            _query(tree["headline"][code], code, target, names, ("train", "report", "choose", "report")[number % 4])
            for code in NTREX
            for target in NTREX
            if target != code
        ]
    return Collection("NTREX", tuple(documents), tuple(queries))


def french_and_indonesian(data: Path) -> Collection:
    """Read the PIAF articles that are set aside and TyDi's validation file: questions in the paragraph's language."""
    asked = [
        (paragraph.language, paragraph.text, question.id, question.text)
        for paragraph in load_piaf_aside(data)
        for question in paragraph.questions
    ]
    for tree in _json(data / "tydiqa-goldp-id" / "valid.json"):
        asked += [("id", tree["context"], qa["id"], qa["question"]) for qa in tree["qas"]]
    named = {text: (f"{code}/{sha256(text.encode()).hexdigest()[:16]}.txt", code) for code, text, _, _ in asked}
    queries = [_query(question, code, code, {code: named[text][0]}, _split(key)) for code, text, key, question in asked]
    documents = tuple(Document(name, code, text) for text, (name, code) in sorted(named.items()))
    return Collection("PIAF and TyDi", documents, tuple(queries))


COLLECTIONS: Mapping[str, Callable[[Path], Collection]] = {
    "MLQA": mlqa,
    "PIAF and TyDi": french_and_indonesian,
    "NTREX": ntrex,
    "XQuAD": xquad,
}


def _split(key: str) -> str:
    """Return the split of a question: one in three is chosen on."""
    return "choose" if int(sha256(key.encode()).hexdigest()[:8], 16) % 3 == 0 else "report"


def _query(text: str, code: str, target: str, names: Mapping[str, str], split: str) -> Query:
    translations = frozenset(name for other, name in names.items() if other != target)
    return Query(text.strip(), code, names[target], target, translations, split)


def ranked(names: Iterable[str], query: Query) -> Sequence[str]:
    """Return the documents in the order in which their first passage stands, without translations of the target."""
    return [name for name in dict.fromkeys(names) if name not in query.translations]


def _json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))
