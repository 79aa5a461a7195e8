"""Labelled evidence in the articles: where its quotes stand, and which hits hold them.

**What counts.** A hit holds a quote if it is of the same article and covers at least half of the quote's code points,
at any of the places where the article has the quote: a passage that contains the quote covers all of it, and of a quote
that spans two passages the one with the greater part holds it. Quotes that are first held by the same hit are one item:
finding it once is finding all of them. So the rank of an item is that of its hit, and the number of relevant items is
that of such hits and of the quotes that none holds.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from bot.question_set import Evidence
from index.records import Article, ArticleInfo, Hit

MIN_SHARE = 0.5  # of a quote's code points that a hit must cover to hold it
CACHED = 64  # articles


@dataclass(frozen=True, slots=True)
class Place:
    """Where a quote stands: `[start, end)` in the code points of an article."""

    article: ArticleInfo
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Located:
    """A labelled quote with all its places; `fault` says why there is none."""

    evidence: Evidence
    places: tuple[Place, ...]
    fault: str | None = None


@dataclass(frozen=True, slots=True)
class Ranking:
    """Which ranks bring evidence that no rank above has brought, how many items there are, and each quote's rank.

    `ranks` follows the quotes given, from 1, and None where no hit holds the quote.
    """

    relevances: tuple[bool, ...]
    relevant: int
    ranks: tuple[int | None, ...]


class Corpus:
    """The articles that answers are drawn from, found by the names that question sets give them."""

    def __init__(self, infos: Iterable[ArticleInfo], read: Callable[[str], Article]) -> None:
        """Take what is known of the articles, and how one is read by its id."""
        self._read = lru_cache(maxsize=CACHED)(read)
        self._ids: dict[str, list[str]] = {}
        for info in infos:
            self._ids.setdefault(info.path, []).append(info.id)
            name = info.path.rpartition("/")[2]
            if name != info.path:
                self._ids.setdefault(name, []).append(info.id)

    def text(self, article_id: str) -> str:
        """Return the text of an article."""
        return self._read(article_id).text

    def locate(self, evidence: Evidence) -> Located:
        """Return all the places of a quote, in every article of that path or file name."""
        articles = [self._read(article_id) for article_id in self._ids.get(evidence.article, [])]
        if not articles:
            return Located(evidence, (), f"the article {evidence.article!r} is not in the index")
        places = tuple(
            Place(article.info, start, start + len(evidence.quote))
            for article in articles
            for start in _occurrences(article.text, evidence.quote)
        )
        if places:
            return Located(evidence, places)
        quote = _short(evidence.quote)
        return Located(evidence, (), f"the evidence {quote!r} is not in {evidence.article}, word for word")


def rank(located: Sequence[Located], hits: Sequence[Hit]) -> Ranking:
    """Rank the quotes that have a place by the first hit that holds them."""
    ranks = tuple(
        next((number for number, hit in enumerate(hits, start=1) if holds(hit, quote)), None) for quote in located
    )
    first = {number for number in ranks if number is not None}
    missed = sum(number is None and bool(quote.places) for number, quote in zip(ranks, located, strict=True))
    return Ranking(tuple(number in first for number in range(1, len(hits) + 1)), len(first) + missed, ranks)


def holds(hit: Hit, quote: Located) -> bool:
    """Tell whether a hit holds a quote, as the head of this file has it."""
    passage = hit.passage
    return any(
        passage.article.id == place.article.id
        and min(passage.end, place.end) - max(passage.start, place.start) >= MIN_SHARE * (place.end - place.start)
        for place in quote.places
    )


def _occurrences(text: str, quote: str) -> Iterable[int]:
    start = text.find(quote)
    while start >= 0:
        yield start
        start = text.find(quote, start + 1)


def _short(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:39]}…"
