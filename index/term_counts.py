"""How often each term stands in each passage, laid out by term: what BM25 is computed from.

A corpus is counted in blocks of passages, each block sorted on its own, and the blocks are then laid one behind the
other within each term: what is held in memory is the result and one block, in arrays, whatever the corpus. A next
generation takes the counts of the passages that stay, and only those of new ones are made. Nothing here is weighted.
"""

from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np
from numpy.typing import NDArray

BLOCK = 1 << 14  # passages counted at a time: some 30 MB


@dataclass(frozen=True, slots=True)
class TermCounts:
    """`rows[indptr[t]:indptr[t+1]]` are the passages that hold term `t`, ascending, `times` how often each does.

    `terms` is sorted by UTF-8, and each is in at least one passage; `indptr` is `(n_terms + 1,)` int64, `rows` and
    `times` are `(n_postings,)` int32, `lengths` `(n_passages,)` int32 says how many terms each passage has in all.
    """

    terms: Sequence[bytes]
    indptr: NDArray[np.int64]
    rows: NDArray[np.int32]
    times: NDArray[np.int32]
    lengths: NDArray[np.int32]


def count_terms(corpus: Iterable[Sequence[str]], *, block: int = BLOCK) -> TermCounts:
    """Count a corpus of tokenised passages, in their order."""
    passages = iter(corpus)
    return _joined([_block(some) for some in iter(lambda: list(islice(passages, block)), [])])


def select(counts: TermCounts, places: NDArray[np.int32], n_passages: int) -> TermCounts:
    """Return the counts with each passage at its new row among `n_passages`, those at -1 left out.

    `places` `(n_old,)` must ascend where it is not -1. Rows that no passage is moved to have no terms.
    """
    moved = places[counts.rows]
    kept = moved >= 0
    indptr = np.concatenate([[0], np.cumsum(kept)])[counts.indptr]
    held = np.flatnonzero(np.diff(indptr))
    lengths = np.zeros(n_passages, dtype=np.int32)
    lengths[places[places >= 0]] = counts.lengths[places >= 0]
    terms = [counts.terms[number] for number in held.tolist()]
    return TermCounts(terms, indptr[np.append(held, len(indptr) - 1)], moved[kept], counts.times[kept], lengths)


def merge(first: TermCounts, second: TermCounts) -> TermCounts:
    """Return the counts of both; they count the same rows, and no passage has terms in both."""
    terms, places = _union([first.terms, second.terms])
    n = len(first.lengths)
    keys = [_keys(counts, numbers, n) for counts, numbers in zip((first, second), places, strict=True)]
    # Both are sorted, so the second's postings are put between the first's where they belong.
    at = np.searchsorted(keys[0], keys[1]) + np.arange(len(keys[1]))
    inserted = np.zeros(len(keys[0]) + len(keys[1]), dtype=np.bool_)
    inserted[at] = True
    rows, times = np.empty(len(inserted), dtype=np.int32), np.empty(len(inserted), dtype=np.int32)
    rows[inserted], rows[~inserted] = second.rows, first.rows
    times[inserted], times[~inserted] = second.times, first.times
    indptr = np.zeros(len(terms) + 1, dtype=np.int64)
    for counts, numbers in zip((first, second), places, strict=True):
        indptr[1 + numbers] += np.diff(counts.indptr)
    return TermCounts(terms, np.cumsum(indptr), rows, times, first.lengths + second.lengths)


def _block(passages: Sequence[Sequence[str]]) -> TermCounts:
    numbers: dict[str, int] = {}
    flat = array("q")
    for terms in passages:
        flat.extend([numbers.setdefault(term, len(numbers)) for term in terms])
    lengths = np.array([len(terms) for terms in passages], dtype=np.int32)
    encoded = [term.encode() for term in numbers]
    order = sorted(range(len(encoded)), key=encoded.__getitem__)
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    keys = rank[np.frombuffer(flat, dtype=np.int64)] * len(passages) + np.repeat(np.arange(len(passages)), lengths)
    unique, times = np.unique(keys, return_counts=True)
    indptr = np.searchsorted(unique, np.arange(len(order) + 1) * len(passages))
    rows = (unique % max(len(passages), 1)).astype(np.int32)
    return TermCounts([encoded[number] for number in order], indptr, rows, times.astype(np.int32), lengths)


def _joined(parts: list[TermCounts]) -> TermCounts:
    """Lay blocks of consecutive passages behind each other within each term; the list is emptied on the way."""
    terms, places = _union([part.terms for part in parts])
    indptr = np.zeros(len(terms) + 1, dtype=np.int64)
    for part, numbers in zip(parts, places, strict=True):
        indptr[1 + numbers] += np.diff(part.indptr)
    indptr = np.cumsum(indptr)
    filled = indptr[:-1].copy()
    rows, times = np.empty(int(indptr[-1]), dtype=np.int32), np.empty(int(indptr[-1]), dtype=np.int32)
    lengths: list[NDArray[np.int32]] = []
    before = 0
    places.reverse()
    parts.reverse()
    while parts:
        part, numbers = parts.pop(), places.pop()
        held = np.diff(part.indptr)
        at = np.repeat(filled[numbers] - part.indptr[:-1], held) + np.arange(len(part.rows))
        rows[at], times[at] = part.rows + np.int32(before), part.times
        filled[numbers] += held
        lengths.append(part.lengths)
        before += len(part.lengths)
    return TermCounts(terms, indptr, rows, times, np.concatenate([*lengths, np.empty(0, dtype=np.int32)]))


def _union(vocabularies: Sequence[Sequence[bytes]]) -> tuple[list[bytes], list[NDArray[np.int64]]]:
    """Return all terms, sorted, and for each vocabulary the numbers of its own among them."""
    terms = sorted({term for vocabulary in vocabularies for term in vocabulary})
    number = {term: position for position, term in enumerate(terms)}
    return terms, [np.array([number[term] for term in own], dtype=np.int64) for own in vocabularies]


def _keys(counts: TermCounts, numbers: NDArray[np.int64], n_passages: int) -> NDArray[np.int64]:
    return np.repeat(numbers * n_passages, np.diff(counts.indptr)) + counts.rows
