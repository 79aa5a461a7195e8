"""Scores made comparable between languages, and the two legs' scores made one.

A question lies closer to passages of its own language than to what they say: the cosine has a language in it. So a
passage's cosine is standardised within the passage's language: less that language's mean cosine to the query, divided
by its deviation. Both follow from the language's mean vector μ and covariance Σ alone, q·μ and √(qᵀΣq), so they are
computed once for an index, and a search over part of it, or on a cluster, is scored as one over all of it.

BM25 has a language in it too: a passage in the question's language shares its common words, one in another at most the
names. So BM25 is taken as a share: of what the query's terms weigh in the passage's language, those that no passage
has included. A passage of average length that has every term once has a share of 1, one that has but a name of a long
question little, and one that has nothing none: where the leg is blind, it has no say.

The legs are fused within each language and the languages merged by the dense leg alone. Within a language passages are
ordered by deviations + LEXICAL_WEIGHT · share², a combination of scores (Bruch, Gai & Ingber 2023) in which the lexical
leg's weight is itself the share; then the first gets the highest deviations that its language has, the second the
next, and so on. So an exact match is first among its own, and no language gains on another by being the question's.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

LEXICAL_WEIGHT = 5.0  # deviations that a share of 1 is worth; how it was chosen stands in `results/retrieval.md`
ROUNDING = 1e-5  # scores closer than this are ties: the same row is multiplied in another order elsewhere
LEAST_DEVIATION = 1e-2  # of a language's cosines (e5: 2e-2 or more), lest passages all alike differ by rounding
BLOCK = 1 << 14  # vectors described at a time, since in float64 all of them may not fit into memory
SHRINKAGE = 20  # passages; a language with few is described mostly by what all languages have in common


@dataclass(frozen=True, slots=True)
class LanguageStatistics:
    """How the vectors of each language lie: `means` `(n_languages, dim)`, `covariances` `(n_languages, dim, dim)`.

    Row `i` belongs to `codes[i]`; both arrays are float32.
    """

    codes: tuple[str, ...]
    means: NDArray[np.float32]
    covariances: NDArray[np.float32]

    def standardise(
        self, query: NDArray[np.float32], cosines: NDArray[np.float32], languages: NDArray[np.integer]
    ) -> NDArray[np.float32]:
        """Return the cosines in deviations above the mean of their language; `languages` `(n,)` are row numbers."""
        if not self.codes:
            return cosines
        centres = self.means @ query
        deviations = np.sqrt(np.maximum(self.covariances @ query @ query, LEAST_DEVIATION**2))
        return np.asarray((cosines - centres[languages]) / deviations[languages], dtype=np.float32)

    def towards(
        self, query: NDArray[np.float32], vector: NDArray[np.float32], language: int, share: float
    ) -> NDArray[np.float32]:
        """Return the query moved by `share` towards a passage's vector less its language's mean; `(dim,)`, unit."""
        meant = vector - self.means[language] if self.codes else vector
        moved = query + share * meant / max(float(np.linalg.norm(meant)), LEAST_DEVIATION)
        return np.asarray(moved / max(float(np.linalg.norm(moved)), LEAST_DEVIATION), dtype=np.float32)


def language_statistics(
    vectors: NDArray[np.float32], languages: NDArray[np.integer], codes: tuple[str, ...]
) -> LanguageStatistics:
    """Describe each language by the mean and covariance of its vectors, shrunk towards all languages' where few.

    With n passages in a language its own figures weigh n / (n + SHRINKAGE): with one passage there is no deviation.
    """
    if not len(vectors):
        return LanguageStatistics((), np.empty((0, 0), np.float32), np.empty((0, 0, 0), np.float32))
    sizes = np.bincount(languages, minlength=len(codes))
    return described(codes, sizes, *moments(vectors, languages, sizes))


def described(
    codes: tuple[str, ...],
    sizes: NDArray[np.integer],
    centres: NDArray[np.float64],
    scatters: NDArray[np.float64],
) -> LanguageStatistics:
    """Describe languages given how many vectors each has, their mean, and the sum of outer products about that mean.

    `centres` is `(n_languages, dim)`, `scatters` `(n_languages, dim, dim)`; every language has a vector.
    """
    means = np.empty(centres.shape, dtype=np.float32)
    covariances = np.empty(scatters.shape, dtype=np.float32)
    overall, scatter = centres.mean(axis=0), scatters.sum(axis=0) / sizes.sum()
    for number, size in enumerate(sizes.tolist()):
        weight = size / (size + SHRINKAGE)
        means[number] = weight * centres[number] + (1 - weight) * overall
        covariances[number] = weight * scatters[number] / size + (1 - weight) * scatter
    return LanguageStatistics(codes, means, covariances)


def moments(
    vectors: NDArray[np.float32], languages: NDArray[np.integer], sizes: NDArray[np.integer]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return each language's mean, and the sum of the outer products of its vectors' distances from it."""
    dimension = vectors.shape[1]
    means = np.zeros((len(sizes), dimension))
    scatters = np.zeros((len(sizes), dimension, dimension))
    for number, group in _groups(vectors, languages):
        means[number] += group.sum(axis=0) / sizes[number]
    for number, group in _groups(vectors, languages):
        scatters[number] += (group - means[number]).T @ (group - means[number])
    return means, scatters


