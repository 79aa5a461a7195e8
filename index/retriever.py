"""A query → hits: both legs search, their ranks are fused, and every hit says what each leg gave.

Comments count for less than the article's own words, and of passages that overlap only the best is kept, so that
neither crowds out evidence.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from index.analysis import query_tokens, stop_words
from index.detection import candidates
from index.encoders import Encoder
from index.fusion import reciprocal_rank_fusion
from index.names import Names
from index.records import Filter, Hit, Kind, Passage
from index.search_store import SearchStore

TOP_K = 10
DEPTH = 200  # passages that each leg ranks; what is below in both has no say
DENSE_WEIGHT = 1.0
LEXICAL_WEIGHT = 0.3  # chosen on the development questions among 0, 0.3, 0.5, 0.7 and 1: `results/README.md`
COMMENT_WEIGHT = 0.5  # a comment at rank 1 scores as a body passage at rank 62
MAX_SHARED = 0.5  # of two passages that share more of the shorter one than this, the lower is dropped


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

    def __init__(self, store: SearchStore, encoder: Encoder, names: Names = Names(())) -> None:
        """Take an opened store, the encoder that its vectors were made with, and who is called what."""
        self.store = store
        self.encoder = encoder
        self.names = names

    def search(self, query: str, *, top_k: int = TOP_K, chosen: Filter = Filter()) -> Retrieval:
        """Return the best `top_k` passages for a cleaned query, by fused score, ties by passage id."""
        rows = self.store.matching(chosen)
        stop = stop_words(candidates(query))
        variants = self.names.variants(query)
        terms = query_tokens(query, stop)
        row = self._query_row(terms, variants)  # first: a store may read all of its terms at once
        known = [term for term in terms if self.store.postings.lookup(term) is not None]
        lexical = self.store.search_lexical(row, DEPTH, rows)
        dense = self.store.search_dense(self.encoder.encode_query([query])[0], DEPTH, rows)
        hits = self._fuse(lexical, dense, top_k)
        unknown = [term for term in terms if term not in set(known)]
        warnings = self._warnings(hits, lexical, rows is not None)
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

    def _fuse(
        self, lexical: Sequence[tuple[int, float]], dense: Sequence[tuple[int, float, float]], top_k: int
    ) -> tuple[Hit, ...]:
        fused = reciprocal_rank_fusion(
            [([row for row, _ in lexical], LEXICAL_WEIGHT), ([row for row, _, _ in dense], DENSE_WEIGHT)]
        )
        weighted = {row: score * (COMMENT_WEIGHT if self.store.comments[row] else 1.0) for row, score in fused.items()}
        by_lexical = {row: (rank, score) for rank, (row, score) in enumerate(lexical, start=1)}
        by_dense = {row: (rank, cosine, z) for rank, (row, cosine, z) in enumerate(dense, start=1)}
        hits: list[Hit] = []
        for row in sorted(weighted, key=lambda row: (-weighted[row], row)):
            if len(hits) == top_k:
                break
            passage = self.store.passage(row)
            if any(_overlap(passage, hit.passage) for hit in hits):
                continue
            hits.append(
                Hit(
                    passage,
                    weighted[row],
                    *by_lexical.get(row, (None, None)),
                    *by_dense.get(row, (None, None, None)),
                )
            )
        return tuple(hits)

    def _warnings(self, hits: Sequence[Hit], lexical: Sequence[tuple[int, float]], confined: bool) -> list[str]:
        warnings = []
        if confined and not hits:
            warnings.append("the filters leave no passage to search")
        elif not lexical:
            warnings.append("the lexical leg is blind here: no passage has a word of the question")
        missing = sorted(set(self.store.languages) - {hit.passage.article.language for hit in hits})
        if hits and missing and not confined:
            warnings.append(f"no hit is in: {', '.join(missing)}")
        if hits and all(hit.passage.kind is Kind.COMMENT for hit in hits):
            warnings.append("every hit is a reader's comment")
        return warnings


def _overlap(one: Passage, other: Passage) -> bool:
    if one.article.id != other.article.id:
        return False
    shared = min(one.end, other.end) - max(one.start, other.start)
    return shared > MAX_SHARED * min(one.end - one.start, other.end - other.start)
