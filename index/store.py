"""The embedded store: one generation, memory-mapped, and each leg's search over it.

Nothing is loaded that is not touched: a passage is its row and its bytes, a query reads the postings of its own terms.
Generations are written in `generations` and chosen in `opening`; the legs are fused in `retriever`. Of a file too large
to be read at open, what a hit rests on is checked when it is touched: its text, its article, its postings, its own
vector. A vector that is damaged and finds nothing is noticed by `doctor` and by the next `index` run, not here.
"""

import json
import weakref
from collections.abc import Callable, Collection, Iterable, Sequence
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.analysis import fold
from index.checksums import Checks
from index.dense import cosines
from index.fusion import LanguageStatistics, top_rows
from index.generations import ARRAYS, KINDS, LeftOut, Origin
from index.lexical import Postings
from index.manifest import faults
from index.opening import Opened, open_generation
from index.records import Article, ArticleInfo, Filter, Kind, Passage, Section


def open_store(index: Path, *, full: bool = False, avoiding: Collection[str] = ()) -> "Store":
    """Open the generation that answers; takes and raises what `opening.open_generation` does."""
    return Store(open_generation(index, full=full, avoiding=avoiding))


class Terms(Sequence[bytes]):
    """The sorted terms of a generation, read from their blob one at a time."""

    def __init__(self, blob: NDArray[np.uint8], offsets: NDArray[np.int64], checks: Checks) -> None:
        """Take the UTF-8 of all terms end to end, the offsets between them, and what makes sure of both."""
        self._blob, self._offsets, self._checks = blob, offsets, checks

    def __len__(self) -> int:
        """Return the number of terms."""
        return len(self._offsets) - 1

    def __getitem__(self, number: Any) -> Any:
        """Return the UTF-8 of one term."""
        if not 0 <= number < len(self):
            raise IndexError(f"there are {len(self)} terms, none is number {number}")
        self._checks.rows("terms", self._offsets, number, number + 2)
        start, end = int(self._offsets[number]), int(self._offsets[number + 1])
        self._checks.span("terms.bin", start, end)
        return self._blob[start:end].tobytes()


class Store:
    """One generation, opened for reading; safe to share between threads."""

    def __init__(self, opened: Opened) -> None:
        """Map the arrays of a generation that was found whole; its lease is held as long as this is referred to."""
        self.directory = directory = opened.directory
        self.manifest = manifest = opened.manifest
        self.digest = opened.digest
        self.faults = opened.faults
        self.rolled_back = opened.rolled_back
        self._lease = opened.lease
        self._checks = opened.checks
        self.languages: tuple[str, ...] = tuple(manifest["languages"])
        arrays = {name: np.load(directory / f"{name}.npy", mmap_mode="r", allow_pickle=False) for name in ARRAYS}
        self.articles: NDArray[Any] = arrays["articles"]
        self.passages: NDArray[Any] = arrays["passages"]
        self.digests: NDArray[np.void] = arrays["digests"]
        self.vectors: NDArray[np.float32] = arrays["vectors"]
        self.statistics = LanguageStatistics(self.languages, arrays["means"], arrays["covariances"])
        terms = Terms(_bytes(directory / "terms.bin"), arrays["terms"], self._checks)
        self.postings = Postings(
            terms,
            arrays["indptr"],
            arrays["rows"],
            arrays["values"],
            arrays["idf"],
            len(self.passages),
            arrays["lengths"],
        )
        self._lines = _bytes(directory / "articles.jsonl")
        self._texts = _bytes(directory / "texts.bin")
        # subtle: a cached method of this would keep it, and with it the lease, until the garbage collector comes by.
        this = weakref.proxy(self)
        self.info: Callable[[int], ArticleInfo] = lru_cache(maxsize=4096)(lambda number: this._info(number))

    def release(self) -> None:
        """Let go of the generation, which may then be collected; what is mapped stays readable, except on Windows."""
        self._lease.release()

    def damage(self) -> str | None:
        """Read every file of the generation; return the first fault, or None if it is whole."""
        return next(faults(self.directory, self.manifest, full=True), None)

    @property
    def generation(self) -> str:
        """Return the name of the generation, which changes whenever anything in the index does."""
        return self.directory.name

    def line(self, number: int) -> dict[str, Any]:
        """Return the stored line of the article of that number."""
        self._checks.rows("articles", self.articles, number, number + 1)
        row = self.articles[number]
        self._checks.span("articles.jsonl", int(row["line"]), int(row["line_end"]))
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
        line, row = self.line(number), self.articles[number]
        self._checks.span("texts.bin", int(row["text"]), int(row["text_end"]))
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
        """Return the passage of that row; raises IndexDamaged if what it rests on is, its vector included."""
        self._checks.rows("passages", self.passages, row, row + 1)
        self._checks.rows("vectors", self.vectors, row, row + 1)
        record = self.passages[row]
        self._checks.span("texts.bin", int(record["byte"]), int(record["byte_end"]))
        text = self._texts[record["byte"] : record["byte_end"]].tobytes().decode()
        info = self.info(int(record["article"]))
        return Passage(info, int(record["start"]), int(record["end"]), text, KINDS[record["kind"]])

    @cached_property
    def comments(self) -> NDArray[np.bool_]:
        """Tell for each row whether it is a reader's comment."""
        self._checks.whole("passages.npy")
        return np.asarray(self.passages["kind"] == KINDS.index(Kind.COMMENT))

    def language_of(self, row: int) -> int:
        """Return the number of the language of the passage of that row."""
        return int(self.passages["language"][row])

    def matching(self, chosen: Filter) -> NDArray[np.int64] | None:
        """Return the rows that a filter leaves, ascending, or None where it confines nothing."""
        if not chosen:
            return None
        self._checks.whole("passages.npy")
        kept = np.fromiter(
            (_matches(self.info(number), chosen) for number in range(len(self.articles))), bool, len(self.articles)
        )
        return np.flatnonzero(kept[self.passages["article"]])

    def search_lexical(
        self, query_row: dict[int, float], depth: int, rows: NDArray[np.int64] | None = None
    ) -> list[tuple[int, float]]:
        """Return the best `depth` passages that hold a term of the query, as (row, BM25), best first."""
        self._check_postings(query_row)
        scores = self.postings.scores(query_row)
        matched = np.flatnonzero(scores) if rows is None else rows[scores[rows] > 0]
        best = matched[top_rows(scores[matched], depth)]
        return [(int(row), float(scores[row])) for row in best]

    def _check_postings(self, terms: Iterable[int]) -> None:
        for term in terms:
            self._checks.rows("indptr", self.postings.indptr, term, term + 2)
            self._checks.rows("idf", self.postings.idf, term, term + 1)
            start, end = int(self.postings.indptr[term]), int(self.postings.indptr[term + 1])
            self._checks.rows("rows", self.postings.rows, start, end)
            self._checks.rows("values", self.postings.values, start, end)

    def search_dense(
        self, query: NDArray[np.float32], depth: int, rows: NDArray[np.int64] | None = None
    ) -> list[tuple[int, float, float]]:
        """Return the best `depth` passages as (row, cosine, deviations above its language's mean), best first."""
        for name in ("passages.npy", "means.npy", "covariances.npy"):
            self._checks.whole(name)
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
