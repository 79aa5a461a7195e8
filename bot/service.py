"""Configuration and an index → something that can be asked; shared by the command line and whatever else asks.

The index is built if there is none and refreshed if the articles have changed, under the index's lock; models are
loaded once and kept over a refresh. A generation in which a fault comes to light while it is read is passed over for
the one before, and the question asked again: the fault is said, and nothing is answered from damaged data.
"""

import os
from collections.abc import Callable, Sequence
from copy import copy
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import TypeVar

from bot.answering import Answer, Answerer, clean_question
from bot.config import Config
from bot.places import place_of
from bot.reader import Reader, load_reader
from index.encoders import Encoder, load_encoder, mismatch
from index.encoding import Progress
from index.errors import (
    ArticleError,
    EncoderError,
    IndexBusy,
    IndexDamaged,
    IndexFormat,
    IndexMissing,
    IndexUnwritable,
    StoreError,
    StoreRefused,
    StoreUnreachable,
)
from index.generations import KEPT
from index.history import known_roots
from index.indexing import Report, indexed_roots, stale
from index.manifest import REPAIR
from index.names import make_names
from index.places import FolderPlace, Place
from index.records import Filter
from index.retriever import Retrieval, Retriever
from index.search_store import SearchStore

# What damaged bytes raise where nothing looked at them before: the files are then read in full before anything is said.
UNEXPLAINED = (ValueError, LookupError, TypeError, OverflowError)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Listener:
    """How long work and remarks reach a person."""

    say: Callable[[str], None] = lambda message: None
    progress: Progress = lambda done, total: None


@dataclass(frozen=True, slots=True)
class _Serving:
    """A generation with what searches it and answers from it, so that one assignment switches all three."""

    store: SearchStore
    retriever: Retriever
    answerer: Answerer


