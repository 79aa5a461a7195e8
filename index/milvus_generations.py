"""Generations on Milvus by name: made room for, sealed once they are whole, switched to, gone back to and dropped.

A generation is not changed once it is sealed, and only what is sealed is opened. What a run left that did not reach
its seal is dropped by the next one. Switching is one step: an alias names another collection.
"""

import hashlib
import json
from collections.abc import Iterator, Sequence
from typing import Any

from index.errors import IndexBusy, IndexDamaged, IndexMissing, StoreError
from index.generations import KEPT
from index.history import Past
from index.milvus import MilvusStore, current_generation
from index.milvus_client import Cluster, Column
from index.milvus_schema import ARTICLES, FORMAT, TERMS, TEXTS, passages_columns, text_rows
from index.milvus_texts import collections, read_text


def next_generation(cluster: Cluster, before: str | None) -> str:
    """Return the name of the generation to write, after dropping what runs left that did not reach their seal."""
    there = generations(cluster)
    for generation in there:
        if generation != before and not is_sealed(cluster, generation):
            drop_generation(cluster, generation)
            there = [name for name in there if name != generation]
    return f"{int(max(there, default='0')) + 1:06d}"


def is_sealed(cluster: Cluster, generation: str) -> bool:
    """Tell whether a generation was written in full and counted."""
    try:
        read_text(cluster, collections(cluster.address.collection, generation)[3], "seal", strong=True)
    except (IndexMissing, IndexDamaged):
        return False
    return True


def generations(cluster: Cluster) -> list[str]:
    """Return the names of the generations that there are, whole or not, in order."""
    prefix, known = cluster.address.collection, set()
    for name in cluster.collections():
        for start in collections(prefix, ""):
            if name.startswith(start) and name.removeprefix(start).isdigit():
                known.add(name.removeprefix(start))
    return sorted(known)


def create(cluster: Cluster, generation: str, dimension: int) -> None:
    """Create the collections of a generation that are not there."""
    there = set(cluster.collections())
    forms: tuple[tuple[Column, ...], ...] = (passages_columns(dimension), ARTICLES, TERMS, TEXTS)
    for name, columns in zip(collections(cluster.address.collection, generation), forms, strict=True):
        if name not in there:
            create_collection(cluster, name, columns)


def create_collection(cluster: Cluster, name: str, columns: Sequence[Column]) -> None:
    """Create a collection, or let stand what another process has created meanwhile."""
    try:
        cluster.create(name, columns)
    except StoreError:
        if name not in cluster.collections():
            raise


def seal(cluster: Cluster, generation: str, about: dict[str, Any], statistics: str, counts: dict[str, int]) -> None:
    """Write what a generation says of itself, count what was written, and seal it; only what is sealed is opened.

    Raises IndexDamaged if not every row is there, or the statistics are not what was written.
    """
    names = collections(cluster.address.collection, generation)
    texts = {"manifest": json.dumps(about, ensure_ascii=False, sort_keys=True), "statistics": statistics}
    digests = {}
    for key, text in texts.items():
        cluster.upsert(names[3], list(text_rows(key, text)))
        digests[key] = hashlib.sha256(text.encode()).hexdigest()
    cluster.flush(names[3])
    for key in texts:
        read = read_text(cluster, names[3], key, strong=True)
        if hashlib.sha256(read.encode()).hexdigest() != digests[key]:
            raise IndexDamaged(f"the {key} of generation {generation} at {cluster} is not what was written: try again")
    for fault in _miscounts(cluster, generation, counts):
        raise IndexDamaged(f"{fault}: try again")
    told = json.dumps({"format": FORMAT, "sha256": digests, **counts}, sort_keys=True)
    cluster.upsert(names[3], list(text_rows("seal", told)))
    cluster.flush(names[3])


def miscounts(cluster: Cluster, generation: str) -> Iterator[str]:
    """Yield what is wrong with the number of rows that a sealed generation has."""
    name = collections(cluster.address.collection, generation)[3]
    yield from _miscounts(cluster, generation, json.loads(read_text(cluster, name, "seal")))


def _miscounts(cluster: Cluster, generation: str, counts: dict[str, int]) -> Iterator[str]:
    names = collections(cluster.address.collection, generation)
    for name, key in zip(names, ("passages", "articles", "terms"), strict=False):
        counted = cluster.count(name)
        if counted != counts[key]:
            yield f"{name} at {cluster} has {counted} rows instead of {counts[key]}"


def switch(cluster: Cluster, generation: str, before: str | None) -> None:
    """Have the alias name a generation; raises IndexBusy if it no longer names the one `before`."""
    now = current_generation(cluster)
    if now == generation:
        return
    if now != before:
        raise IndexBusy(
            f"another process switched {cluster} to generation {now} meanwhile: run `polyquote index` again"
        )
    prefix = cluster.address.collection
    cluster.point(f"{prefix}_passages", collections(prefix, generation)[0])


def list_generations(cluster: Cluster) -> tuple[Past, ...]:
    """Return the generations, the newest first; raises IndexMissing if there is none."""
    names, now = generations(cluster), current_generation(cluster)
    if not names:
        raise IndexMissing(f"no index at {cluster}: build one with `polyquote index PATH`")
    return tuple(_past(cluster, name, name == now) for name in reversed(names))


def _past(cluster: Cluster, generation: str, answers: bool) -> Past:
    try:
        store = MilvusStore(cluster, generation)
    except StoreError as error:
        return Past(generation, "", 0, 0, None, "", answers, str(error))
    encoder = store.manifest["encoder"]
    return Past(
        generation,
        store.manifest["created"],
        len(store.articles),
        len(store.passages),
        None,
        f"{encoder['name']}, {encoder['dimension']} dimensions",
        answers,
        next(miscounts(cluster, generation), None),
    )


def roll_back(cluster: Cluster, generation: str | None = None) -> str:
    """Switch to another generation that is there and whole, by default the one before, and return its name.

    Raises IndexMissing if there is none, and what opening it raises.
    """
    there, now = generations(cluster), current_generation(cluster)
    shown = ", ".join(there) or "none"
    if generation is None:
        before = [name for name in there if now is not None and name < now]
        if not before:
            raise IndexMissing(f"no generation before {now} at {cluster}: there are {shown}")
        generation = before[-1]
    elif generation not in there:
        raise IndexMissing(f"no generation {generation} at {cluster}: there are {shown}")
    MilvusStore(cluster, generation)
    switch(cluster, generation, now)
    return generation


def drop_old(cluster: Cluster, keep: int = KEPT) -> None:
    """Drop all but the newest `keep` generations up to the one that answers."""
    now = current_generation(cluster) or ""
    for generation in [name for name in generations(cluster) if name <= now][:-keep]:
        drop_generation(cluster, generation)


def drop_all(cluster: Cluster) -> None:
    """Drop every generation and the alias; the articles are untouched."""
    if current_generation(cluster) is not None:
        cluster.unpoint(f"{cluster.address.collection}_passages")
    for generation in generations(cluster):
        drop_generation(cluster, generation)


def drop_generation(cluster: Cluster, generation: str) -> None:
    """Drop what there is of a generation."""
    there = set(cluster.collections())
    for name in collections(cluster.address.collection, generation):
        if name in there:
            cluster.drop(name)
