"""A generation on Milvus, and each leg's search over it, ranked as the embedded store ranks.

Milvus multiplies rows and keeps the best; what the products mean is decided here, by the same functions as on one
machine. It breaks ties as it likes, so a leg asks for somewhat more than it needs, as often as ties reach beyond what
it was given, and sorts by itself. The dense leg asks once a language, since a language's order is by cosine and only
between languages the standardised score differs. A question reads the numbers of its own terms, the passages found and
their articles; what is read is remembered, for a generation never changes.
"""

import hashlib
import json
from collections.abc import Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.analysis import fold
from index.errors import IndexDamaged, IndexFormat, IndexMissing
from index.fusion import ROUNDING, top_rows
from index.generations import KINDS, LeftOut, Origin
from index.milvus_client import MOST, Cluster
from index.milvus_schema import (
    ARTICLES,
    FORMAT,
    NOTHING,
    TERMS,
    TEXTS,
    codes_of,
    expression,
    in_keys,
    in_numbers,
    passages_columns,
    source_pattern,
)
from index.milvus_terms import MilvusTerms, Remembered
from index.milvus_texts import REBUILD, collections, read_text, statistics_of
from index.passages import SENTENCES
from index.records import Article, ArticleInfo, Filter, Kind, Passage, Section
from index.sentence_vectors import Codes, best_cosines

MARGIN = 56  # results asked for beyond the depth, for ties at the cut
BLOCK = 64  # articles read at once when one after the other is asked for
FOUND = ("row", "article", "start", "end", "kind", "language", "text")


@dataclass(frozen=True, slots=True)
class _Found:
    """A passage as Milvus gives it."""

    article: int
    start: int
    end: int
    kind: Kind
    language: int
    text: str


class MilvusComments:
    """Whether a passage is a reader's comment."""

    def __init__(self, store: "MilvusStore") -> None:
        """Take the store that knows."""
        self._store = store

    def __getitem__(self, row: int, /) -> bool:
        """Tell whether the passage of that row is one."""
        return self._store.found(row).kind is Kind.COMMENT


