"""Answers and search results → JSON, and back for `verify`. The form is documented in README.md and versioned.

A field is never renamed or dropped under a version; new ones may be added. Positions count code points of the article's
text: for `.txt` and `.md` of the file as stored (without a byte order mark), for HTML of the extracted text, which
`article.extracted` tells apart.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from bot.answering import Answer, Quote
from index.errors import PolyQuoteError
from index.records import ArticleInfo, Hit
from index.retriever import Retrieval

ANSWER = "polyquote.answer/1"
SEARCH = "polyquote.search/1"
ERROR = "polyquote.error/1"


class SchemaError(PolyQuoteError):
    """A JSON document is not an answer of ours."""


@dataclass(frozen=True, slots=True)
class Claim:
    """What a stored quote claims: that `text` stands at `[start, end)` of the article at `path` with that digest."""

    path: str
    sha256: str
    text: str
    start: int
    end: int
    answer_start: int | None
    answer_end: int | None


def answer_json(answer: Answer, *, explain: bool = False) -> dict[str, Any]:
    """Return the JSON form of an answer; with `explain` also what each leg of the search gave."""
    tree: dict[str, Any] = {
        "schema": ANSWER,
        "question": answer.question,
        "language": answer.language,
        "answered": answer.answered,
        "answer": answer.answer,
        "confidence": round(answer.confidence, 4),
        "quotes": [_quote(quote) for quote in answer.quotes],
        "disputes": [
            {"answer": dispute.answer, "quotes": [_quote(quote) for quote in dispute.quotes]}
            for dispute in answer.disputes
        ],
        "nearest": [_quote(quote) for quote in answer.nearest],
        "warnings": list(answer.retrieval.warnings),
    }
    if explain:
        tree["explain"] = search_json(answer.question, answer.retrieval, explain=True)
    return tree


def search_json(question: str, retrieval: Retrieval, *, explain: bool = False) -> dict[str, Any]:
    """Return the JSON form of a search result."""
    tree: dict[str, Any] = {
        "schema": SEARCH,
        "question": question,
        "hits": [_hit(hit, explain=explain) for hit in retrieval.hits],
    }
    if explain:
        tree["expansion"] = list(retrieval.expansion)
        first = retrieval.relevance_feedback
        tree["relevance_feedback"] = first and {"path": first.article.path, "start": first.start, "end": first.end}
        tree["known_terms"] = list(retrieval.known_terms)
        tree["unknown_terms"] = list(retrieval.unknown_terms)
        tree["warnings"] = list(retrieval.warnings)
    return tree


def error_json(question: str, message: str) -> dict[str, Any]:
    """Return the JSON form of a question that could not be asked."""
    return {"schema": ERROR, "question": question, "error": message}


def _quote(quote: Quote) -> dict[str, Any]:
    return {
        "text": quote.text,
        "start": quote.start,
        "end": quote.end,
        "answer_start": quote.answer_start,
        "answer_end": quote.answer_end,
        "score": round(quote.score, 6),
        "kind": quote.kind.value,
        "article": _article(quote.article),
    }


def _hit(hit: Hit, *, explain: bool) -> dict[str, Any]:
    tree: dict[str, Any] = {
        "text": hit.passage.text,
        "start": hit.passage.start,
        "end": hit.passage.end,
        "score": round(hit.score, 6),
        "lexical_rank": hit.lexical_rank,
        "dense_rank": hit.dense_rank,
        "kind": hit.passage.kind.value,
        "article": _article(hit.passage.article),
    }
    if explain:
        tree |= {
            "lexical_score": hit.lexical_score,
            "lexical_share": hit.lexical_share,
            "dense_score": hit.dense_score,
            "dense_z": hit.dense_z,
        }
    return tree


def _article(info: ArticleInfo) -> dict[str, Any]:
    return {name: getattr(info, name) for name in ArticleInfo.__slots__}


def read_claims(text: str) -> list[Claim]:
    """Return the claims of every quote, nearest passage and hit in a JSON document, or in JSON lines.

    Raises SchemaError naming the line and what is missing.
    """
    try:
        documents = [(1, json.loads(text))]
    except (ValueError, RecursionError):
        documents = list(_lines(text))
    claims: list[Claim] = []
    for number, document in documents:
        if not isinstance(document, dict) or not str(document.get("schema", "")).startswith("polyquote."):
            raise SchemaError(f"line {number} is no answer of polyquote: make it with `polyquote ask --json`")
        claims += _claims(number, document)
    return claims


def _claims(number: int, document: Mapping[str, Any]) -> list[Claim]:
    items = [item for key in ("quotes", "nearest", "hits") for item in _items(number, document, key)]
    items += [item for dispute in _items(number, document, "disputes") for item in _items(number, dispute, "quotes")]
    return [_claim(number, item) for item in items]


def _items(number: int, tree: Any, key: str) -> list[Any]:
    items = tree.get(key, []) if isinstance(tree, dict) else None
    if not isinstance(items, list):
        raise SchemaError(f"line {number} has {key!r} that are no list: give the file as `ask --json` wrote it")
    return items


def _lines(text: str) -> Iterator[tuple[int, Any]]:
    # subtle: not splitlines(), which also cuts at U+2028 and its like; JSON holds those raw within a string.
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            try:
                yield number, json.loads(line)
            except (ValueError, RecursionError) as error:
                raise SchemaError(
                    f"line {number} is not JSON ({error}): give the file as `ask --json` wrote it"
                ) from None


def _claim(number: int, item: Mapping[str, Any]) -> Claim:
    try:
        claim = Claim(
            item["article"]["path"],
            item["article"]["sha256"],
            item["text"],
            item["start"],
            item["end"],
            item.get("answer_start"),
            item.get("answer_end"),
        )
    except (KeyError, TypeError) as error:
        raise SchemaError(
            f"line {number} has a quote without {error}: give the file as `ask --json` wrote it"
        ) from None
    numbers = (claim.start, claim.end, claim.answer_start, claim.answer_end)
    if any(type(value) is not int and value is not None for value in numbers) or not (
        type(claim.start) is int and type(claim.end) is int and isinstance(claim.text, str) and claim.start >= 0
    ):
        raise SchemaError(f"line {number} has a quote whose positions are not whole numbers: write it anew")
    return claim
