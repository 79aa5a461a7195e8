"""The embedded store: one generation, memory-mapped, and each leg's search over it.

Nothing is loaded that is not touched: a passage is its row and its bytes, a query reads the postings of its own terms.
Generations are written and checked in `generations`; the legs are fused in `retriever`.
"""

import json
from collections.abc import Sequence
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.analysis import fold
from index.dense import cosines
from index.fusion import LanguageStatistics, top_rows
from index.generations import ARRAYS, KINDS, LeftOut, Origin, current
from index.lexical import Postings
from index.records import Article, ArticleInfo, Filter, Kind, Passage, Section


def open_store(index: Path) -> "Store":
    """Open the generation that answers; raises what `generations.current` raises."""
    return Store(*current(index))


class Terms(Sequence[bytes]):
    """The sorted terms of a generation, read from their blob one at a time."""

    def __init__(self, blob: NDArray[np.uint8], offsets: NDArray[np.int64]) -> None:
        """Take the UTF-8 of all terms end to end, and the offsets between them."""
        self._blob, self._offsets = blob, offsets

    def __len__(self) -> int:
        """Return the number of terms."""
        return len(self._offsets) - 1

    def __getitem__(self, number: Any) -> Any:
        """Return the UTF-8 of one term."""
        return self._blob[self._offsets[number] : self._offsets[number + 1]].tobytes()


class Store:
    """One generation, opened for reading; safe to share between threads."""

    def __init__(self, directory: Path, manifest: dict[str, Any]) -> None:
        """Open the arrays of a generation that `current` has checked."""
        self.directory = directory
        self.manifest = manifest
        self.languages: tuple[str, ...] = tuple(manifest["languages"])
        arrays = {name: np.load(directory / f"{name}.npy", mmap_mode="r", allow_pickle=False) for name in ARRAYS}
        self.articles: NDArray[Any] = arrays["articles"]
        self.passages: NDArray[Any] = arrays["passages"]
        self.digests: NDArray[np.void] = arrays["digests"]
        self.vectors: NDArray[np.float32] = arrays["vectors"]
        self.statistics = LanguageStatistics(self.languages, arrays["means"], arrays["covariances"])
        terms = Terms(_bytes(directory / "terms.bin"), arrays["terms"])
        self.postings = Postings(
            terms, arrays["indptr"], arrays["rows"], arrays["values"], arrays["idf"], len(self.passages)
        )
        self._lines = _bytes(directory / "articles.jsonl")
        self._texts = _bytes(directory / "texts.bin")
        self.info = lru_cache(maxsize=4096)(self._info)

    @property
    def generation(self) -> str:
        """Return the name of the generation, which changes whenever anything in the index does."""
        return self.directory.name

    def line(self, number: int) -> dict[str, Any]:
        """Return the stored line of the article of that number."""
        row = self.articles[number]
        line: dict[str, Any] = json.loads(self._lines[row["line"] : row["line_end"]].tobytes())
        return line

    def _info(self, number: int) -> ArticleInfo:
        return ArticleInfo(**self.line(number)["info"])

    def origin(self, number: int) -> Origin:
        """Return the file that the article of that number came from."""
        return Origin(**self.line(number)["origin"])

    def left_out(self) -> tuple[LeftOut, ...]:
        """Return the files that were found and not indexed."""
        return tuple(LeftOut(Origin(**item["origin"]), item["reason"]) for item in self.manifest["left_out"])

    def article(self, number: int) -> Article:
        """Return an article with its text and sections."""
        row, line = self.articles[number], self.line(number)
        text = self._texts[row["text"] : row["text_end"]].tobytes().decode()
        sections = tuple(Section(Kind(kind), start, end) for kind, start, end in line["sections"])
        return Article(ArticleInfo(**line["info"]), text, sections)

    def number_of(self, article_id: str) -> int | None:
        """Return the number of the article of that id; articles stand in the order of their ids."""
        low, high = 0, len(self.articles)
        while low < high:
            middle = (low + high) // 2
            if self.info(middle).id < article_id:
                low = middle + 1
            else:
                high = middle
        return low if low < len(self.articles) and self.info(low).id == article_id else None

    def passage(self, row: int) -> Passage:
        """Return the passage of that row."""
        record = self.passages[row]
        text = self._texts[record["byte"] : record["byte_end"]].tobytes().decode()
        info = self.info(int(record["article"]))
        return Passage(info, int(record["start"]), int(record["end"]), text, KINDS[record["kind"]])

    @cached_property
    def comments(self) -> NDArray[np.bool_]:
        """Tell for each row whether it is a reader's comment."""
        return np.asarray(self.passages["kind"] == KINDS.index(Kind.COMMENT))

    def languages_of(self, rows: Sequence[int]) -> list[int]:
        """Return the number of the language of each of these passages."""
        numbers: list[int] = self._languages[list(rows)].tolist()
        return numbers

    @cached_property
    def _languages(self) -> NDArray[np.uint8]:
        return np.array(self.passages["language"])

    def matching(self, chosen: Filter) -> NDArray[np.int64] | None:
        """Return the rows that a filter leaves, ascending, or None where it confines nothing."""
        if not chosen:
            return None
        kept = np.fromiter(
            (_matches(self.info(number), chosen) for number in range(len(self.articles))), bool, len(self.articles)
        )
        return np.flatnonzero(kept[self.passages["article"]])

    def search_lexical(
        self, query_row: dict[int, float], depth: int, rows: NDArray[np.int64] | None = None
    ) -> list[tuple[int, float]]:
        """Return the best `depth` passages that hold a term of the query, as (row, BM25), best first."""
        scores = self.postings.scores(query_row)
        matched = np.flatnonzero(scores) if rows is None else rows[scores[rows] > 0]
        best = matched[top_rows(scores[matched], depth)]
        return [(int(row), float(scores[row])) for row in best]

    def search_dense(
        self, query: NDArray[np.float32], depth: int, rows: NDArray[np.int64] | None = None
    ) -> list[tuple[int, float, float]]:
        """Return the best `depth` passages as (row, cosine, deviations above its language's mean), best first."""
        similar = cosines(self.vectors, query, rows)
        languages = self.passages["language"] if rows is None else self.passages["language"][rows]
        standard = self.statistics.standardise(query, similar, languages)
        best = top_rows(standard, depth)
        names = best if rows is None else rows[best]
        return [(int(n), float(similar[i]), float(standard[i])) for n, i in zip(names, best, strict=True)]


def _matches(info: ArticleInfo, chosen: Filter) -> bool:
    if chosen.languages and info.language not in chosen.languages:
        return False
    if chosen.source and fold(chosen.source) not in fold(f"{info.source or ''}\n{info.path}"):
        return False
    if (chosen.since or chosen.until) and info.date is None:
        return False
    day = (info.date or "")[:10]
    return (not chosen.since or day >= chosen.since) and (not chosen.until or day <= chosen.until)


def _bytes(path: Path) -> NDArray[np.uint8]:
    return np.memmap(path, mode="r") if path.stat().st_size else np.empty(0, np.uint8)
