"""An index of any size put together from the sentences of a pool, written as `index` writes one.

An article is SENTENCES sentences of one language, drawn with a seed, and its passages are runs of three that share one,
so that a smaller corpus is the head of a larger. A passage's vector is the normalised sum of its sentences' vectors,
moved a little; its terms are those of its sentences. All of it is computed on arrays: Python's work is one article's
text at a time. What is not real: sentences come back in many articles, and what follows what means nothing.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import overload

import numpy as np
from numpy.typing import NDArray

from index.analysis import tokens
from index.encoders import Vectors
from index.fusion import language_statistics
from index.generations import Entry, Origin, write_generation
from index.lexical import Postings, weigh
from index.records import Article, ArticleInfo, Kind, Passage, Section
from index.sentence_vectors import Codes, PassageVectors, quantised
from index.term_counts import TermCounts
from tests.benchmarks.pool import SEED, Pool

PASSAGES = 10  # of an article
LENGTH = 3  # sentences of a passage, as in `index.passages`
STEP = 2  # sentences between the starts of two passages
SENTENCES = STEP * (PASSAGES - 1) + LENGTH
NOISE = 0.05  # length of what moves a passage away from the sum of its sentences
BLOCK = 65_536  # passages made at a time
DESCRIBED = 50_000  # passages whose vectors the statistics of the languages are taken from
SOURCES = 50  # names of papers


@dataclass(frozen=True, slots=True)
class Corpus:
    """Which language each article is in, `(n_articles,)`, and its sentences, `(n_articles, SENTENCES)`, as numbers."""

    pool: Pool
    languages: NDArray[np.uint8]
    drawn: NDArray[np.int32]

    def members(self) -> NDArray[np.int32]:
        """Return the sentences of each passage, `(n_passages, LENGTH)`."""
        windows = np.lib.stride_tricks.sliding_window_view(self.drawn, LENGTH, axis=1)[:, ::STEP]
        return windows.reshape(-1, LENGTH)


def draw(pool: Pool, n_passages: int) -> Corpus:
    """Draw the sentences of a corpus of so many passages, a multiple of PASSAGES."""
    n_articles = n_passages // PASSAGES
    rng = np.random.default_rng(SEED)
    chosen = rng.random((n_articles, SENTENCES + 1))
    languages = (chosen[:, 0] * len(pool.languages)).astype(np.uint8)
    starts = np.array(pool.starts)
    sizes = np.diff(starts)[languages]
    drawn = starts[languages][:, None] + (chosen[:, 1:] * sizes[:, None]).astype(np.int64)
    return Corpus(pool, languages, drawn.astype(np.int32))


def write_corpus(corpus: Corpus, index: Path) -> Path:
    """Write the corpus as a generation of the index in `index`, and return its folder."""
    vectors = PassageVectors(passage_vectors(corpus), sentence_codes(corpus))
    languages = np.repeat(corpus.languages, PASSAGES)
    some = np.linspace(0, len(vectors) - 1, min(len(vectors), DESCRIBED)).astype(np.int64)
    statistics = language_statistics(vectors.passages[some], languages[some], corpus.pool.languages)
    digests = np.frombuffer(np.random.default_rng(SEED).bytes(16 * len(vectors)), dtype="V16")
    about = {
        "created": "2023-11-20T00:00:00+00:00",
        "roots": [],
        "encoder": {"name": "benchmark", "fingerprint": "0" * 64, "dimension": vectors.passages.shape[1]},
        "names": [],
        "left_out": [],
        "counts": {},
    }
    return write_generation(index, Entries(corpus), digests, vectors, statistics, passage_postings(corpus), about)


def passage_vectors(corpus: Corpus) -> Vectors:
    """Return the unit vectors of the passages."""
    members = corpus.members()
    made = np.empty((len(members), corpus.pool.vectors.shape[1]), dtype=np.float32)
    rng = np.random.default_rng(SEED)
    for start in range(0, len(members), BLOCK):
        block = members[start : start + BLOCK]
        total = np.sum([corpus.pool.vectors[block[:, place]] for place in range(LENGTH)], axis=0)
        noise = rng.standard_normal(total.shape, dtype=np.float32)
        noise *= NOISE * LENGTH / np.linalg.norm(noise, axis=1, keepdims=True)
        total += noise
        made[start : start + BLOCK] = total / np.linalg.norm(total, axis=1, keepdims=True)
    return made


def sentence_codes(corpus: Corpus) -> Codes:
    """Return the codes of the passages' sentences."""
    return quantised(corpus.pool.vectors)[corpus.members()]


