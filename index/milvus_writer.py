"""A generation → Milvus: written beside the others, counted, sealed, and only then named by the alias.

What is written is a generation that stands on disk here (`indexing` made it), so nothing is encoded or counted twice
and both stores hold the same rows. A generation on Milvus is never changed: whatever was left by a run that did not
reach its seal is dropped by the next one. One machine writes at a time; the alias is not moved if another moved it
meanwhile. Several machines write together by `shards`.
"""

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.encoders import Encoder
from index.encoding import Progress
from index.errors import StoreError
from index.generations import KEPT, KINDS
from index.milvus import current_generation, open_milvus
from index.milvus_client import BATCH, Cluster
from index.milvus_generations import create, drop_old, next_generation, seal, switch
from index.milvus_schema import (
    MOST_BYTES,
    NO_TERM,
    PAD,
    codes_of,
    in_keys,
    place_of,
    term_key,
    text_of,
    text_rows,
)
from index.milvus_texts import collections, statistics_text
from index.passages import SENTENCES
from index.sentence_vectors import PassageVectors
from index.store import Store

ROWS = 50_000  # passages whose sparse rows are gathered at a time

Sparse = dict[int, float]


@dataclass(frozen=True, slots=True)
class Part:
    """What one machine writes of a generation: a local generation, and where its rows stand in the whole.

    `articles` and `rows` are the numbers in the whole of the local articles and passages, `codes` the languages of the
    whole, `sparse` the sparse rows of a stretch of local passages.
    """

    store: Store
    articles: NDArray[np.int64]
    rows: NDArray[np.int64]
    codes: tuple[str, ...]
    sparse: Callable[[int, int], Sequence[Sparse]]


def publish(store: Store, cluster: Cluster, *, progress: Progress = lambda done, total: None, keep: int = KEPT) -> str:
    """Write a local generation to Milvus, switch to it, drop the oldest, and return its name there.

    Raises StoreUnreachable or StoreRefused, leaving the generation before in place, and IndexBusy if another process
    switched meanwhile.
    """
    before = current_generation(cluster)
    generation = next_generation(cluster, before)
    names = collections(cluster.address.collection, generation)
    create(cluster, generation, int(store.manifest["encoder"]["dimension"]))
    part = Part(
        store,
        np.arange(len(store.articles)),
        np.arange(len(store.passages)),
        store.languages,
        lambda start, end: sparse_rows(store, start, end),
    )
    write_passages(cluster, names[0], part, progress)
    write_articles(cluster, names[1], names[3], part)
    write_terms(
        cluster, names[2], ((n, store.postings.terms[n], float(idf)) for n, idf in enumerate(store.postings.idf))
    )
    counts = {"passages": len(store.passages), "articles": len(store.articles), "terms": len(store.postings.terms)}
    about = {**store.manifest, "identity": identity(store)}
    about.pop("files", None)
    seal(cluster, generation, about, statistics_text(store.statistics), counts)
    switch(cluster, generation, before)
    drop_old(cluster, keep)
    return generation


def identity(store: Store) -> str:
    """Return a digest of all that a local generation holds, whenever and under whatever number it was written."""
    told = {key: value for key, value in store.manifest.items() if key not in ("created", "generation")}
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


def write_passages(cluster: Cluster, name: str, part: Part, progress: Progress = lambda done, total: None) -> None:
    """Write the passages of a part."""
    total = len(part.rows)
    for start in range(0, total, ROWS):
        end = min(start + ROWS, total)
        sparse = part.sparse(start, end)
        for first in range(start, end, BATCH):
            last = min(first + BATCH, end)
            cluster.upsert(name, [_passage_row(part, row, sparse[row - start]) for row in range(first, last)])
            progress(last, total)
    cluster.flush(name)


def _passage_row(part: Part, row: int, sparse: Sparse) -> dict[str, Any]:
    passage = part.store.passage(row)
    return {
        "row": int(part.rows[row]),
        "article": int(part.articles[part.store.passages["article"][row]]),
        "start": passage.start,
        "end": passage.end,
        "kind": KINDS.index(passage.kind),
        "language": part.codes.index(passage.article.language),
        "day": (passage.article.date or "")[:10],
        "digest": part.store.digests[row].tobytes().hex(),
        "text": passage.text,
        "dense": [float(value) for value in part.store.vectors[row]],
        "sentences": text_of(part.store.sentences[row]),
        "sparse": sparse or {NO_TERM: 1.0},
    }


