"""The embedded store: one generation, memory-mapped, and each leg's search over it.

Nothing is loaded that is not touched: a passage is its row and its bytes, a query reads the postings of its own terms.
Generations are written in `generations` and chosen in `opening`; the legs are fused in `retriever`. Of a file too large
to be read at open, what a hit rests on is checked when it is touched: its text, its article, its postings, its own
vectors. A vector or int8 row that is damaged and finds nothing is noticed by `doctor` and by the next `index` run.
"""

import json
import re
import weakref
from collections.abc import Callable, Collection, Iterable, Sequence
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.analysis import fold
from index.checksums import Checks
from index.dense import DenseRows, contenders
from index.fusion import LanguageStatistics, top_rows
from index.generations import ARRAYS, KINDS, LeftOut, Origin
from index.lexical import Postings
from index.manifest import faults
from index.opening import Opened, open_generation
from index.quantisation import Int8Rows
from index.records import Article, ArticleInfo, Filter, Kind, Passage, Section
from index.sentence_vectors import best_cosines

TERMS_KEPT = 1 << 14  # terms that stay in memory once read: 2 MB


def open_store(index: Path, *, full: bool = False, avoiding: Collection[str] = ()) -> "Store":
    """Open the generation that answers; takes and raises what `opening.open_generation` does."""
    return Store(open_generation(index, full=full, avoiding=avoiding))


