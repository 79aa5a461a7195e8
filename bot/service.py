"""Configuration and an index → something that can be asked; shared by the command line and whatever else asks.

The index is built if there is none and refreshed if the articles have changed, under the index's lock; models are
loaded once and kept over a refresh.
"""

import os
from collections.abc import Callable, Sequence
from copy import copy
from dataclasses import dataclass
from pathlib import Path

from bot.answering import Answer, Answerer, clean_question
from bot.config import Config
from bot.reader import Reader, load_reader
from index.encoders import Encoder, load_encoder
from index.errors import ArticleError, EncoderError, IndexBusy, IndexMissing, IndexUnwritable, StoreError
from index.indexing import Progress, Report, indexed_roots, stale, update_index
from index.names import make_names
from index.records import Filter
from index.retriever import Retrieval, Retriever
from index.store import Store, open_store


@dataclass(frozen=True, slots=True)
class Listener:
    """How long work and remarks reach a person."""

    say: Callable[[str], None] = lambda message: None
    progress: Progress = lambda done, total: None


class Service:
    """One index and its models, ready to be asked."""

    def __init__(self, config: Config, index: Path, listener: Listener = Listener()) -> None:
        """Open the index in `index`, after building or refreshing it if needed; raises what that raises."""
        self.config = config
        self.index = index
        self.encoder: Encoder = load_encoder(config.encoder.model)
        self.reader: Reader = load_reader(config.reader.model)
        self._serve(self._fresh(index, listener))

    def reopened(self) -> "Service":
        """Return a service of the generation that answers now, with this one's models; raises what opening does."""
        other = copy(self)
        other._serve(open_store(self.index))
        return other

    def _serve(self, store: Store) -> None:
        built_with = store.manifest["encoder"]
        if built_with["fingerprint"] != self.encoder.fingerprint:
            raise EncoderError(
                f"the index in {self.index} was built with the encoder {built_with['name']!r}, the configuration names"
                f" {self.encoder.name!r}: run `polyquote index`"
            )
        self.store = store
        names = make_names(self.config.names, [(one, other) for one, other in store.manifest["names"]])
        self.retriever = Retriever(store, self.encoder, names)
        self.answerer = Answerer(self.retriever, self.reader, passages=self.config.answer.passages)

    def ask(
        self, question: str, *, max_error: float | None = None, chosen: Filter = Filter(), quotes: int | None = None
    ) -> Answer:
        """Clean and answer a question, by default as the configuration says; raises QuestionError."""
        settings = self.config.answer
        cleaned = clean_question(question, settings.max_question_length)
        limit = settings.max_error if max_error is None else max_error
        return self.answerer.ask(cleaned, max_error=limit, chosen=chosen, quotes=quotes or settings.quotes)

    def search(self, question: str, *, top_k: int | None = None, chosen: Filter = Filter()) -> tuple[str, Retrieval]:
        """Clean a question and return it with its hits; raises QuestionError."""
        cleaned = clean_question(question, self.config.answer.max_question_length)
        return cleaned, self.retriever.search(cleaned, top_k=top_k or self.config.search.top_k, chosen=chosen)

    def _fresh(self, index: Path, listener: Listener) -> Store:
        try:
            store = open_store(index)
        except IndexMissing:
            roots = [Path(path) for path in self.config.articles.paths]
            if not any(root.exists() for root in roots):
                raise
            listener.say(f"building the index in {index} from {', '.join(map(str, roots))}")
            refresh(index, roots, self.encoder, listener)
            return open_store(index)
        roots = indexed_roots(store)
        gone = [root for root in roots if not root.exists()]
        if gone:
            listener.say(f"{gone[0]} is not there: answering from the index as it was built")
        elif stale(store, roots):
            listener.say(f"the articles, or how they are read, have changed: refreshing the index in {index}")
            try:
                refresh(index, roots, self.encoder, listener)
            except (IndexUnwritable, IndexBusy) as error:
                listener.say(f"{error}; answering from the index as it was built")
            return open_store(index)
        return store


def roots_of(
    index: Path, configured: Sequence[str], *, add: Sequence[Path] = (), remove: Sequence[Path] = ()
) -> list[Path]:
    """Return the folders an index is to mirror: those it mirrors now, or else the ones asked for, or else the config's.

    Raises ArticleError for a folder to drop that the index does not have.
    """
    try:
        roots = indexed_roots(open_store(index))
    except StoreError:
        roots = [] if add else [Path(path) for path in configured]
    known = {os.path.abspath(root): root for root in [*roots, *add]}
    for path in remove:
        if known.pop(os.path.abspath(path), None) is None:
            raise ArticleError(f"{path} is not among the folders of the index in {index}: {', '.join(map(str, roots))}")
    return list(known.values())


def refresh(index: Path, roots: Sequence[Path], encoder: Encoder, listener: Listener) -> Report:
    """Bring an index up to date and name what was left out; raises what `update_index` raises."""
    report = update_index(
        index,
        roots,
        encoder,
        progress=listener.progress,
        waiting=lambda: listener.say(f"another process is writing {index}: waiting for it"),
    )
    for item in report.left_out:
        listener.say(f"left out: {item.reason}")
    return report
