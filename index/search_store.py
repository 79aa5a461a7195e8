"""What a store of one generation can do: the common face of the embedded store and of Milvus.

Both take the rows that `lexical` and `encoders` compute, and rank by `fusion`, so that they find the same passages in
the same order with the same scores, to rounding. What can be opened, written and switched is a matter of `places`.
"""

from collections.abc import Collection, Iterable, Sequence, Sized
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from index.fusion import LanguageStatistics
from index.generations import LeftOut, Origin
from index.records import Article, ArticleInfo, Filter, Passage


class Vocabulary(Protocol):
    """The terms of a generation."""

    @property
    def terms(self) -> Sized:
        """The terms, to be counted."""
        ...

    def lookup(self, term: str) -> int | None:
        """Return the number of a term, or None if no passage has it."""
        ...

    def query_row(self, terms: Iterable[str]) -> dict[int, float]:
        """Return the query's row: the idf of each known term, once for every time it is asked for."""
        ...


class ByRow(Protocol):
    """Something that each passage has one of."""

    def __getitem__(self, row: int, /) -> Any:
        """Return it."""
        ...


class SearchStore(Protocol):
    """One generation, opened for reading; it stays the same until another is opened."""

    manifest: dict[str, Any]
    digest: str  # of the manifest: no other generation has it
    faults: tuple[str, ...]  # what is wrong with newer generations, which should have answered instead
    rolled_back: bool  # whether somebody went back to this one
    languages: tuple[str, ...]
    statistics: LanguageStatistics

    @property
    def generation(self) -> str:
        """The name of the generation, which changes whenever anything in the index does."""
        ...

    def damage(self) -> str | None:
        """Look for a fault as thoroughly as can be; return the first, or None if there is none."""
        ...

    @property
    def articles(self) -> Sized:
        """The articles, to be counted."""
        ...

    @property
    def passages(self) -> Sized:
        """The passages, to be counted."""
        ...

    @property
    def postings(self) -> Vocabulary:
        """The terms."""
        ...

    @property
    def comments(self) -> ByRow:
        """Whether a passage is a reader's comment."""
        ...

    def info(self, number: int, /) -> ArticleInfo:
        """Return what a citation shows of the article of that number."""
        ...

    def origin(self, number: int) -> Origin:
        """Return the file that the article of that number came from."""
        ...

    def left_out(self) -> tuple[LeftOut, ...]:
        """Return the files that were found and not indexed."""
        ...

    def article(self, number: int) -> Article:
        """Return an article with its text and sections."""
        ...

    def number_of(self, article_id: str) -> int | None:
        """Return the number of the article of that id; articles stand in the order of their ids."""
        ...

    def passage(self, row: int) -> Passage:
        """Return the passage of that row."""
        ...

    def language_of(self, row: int) -> int:
        """Return the number of the language of the passage of that row."""
        ...

    def matching(self, chosen: Filter) -> Any:
        """Return what a filter leaves, as this store's searches take it, or None where it confines nothing."""
        ...

    def among(self, rows: Collection[int], /) -> Any:
        """Return some rows, at least one, as this store's searches take what they are confined to."""
        ...

    def vector(self, row: int) -> NDArray[np.float32]:
        """Return the vector of the passage of that row, `(dim,)`."""
        ...

    def search_lexical(self, query_row: dict[int, float], depth: int, rows: Any = None) -> list[tuple[int, float]]:
        """Return the best `depth` passages that hold a term of the query, as (row, BM25), best first."""
        ...

    def search_dense(self, query: NDArray[np.float32], depth: int, rows: Any = None) -> list[tuple[int, float, float]]:
        """Return the best `depth` passages as (row, cosine, deviations above its language's mean), best first."""
        ...

    def sentence_cosines(self, query: NDArray[np.float32], rows: Sequence[int], /) -> NDArray[np.float32]:
        """Return the cosine of each row's closest sentence, `(n,)`; NaN where a passage is but one sentence."""
        ...
