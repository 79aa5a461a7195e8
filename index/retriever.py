"""A query → hits: both legs search, their scores are fused, and every hit says what each leg gave.

A passage's dense score is its own and that of its sentence closest to the query, half each, in deviations: of several
sentences one answers (`sentence_vectors`).

What the first of them says is then searched for too, among what was found (pseudo-relevance feedback: Rocchio 1971,
over vectors Li et al. 2023): the query's vector moves towards the passage's, less what is its language's, so that
other articles' accounts of the same come up, whatever they are written in. It costs a product for each passage found.

Comments count for less than the article's own words, and a passage for less with every better one of its article, so
that all articles' accounts come up (diversification: Carbonell & Goldstein 1998). Of passages that overlap, or that say
the same word for word in two places, only the best is kept. So none of them crowds out evidence.
"""

import bisect
import math
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice, pairwise

import numpy as np
from numpy.typing import NDArray

from index.analysis import query_tokens, stop_words, tokens
from index.detection import candidates
from index.encoders import Encoder
from index.fusion import ROUNDING, fuse, top_rows
from index.names import Names
from index.records import Filter, Hit, Kind, Passage
from index.search_store import SearchStore

TOP_K = 10
DEPTH = 200  # passages that each leg finds; what is below in both has no say
COMMENT_WEIGHT = 0.5  # what either leg gives a reader's comment counts half
MAX_SHARED = 0.5  # of two passages that share more of the shorter one than this, the lower is dropped
MAX_COPIED = 0.8  # of two passages that have more of the longer one's word pairs in common, likewise (Broder 1997)
# How much of the first hit's vector is added to the query's; how it was chosen stands in `results/retrieval.md`.
RELEVANCE_FEEDBACK = 0.1
# Deviations that a passage loses for each better one of its article; likewise.
DIVERSITY = 0.2
# Of a passage's dense score, the share of its closest sentence; likewise.
SENTENCES_SHARE = 0.5
BLIND = 0.1  # share up to which the lexical leg moves a passage by at most 5 · 0.1² deviations: no say

_WORD = re.compile(r"\w+")  # a clause, in Chinese: enough to know a copy by

Fusion = Callable[[Mapping[int, float], Mapping[int, float], Mapping[int, int]], Mapping[int, float]]
"""Lexical shares and dense deviations, each in the order of its leg, and languages, by row → scores: `fusion.fuse`."""


@dataclass(frozen=True, slots=True)
class Retrieval:
    """What a search gave: the hits, best first, what was added to the query and its terms, and warnings for people.

    `relevance_feedback` is the passage that came first before others like it were searched for. `expansion` are other
    names of those that the query names; `known_terms` stand in some passage, `unknown_terms` in none.
    """

    hits: tuple[Hit, ...]
    expansion: tuple[str, ...]
    known_terms: tuple[str, ...]
    unknown_terms: tuple[str, ...]
    warnings: tuple[str, ...]
    relevance_feedback: Passage | None = None