class MilvusStore:
    """One generation, opened for reading by its own name, so that a switch does not move it; shared by threads."""

    def __init__(self, cluster: Cluster, generation: str) -> None:
        """Open a generation; raises IndexDamaged if it is not whole, IndexFormat if it is of another form."""
        self.cluster, self.generation = cluster, generation
        self.names = collections(cluster.address.collection, generation)
        sealed = self._text("seal")
        self.seal = json.loads(sealed)
        self.digest = hashlib.sha256(sealed.encode()).hexdigest()
        self.faults: tuple[str, ...] = ()
        self.rolled_back = False
        if self.seal["format"] != FORMAT:
            raise IndexFormat(f"{self} has store format {self.seal['format']}, this version reads {FORMAT}: {REBUILD}")
        self.manifest: dict[str, Any] = json.loads(self._checked("manifest"))
        self.languages: tuple[str, ...] = tuple(self.manifest["languages"])
        dimension = int(self.manifest["encoder"]["dimension"])
        for name, columns in zip(self.names, (passages_columns(dimension), ARTICLES, TERMS, TEXTS), strict=True):
            if cluster.columns(name) != {(column.name, column.type) for column in columns}:
                raise IndexFormat(f"{name} at {cluster} has other fields than this version writes: {REBUILD}")
        # A strong count also waits until this reader's side has seen every row.
        counted = cluster.count(self.names[0])
        if counted != self.seal["passages"]:
            raise IndexDamaged(f"{self} has {counted} passages instead of {self.seal['passages']}: {REBUILD}")
        self.statistics = statistics_of(self._checked("statistics"), self.languages, dimension)
        self.postings = MilvusTerms(cluster, self.names[2], int(self.seal["terms"]))
        self.articles = range(int(self.seal["articles"]))
        self.passages = range(int(self.seal["passages"]))
        self.comments = MilvusComments(self)
        self._found: Remembered[int, _Found] = Remembered()
        self._codes: Remembered[int, Codes] = Remembered()
        self._lines: Remembered[int, dict[str, Any]] = Remembered()
        self._threads = ThreadPoolExecutor(max(1, len(self.languages)), thread_name_prefix="milvus")

    def __str__(self) -> str:
        """Return the generation and where it is."""
        return f"generation {self.generation} at {self.cluster}"

    def damage(self) -> str | None:
        """Return None: Milvus answers for the bytes it keeps."""
        return None

    def info(self, number: int, /) -> ArticleInfo:
        """Return what a citation shows of the article of that number."""
        return ArticleInfo(**self._line(number)["info"])

    def origin(self, number: int) -> Origin:
        """Return the file that the article of that number came from."""
        return Origin(**self._line(number)["origin"])

    def left_out(self) -> tuple[LeftOut, ...]:
        """Return the files that were found and not indexed."""
        return tuple(LeftOut(Origin(**item["origin"]), item["reason"]) for item in self.manifest["left_out"])

    def article(self, number: int) -> Article:
        """Return an article with its text and sections."""
        info, stored = self.info(number), json.loads(self._text(f"article/{number}"))
        sections = tuple(Section(Kind(kind), start, end) for kind, start, end in stored["sections"])
        return Article(info, stored["text"], sections)

    def number_of(self, article_id: str) -> int | None:
        """Return the number of the article of that id; articles stand in the order of their ids."""
        if not article_id or set(article_id) - set("0123456789abcdef"):
            return None
        found = self.cluster.query(self.names[1], in_keys("id", [article_id]), ("number",))
        return int(found[0]["number"]) if found else None

    def passage(self, row: int) -> Passage:
        """Return the passage of that row."""
        found = self.found(row)
        return Passage(self.info(found.article), found.start, found.end, found.text, found.kind)

    def language_of(self, row: int) -> int:
        """Return the number of the language of the passage of that row."""
        return self.found(row).language

    def found(self, row: int) -> _Found:
        """Return what Milvus says of a row, most often without asking: a search says it of what it finds."""
        known = self._found.get(row)
        if known is None:
            told = self.cluster.query(self.names[0], in_numbers("row", [row]), FOUND)
            if not told:
                raise IndexError(row)
            known = self._remember(told[0])
        return known

    def matching(self, chosen: Filter) -> str | None:
        """Return a filter as an expression, or None where it confines nothing; raises what `expression` raises."""
        if not chosen:
            return None
        return expression(chosen, self.languages, self._of_source(chosen.source) if chosen.source else None)

    def _of_source(self, source: str) -> list[int]:
        """Return the numbers of the articles whose source or path holds a text, as the embedded store compares it."""
        wanted = fold(source)
        pages = self.cluster.pages(self.names[1], f'place like "{source_pattern(source)}"', ("number", "line"))
        infos = {int(row["number"]): ArticleInfo(**json.loads(row["line"])["info"]) for page in pages for row in page}
        return sorted(n for n, info in infos.items() if wanted in fold(f"{info.source or ''}\n{info.path}"))

    def among(self, rows: Collection[int], /) -> str:
        """Return some rows as the searches take what they are confined to: as an expression."""
        return in_numbers("row", sorted(rows))

    def vector(self, row: int) -> NDArray[np.float32]:
        """Return the vector of the passage of that row."""
        told = self.cluster.query(self.names[0], in_numbers("row", [row]), ("dense",))
        if not told:
            raise IndexError(row)
        return np.array(told[0]["dense"], dtype=np.float32)

    def sentence_cosines(self, query: NDArray[np.float32], rows: Sequence[int]) -> NDArray[np.float32]:
        """Return the cosine of each row's closest sentence, `(n,)`; NaN where a passage is but one sentence."""
        known = {row: self._codes.get(row) for row in rows}
        missing = [row for row, codes in known.items() if codes is None]
        if missing:
            for told in self.cluster.query(self.names[0], in_numbers("row", missing), ("row", "sentences")):
                codes = codes_of(told["sentences"], len(query))
                known[int(told["row"])] = codes
                self._codes.put(int(told["row"]), codes)
        return best_cosines(np.array([known[row] for row in rows]).reshape(-1, SENTENCES, len(query)), query)

    def search_lexical(
        self, query_row: dict[int, float], depth: int, rows: str | None = None
    ) -> list[tuple[int, float]]:
        """Return the best `depth` passages that hold a term of the query, as (row, BM25), best first."""
        if not query_row or rows == NOTHING:
            return []
        vector = {term + 1: weight for term, weight in query_row.items()}
        found = [pair for pair in self._search("sparse", vector, depth, rows or "") if pair[1] > 0]
        scores = np.array([score for _, score in found], dtype=np.float32)
        return [(found[i][0], float(scores[i])) for i in top_rows(scores, depth)]

    def search_dense(
        self, query: NDArray[np.float32], depth: int, rows: str | None = None
    ) -> list[tuple[int, float, float]]:
        """Return the best `depth` passages as (row, cosine, deviations above its language's mean), best first."""
        if not self.languages or rows == NOTHING:
            return []
        vector = [float(value) for value in query]

        def one(number: int) -> list[tuple[int, float]]:
            confined = in_numbers("language", [number])
            return self._search("dense", vector, depth, f"{confined} and {rows}" if rows else confined)

        spoken = range(len(self.languages))
        legs = list(self._threads.map(one, spoken)) if len(spoken) > 1 else [one(0)]
        found = sorted((row, cosine, number) for number, leg in zip(spoken, legs, strict=True) for row, cosine in leg)
        cosines = np.array([cosine for _, cosine, _ in found], dtype=np.float32)
        standard = self.statistics.standardise(
            query, cosines, np.array([number for *_, number in found], dtype=np.uint8)
        )
        return [(found[i][0], float(cosines[i]), float(standard[i])) for i in top_rows(standard, depth)]

    def _search(self, column: str, vector: Any, depth: int, confined: str) -> list[tuple[int, float]]:
        """Return at least the best `depth` rows with their products, and all that tie with the last; by row."""
        limit = min(depth + MARGIN, MOST)
        while True:
            found = self.cluster.search(self.names[0], column, vector, limit, confined, FOUND)
            scores = sorted((score for score, _ in found), reverse=True)
            whole = len(found) < limit or limit == MOST
            if whole or scores[-1] < scores[min(depth, len(scores)) - 1] - 10 * ROUNDING:
                break
            limit = min(2 * limit, MOST)
        for _, row in found:
            self._remember(row)
        return sorted((int(row["row"]), score) for score, row in found)

    def _remember(self, row: dict[str, Any]) -> _Found:
        found = _Found(
            int(row["article"]),
            int(row["start"]),
            int(row["end"]),
            KINDS[int(row["kind"])],
            int(row["language"]),
            str(row["text"]),
        )
        self._found.put(int(row["row"]), found)
        return found

    def _line(self, number: int) -> dict[str, Any]:
        known = self._lines.get(number)
        if known is None:
            if number not in self.articles:
                raise IndexError(number)
            first = number - number % BLOCK
            confined = f"number >= {first} and number < {first + BLOCK}"
            for row in self.cluster.query(self.names[1], confined, ("number", "line")):
                self._lines.put(int(row["number"]), json.loads(row["line"]))
            known = self._lines.get(number)
        if known is None:
            raise IndexDamaged(f"{self} has no article {number}: {REBUILD}")
        return known

    def _checked(self, name: str) -> str:
        text = self._text(name)
        if hashlib.sha256(text.encode()).hexdigest() != self.seal["sha256"][name]:
            raise IndexDamaged(f"the {name} of {self} is altered: {REBUILD}")
        return text

    def _text(self, name: str) -> str:
        return read_text(self.cluster, self.names[3], name)


def open_milvus(cluster: Cluster) -> MilvusStore:
    """Open the generation that answers; raises IndexMissing if there is none."""
    prefix = cluster.address.collection
    named = current_generation(cluster)
    if named is None:
        if f"{prefix}_passages" in cluster.collections():
            raise IndexFormat(
                f"{prefix}_passages at {cluster} is a collection, not the alias of one: choose another store.collection"
            )
        raise IndexMissing(f"no index at {cluster}: build one with `polyquote index PATH`")
    return MilvusStore(cluster, named)


def current_generation(cluster: Cluster) -> str | None:
    """Return the generation that the alias names, None without one; raises IndexFormat if it names something else."""
    prefix = cluster.address.collection
    named = cluster.alias(f"{prefix}_passages")
    if named is None:
        return None
    generation = named.removeprefix(f"{prefix}_passages_")
    if not generation.isdigit():
        raise IndexFormat(f"{prefix}_passages at {cluster} names {named}, which is no generation of ours: {REBUILD}")
    return generation