def sparse_rows(store: Store, start: int, end: int) -> list[Sparse]:
    """Return the rows of some passages by dimension (the term's number + 1), from postings that lie by term."""
    postings = store.postings
    places = np.flatnonzero((postings.rows >= start) & (postings.rows < end))
    terms = np.searchsorted(postings.indptr, places, side="right")  # the number + 1 of the term that a place is in
    rows: list[Sparse] = [{} for _ in range(end - start)]
    for row, term, value in zip(
        (postings.rows[places] - start).tolist(), terms.tolist(), postings.values[places].tolist(), strict=True
    ):
        rows[row][term] = value
    return rows


def write_articles(cluster: Cluster, articles: str, texts: str, part: Part) -> None:
    """Write the articles of a part, and their texts in parts."""
    rows: list[dict[str, Any]] = []
    bodies: list[dict[str, Any]] = []
    for number in range(len(part.store.articles)):
        row, body = _article_rows(part, number)
        rows.append(row)
        bodies += body
        if len(bodies) >= BATCH:
            cluster.upsert(articles, rows)
            cluster.upsert(texts, bodies)
            rows, bodies = [], []
    cluster.upsert(articles, rows)
    cluster.upsert(texts, bodies)
    cluster.flush(articles)
    cluster.flush(texts)


def _article_rows(part: Part, number: int) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    article, origin = part.store.article(number), part.store.origin(number)
    line = json.dumps({"info": asdict(article.info), "origin": asdict(origin)}, ensure_ascii=False)
    row = {
        "number": int(part.articles[number]),
        "id": article.info.id,
        "place": place_of(article.info),
        "line": line,
        "pad": PAD,
    }
    for name in ("place", "line"):
        if len(str(row[name]).encode()) > MOST_BYTES:
            raise StoreError(
                f"{article.info.path}: its title, source and path together are over {MOST_BYTES} bytes,"
                " more than Milvus holds: shorten them"
            )
    sections = [[section.kind, section.start, section.end] for section in article.sections]
    text = json.dumps({"sections": sections, "text": article.text}, ensure_ascii=False)
    return row, list(text_rows(f"article/{int(part.articles[number])}", text))


def write_terms(cluster: Cluster, name: str, terms: Iterator[tuple[int, bytes, float]]) -> None:
    """Write terms as (number, UTF-8, idf)."""
    rows: list[dict[str, Any]] = []
    for number, term, idf in terms:
        rows.append({"key": term_key(term), "number": number, "idf": idf, "pad": PAD})
        if len(rows) == BATCH:
            cluster.upsert(name, rows)
            rows = []
    cluster.upsert(name, rows)
    cluster.flush(name)


class Recalled:
    """Vectors of passages that Milvus has, if the generation that answers there is of the same encoder."""

    def __init__(self, encoder: Encoder, cluster: Cluster) -> None:
        """Take an encoder and a cluster."""
        self._cluster, self._dimension = cluster, encoder.dimension
        self._passages: str | None = None
        with suppress(StoreError):
            store = open_milvus(cluster)
            if store.manifest["encoder"]["fingerprint"] == encoder.fingerprint:
                self._passages = store.names[0]

    def recall(self, digests: NDArray[np.void]) -> tuple[NDArray[np.void], PassageVectors]:
        """Return those of the digests that are known there, and their vectors."""
        asked = {digest.tobytes().hex(): number for number, digest in enumerate(digests)}
        told = {}
        if self._passages is not None and asked:
            rows = self._cluster.query(self._passages, in_keys("digest", list(asked)), ("digest", "dense", "sentences"))
            told = {asked[row["digest"]]: row for row in rows}
        dense = np.array([row["dense"] for row in told.values()], dtype=np.float32)
        codes = np.array([codes_of(row["sentences"], self._dimension) for row in told.values()], dtype=np.int8)
        return digests[list(told)], PassageVectors(
            dense.reshape(-1, self._dimension), codes.reshape(-1, SENTENCES, self._dimension)
        )