class Retriever:
    """Searches one generation; made anew when the index changes."""

    def __init__(
        self,
        store: SearchStore,
        encoder: Encoder,
        names: Names = Names(()),
        *,
        fusion: Fusion = fuse,
        relevance_feedback: float = RELEVANCE_FEEDBACK,
        diversity: float = DIVERSITY,
        sentences: float = SENTENCES_SHARE,
    ) -> None:
        """Take an opened store, the encoder that its vectors were made with, who is called what, and how to fuse.

        A `relevance_feedback`, `diversity` or share of the closest sentence of 0 does without.
        """
        self.store = store
        self.encoder = encoder
        self.names = names
        self._fusion, self._relevance_feedback, self._diversity = fusion, relevance_feedback, diversity
        self._sentences = sentences

    def search(self, query: str, *, top_k: int = TOP_K, chosen: Filter = Filter()) -> Retrieval:
        """Return the best `top_k` passages for a cleaned query, by fused score, ties by passage id."""
        rows = self.store.matching(chosen)
        stop = stop_words(candidates(query))
        variants = self.names.variants(query)
        terms = query_tokens(query, stop)
        row = self._query_row(terms, variants)  # first: a store may read all of its terms at once
        numbers = {term: self.store.postings.lookup(term) for term in terms}
        lexical = self.store.search_lexical(row, DEPTH, rows)
        vector = self.encoder.encode_query([query])[0]
        dense = self.store.search_dense(vector, DEPTH, rows)
        found = {one for one, _ in lexical} | {one for one, _, _ in dense}
        languages = {one: self.store.language_of(one) for one in found}
        dense = self._by_sentences(vector, dense, languages)
        weights = {term: None if number is None else row[number] for term, number in numbers.items()}
        attainable = self._attainable(query, weights)
        shares = {one: score / attainable[languages[one]] for one, score in lexical if attainable[languages[one]]}
        fused, first = self._fused(shares, dense, languages), None
        if self._relevance_feedback and fused:
            first = next(_best_first(fused))
            fused = self._fused(shares, self._towards(first, vector, languages), languages)
        hits = self._hits(fused, lexical, shares, dense, top_k)
        known = tuple(term for term, number in numbers.items() if number is not None)
        unknown = tuple(term for term, number in numbers.items() if number is None)
        warnings = self._warnings(hits, shares, languages, rows is not None)
        others = tuple(other for _, other in variants)
        feedback = None if first is None else self.store.passage(first)
        return Retrieval(hits, others, known, unknown, tuple(warnings), feedback)

    def _query_row(self, terms: Sequence[str], variants: Sequence[tuple[str, str]]) -> dict[int, float]:
        """Return the query's row with other names of whom it names; a rare spelling weighs no more than the name."""
        postings = self.store.postings
        row = postings.query_row(terms)
        for said, other in variants:
            most = max(postings.query_row(query_tokens(said)).values(), default=math.inf)
            for term, weight in postings.query_row(query_tokens(other)).items():
                row.setdefault(term, min(weight, most))
        return row

    def _attainable(self, query: str, weights: Mapping[str, float | None]) -> list[float]:
        """Return for each language of the store what the query's terms weigh in its analysis.

        A term that no passage has, whose weight is None, weighs what BM25 gives one in none: it was asked for.
        """
        unseen = math.log((len(self.store.passages) + 0.5) / 0.5)
        asked = [set(tokens(query, code)) & weights.keys() for code in self.store.languages]
        return [sum(weights[term] or unseen for term in sorted(terms)) for terms in asked]

    def _towards(
        self, first: int, vector: NDArray[np.float32], languages: Mapping[int, int]
    ) -> list[tuple[int, float, float]]:
        """Search what was found, the rows of `languages`, once more with the query moved towards the first of it."""
        moved = self.store.statistics.towards(
            vector, self.store.vector(first), languages[first], self._relevance_feedback
        )
        found = self.store.search_dense(moved, len(languages), self.store.among(languages))
        return self._by_sentences(moved, found, languages)

    def _by_sentences(
        self, query: NDArray[np.float32], found: Sequence[tuple[int, float, float]], languages: Mapping[int, int]
    ) -> list[tuple[int, float, float]]:
        """Score found passages by their closest sentences too; as (row, cosine, deviations), best first."""
        if not self._sentences or not found:
            return list(found)
        rows = [row for row, _, _ in found]
        spoken = np.array([languages[row] for row in rows])
        closest = self.store.statistics.standardise(query, self.store.sentence_cosines(query, rows), spoken)
        own = np.array([z for _, _, z in found], dtype=np.float32)
        mixed = own + self._sentences * np.where(np.isnan(closest), 0, closest - own)
        # By row first, since ties go to the lower position.
        order = np.argsort(rows)
        best = order[top_rows(mixed[order], len(rows))]
        return [(*found[i][:2], float(mixed[i])) for i in best.tolist()]

    def _fused(
        self, shares: Mapping[int, float], dense: Sequence[tuple[int, float, float]], languages: Mapping[int, int]
    ) -> Mapping[int, float]:
        """Fuse the legs, after halving what either gives a comment."""
        comments = {row for row in languages if self.store.comments[row]}
        return self._fusion(
            {row: COMMENT_WEIGHT * share if row in comments else share for row, share in shares.items()},
            {row: min(z, COMMENT_WEIGHT * z) if row in comments else z for row, _, z in dense},
            languages,
        )

    def _hits(
        self,
        fused: Mapping[int, float],
        lexical: Sequence[tuple[int, float]],
        shares: Mapping[int, float],
        dense: Sequence[tuple[int, float, float]],
        top_k: int,
    ) -> tuple[Hit, ...]:
        by_lexical = {row: (number, score) for number, (row, score) in enumerate(lexical, start=1)}
        by_dense = {row: (number, cosine, z) for number, (row, cosine, z) in enumerate(dense, start=1)}
        found: dict[int, Hit] = {}
        said: list[frozenset[tuple[str, ...]]] = []
        better: Counter[str] = Counter()  # hits of each article so far
        scores: list[float] = []  # of the hits, ascending
        for row in _best_first(fused):
            if len(found) >= top_k and fused[row] < scores[-top_k] - ROUNDING:
                break  # nothing that follows can still be among the best
            passage = self.store.passage(row)
            score = fused[row] - self._diversity * better[passage.article.id]
            if len(found) >= top_k and score < scores[-top_k] - ROUNDING:
                continue  # nor can this one, so it keeps no copy of it from coming
            pairs = frozenset(pairwise(_WORD.findall(passage.text)))
            if any(_overlap(passage, hit.passage) for hit in found.values()) or any(_copied(pairs, p) for p in said):
                continue
            said.append(pairs)
            better[passage.article.id] += 1
            bisect.insort(scores, score)
            lexical_rank, bm25 = by_lexical.get(row, (None, None))
            dense_rank, cosine, z = by_dense.get(row, (None, None, None))
            found[row] = Hit(passage, score, lexical_rank, bm25, dense_rank, cosine, z, shares.get(row))
        best = _best_first({row: hit.score for row, hit in found.items()})
        return tuple(found[row] for row in islice(best, top_k))

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


def _best_first(scores: Mapping[int, float]) -> Iterator[int]:
    rows = sorted(scores)
    return (rows[position] for position in top_rows(np.array([scores[row] for row in rows]), len(rows)))


def _overlap(one: Passage, other: Passage) -> bool:
    return one.shared(other) > MAX_SHARED * min(one.end - one.start, other.end - other.start)


def _copied(pairs: frozenset[tuple[str, ...]], other: frozenset[tuple[str, ...]]) -> bool:
    longer = max(len(pairs), len(other))
    return min(len(pairs), len(other)) > MAX_COPIED * longer and len(pairs & other) > MAX_COPIED * longer