def sentence_terms(pool: Pool) -> list[list[str]]:
    """Return the terms of each sentence of the pool."""
    return [
        tokens(text, code)
        for code, start, end in zip(pool.languages, pool.starts, pool.starts[1:], strict=False)
        for text in pool.sentences[start:end]
    ]


def passage_postings(corpus: Corpus) -> Postings:
    """Return what `build_postings` gives for the passages' terms, made of the sentences' counts."""
    said = sentence_terms(corpus.pool)
    vocabulary = sorted({term.encode() for terms in said for term in terms})
    number = {term.decode(): position for position, term in enumerate(vocabulary)}
    counted = [np.unique([number[term] for term in terms], return_counts=True) for terms in said]
    first = np.cumsum([0, *(len(found) for found, _ in counted)])
    held = np.concatenate([found for found, _ in counted]).astype(np.int64)
    times = np.concatenate([count for _, count in counted]).astype(np.int64)

    members = corpus.members()
    parts = [_counted(members, start, first, held, times) for start in range(0, len(members), BLOCK)]
    frequencies = np.sum([np.bincount(terms, minlength=len(vocabulary)) for terms, _, _ in parts], axis=0)
    kept = np.flatnonzero(frequencies)  # a small corpus does not draw every sentence
    indptr = np.concatenate([[0], np.cumsum(frequencies)])
    rows, counts = np.empty(indptr[-1], dtype=np.int32), np.empty(indptr[-1], dtype=np.int32)
    filled = indptr[:-1].copy()
    for terms, passages, count in parts:
        here = np.bincount(terms, minlength=len(vocabulary))
        places = filled[terms] + np.arange(len(terms)) - (np.cumsum(here) - here)[terms]
        rows[places], counts[places] = passages, count
        filled += here
    lengths = np.array([len(terms) for terms in said])[members].sum(axis=1)
    whole = TermCounts(
        [vocabulary[term] for term in kept],
        indptr[np.append(kept, len(vocabulary))],
        rows,
        counts,
        lengths.astype(np.int32),
    )
    return weigh(whole)


def _counted(
    members: NDArray[np.int32],
    start: int,
    first: NDArray[np.int64],
    held: NDArray[np.int64],
    times: NDArray[np.int64],
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]:
    """Return the postings of a block of passages as (term, passage, count), by term, then passage."""
    block = members[start : start + BLOCK].ravel()
    sizes = (first[1:] - first[:-1])[block]
    before = np.cumsum(sizes) - sizes
    taken = np.repeat(first[block] - before, sizes) + np.arange(sizes.sum())
    passages = np.repeat(np.arange(len(block)) // LENGTH, sizes)
    keys = np.sort(held[taken] << 32 | passages << 8 | times[taken])
    new = np.flatnonzero(np.diff(keys >> 8, prepend=-1))
    count = np.add.reduceat(keys & 255, new)
    return (keys[new] >> 32).astype(np.int32), (start + (keys[new] >> 8 & 0xFFFFFF)).astype(np.int32), count


class Entries(Sequence[Entry]):
    """The articles of a corpus, each put together when it is asked for."""

    def __init__(self, corpus: Corpus) -> None:
        """Take the corpus."""
        self._corpus = corpus

    def __len__(self) -> int:
        return len(self._corpus.drawn)

    def __iter__(self) -> Iterator[Entry]:
        return (self._entry(number) for number in range(len(self)))

    @overload
    def __getitem__(self, number: int) -> Entry: ...

    @overload
    def __getitem__(self, number: slice) -> Sequence[Entry]: ...

    def __getitem__(self, number: int | slice) -> Entry | Sequence[Entry]:
        if isinstance(number, slice):
            return [self._entry(one) for one in range(len(self))[number]]
        return self._entry(range(len(self))[number])

    def _entry(self, number: int) -> Entry:
        pool = self._corpus.pool
        code = pool.languages[self._corpus.languages[number]]
        sentences = [pool.sentences[sentence] for sentence in self._corpus.drawn[number].tolist()]
        starts, at = [], 0
        for sentence in sentences:
            starts.append(at)
            at += len(sentence) + 1
        text = "\n".join(sentences) + "\n"
        name = f"{number:016x}"  # sorts as the rows do
        day, paper = f"2023-11-{number % 30 + 1:02d}", f"Paper {number % SOURCES}"
        info = ArticleInfo(name, f"{code}/{number}.txt", sentences[0], code, day, paper, None, name * 4)
        passages = []
        for first in range(0, STEP * PASSAGES, STEP):
            last = first + LENGTH - 1
            start, end = starts[first], starts[last] + len(sentences[last])
            passages.append(Passage(info, start, end, text[start:end]))
        article = Article(info, text, (Section(Kind.BODY, 0, len(text)),))
        return Entry(article, Origin("/benchmark", info.path, len(text), number), tuple(passages))
