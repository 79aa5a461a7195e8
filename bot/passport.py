"""The passport of an index: what is in it, which models made it, and what is wrong with it; the words of `doctor`."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from index.encoders import Encoder
from index.generations import current, faults
from index.indexing import indexed_roots, stale
from index.languages import LANGUAGES, language
from index.store import Store

UNIT = 1e-3  # how far a vector's length may be from 1
COMPARED = 4000  # passages; every pair of them is, which for more would take too long
NEAR_DUPLICATE = 0.98  # cosine above which two passages of different articles say the same


@dataclass(frozen=True, slots=True)
class Passport:
    """The lines of the passport, and the faults; an index is sound if there are none."""

    lines: tuple[str, ...]
    faults: tuple[str, ...]


def inspect_index(index: Path, encoder: Encoder) -> Passport:
    """Read an index in full and return its passport; raises what `generations.current` raises."""
    directory, manifest = current(index)
    found = list(faults(directory, manifest, full=True))
    if found:
        return Passport((), tuple(found))
    store = Store(directory, manifest)
    return Passport(tuple(_lines(index, store, encoder)), tuple(_faults(store, encoder)))


def _lines(index: Path, store: Store, encoder: Encoder) -> Iterator[str]:
    manifest = store.manifest
    made = manifest["encoder"]
    yield f"index      {index}, generation {store.generation}, written {manifest['created']}"
    yield f"articles   {len(store.articles)} from {', '.join(manifest['roots'])}"
    yield f"passages   {len(store.passages)}, of which {int(store.comments.sum())} are readers' comments"
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
    yield from _duplicates(store)


def _duplicates(store: Store) -> Iterator[str]:
    """Yield pairs of articles that share a passage nearly word for word, among the first COMPARED passages."""
    rows = np.flatnonzero(~store.comments)[:COMPARED]
    vectors, owners = store.vectors[rows], store.passages["article"][rows]
    close = np.argwhere(np.triu(vectors @ vectors.T >= NEAR_DUPLICATE, k=1))
    pairs = sorted({(int(owners[one]), int(owners[two])) for one, two in close if owners[one] != owners[two]})
    for one, two in pairs:
        yield f"near-duplicate passages: {store.info(one).path} and {store.info(two).path}"


def _faults(store: Store, encoder: Encoder) -> Iterator[str]:
    if store.manifest["encoder"]["fingerprint"] != encoder.fingerprint:
        yield f"the index was built with another encoder than {encoder.name}: run `polyquote index`"
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
    if all(root.exists() for root in roots) and stale(store, roots):
        yield "the articles, or how they are read, have changed since: run `polyquote index`"


def known_roots(index: Path, otherwise: Sequence[str]) -> list[Path]:
    """Return the roots that any manifest of a damaged index still names, the newest first, else `otherwise`."""
    for manifest in sorted((index / "generations").glob("[0-9]*/manifest.json"), reverse=True):
        try:
            return [Path(root) for root in json.loads(manifest.read_bytes())["roots"]]
        except (OSError, ValueError, KeyError, TypeError):
            continue
    return [Path(path) for path in otherwise]
