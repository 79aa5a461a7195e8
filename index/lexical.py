"""BM25 as `rank-bm25` defines it, laid out so that a query reads only the postings of its own terms.

`BM25Okapi` scores a passage by the sum over the query's terms of idf(t) · tf·(k1+1) / (tf + k1·(1 − b + b·|d|/avgdl))
(Robertson & Zaragoza 2009; the idf and its floor after Trotman et al. 2014). The second factor depends on the passage
alone: it is the passage's row. The first depends on the term alone: it is the query's row. Their inner product is the
score, in any store that can multiply two sparse rows.

Where this departs from `rank-bm25`, on purpose: its idf is not positive for a term in half of a tiny corpus or more,
so that a perfect match among two passages scores 0 and fewer than 0 if every passage has it. There the idf is
log(1 + (N − df + ½)/(df + ½)), which is always positive (Lucene's). An empty corpus has no terms and no scores, and a
passage without any of the query's terms is no match rather than a match that scores 0.
"""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from rank_bm25 import BM25Okapi

from index.term_counts import TermCounts, count_terms

K1 = 1.5  # rank-bm25's defaults
B = 0.75
EPSILON = 0.25
STRETCH = 1 << 20  # postings weighed at a time


@dataclass(frozen=True, slots=True)
class Postings:
    """The passages' rows by term: `rows[indptr[t]:indptr[t+1]]` hold term `t`, with the `values` beside them.

    `terms` is sorted by UTF-8; `indptr` is `(n_terms + 1,)` int64, `rows` `(n_postings,)` int32 and ascending within a
    term, `values` `(n_postings,)` float32, `idf` `(n_terms,)` float32, `lengths` `(n_passages,)` int32, in terms.
    """

    terms: Sequence[bytes]
    indptr: NDArray[np.int64]
    rows: NDArray[np.int32]
    values: NDArray[np.float32]
    idf: NDArray[np.float32]
    n_passages: int
    lengths: NDArray[np.int32]

    def lookup(self, term: str) -> int | None:
        """Return the number of a term, or None if no passage has it; a binary search, so nothing is loaded."""
        key = term.encode()
        low, high = 0, len(self.terms)
        while low < high:
            middle = (low + high) // 2
            if self.terms[middle] < key:
                low = middle + 1
            else:
                high = middle
        return low if low < len(self.terms) and self.terms[low] == key else None

    def query_row(self, terms: Iterable[str]) -> dict[int, float]:
        """Return the query's row: the idf of each known term, once for every time it is asked for."""
        row: dict[int, float] = {}
        for term in terms:
            number = self.lookup(term)
            if number is not None:
                row[number] = row.get(number, 0.0) + float(self.idf[number])
        return row

    def scores(self, query_row: Mapping[int, float]) -> NDArray[np.float32]:
        """Return the inner product of every passage's row with the query's, `(n_passages,)` float32.

        0 means that the passage has none of the query's terms. The cost follows the postings that match.
        """
        total = np.zeros(self.n_passages, dtype=np.float64)
        for term, weight in sorted(query_row.items()):
            matched = slice(int(self.indptr[term]), int(self.indptr[term + 1]))
            # A row stands once in a term's postings, so plain indexing adds it once.
            total[self.rows[matched]] += weight * self.values[matched]
        return total.astype(np.float32)


def build_postings(corpus: Iterable[Sequence[str]], *, k1: float = K1, b: float = B) -> Postings:
    """Return the postings of a corpus of tokenised passages, in their order."""
    return weigh(count_terms(corpus), k1=k1, b=b)


def weigh(counts: TermCounts, *, k1: float = K1, b: float = B) -> Postings:
    """Return the postings of passages whose terms are counted."""
    values = np.empty(len(counts.rows), dtype=np.float32)
    saturation = _saturation(counts.lengths, k1, b)
    for some in _stretches(len(values)):
        times = counts.times[some].astype(np.float64)
        values[some] = times * (k1 + 1) / (times + saturation[counts.rows[some]])
    held = np.diff(counts.indptr).tolist()
    frequencies = dict(zip((term.decode() for term in counts.terms), held, strict=True))
    weights = inverse_document_frequencies(frequencies, len(counts.lengths), k1=k1, b=b)
    idf = np.fromiter(weights.values(), dtype=np.float32, count=len(weights))
    return Postings(counts.terms, counts.indptr, counts.rows, values, idf, len(counts.lengths), counts.lengths)


def counts_of(postings: Postings, *, k1: float = K1, b: float = B) -> TermCounts:
    """Return the counts that `weigh` made these postings of, so that the next generation need not count again.

    From v = tf·(k1 + 1) / (tf + s) follows tf = v·s / (k1 + 1 − v), exact once rounded for any tf below 1,000.
    """
    times = np.empty(len(postings.rows), dtype=np.int32)
    saturation = _saturation(postings.lengths, k1, b)
    for some in _stretches(len(times)):
        values = postings.values[some].astype(np.float64)
        times[some] = np.rint(values * saturation[postings.rows[some]] / (k1 + 1 - values))
    return TermCounts(postings.terms, postings.indptr, postings.rows, times, postings.lengths)


def _saturation(lengths: NDArray[np.int32], k1: float, b: float) -> NDArray[np.float64]:
    average = float(lengths.mean()) if lengths.any() else 1.0
    return k1 * (1 - b + b * lengths.astype(np.float64) / average)


def _stretches(n: int) -> Iterator[slice]:
    """Cut `n` postings into slices that are small in float64."""
    return (slice(start, start + STRETCH) for start in range(0, n, STRETCH))


def inverse_document_frequencies(
    frequencies: Mapping[str, int], n_passages: int, *, k1: float = K1, b: float = B
) -> dict[str, float]:
    """Return the idf of each term given how many passages hold it: rank-bm25's own, made positive where it is not."""
    if not frequencies:
        return {}
    weights = _Okapi(frequencies, n_passages, k1, b).idf
    return {
        term: weight if weight > 0 else math.log1p((n_passages - df + 0.5) / (df + 0.5))
        for (term, weight), df in zip(weights.items(), frequencies.values(), strict=True)
    }


class _Okapi(BM25Okapi):  # type: ignore[misc]  # rank-bm25 ships no types
    """rank-bm25's idf over document frequencies that were counted elsewhere, without its copy of the corpus."""

    def __init__(self, frequencies: Mapping[str, int], n_passages: int, k1: float, b: float) -> None:
        self.k1, self.b, self.epsilon = k1, b, EPSILON
        self.corpus_size = n_passages
        self.idf: dict[str, float] = {}
        self._calc_idf(frequencies)
