"""What the Discord bot asks: one generation of an index, and the next one as soon as it is there."""

import logging
from collections.abc import Sequence
from functools import cached_property
from typing import Protocol, Self

from bot.answering import Answer, Quote
from bot.discord_render import CONTEXT, QUOTES
from bot.service import Listener, Service
from index.errors import IndexDamaged
from index.manifest import REPAIR
from index.records import ArticleInfo, Filter

_log = logging.getLogger(__name__)


class Answers(Protocol):
    """One generation that answers questions; every method may take its time and is called off the event loop."""

    @property
    def generation(self) -> str:
        """A name that no other generation has."""
        ...

    @property
    def max_question_length(self) -> int:
        """How many characters a question may have."""
        ...

    @property
    def articles(self) -> Sequence[ArticleInfo]:
        """What is indexed."""
        ...

    @property
    def passages(self) -> int:
        """How many passages are indexed."""
        ...

    def ask(self, question: str, chosen: Filter) -> Answer:
        """Answer a question, or abstain; raises QuestionError."""
        ...

    def around(self, quote: Quote) -> tuple[str, str] | None:
        """Return what stands before and after a quote in its article; None if the article is no longer indexed."""
        ...

    def newest(self) -> Self:
        """Return the generation that answers now: this one, or a newer; raises PolyQuoteError if it is not sound."""
        ...


class IndexAnswers:
    """`Answers` from an index, wherever it is kept."""

    def __init__(self, service: Service) -> None:
        """Take a service and note which generation it has open."""
        self._service = service
        self._refused: tuple[str, str] | None = None  # which generation was named, and what was wrong with it
        service.listener = Listener(_log.warning)  # what is remarked from here on belongs into the log

    @property
    def generation(self) -> str:
        """The generation's number and the head of its digest."""
        store = self._service.store
        return f"{store.generation}-{store.digest[:12]}"

    @property
    def max_question_length(self) -> int:
        """How many characters a question may have."""
        return self._service.config.answer.max_question_length

    @cached_property
    def articles(self) -> Sequence[ArticleInfo]:
        """What is indexed, in the order of the articles' ids."""
        store = self._service.store
        return tuple(store.info(number) for number in range(len(store.articles)))

    @property
    def passages(self) -> int:
        """How many passages are indexed."""
        return len(self._service.store.passages)

    def ask(self, question: str, chosen: Filter) -> Answer:
        """Answer a question with as many quotes as the pages can show."""
        return self._service.ask(question, chosen=chosen, quotes=QUOTES)

    def around(self, quote: Quote) -> tuple[str, str] | None:
        """Return what stands around a quote, as far as a card can show it."""
        return self._service.whole(lambda: self._around(quote))

    def _around(self, quote: Quote) -> tuple[str, str] | None:
        store = self._service.store
        number = store.number_of(quote.article.id)
        if number is None:
            return None
        text = store.article(number).text
        return text[max(0, quote.start - CONTEXT) : quote.start], text[quote.end : quote.end + CONTEXT]

    def newest(self) -> "IndexAnswers":
        """Return this if the index still names the same generation, else the one it names, with the same models."""
        marker, store = self._service.place.marker(), self._service.store
        if marker == f"{store.generation} {store.digest}":
            return self
        if self._refused is not None and self._refused[0] == marker:
            raise IndexDamaged(self._refused[1])  # nothing has changed since it was last looked at
        reopened = self._service.reopened()
        if reopened.store.faults:
            self._refused = marker, f"{reopened.store.faults[0]}: {REPAIR}"
            raise IndexDamaged(self._refused[1])
        fresh = IndexAnswers(reopened)
        _ = fresh.articles  # read now, off the loop, rather than when they are asked for
        return fresh
