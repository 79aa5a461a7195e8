"""What each of several machines counts of its articles, and what all counted put together: the scores' statistics.

The same figures as `indexing` makes of the whole, from sums that do not depend on how the articles were shared out.
"""

import base64
import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.analysis import tokens
from index.errors import StoreError
from index.fusion import LanguageStatistics, described, moments
from index.lexical import K1, B, inverse_document_frequencies
from index.milvus_writer import Sparse
from index.names import Mentions, mentions, mine
from index.spellings import Vocabulary
from index.store import Store


def count(store: Store) -> dict[str, Any]:
    """Return what a shard tells the others of its articles, as JSON can hold it; it does not depend on when."""
    frequencies: Counter[str] = Counter()
    length = 0
    for row in range(len(store.passages)):
        terms = _terms(store, row)
        length += len(terms)
        frequencies.update(set(terms))
    firsts = [*store.articles["first"].tolist(), len(store.passages)]
    articles = [
        [store.info(number).id, firsts[number + 1] - firsts[number], store.info(number).language]
        for number in range(len(store.articles))
    ]
    kept = ("roots", "encoder", "lexical", "passages", "left_out")
    return {
        "about": {key: store.manifest[key] for key in kept},
        "articles": articles,
        "frequencies": dict(sorted(frequencies.items())),
        "length": length,
        "languages": _sums(store),
        "names": _told(mentions(store.article(number).text for number in range(len(store.articles)))),
    }


def _terms(store: Store, row: int) -> list[str]:
    passage = store.passage(row)
    return tokens(passage.text, passage.article.language)


def _told(read: Mentions) -> dict[str, Any]:
    """Return what is known of names as JSON can hold it."""
    return {
        "glosses": sorted(read.glosses),
        "counts": dict(read.words.counts),
        "behind": {given: sorted(names) for given, names in read.words.behind.items()},
        "articles": [sorted(names) for names in read.words.articles],
    }


def _heard(told: dict[str, Any]) -> Mentions:
    behind = {given: frozenset(names) for given, names in told["behind"].items()}
    words = Vocabulary(told["counts"], behind, [frozenset(names) for names in told["articles"]])
    return Mentions(frozenset((one, other) for one, other in told["glosses"]), words)


def _sums(store: Store) -> dict[str, Any]:
    """Return each language's number of vectors, their mean, and the sum of outer products about it."""
    if not len(store.passages):
        return {}
    spoken = np.asarray(store.passages["language"])
    sizes = np.bincount(spoken, minlength=len(store.languages))
    centres, scatters = moments(store.vectors, spoken, sizes)
    return {
        code: {"size": int(sizes[n]), "centre": _base64(centres[n]), "scatter": _base64(scatters[n])}
        for n, code in enumerate(store.languages)
        if sizes[n]
    }


@dataclass(frozen=True, slots=True)
class Whole:
    """What all shards counted, put together; `plan` is a digest of it.

    `firsts` is the first row of each article, by id; `terms` are sorted by UTF-8, `weights` their idf.
    """

    plan: str
    digests: tuple[str, ...]
    about: dict[str, Any]
    numbers: dict[str, int]
    firsts: dict[str, int]
    passages: int
    terms: dict[str, int]
    weights: dict[str, float]
    average: float
    statistics: LanguageStatistics


def merge(counts: Sequence[dict[str, Any]], digests: Sequence[str]) -> Whole:
    """Put together what all shards counted; raises StoreError if they were not made alike."""
    abouts = [counted["about"] for counted in counts]
    for key in ("encoder", "lexical", "passages"):
        if any(about[key] != abouts[0][key] for about in abouts):
            raise StoreError(f"the shards were made with another {key}: give each the same configuration and version")
    articles = sorted(article for counted in counts for article in counted["articles"])
    firsts = np.cumsum([0, *(passages for _, passages, _ in articles)]).tolist()
    frequencies: Counter[str] = Counter()
    for counted in counts:
        frequencies.update(counted["frequencies"])
    length = sum(counted["length"] for counted in counts)
    passages = firsts[-1]
    per_language: dict[str, dict[str, int]] = {}
    for _, number, code in articles:
        told = per_language.setdefault(code, {"articles": 0, "passages": 0})
        told["articles"] += 1
        told["passages"] += number
    terms = sorted(frequencies, key=str.encode)
    left_out = {json.dumps(item, sort_keys=True): item for about in abouts for item in about["left_out"]}
    roots = dict.fromkeys(root for about in abouts for root in about["roots"])
    statistics = _described(per_language, counts, int(abouts[0]["encoder"]["dimension"]))
    return Whole(
        hashlib.sha256("".join(digests).encode()).hexdigest(),
        tuple(digests),
        {
            **abouts[0],
            "roots": list(roots),
            "names": [list(pair) for pair in mine(_heard(counted["names"]) for counted in counts)],
            "left_out": sorted(left_out.values(), key=_place),
            "counts": per_language,
            "languages": sorted(per_language),
        },
        {article: number for number, (article, _, _) in enumerate(articles)},
        {article: first for (article, _, _), first in zip(articles, firsts, strict=False)},
        passages,
        {term: number for number, term in enumerate(terms)},
        inverse_document_frequencies({term: frequencies[term] for term in terms}, passages),
        length / passages if length else 1.0,
        statistics,
    )


def _place(item: dict[str, Any]) -> tuple[str, str]:
    """Return what files that were left out are ordered by, as one machine orders them (`scanning`)."""
    return item["origin"]["path"], item["origin"]["root"]


def _described(
    languages: dict[str, dict[str, int]], counts: Sequence[dict[str, Any]], dimension: int
) -> LanguageStatistics:
    """Describe the languages of the whole from the sums of its parts (Chan, Golub & LeVeque 1979)."""
    codes = tuple(sorted(languages))
    sizes = np.zeros(len(codes), dtype=np.int64)
    centres = np.zeros((len(codes), dimension))
    scatters = np.zeros((len(codes), dimension, dimension))
    if not codes:
        return LanguageStatistics((), np.empty((0, 0), np.float32), np.empty((0, 0, 0), np.float32))
    for counted in counts:
        for code, sums in counted["languages"].items():
            n, size = codes.index(code), sums["size"]
            centre = _array(sums["centre"])
            apart = centre - centres[n]
            scatters[n] += _array(sums["scatter"]).reshape(dimension, dimension)
            scatters[n] += np.outer(apart, apart) * sizes[n] * size / (sizes[n] + size)
            centres[n] += apart * size / (sizes[n] + size)
            sizes[n] += size
    return described(codes, sizes, centres, scatters)


def sparse_rows(store: Store, whole: Whole, start: int, end: int) -> list[Sparse]:
    """Return the rows of some passages in the whole: BM25's saturated frequencies, by the term's number + 1."""
    rows: list[Sparse] = []
    for row in range(start, end):
        counts = Counter(_terms(store, row))
        saturation = K1 * (1 - B + B * counts.total() / whole.average)
        rows.append({whole.terms[term] + 1: n * (K1 + 1) / (n + saturation) for term, n in counts.items()})
    return rows


def _base64(array: NDArray[np.float64]) -> str:
    return base64.b64encode(np.ascontiguousarray(array, "<f8").tobytes()).decode()


def _array(text: str) -> NDArray[np.float64]:
    return np.frombuffer(base64.b64decode(text), dtype="<f8").astype(np.float64)
