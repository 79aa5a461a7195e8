"""Any extractive question-answering model of Hugging Face, by name or path, behind the reader's contract.

The score of no answer is that of the first token (Devlin et al. 2019). Of a question of more than MAX_QUESTION tokens,
or than half of what a small model's window has room for, the end is read. The import takes seconds, so it waits until a
config names a model.
"""

from collections.abc import Sequence
from functools import cached_property
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bot.embedded_reader import EMPTY, MAX_QUESTION, ReaderError
from bot.reader import Span
from bot.windows import best_by_line, best_tokens, line_numbers, tidy
from index.encoders import parameters_sha256

WINDOW = 384  # tokens, those of the question and the special ones included; fewer if the model takes fewer
SHARED = 128  # tokens that two windows of one text share; at most half of what a window has room for
BATCH = 16  # windows


class TransformersReader:
    """Reads with a model of `transformers` on the CPU; safe to share between threads."""

    def __init__(self, model: str) -> None:
        """Load a model by name (from the hub or its cache) or by path; raises ReaderError."""
        self.name = model
        try:
            import torch
            from transformers import AutoModelForQuestionAnswering, AutoTokenizer

            self._torch = torch
            self._tokenizer = AutoTokenizer.from_pretrained(model, use_fast=True)
            self._model = AutoModelForQuestionAnswering.from_pretrained(model).eval()
        except (ImportError, OSError, ValueError, KeyError, RuntimeError) as error:
            first = (str(error).strip().splitlines() or ["no reason given"])[0]
            raise ReaderError(f"the reader {model!r} does not load: {first}") from error
        self._tokenizing = Lock()
        self._window = min(WINDOW, self._tokenizer.model_max_length)
        special = self._tokenizer.num_special_tokens_to_add(pair=True)
        self._room = self._window - special  # tokens that question and text share
        if self._room < 2:
            raise ReaderError(
                f"the reader {model!r} has a window of {self._window} tokens, {special} of them special:"
                " name a model that takes a question and a text"
            )

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 over the parameters, in the order of their names."""
        return parameters_sha256(self._model.state_dict())

    def read(self, question: str, texts: Sequence[str]) -> list[Span]:
        """Return the best span of each text, in order."""
        best = [EMPTY] * len(texts)
        if not texts:
            return best
        question, taken = self._end_of(question)
        encoded = self._tokenize(
            [question] * len(texts),
            list(texts),
            truncation="only_second",
            max_length=self._window,
            stride=min(SHARED, (self._room - taken) // 2),
            return_overflowing_tokens=True,
            return_offsets_mapping=True,
            padding=True,
            return_tensors="pt",
        )
        owners = encoded.pop("overflow_to_sample_mapping").tolist()
        offsets = encoded.pop("offset_mapping").tolist()
        for at in range(0, len(owners), BATCH):
            inputs = {name: values[at : at + BATCH] for name, values in encoded.items()}
            with self._torch.inference_mode():
                output = self._model(**inputs)
            start, end = output.start_logits.float().numpy(), output.end_logits.float().numpy()
            rows = range(at, at + len(start))
            inside = np.array([[number == 1 for number in encoded.sequence_ids(row)] for row in rows])
            ruled = np.array([line_numbers(texts[owners[row]], offsets[row]) for row in rows])
            first, last, scores = best_tokens(start, end, np.where(inside, ruled, -1))
            for number, row in enumerate(rows):
                if not inside[number].any():
                    continue
                text = texts[owners[row]]
                begin, stop = offsets[row][first[number]][0], offsets[row][last[number]][1]
                null = float(start[number, 0] + end[number, 0])
                span = Span(*tidy(text, begin, stop), float(scores[number]), null)
                best[owners[row]] = max(best[owners[row]], span, key=lambda one: one.margin)
        return best

    def compare(self, question: str, texts: Sequence[str]) -> list[float]:
        """Return the margin of each of the texts, read as the lines of one; as many from the first on as fit."""
        question, _ = self._end_of(question)
        count = len(texts)
        while count > 1 and len(self._tokenize(question, "\n".join(texts[:count])).input_ids) > self._window:
            count -= 1
        if not count:
            return []
        forth = self._side_by_side(question, texts[:count])
        back = self._side_by_side(question, texts[:count][::-1])[::-1]
        return [float(margin) for margin in (forth + back) / 2]

    def _end_of(self, question: str) -> tuple[str, int]:
        """Return what is read of a question, and its tokens: its end, as one too long ends with what it asks."""
        most = min(MAX_QUESTION, self._room // 2)
        while True:
            offsets = self._tokenize(question, add_special_tokens=False, return_offsets_mapping=True).offset_mapping
            if len(offsets) <= most:
                return question, len(offsets)
            # subtle: the end may have more tokens by itself than it had in the whole, as a word cut in two can; so it
            # is counted again, and each time at least one character shorter.
            question = question[max(1, offsets[-most][0]) :]

    def _tokenize(self, *texts: Any, **settings: Any) -> Any:
        """Tokenize for one thread at a time: a fast tokenizer keeps a call's truncation and padding in itself."""
        with self._tokenizing:
            return self._tokenizer(*texts, verbose=False, **settings)

    def _side_by_side(self, question: str, texts: Sequence[str]) -> NDArray[np.float32]:
        joined = "\n".join(texts)
        encoded = self._tokenize(
            question,
            joined,
            truncation="only_second",
            max_length=self._window,
            return_offsets_mapping=True,
            return_tensors="pt",
        )
        offsets = encoded.pop("offset_mapping")[0].tolist()
        inside = np.array([number == 1 for number in encoded.sequence_ids(0)])
        with self._torch.inference_mode():
            output = self._model(**encoded)
        start, end = output.start_logits[0].float().numpy(), output.end_logits[0].float().numpy()
        scores = best_by_line(start, end, np.where(inside, line_numbers(joined, offsets), -1))
        return scores - np.float32(start[0] + end[0])
