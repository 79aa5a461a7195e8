"""Other ways to make the cosines of languages comparable, and to fuse the legs, for the table of ablations.

Each is a `Fusion` for the product's own retriever, over a store whose statistics may be reduced. Ranks are fused after
Cormack, Clarke & Buettcher 2009.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from index.fusion import LEXICAL_WEIGHT, LanguageStatistics, fuse
from index.retriever import DIVERSITY, RELEVANCE_FEEDBACK, SENTENCES_SHARE, Fusion

RRF_K = 60  # Cormack, Clarke & Buettcher 2009

Scores = Mapping[int, float]


@dataclass(frozen=True, slots=True)
class Ablation:
    """A name, how cosines are standardised (`none`, `centroid` or `deviations`), the fusion, and what is added."""

    name: str
    standardised: str
    fusion: Fusion
    relevance_feedback: float = 0.0
    diversity: float = 0.0
    sentences: float = 0.0

    def statistics(self, full: LanguageStatistics) -> LanguageStatistics:
        """Return the statistics that are left: none, means alone (every deviation is 1), or all."""
        if self.standardised == "none":
            return LanguageStatistics((), full.means, full.covariances)
        if self.standardised == "centroid":
            return replace(full, covariances=np.broadcast_to(np.eye(full.means.shape[1], dtype=np.float32),
                                                             full.covariances.shape))  # fmt: skip
        return full


def lexical_alone(lexical: Scores, dense: Scores, languages: Mapping[int, int]) -> Scores:
    """Rank by BM25."""
    return {row: 1.0 / rank for rank, row in enumerate(lexical, start=1)}


def dense_alone(lexical: Scores, dense: Scores, languages: Mapping[int, int]) -> Scores:
    """Rank by the dense leg."""
    return dense


def ranks(lexical: Scores, dense: Scores, languages: Mapping[int, int], *, weight: float) -> Scores:
    """Fuse by rank; the dense leg weighs 1."""
    return _sum(_reciprocal(lexical, weight), _reciprocal(dense, 1.0))


def ranks_within(lexical: Scores, dense: Scores, languages: Mapping[int, int], *, weight: float) -> Scores:
    """Fuse by rank, a list for each language and leg."""
    numbers = sorted(set(languages.values()))
    lists = [
        _reciprocal([row for row in leg if languages[row] == number], share)
        for leg, share in ((lexical, weight), (dense, 1.0))
        for number in numbers
    ]
    return _sum(*lists)


def scores_across(lexical: Scores, dense: Scores, languages: Mapping[int, int], *, weight: float, power: int) -> Scores:
    """Fuse by score, deviations + weight · share^power, all languages in one list."""
    least = min(dense.values(), default=0.0)
    return {row: dense.get(row, least) + weight * lexical.get(row, 0.0) ** power for row in {**dense, **lexical}}


BEFORE = partial(ranks, weight=0.3)  # what the product did until it fused within languages

ABLATIONS = (
    Ablation("ranks, cosines as they are (plain RRF)", "none", partial(ranks, weight=1.0)),
    Ablation("ranks, language centroids removed", "centroid", partial(ranks, weight=1.0)),
    Ablation("ranks, standardised", "deviations", partial(ranks, weight=1.0)),
    Ablation("ranks, standardised, lexical 0.3 (before)", "deviations", BEFORE),
    Ablation("ranks within each language, lexical 0.3", "deviations", partial(ranks_within, weight=0.3)),
    Ablation("scores across languages, 1 · share", "deviations", partial(scores_across, weight=1.0, power=1)),
    Ablation("scores across languages, 1 · share²", "deviations", partial(scores_across, weight=1.0, power=2)),
    Ablation("scores across languages, 5 · share²", "deviations", partial(scores_across, weight=5.0, power=2)),
    *(
        Ablation(
            f"scores within each language, {weight:g} · share²",
            "deviations",
            partial(fuse, weight=weight),
        )
        for weight in (1.0, 3.0, LEXICAL_WEIGHT, 8.0)
    ),
    *(
        Ablation(
            f"the same with {LEXICAL_WEIGHT:g} · share², feedback {feedback:g}"
            + (f", diversity {diversity:g}" if diversity else "")
            + (f", sentences {share:g}" if share else "")
            + (" (chosen)" if share == SENTENCES_SHARE else ""),
            "deviations",
            fuse,
            feedback,
            diversity,
            share,
        )
        for feedback, diversity, share in (
            (RELEVANCE_FEEDBACK, 0.0, 0.0),
            (0.2, 0.0, 0.0),
            (0.4, 0.0, 0.0),
            (RELEVANCE_FEEDBACK, 0.1, 0.0),
            (RELEVANCE_FEEDBACK, DIVERSITY, 0.0),
            (RELEVANCE_FEEDBACK, 0.5, 0.0),
            (RELEVANCE_FEEDBACK, DIVERSITY, 0.3),
            (RELEVANCE_FEEDBACK, DIVERSITY, SENTENCES_SHARE),
            (RELEVANCE_FEEDBACK, DIVERSITY, 0.7),
        )
    ),
)


def _reciprocal(rows: Iterable[int], weight: float) -> Scores:
    return {row: weight / (RRF_K + rank) for rank, row in enumerate(rows, start=1)}


def _sum(*legs: Scores) -> Scores:
    fused: dict[int, float] = {}
    for leg in legs:
        for row, score in leg.items():
            fused[row] = fused.get(row, 0.0) + score
    return fused
