"""The reader's contract: a question and texts → a span in each, with its score and the score of "not here".

Extractive reading as in Devlin et al. 2019, with scores comparable between texts (Clark & Gardner 2018). The reader
neither ranks texts nor decides to abstain; `answering` does.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

EMBEDDED = "embedded"


@dataclass(frozen=True, slots=True)
class Span:
    """`[start, end)` in the code points of a text, its score, and the score of no answer on the same scale."""

    start: int
    end: int
    score: float
    null_score: float

    @property
    def margin(self) -> float:
        """How far the span is above no answer; below 0 the reader would rather say that there is none."""
        return self.score - self.null_score


class Reader(Protocol):
    """Reads texts for a question."""

    @property
    def name(self) -> str:
        """The model's name or path, as configured."""
        ...

    @property
    def fingerprint(self) -> str:
        """A digest of the weights."""
        ...

    def read(self, question: str, texts: Sequence[str]) -> list[Span]:
        """Return the best span of each text, in order; an empty span where a text has nothing to offer."""
        ...

    def compare(self, question: str, texts: Sequence[str]) -> list[float]:
        """Read short texts side by side, so that each is seen with the others, and return the margin of each.

        As many of them as can be read at once, from the first on: the list may be shorter than the texts.
        """
        ...


def load_reader(model: str = EMBEDDED) -> Reader:
    """Return the embedded reader, or a Hugging Face extractive question-answering model by name or path.

    Raises ReaderError when it cannot be loaded.
    """
    if model == EMBEDDED:
        from bot.embedded_reader import EmbeddedReader

        return EmbeddedReader()
    from bot.transformers_reader import TransformersReader

    return TransformersReader(model)