class Terms(Sequence[bytes]):
    """The sorted terms of a generation, read from their blob one at a time."""

    def __init__(self, blob: NDArray[np.uint8], offsets: NDArray[np.int64], checks: Checks) -> None:
        """Take the UTF-8 of all terms end to end, the offsets between them, and what makes sure of both."""
        self._count = len(offsets) - 1
        plain = np.asarray(offsets)

        @lru_cache(maxsize=TERMS_KEPT)  # binary searches begin with the same terms
        def term(number: int) -> bytes:
            checks.rows("terms", offsets, number, number + 2)
            start, end = int(plain[number]), int(plain[number + 1])
            checks.span("terms.bin", start, end)
            return blob[start:end].tobytes()

        self._term = term

    def __len__(self) -> int:
        """Return the number of terms."""
        return self._count

    def __getitem__(self, number: Any) -> Any:
        """Return the UTF-8 of one term."""
        if not 0 <= number < self._count:
            raise IndexError(f"there are {self._count} terms, none is number {number}")
        return self._term(number)


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
        self.sentences: NDArray[np.int8] = arrays["sentences"]
        int8 = Int8Rows(arrays["centre"], arrays["codes"], arrays["scales"], arrays["errors"])
        self._dense = DenseRows(self.vectors, int8)
        self.statistics = LanguageStatistics(self.languages, arrays["means"], arrays["covariances"])
        self._sound = bytearray(len(arrays["idf"]))  # whether the postings of a term were made sure of
        self._mapped = {name: arrays[name] for name in ("indptr", "rows", "values", "idf")}
        terms = Terms(_bytes(directory / "terms.bin"), arrays["terms"], self._checks)
        # As plain arrays: a memmap takes microseconds for each slice, and a query takes thousands.
        indptr, rows, values, idf = (np.asarray(array) for array in self._mapped.values())
        self.postings = Postings(terms, indptr, rows, values, idf, len(self.passages), arrays["lengths"])
        self._lines = _bytes(directory / "articles.jsonl")
        self._texts = _bytes(directory / "texts.bin")
        self._sources = _bytes(directory / "sources.bin")
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
        """Return the passage of that row; raises IndexDamaged if what it rests on is, its vectors included."""
        self._checks.rows("passages", self.passages, row, row + 1)
        self._checks.rows("vectors", self.vectors, row, row + 1)
        self._checks.rows("sentences", self.sentences, row, row + 1)
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
        return int(self._passage_languages[row])

    def matching(self, chosen: Filter) -> NDArray[np.int64] | None:
        """Return the rows that a filter leaves, ascending, or None where it confines nothing."""
        if not chosen:
            return None
        self._checks.whole("articles.npy")
        kept = np.ones(len(self.articles), dtype=np.bool_)
        if chosen.languages:
            numbers = [number for number, code in enumerate(self.languages) if code in chosen.languages]
            kept &= np.isin(self.articles["language"], numbers)
        if chosen.source:
            kept &= self._from_source(chosen.source)
        if chosen.since or chosen.until:
            days = self.articles["day"]
            kept &= days != b""
            kept &= days >= (chosen.since or "").encode()
            kept &= days <= (chosen.until or "9999").encode()
        return self._rows_of(np.flatnonzero(kept))

    def _from_source(self, part: str) -> NDArray[np.bool_]:
        """Tell for each article whether its source or path holds `part`, compared folded."""
        self._checks.whole("sources.bin")
        sought = fold(part).encode()
        places = [found.start() for found in re.finditer(re.escape(sought), self._sources.data)]
        # No part holds a NUL, and one stands behind each article's: so none is found across two of them.
        owners = np.searchsorted(self.articles["source"], places, side="right") - 1
        inside = np.add(places, len(sought)) <= self.articles["source_end"][owners]
        kept = np.zeros(len(self.articles), dtype=np.bool_)
        kept[owners[inside]] = True
        return kept

    def _rows_of(self, numbers: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the rows of the passages of some articles, ascending; an article's passages stand together."""
        lengths = self._lengths[numbers]
        before = np.cumsum(lengths) - lengths
        starts = self.articles["first"][numbers]
        return np.asarray(np.repeat(starts - before, lengths) + np.arange(lengths.sum()), dtype=np.int64)

    @cached_property
    def _lengths(self) -> NDArray[np.int64]:
        """How many passages each article has."""
        return np.diff(self.articles["first"], append=len(self.passages))

    @cached_property
    def _passage_languages(self) -> NDArray[np.intp]:
        """The number of each passage's language, as NumPy takes it for an index: 8 MB a million passages."""
        self._checks.whole("articles.npy")
        return np.repeat(self.articles["language"].astype(np.intp), self._lengths)

    def among(self, rows: Collection[int], /) -> NDArray[np.int64]:
        """Return some rows as the searches take what they are confined to: ascending."""
        return np.array(sorted(rows), dtype=np.int64)

    def vector(self, row: int) -> NDArray[np.float32]:
        """Return the vector of the passage of that row; raises IndexDamaged if it is altered."""
        self._checks.rows("vectors", self.vectors, row, row + 1)
        return np.asarray(self.vectors[row])

    def search_lexical(
        self, query_row: dict[int, float], depth: int, rows: NDArray[np.int64] | None = None
    ) -> list[tuple[int, float]]:
        """Return the best `depth` passages that hold a term of the query, as (row, BM25), best first."""
        self._check_postings(query_row)
        matched, scores = self.postings.matches(query_row, rows)
        best = top_rows(scores, depth)
        return [(int(row), float(score)) for row, score in zip(matched[best], scores[best], strict=True)]

    def _check_postings(self, terms: Iterable[int]) -> None:
        for term in terms:
            if self._sound[term]:
                continue
            self._checks.rows("indptr", self._mapped["indptr"], term, term + 2)
            self._checks.rows("idf", self._mapped["idf"], term, term + 1)
            start, end = int(self.postings.indptr[term]), int(self.postings.indptr[term + 1])
            self._checks.rows("rows", self._mapped["rows"], start, end)
            self._checks.rows("values", self._mapped["values"], start, end)
            self._sound[term] = True

    def search_dense(
        self, query: NDArray[np.float32], depth: int, rows: NDArray[np.int64] | None = None
    ) -> list[tuple[int, float, float]]:
        """Return the best `depth` passages as (row, cosine, deviations above its language's mean), best first."""
        for name in ("articles.npy", "centre.npy", "scales.npy", "errors.npy", "means.npy", "covariances.npy"):
            self._checks.whole(name)
        languages = self._passage_languages if rows is None else self._passage_languages[rows]
        if len(languages) <= depth:
            kept = np.arange(len(languages))
        else:
            estimates, bounds = self._dense.estimates(query, rows)
            edges = np.concatenate([estimates - bounds, estimates + bounds])
            low, high = np.split(self.statistics.standardise(query, edges, np.tile(languages, 2)), 2)
            kept = contenders(low, high, depth)
        names = kept if rows is None else rows[kept]
        similar = self._dense.cosines(query, names)
        standard = self.statistics.standardise(query, similar, languages[kept])
        best = top_rows(standard, depth)
        return [(int(names[i]), float(similar[i]), float(standard[i])) for i in best]

    def sentence_cosines(self, query: NDArray[np.float32], rows: Sequence[int]) -> NDArray[np.float32]:
        """Return the cosine of each row's closest sentence, `(n,)`; NaN where a passage is but one sentence."""
        return best_cosines(self.sentences[np.array(rows, dtype=np.int64)], query)


def _bytes(path: Path) -> NDArray[np.uint8]:
    return np.asarray(np.memmap(path, mode="r")) if path.stat().st_size else np.empty(0, np.uint8)