class Service:
    """One index and its models, ready to be asked."""

    def __init__(self, config: Config, index: Path, listener: Listener = Listener()) -> None:
        """Open the index in `index`, after building or refreshing it if needed; raises what that raises."""
        self.config = config
        self.index = index
        self.place = place_of(config, index)
        self.listener = listener
        self._switching = Lock()
        self._damaged: set[str] = set()
        self.encoder: Encoder = load_encoder(config.encoder.model)
        self.reader: Reader = load_reader(config.reader.model)
        self._serve(self._fresh(listener))

    @property
    def store(self) -> SearchStore:
        """The generation that answers now."""
        return self._serving.store

    @property
    def retriever(self) -> Retriever:
        """What searches the generation that answers now."""
        return self._serving.retriever

    @property
    def answerer(self) -> Answerer:
        """What answers from the generation that answers now."""
        return self._serving.answerer

    def reopened(self) -> "Service":
        """Return a service of the generation that answers now, with this one's models; raises what opening does."""
        other = copy(self)
        other._serve(self.place.open(avoiding=self._damaged))
        return other

    def whole(self, work: Callable[[], T]) -> T:
        """Return what `work` finds in the store; if a fault comes to light, in the one of the generation before.

        Raises IndexDamaged if no other generation is whole, and what `work` raises.
        """
        while True:
            store = self.store
            try:
                return work()
            except IndexDamaged as error:
                fault = str(error)
            except UNEXPLAINED:
                found = store.damage()
                if found is None:
                    raise
                fault = found
            self._pass_over(store, fault)

    def _pass_over(self, store: SearchStore, fault: str) -> None:
        with self._switching:
            if self.store is not store:
                return  # another thread has met the same fault
            self._damaged.add(store.digest)
            try:
                self._serve(self.place.open(avoiding=self._damaged))
            except IndexDamaged:
                raise IndexDamaged(f"{fault}: {REPAIR}") from None
            self.listener.say(_fallen_back(fault, self.store))

    def _serve(self, store: SearchStore) -> None:
        if other := mismatch(store.manifest["encoder"], self.encoder):
            raise EncoderError(f"the index in {self.place} was {other}")
        names = make_names(self.config.names, [(one, other) for one, other in store.manifest["names"]])
        retriever = Retriever(store, self.encoder, names)
        answerer = Answerer(retriever, self.reader, passages=self.config.answer.passages)
        # subtle: a thread that saw the new store and the old answerer would blame the one for the other's faults.
        self._serving = _Serving(store, retriever, answerer)

    def ask(
        self, question: str, *, max_error: float | None = None, chosen: Filter = Filter(), quotes: int | None = None
    ) -> Answer:
        """Clean and answer a question, by default as the configuration says; raises QuestionError."""
        settings = self.config.answer
        cleaned = clean_question(question, settings.max_question_length)
        limit = settings.max_error if max_error is None else max_error
        return self.whole(
            lambda: self.answerer.ask(cleaned, max_error=limit, chosen=chosen, quotes=quotes or settings.quotes)
        )

    def search(self, question: str, *, top_k: int | None = None, chosen: Filter = Filter()) -> tuple[str, Retrieval]:
        """Clean a question and return it with its hits; raises QuestionError."""
        cleaned = clean_question(question, self.config.answer.max_question_length)
        most = top_k or self.config.search.top_k
        return cleaned, self.whole(lambda: self.retriever.search(cleaned, top_k=most, chosen=chosen))

    def _fresh(self, listener: Listener) -> SearchStore:
        place = self.place
        try:
            store = place.open()
        except (IndexMissing, IndexFormat) as error:
            roots = known_roots(place.folder, self.config.articles.paths)
            if not place.refreshes or not any(root.exists() for root in roots):
                raise
            if isinstance(error, IndexFormat):
                listener.say(str(error))
            listener.say(f"building the index in {place} from {', '.join(map(str, roots))}")
            refresh(place, roots, self.encoder, listener, keep=self.config.index.keep)
            return place.open()
        if store.faults:
            listener.say(_fallen_back(store.faults[0], store))
        if not place.refreshes:
            return store
        roots = indexed_roots(store)
        gone = [root for root in roots if not root.exists()]
        if gone:
            listener.say(f"{gone[0]} is not there: answering from the index as it was built")
        elif store.rolled_back and stale(store, roots):
            listener.say(
                f"answering from generation {store.generation}, to which the index was rolled back;"
                " `polyquote index` brings it up to date"
            )
        elif not store.rolled_back and stale(store, roots):
            listener.say(f"the articles, or how they are read, have changed: refreshing the index in {place}")
            try:
                refresh(place, roots, self.encoder, listener, keep=self.config.index.keep)
            except (IndexUnwritable, IndexBusy) as error:
                listener.say(f"{error}; answering from the index as it was built")
            return place.open()
        return store


def _fallen_back(fault: str, store: SearchStore) -> str:
    made = store.manifest["created"]
    return f"{fault}; answering from generation {store.generation}, written {made}: {REPAIR}"


def roots_of(
    index: Path | Place, configured: Sequence[str], *, add: Sequence[Path] = (), remove: Sequence[Path] = ()
) -> list[Path]:
    """Return the folders an index is to mirror: those it mirrors now, or else the ones asked for, or else the config's.

    Raises ArticleError for a folder to drop that the index does not have, and what a store that is away raises.
    """
    place = _place(index)
    try:
        roots = indexed_roots(place.open())
    except (StoreUnreachable, StoreRefused):
        raise
    except StoreError:
        roots = known_roots(place.folder, () if add else configured)
    known = {os.path.abspath(root): root for root in [*roots, *add]}
    for path in remove:
        if known.pop(os.path.abspath(path), None) is None:
            raise ArticleError(f"{path} is not among the folders of the index in {place}: {', '.join(map(str, roots))}")
    return list(known.values())


def refresh(
    index: Path | Place,
    roots: Sequence[Path],
    encoder: Encoder,
    listener: Listener,
    *,
    keep: int = KEPT,
    afresh: bool = False,
) -> Report:
    """Bring an index up to date, or make it afresh, and name what was left out; raises what `Place.update` raises."""
    place = _place(index)
    report = place.update(
        roots,
        encoder,
        progress=listener.progress,
        waiting=lambda: listener.say(f"another process is writing {place}: waiting for it"),
        keep=keep,
        afresh=afresh,
    )
    for item in report.left_out:
        listener.say(f"left out: {item.reason}")
    return report


def _place(index: Path | Place) -> Place:
    return FolderPlace(index) if isinstance(index, Path) else index
