"""Any extractive question-answering model of Hugging Face, by name or path, behind the reader's contract.

The score of no answer is that of the first token (Devlin et al. 2019). The import takes seconds, so it waits until a
config names a model.
"""

from collections.abc import Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from bot.embedded_reader import EMPTY, ReaderError
from bot.reader import Span
from bot.windows import best_by_line, best_tokens, line_numbers, tidy
from index.encoders import parameters_sha256

WINDOW = 384  # tokens
SHARED = 128  # tokens that two windows of one text share
BATCH = 16  # windows


class TransformersReader:
    """Reads with a model of `transformers` on the CPU."""

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

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 over the parameters, in the order of their names."""
        return parameters_sha256(self._model.state_dict())

    def read(self, question: str, texts: Sequence[str]) -> list[Span]:
        """Return the best span of each text, in order."""
        best = [EMPTY] * len(texts)
        if not texts:
            return best
        room = min(WINDOW, self._tokenizer.model_max_length)
        encoded = self._tokenizer(
            [question] * len(texts),
            list(texts),
            truncation="only_second",
            max_length=room,
            stride=min(SHARED, room // 4),
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
        room, count = min(WINDOW, self._tokenizer.model_max_length), len(texts)
        while count > 1 and len(self._tokenizer(question, "\n".join(texts[:count])).input_ids) > room:
            count -= 1
        if not count:
            return []
        forth = self._side_by_side(question, texts[:count], room)
        back = self._side_by_side(question, texts[:count][::-1], room)[::-1]
        return [float(margin) for margin in (forth + back) / 2]

    def _side_by_side(self, question: str, texts: Sequence[str], room: int) -> NDArray[np.float32]:
        joined = "\n".join(texts)
        encoded = self._tokenizer(
            question,
            joined,
            truncation="only_second",
            max_length=room,
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
