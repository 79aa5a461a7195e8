"""Several machines index one corpus together: each takes the articles that fall to it, and all write one Milvus.

Scores need statistics of the whole corpus, so it goes in three steps. Each shard makes a generation of its own articles
on its own disk and publishes what it counted there: articles and passages, document frequencies, lengths, and the sums
that describe its languages. Once all have, each writes its rows, at the numbers they have in the whole. Whoever is last
counts what is there, seals the generation and switches to it. The result is what one machine would have written.

The order does not matter, and each step can be done again: rows are written over themselves. A shard that counts
otherwise than before, since its articles have changed meanwhile, drops what was written on the old count. Once one has
published for a new generation, all others take part in it, whether their own articles have changed or not; one that was
run before that is to be run again. All shards must be given the same articles, and no other process may write to the
same place meanwhile.
"""

import hashlib
import json
import re
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from index.encoders import Encoder
from index.encoding import Progress
from index.errors import IndexBusy, IndexDamaged, IndexMissing, StoreError
from index.generations import KEPT
from index.indexing import Report, update_index
from index.milvus import current_generation, open_milvus
from index.milvus_client import Cluster
from index.milvus_generations import (
    create,
    create_collection,
    drop_generation,
    drop_old,
    generations,
    is_sealed,
    seal,
    switch,
)
from index.milvus_schema import TEXTS, term_key, text_rows
from index.milvus_texts import collections, read_text, statistics_text
from index.milvus_writer import Part, Recalled, write_articles, write_passages, write_terms
from index.records import ArticleInfo
from index.shard_counts import Whole, count, merge, sparse_rows
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
    report = update_index(
        folder,
        roots,
        encoder,
        progress=progress,
        waiting=waiting,
        chosen=shard.holds,
        elsewhere=Recalled(encoder, cluster),
    )
    store = open_store(folder)
    counted = json.dumps(count(store), sort_keys=True, ensure_ascii=False)
    digest = hashlib.sha256(counted.encode()).hexdigest()
    answering = _holding(cluster, shard, digest)
    if answering is not None and _published(cluster) not in cluster.collections():
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


class Run:
    """The writing of one generation by all shards, as one of them sees it; its texts lie in PREFIX_shards."""

    def __init__(self, cluster: Cluster, shard: Shard, dimension: int) -> None:
        """Join the run of the generation after those that are whole, or begin it."""
        self.cluster, self.shard, self.dimension = cluster, shard, dimension
        self.texts = _published(cluster)
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


def _published(cluster: Cluster) -> str:
    """Return the collection in which a run's shards publish; there is one only while a run is under way."""
    return f"{cluster.address.collection}_shards"


def _holding(cluster: Cluster, shard: Shard, digest: str) -> str | None:
    """Return the generation that answers if it was made of what this shard counted, as it was split."""
    try:
        store = open_milvus(cluster)
    except StoreError:
        return None
    made_of = store.manifest.get("shards", [])
    return store.generation if len(made_of) == shard.of and made_of[shard.number - 1] == digest else None