def _groups(vectors: NDArray[np.float32], languages: NDArray[np.integer]) -> Iterator[tuple[int, NDArray[np.float64]]]:
    """Yield the vectors of one language after the other, in float64, a block of all of them at a time."""
    for start in range(0, len(vectors), BLOCK):
        some, spoken = vectors[start : start + BLOCK], languages[start : start + BLOCK]
        yield from ((number, some[spoken == number].astype(np.float64)) for number in np.unique(spoken).tolist())


def top_rows(scores: NDArray[np.floating], depth: int) -> NDArray[np.int64]:
    """Return the positions of the `depth` best scores, best first; ties go to the lower position.

    Scores within ROUNDING of the next better one tie with it: two passages of the same words have the same score, and
    neither the order of a sum nor the engine that made it may tell them apart.
    """
    if not depth or not len(scores):
        return np.empty(0, dtype=np.int64)
    positions = np.arange(len(scores))
    if depth < len(scores):
        threshold = np.partition(scores, -depth)[-depth]
        positions = np.flatnonzero(scores >= threshold - 10 * ROUNDING)
    positions = positions[np.argsort(-scores[positions], kind="stable")]
    ordered = scores[positions].astype(np.float64)
    apart = ordered[:-1] - ordered[1:] > ROUNDING
    if not apart.all():
        ties = np.zeros(len(positions), dtype=np.int64)
        np.cumsum(apart, out=ties[1:])
        positions = positions[np.lexsort((positions, ties))]
    return positions[:depth]


def fuse(
    lexical: Mapping[int, float],
    dense: Mapping[int, float],
    languages: Mapping[int, int],
    *,
    weight: float = LEXICAL_WEIGHT,
) -> Mapping[int, float]:
    """Return the fused score of every row that a leg found; `lexical` are shares, `dense` deviations.

    `languages` are the rows' languages by number. A row that the dense leg did not find has less than the least that it
    found, and is taken to have that. Ties within a language go to the lower row.
    """
    least = min(dense.values(), default=0.0)
    members: dict[int, list[int]] = {}
    for row in sorted({**dense, **lexical}):
        members.setdefault(languages[row], []).append(row)
    fused: dict[int, float] = {}
    for rows in members.values():
        deviations = np.array([dense.get(row, least) for row in rows])
        shares = np.array([lexical.get(row, 0.0) for row in rows])
        order = top_rows(deviations + weight * shares**2, len(rows))
        fused |= zip([rows[position] for position in order], np.sort(deviations)[::-1].tolist(), strict=True)
    return fused
