"""Texts too long for a model → windows that overlap, and a model's logits → the best span of each window.

Strides as in Devlin et al. 2019; shared by the readers, whatever runs their network.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from index.quantities import MINUS

MAX_ANSWER = 40  # tokens
NEVER = -1e4  # a logit that no sum of two makes likely
# What a span of n tokens loses is this times log n. Its ends are scored each by itself, so that a first token of one
# candidate and a last one of another make a long span that neither meant. Of 0, 0.3 and 0.5 this gave most exact
# matches over the sets of `training/score.py`, 0.7 points more than 0, with F1 level.
BREVITY = 0.3


LOSSES = (BREVITY * np.log(np.arange(1, MAX_ANSWER + 1))).astype(np.float32)


@dataclass(frozen=True, slots=True)
class Window:
    """A question and a stretch of text number `text` as token ids.

    The text's tokens stand from `prefix` on; `offsets` are their code points in the text.
    """

    text: int
    prefix: int
    ids: tuple[int, ...]
    offsets: tuple[tuple[int, int], ...]


def starts(length: int, room: int, shared: int) -> list[int]:
    """Return the first tokens of the windows of a text of `length` tokens, `shared` of which neighbours share."""
    if length <= room:
        return [0] if length else []
    return [*range(0, length - room, room - shared), length - room]


def line_numbers(text: str, offsets: Sequence[tuple[int, int]]) -> NDArray[np.int64]:
    """Return for each token in which line of the text it begins."""
    ends = np.array([found.start() for found in re.finditer(r"[\r\n]+", text)], dtype=np.int64)
    return np.searchsorted(ends, [start for start, _ in offsets], side="right")


def best_tokens(
    start_logits: NDArray[np.float32], end_logits: NDArray[np.float32], lines: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float32]]:
    """Return the first and last token of the best span of each window, and its score: its two logits less BREVITY.

    All three arguments are `(n, length)`; a span lies in one line, of which the number is given, where that is not
    negative, and has at most MAX_ANSWER tokens.
    """
    beyond = ((0, 0), (0, MAX_ANSWER - 1))
    first = np.where(lines >= 0, start_logits, NEVER)
    last = np.lib.stride_tricks.sliding_window_view(np.pad(end_logits, beyond), MAX_ANSWER, axis=1)
    line = np.lib.stride_tricks.sliding_window_view(np.pad(lines, beyond, constant_values=-1), MAX_ANSWER, axis=1)
    reach = np.where(line == lines[:, :, None], last - LOSSES, NEVER)
    total = first + reach.max(axis=2)
    begin = total.argmax(axis=1)
    rows = np.arange(len(total))
    return begin, begin + reach[rows, begin].argmax(axis=1), np.asarray(total[rows, begin], dtype=np.float32)


def best_by_line(
    start_logits: NDArray[np.float32], end_logits: NDArray[np.float32], lines: NDArray[np.int64]
) -> NDArray[np.float32]:
    """Return the score of the best span of each line `0 … n - 1` of one window, `(n,)`; arguments are `(length,)`."""
    numbers = np.arange(lines.max() + 1)[:, None]
    each = np.where(lines == numbers, lines, -1)
    shape = each.shape
    return best_tokens(np.broadcast_to(start_logits, shape), np.broadcast_to(end_logits, shape), each)[2]


def tidy(text: str, start: int, end: int) -> tuple[int, int]:
    """Trim spaces and stray punctuation off a span, and widen it to whole words and numbers.

    >>> tidy("He, Emmett Shear.", 2, 17)
    (4, 16)
    """
    while start < end and _stray(text, start, start, end):
        start += 1
    while end > start and _stray(text, end - 1, start, end):
        end -= 1
    while 0 < start < end and _joined(text[start - 1]) and _joined(text[start]):
        start -= 1
    while start < end < len(text) and _joined(text[end - 1]) and _joined(text[end]):
        end += 1
    return _with_sign(text, *_whole_number(text, start, end))


_NUMBER = re.compile(r"\d+(?:[.,:]\d+)*")
_LONGEST_NUMBER = 40  # characters on either side in which the rest of a number is looked for


def _whole_number(text: str, start: int, end: int) -> tuple[int, int]:
    """Widen a span that cuts a number at a mark inside it: `39` of `39,1`."""
    if start == end:
        return start, end
    for found in _NUMBER.finditer(text, max(0, start - _LONGEST_NUMBER), min(len(text), end + _LONGEST_NUMBER)):
        if found.start() < start < found.end():
            start = found.start()
        if found.start() < end < found.end():
            end = found.end()
    return start, end


_CURRENCY = r"(?:[A-Z]{0,3}[$€£¥₫] ?)?"
_SIGN_BEFORE = re.compile(rf"(?<![^\W_]){_CURRENCY}[{MINUS}]?{_CURRENCY}$")
_SIGN_BEHIND = re.compile(r"[ \u00a0\u202f]?(?:[%‰]|[$€£₫](?! ?\d))")


def _with_sign(text: str, start: int, end: int) -> tuple[int, int]:
    """Take in the sign of a currency, a percentage or less than nothing: `86` of `$ 86 miliar`, `92` of `92 %`."""
    if start < end and text[start].isdigit():
        before = _SIGN_BEFORE.search(text, max(0, start - 10), start)
        start = before.start() if before else start
    if start < end and text[end - 1].isdigit():
        behind = _SIGN_BEHIND.match(text, end)
        end = behind.end() if behind else end
    return start, end


_PAIRS = {")": "(", "]": "[", "）": "（", "》": "《", "」": "「", "』": "『", "”": "“", "»": "«", "’": "‘", "】": "【"}
_OPENING = {opening: closing for closing, opening in _PAIRS.items()}
_INITIALS = re.compile(r"(?<!\w)(?:[^\W\d_]\.){2,}$")  # `U.S.`
_MEANT = "%‰&#@°§"  # punctuation, says Unicode, but part of what is said


def _stray(text: str, at: int, start: int, end: int) -> bool:
    """Tell whether the character at a span's edge is a space, or punctuation whose partner is not in the span."""
    char = text[at]
    category = unicodedata.category(char)
    if char.isspace() or category in ("Cf", "Cc"):
        return True
    if char in _PAIRS:
        return _PAIRS[char] not in text[start:at]
    if char in _OPENING:
        return _OPENING[char] not in text[at:end]
    if char in "\"'":
        return text[start:end].count(char) % 2 == 1
    if char == "." and at == end - 1 and _INITIALS.search(text, max(start, end - 10), end):
        return False
    return category in ("Po", "Pd") and char not in _MEANT


def _joined(char: str) -> bool:
    """Tell whether a character is part of a word that must not be cut; Chinese characters stand alone."""
    if unicodedata.east_asian_width(char) == "W":
        return False
    return char.isalnum() or unicodedata.category(char).startswith("M")
