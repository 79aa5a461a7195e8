"""Several machines index one corpus together: each takes the articles that fall to it, and all write one Milvus.

Scores need statistics of the whole corpus, so it goes in three steps. Each shard makes a generation of its own articles
on its own disk and publishes what it counted there: articles and passages, document frequencies, lengths, and the sums
that describe its languages. Once all have, each writes its rows, at the numbers they have in the whole. Whoever is last
counts what is there, seals the generation and switches to it. The result is what one machine would have written.

The order does not matter, and each step can be done again: rows are written over themselves. A shard that counts
otherwise than before, since its articles have changed meanwhile, drops what was written on the old count. All shards
must be given the same articles, and no other process may write to the same place meanwhile.
"""

import base64
import hashlib
import json
import re
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.analysis import tokens
from index.encoders import Encoder
from index.errors import IndexBusy, IndexDamaged, IndexMissing, StoreError
from index.fusion import LanguageStatistics, described, moments
from index.indexing import Progress, Report, update_index
from index.lexical import K1, B, inverse_document_frequencies
from index.milvus import collections, current_generation, open_milvus, read_text, statistics_text
from index.milvus_client import Cluster
from index.milvus_schema import TEXTS, term_key, text_rows
from index.milvus_writer import (
    KEPT,
    Part,
    RememberingEncoder,
    Sparse,
    create,
    create_collection,
    drop_generation,
    drop_old,
    generations,
    is_sealed,
    seal,
    switch,
    write_articles,
    write_passages,
    write_terms,
)
from index.records import ArticleInfo
from index.store import Store, open_store

