"""A query → hits: both legs search, their scores are fused, and every hit says what each leg gave.

Comments count for less than the article's own words. Of passages that overlap, or that say the same word for word in
two places, only the best is kept. So neither crowds out evidence.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from index.analysis import query_tokens, stop_words, tokens, words
from index.detection import candidates
from index.encoders import Encoder
from index.fusion import fuse, top_rows
from index.names import Names
from index.records import Filter, Hit, Kind, Passage
from index.store import Store

TOP_K = 10
DEPTH = 200  # passages that each leg finds; what is below in both has no say
COMMENT_PENALTY = 2.0  # deviations; a comment that scores 5 stands with a body passage that scores 3
MAX_SHARED = 0.5  # of two passages that share more of the shorter one than this, the lower is dropped
MAX_COPIED = 0.8  # of two passages that have more of the longer one's word pairs in common, likewise (Broder 1997)
BLIND = 0.1  # share up to which the lexical leg moves a passage by at most 5 · 0.1² deviations: no say

Fusion = Callable[[Mapping[int, float], Mapping[int, float], Mapping[int, int]], Mapping[int, float]]
"""Lexical shares and dense deviations, each in the order of its leg, and languages, by row → scores: `fusion.fuse`."""


@dataclass(frozen=True, slots=True)
class Retrieval:
    """What a search gave: the hits, best first, what was added to the query and its terms, and warnings for people.

    `expansion` are other names of those that the query names; `known_terms` stand in some passage, `unknown_terms` in
    none.
    """

    hits: tuple[Hit, ...]
    expansion: tuple[str, ...]
    known_terms: tuple[str, ...]
    unknown_terms: tuple[str, ...]
    warnings: tuple[str, ...]


class Retriever:
    """Searches one generation; made anew when the index changes."""

    def __init__(self, store: Store, encoder: Encoder, names: Names = Names(()), *, fusion: Fusion = fuse) -> None:
        """Take an opened store, the encoder that its vectors were made with, who is called what, and how to fuse."""
        self.store = store
        self.encoder = encoder
        self.names = names
        self._fusion = fusion

    def search(self, query: str, *, top_k: int = TOP_K, chosen: Filter = Filter()) -> Retrieval:
        """Return the best `top_k` passages for a cleaned query, by fused score, ties by passage id."""
        rows = self.store.matching(chosen)
        stop = stop_words(candidates(query))
        variants = self.names.variants(query)
        terms = query_tokens(query, stop)
        known = [term for term in terms if self.store.postings.lookup(term) is not None]
        lexical = self.store.search_lexical(self._query_row(terms, variants), DEPTH, rows)
        dense = self.store.search_dense(self.encoder.encode_query([query])[0], DEPTH, rows)
        languages = {row: self.store.language_of(row) for row, *_ in (*lexical, *dense)}
        shares = self._shares(query, frozenset(terms), lexical, languages)
        hits = self._hits(lexical, shares, dense, languages, top_k)
        unknown = [term for term in terms if term not in set(known)]
        warnings = self._warnings(hits, shares, languages, rows is not None)
        return Retrieval(hits, tuple(other for _, other in variants), tuple(known), tuple(unknown), tuple(warnings))

    def _query_row(self, terms: Sequence[str], variants: Sequence[tuple[str, str]]) -> dict[int, float]:
        """Return the query's row with other names of whom it names; a rare spelling weighs no more than the name."""
        postings = self.store.postings
        row = postings.query_row(terms)
        for said, other in variants:
            most = max(postings.query_row(query_tokens(said)).values(), default=math.inf)
            for term, weight in postings.query_row(query_tokens(other)).items():
                row.setdefault(term, min(weight, most))
        return row

    def _shares(
        self, query: str, terms: frozenset[str], lexical: Sequence[tuple[int, float]], languages: Mapping[int, int]
    ) -> dict[int, float]:
        """Return BM25 as a share of what the query's terms weigh in the language of each passage found.

        A term that no passage has weighs what BM25 gives one in none: it was asked for, and it is not there.
        """
        postings = self.store.postings
        unseen = math.log((len(self.store.passages) + 0.5) / 0.5)
        attainable = []
        for code in self.store.languages:
            asked = terms.intersection(tokens(query, code))
            row = postings.query_row(asked)
            attainable.append(sum(row.values()) + unseen * (len(asked) - len(row)))
        weights = {row: attainable[languages[row]] for row, _ in lexical}
        return {row: score / weights[row] if weights[row] else 0.0 for row, score in lexical}

    def _hits(
        self,
        lexical: Sequence[tuple[int, float]],
        shares: Mapping[int, float],
        dense: Sequence[tuple[int, float, float]],
        languages: Mapping[int, int],
        top_k: int,
    ) -> tuple[Hit, ...]:
        fused = self._fusion(shares, {row: deviations for row, _, deviations in dense}, languages)
        rows = np.array(sorted(fused), dtype=np.int64)
        penalties = [COMMENT_PENALTY if self.store.comments[row] else 0.0 for row in rows.tolist()]
        scores = np.array([fused[row] for row in rows.tolist()]) - np.array(penalties)
        by_lexical = {row: (rank, score) for rank, (row, score) in enumerate(lexical, start=1)}
        by_dense = {row: (rank, cosine, z) for rank, (row, cosine, z) in enumerate(dense, start=1)}
        hits: list[Hit] = []
        said: list[frozenset[tuple[str, str]]] = []
        for position in top_rows(scores, len(scores)).tolist():
            if len(hits) == top_k:
                break
            row = int(rows[position])
            passage = self.store.passage(row)
            pairs = frozenset(pairwise(words(passage.text)))
            if any(_overlap(passage, hit.passage) for hit in hits) or any(_copied(pairs, other) for other in said):
                continue
            said.append(pairs)
            hits.append(
                Hit(
                    passage,
                    float(scores[position]),
                    *by_lexical.get(row, (None, None)),
                    *by_dense.get(row, (None, None, None)),
                    shares.get(row),
                )
            )
        return tuple(hits)

    def _warnings(
        self, hits: Sequence[Hit], shares: Mapping[int, float], languages: Mapping[int, int], confined: bool
    ) -> list[str]:
        warnings = []
        if confined and not hits:
            warnings.append("the filters leave no passage to search")
        elif not shares:
            warnings.append("the lexical leg is blind here and has no say: no passage has a word of the question")
        else:
            warnings += self._blind(shares, languages)
        missing = sorted(set(self.store.languages) - {hit.passage.article.language for hit in hits})
        if hits and missing and not confined:
            warnings.append(f"no hit is in: {', '.join(missing)}")
        if hits and all(hit.passage.kind is Kind.COMMENT for hit in hits):
            warnings.append("every hit is a reader's comment")
        return warnings

    def _blind(self, shares: Mapping[int, float], languages: Mapping[int, int]) -> list[str]:
        seeing = {languages[row] for row, share in shares.items() if share >= BLIND}
        blind = [code for number, code in enumerate(self.store.languages) if number not in seeing]
        return [f"the lexical leg is blind and has no say in: {', '.join(blind)}"] if blind else []


def _overlap(one: Passage, other: Passage) -> bool:
    if one.article.id != other.article.id:
        return False
    shared = min(one.end, other.end) - max(one.start, other.start)
    return shared > MAX_SHARED * min(one.end - one.start, other.end - other.start)


def _copied(pairs: frozenset[tuple[str, str]], other: frozenset[tuple[str, str]]) -> bool:
    return len(pairs & other) > MAX_COPIED * max(len(pairs), len(other))
