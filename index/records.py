"""What the stages hand to one another: articles, passages, hits. Frozen, and without I/O.

Every `start` and `end` is a half-open range `[start, end)` in Unicode code points of `Article.text`.
"""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What a stretch of an article is."""

    BODY = "body"
    COMMENT = "comment"
    BOILERPLATE = "boilerplate"


@dataclass(frozen=True, slots=True)
class Section:
    """A stretch of an article of one kind; the sections of an article cover it without overlap, in order."""

    kind: Kind
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class ArticleInfo:
    """What is known of an article apart from its text; this is what a citation shows.

    `id` is the head of `sha256`, the digest of the file's bytes; `path` is relative to the indexed folder;
    `date` is ISO 8601 (`2023-11-20`). `extracted` says that the text is not the file itself but was extracted
    from it (HTML), so that positions count in the extracted text.
    """

    id: str
    path: str
    title: str
    language: str
    date: str | None
    source: str | None
    url: str | None
    sha256: str
    extracted: bool = False


@dataclass(frozen=True, slots=True)
class Article:
    """An article as read: what is known of it, its text as stored, and its sections."""

    info: ArticleInfo
    text: str
    sections: tuple[Section, ...]


@dataclass(frozen=True, slots=True)
class Passage:
    """A run of whole sentences of one article: the unit that is indexed, and `article.text[start:end] == text`."""

    article: ArticleInfo
    start: int
    end: int
    text: str
    kind: Kind = Kind.BODY

    @property
    def id(self) -> str:
        """A name that sorts as the index is laid out: by article, then by position."""
        return f"{self.article.id}:{self.start:09d}"

    def shared(self, other: "Passage") -> int:
        """Return how many code points of an article the two have in common."""
        if self.article.id != other.article.id:
            return 0
        return max(0, min(self.end, other.end) - max(self.start, other.start))


@dataclass(frozen=True, slots=True)
class Filter:
    """Which articles a search is confined to; an empty field confines nothing.

    `languages` are codes, `source` a part of the source or path (compared folded), `since` and `until` ISO dates, both
    inclusive: an article without a date is left out as soon as one of them is set.
    """

    languages: tuple[str, ...] = ()
    source: str | None = None
    since: str | None = None
    until: str | None = None

    def __bool__(self) -> bool:
        """Tell whether anything is confined."""
        return bool(self.languages or self.source or self.since or self.until)


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage found for a query: its fused score, and what each leg gave (ranks from 1; None where a leg is silent).

    `lexical_score` is BM25, `dense_score` the cosine, `dense_z` that of the passage and that of its closest sentence,
    half each, in standard deviations above the mean of the passage's language, `lexical_share` that BM25 as a share of
    what the query's terms weigh in that language. `score` is the legs' together, in those deviations (`fusion`), less
    what better passages of its article cost it (`retriever`), and can be compared between searches.
    """

    passage: Passage
    score: float
    lexical_rank: int | None
    lexical_score: float | None
    dense_rank: int | None
    dense_score: float | None
    dense_z: float | None
    lexical_share: float | None = None