POLL_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Shard:
    """One of several machines, counted from 1."""

    number: int
    of: int

    def __str__(self) -> str:
        """Return it as the command line has it."""
        return f"{self.number}/{self.of}"

    def holds(self, info: ArticleInfo) -> bool:
        """Tell whether an article falls to this shard, by the SHA-256 of its bytes."""
        return int(info.sha256[:16], 16) % self.of == self.number - 1


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run of a shard came to; `report` tells of the shard's own articles.

    `generation` answers if `switched`; else `uncounted` have not published what they counted, and this shard has to be
    run again when they have, or `unwritten` have not written their rows, and the last of them will switch.
    """

    generation: str
    switched: bool
    report: Report
    uncounted: tuple[int, ...] = ()
    unwritten: tuple[int, ...] = ()


def parse_shard(text: str) -> Shard:
    """Return the shard that a text like `2/3` names; raises ValueError."""
    found = re.fullmatch(r"([1-9]\d{0,3})/([1-9]\d{0,3})", text)
    if not found or int(found[1]) > int(found[2]):
        raise ValueError(f"{text!r} is no shard: NUMBER/OF is accepted, such as 1/3, 2/3 and 3/3")
    return Shard(int(found[1]), int(found[2]))


def index_shard(
    cluster: Cluster,
    folder: Path,
    roots: Sequence[Path],
    encoder: Encoder,
    shard: Shard,
    *,
    progress: Progress = lambda done, total: None,
    waiting: Callable[[], None] = lambda: None,
    wait: float = 0.0,
    sleep: Callable[[float], None] = time.sleep,
) -> Outcome:
    """Index the articles of one shard; waits up to `wait` seconds until all others have published what they counted.

    Raises what `update_index` raises, and the errors of a store.
    """
    remembering = RememberingEncoder(encoder, cluster)
    report = update_index(folder, roots, remembering, progress=progress, waiting=waiting, chosen=shard.holds)
    report = replace(report, encoded=remembering.encoded)
    store = open_store(folder)
    counted = json.dumps(count(store), sort_keys=True, ensure_ascii=False)
    digest = hashlib.sha256(counted.encode()).hexdigest()
    answering = _holding(cluster, shard, digest)
    if answering is not None:
        return Outcome(answering, True, report)
    run = Run(cluster, shard, int(store.manifest["encoder"]["dimension"]))
    run.publish(counted, digest)
    deadline = time.monotonic() + wait
    while missing := run.uncounted():
        if time.monotonic() >= deadline:
            return Outcome(run.generation, False, report, uncounted=missing)
        sleep(POLL_SECONDS)
    whole = run.whole()
    create(cluster, run.generation, run.dimension)
    run.write(store, whole, progress)
    unwritten = run.unwritten(whole)
    if not unwritten:
        run.finish(store, whole)
    elif _holding(cluster, shard, digest) == run.generation:
        unwritten = ()  # another shard was last, and has cleared up
    return Outcome(run.generation, not unwritten, report, unwritten=unwritten)


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
    kept = ("roots", "encoder", "lexical", "passages", "names", "left_out")
    return {
        "about": {key: store.manifest[key] for key in kept},
        "articles": articles,
        "frequencies": dict(sorted(frequencies.items())),
        "length": length,
        "languages": _sums(store),
    }


def _terms(store: Store, row: int) -> list[str]:
    passage = store.passage(row)
    return tokens(passage.text, passage.article.language)


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
            "names": [list(pair) for pair in sorted({tuple(pair) for about in abouts for pair in about["names"]})],
            "left_out": [left_out[key] for key in sorted(left_out)],
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


class Run:
    """The writing of one generation by all shards, as one of them sees it; its texts lie in PREFIX_shards."""

    def __init__(self, cluster: Cluster, shard: Shard, dimension: int) -> None:
        """Join the run of the generation after those that are whole, or begin it."""
        self.cluster, self.shard, self.dimension = cluster, shard, dimension
        self.texts = f"{cluster.address.collection}_shards"
        self.before = current_generation(cluster)
        whole = [name for name in generations(cluster) if name == self.before or is_sealed(cluster, name)]
        self.generation = f"{int(max(whole, default='0')) + 1:06d}"
        if self.texts not in cluster.collections():
            # What an earlier run left of this generation would be counted with ours.
            drop_generation(cluster, self.generation)
            create_collection(cluster, self.texts, TEXTS)

    def publish(self, counted: str, digest: str) -> None:
        """Publish what this shard counted; if it counted otherwise before, drop what was written on that."""
        known = self._digest(self.shard.number)
        if known == digest:
            return
        if known is not None:
            drop_generation(self.cluster, self.generation)
        self._write(f"{self._key(self.shard.number)}/counted", counted)
        self._write(f"{self._key(self.shard.number)}/digest", digest)

    def uncounted(self) -> tuple[int, ...]:
        """Return the shards that have not published what they counted."""
        return tuple(number for number in self._numbers() if self._digest(number) is None)

    def whole(self) -> Whole:
        """Put together what all shards counted; raises IndexBusy if one of them is counting anew."""
        counts, digests = [], []
        for number in self._numbers():
            text, digest = self._read(f"{self._key(number)}/counted"), self._digest(number)
            if text is None or digest is None or hashlib.sha256(text.encode()).hexdigest() != digest:
                raise IndexBusy(f"shard {number}/{self.shard.of} is publishing what it counted: run this again")
            counts.append(json.loads(text))
            digests.append(digest)
        return merge(counts, digests)

    def write(self, store: Store, whole: Whole, progress: Progress) -> None:
        """Write the rows of this shard, and its share of the terms, and say so."""
        numbers = np.array([whole.numbers[store.info(n).id] for n in range(len(store.articles))], dtype=np.int64)
        starts = np.array([whole.firsts[store.info(n).id] for n in range(len(store.articles))], dtype=np.int64)
        owners = np.asarray(store.passages["article"], dtype=np.int64)
        local = np.asarray(store.articles["first"], dtype=np.int64)
        rows = starts[owners] + np.arange(len(owners)) - local[owners]
        part = Part(
            store, numbers, rows, whole.statistics.codes, lambda start, end: sparse_rows(store, whole, start, end)
        )
        passages, articles, terms, texts = collections(self.cluster.address.collection, self.generation)
        write_passages(self.cluster, passages, part, progress)
        write_articles(self.cluster, articles, texts, part)
        mine = ((n, term.encode(), whole.weights[term]) for term, n in whole.terms.items() if self._holds(term))
        write_terms(self.cluster, terms, mine)
        self._write(f"{self._key(self.shard.number)}/written", whole.plan)

    def unwritten(self, whole: Whole) -> tuple[int, ...]:
        """Return the shards that have not written their rows on this count."""
        return tuple(n for n in self._numbers() if self._read(f"{self._key(n)}/written") != whole.plan)

    def finish(self, store: Store, whole: Whole) -> None:
        """Count, seal and switch, unless another shard was first; raises IndexDamaged if rows are missing."""
        counts = {"passages": whole.passages, "articles": len(whole.numbers), "terms": len(whole.terms)}
        about = {**whole.about, "created": store.manifest["created"], "format": store.manifest["format"]}
        about |= {"identity": f"shards {whole.plan}", "shards": list(whole.digests)}
        seal(self.cluster, self.generation, about, statistics_text(whole.statistics), counts)
        switch(self.cluster, self.generation, self.before)
        drop_old(self.cluster, KEPT)
        with suppress(IndexMissing):
            self.cluster.drop(self.texts)

    def _holds(self, term: str) -> bool:
        return int(term_key(term.encode())[:8], 16) % self.shard.of == self.shard.number - 1

    def _numbers(self) -> range:
        return range(1, self.shard.of + 1)

    def _key(self, number: int) -> str:
        return f"{self.generation}/{self.shard.of}/{number}"

    def _digest(self, number: int) -> str | None:
        return self._read(f"{self._key(number)}/digest")

    def _read(self, name: str) -> str | None:
        try:
            return read_text(self.cluster, self.texts, name, strong=True)
        except (IndexDamaged, IndexMissing):
            return None

    def _write(self, name: str, text: str) -> None:
        self.cluster.upsert(self.texts, list(text_rows(name, text)))
        self.cluster.flush(self.texts)


def sparse_rows(store: Store, whole: Whole, start: int, end: int) -> list[Sparse]:
    """Return the rows of some passages in the whole: BM25's saturated frequencies, by the term's number + 1."""
    rows: list[Sparse] = []
    for row in range(start, end):
        counts = Counter(_terms(store, row))
        saturation = K1 * (1 - B + B * counts.total() / whole.average)
        rows.append({whole.terms[term] + 1: n * (K1 + 1) / (n + saturation) for term, n in counts.items()})
    return rows


def _holding(cluster: Cluster, shard: Shard, digest: str) -> str | None:
    """Return the generation that answers if it was made of what this shard counted, as it was split."""
    try:
        store = open_milvus(cluster)
    except StoreError:
        return None
    made_of = store.manifest.get("shards", [])
    return store.generation if len(made_of) == shard.of and made_of[shard.number - 1] == digest else None


def _base64(array: NDArray[np.float64]) -> str:
    return base64.b64encode(np.ascontiguousarray(array, "<f8").tobytes()).decode()


def _array(text: str) -> NDArray[np.float64]:
    return np.frombuffer(base64.b64decode(text), dtype="<f8").astype(np.float64)
