"""The passport of an index: what is in it, which models made it, and what is wrong with it; the words of `doctor`."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from index.encoders import Encoder, mismatch
from index.history import list_generations
from index.indexing import indexed_roots, stale
from index.languages import LANGUAGES, language
from index.places import MilvusPlace, Place
from index.search_store import SearchStore
from index.store import Store, open_store

UNIT = 1e-3  # how far a vector's length may be from 1
COMPARED = 4000  # passages; every pair of them is, which for more would take too long
NEAR_DUPLICATE = 0.98  # cosine above which two passages of different articles say the same


@dataclass(frozen=True, slots=True)
class Passport:
    """The lines of the passport, and the faults; an index is sound if there are none."""

    lines: tuple[str, ...]
    faults: tuple[str, ...]


def inspect_place(place: Place, encoder: Encoder) -> Passport:
    """Read an index in full, wherever it is kept, and return its passport; raises what opening it raises."""
    if not isinstance(place, MilvusPlace):
        return inspect_index(place.folder, encoder)
    from index.milvus_generations import miscounts

    store = place.open()
    found = [*miscounts(place.cluster, store.generation), *_of_another_encoder(store, encoder)]
    return Passport(tuple(_lines(str(place), store)), tuple(found))


def inspect_index(index: Path, encoder: Encoder) -> Passport:
    """Read an index in full, every generation of it, and return its passport; raises what `open_store` raises."""
    store = open_store(index, full=True)
    told = list(store.faults)
    told += [past.fault for past in list_generations(index, full=True) if past.fault and past.fault not in told]
    lines = (*_lines(str(index), store), *_duplicates(store))
    return Passport(lines, (*told, *_faults(store, encoder)))


def _lines(where: str, store: SearchStore) -> Iterator[str]:
    manifest = store.manifest
    made = manifest["encoder"]
    rolled_back = ", rolled back to" if store.rolled_back else ""
    yield f"index      {where}, generation {store.generation}, written {manifest['created']}{rolled_back}"
    yield f"articles   {len(store.articles)} from {', '.join(manifest['roots'])}"
    comments = f", of which {int(store.comments.sum())} are readers' comments" if isinstance(store, Store) else ""
    yield f"passages   {len(store.passages)}{comments}"
    yield f"terms      {len(store.postings.terms)}"
    yield f"encoder    {made['name']}, {made['dimension']} dimensions, {made['fingerprint'][:16]}"
    yield ""
    yield "language     articles  passages  dates"
    infos = [store.info(number) for number in range(len(store.articles))]
    for code in LANGUAGES:
        count = manifest["counts"].get(code)
        if count is None:
            yield f"{language(code).name:<12} none"
            continue
        dates = sorted(info.date[:10] for info in infos if info.language == code and info.date)
        undated = count["articles"] - len(dates)
        told = [f"{dates[0]} to {dates[-1]}" if len(set(dates)) > 1 else dates[0]] if dates else []
        told += [f"{undated} undated"] if undated else []
        yield f"{language(code).name:<12} {count['articles']:>8}  {count['passages']:>8}  {', '.join(told)}"
    yield ""
    for info in infos:
        yield f"{info.sha256[:16]}  {info.language}  {info.date or 'undated':<10}  {info.path}  {info.title}"
    for item in store.left_out():
        yield f"left out: {item.reason}"


def _duplicates(store: Store) -> Iterator[str]:
    """Yield pairs of articles that share a passage nearly word for word, among the first COMPARED passages."""
    rows = np.flatnonzero(~store.comments)[:COMPARED]
    vectors, owners = store.vectors[rows], store.passages["article"][rows]
    close = np.argwhere(np.triu(vectors @ vectors.T >= NEAR_DUPLICATE, k=1))
    pairs = sorted({(int(owners[one]), int(owners[two])) for one, two in close if owners[one] != owners[two]})
    for one, two in pairs:
        yield f"near-duplicate passages: {store.info(one).path} and {store.info(two).path}"


def _faults(store: Store, encoder: Encoder) -> Iterator[str]:
    yield from _of_another_encoder(store, encoder)
    astray = int(np.sum(~(np.abs(np.linalg.norm(store.vectors, axis=1) - 1) < UNIT)))
    if astray:
        yield f"{astray} vectors are not of unit length: the dense leg is blind to those passages"
    held = np.zeros(len(store.passages), dtype=bool)
    held[store.postings.rows] = True
    for number, code in enumerate(store.languages):
        mine = store.passages["language"] == number
        if not bool(held[mine].any()):
            yield f"the lexical leg is blind to {language(code).name}: none of its passages has a term"
    roots = indexed_roots(store)
    yield from (f"{root} is not there any more" for root in roots if not root.exists())
    if not store.rolled_back and all(root.exists() for root in roots) and stale(store, roots):
        yield "the articles, or how they are read, have changed since: run `polyquote index`"


def _of_another_encoder(store: SearchStore, encoder: Encoder) -> Iterator[str]:
    if other := mismatch(store.manifest["encoder"], encoder):
        yield f"the index was {other}"
