"""Cut a paragraph into sentences and windows of a few sentences, as the retriever's passages are at use.

Sentence ends by rule (full stops, question and exclamation marks, Chinese stops, line breaks): good enough for
training data, and the offsets always add up to the text. Does not tokenise.
"""

import random
import re
from itertools import pairwise

_END = re.compile(r"[.!?…]+[\"'”’»)\]]*\s+|[。！？；]+[”’」』）]*|\n+")


def sentences(text: str) -> list[tuple[int, int]]:
    """Split `text` into [start, end) stretches that cover it."""
    cuts = [0]
    for match in _END.finditer(text):
        if match.end() - cuts[-1] >= 8:
            cuts.append(match.end())
    if cuts[-1] < len(text):
        cuts.append(len(text))
    return list(pairwise(cuts))


def holding(split: list[tuple[int, int]], start: int, end: int) -> tuple[int, int]:
    """Return the numbers of the first and the last sentence that hold a part of [start, end)."""
    first = next(i for i, (_, b) in enumerate(split) if b > start)
    return first, next(i for i, (_, b) in enumerate(split) if b >= end)


def around(text: str, start: int, end: int, count: int, rng: random.Random) -> tuple[int, int]:
    """Choose a window of `count` sentences that holds [start, end), the answer's place in it at random."""
    split = sentences(text)
    first, last = holding(split, start, end)
    spare = max(0, count - (last - first + 1))
    before = rng.randint(0, spare)
    low = max(0, first - before)
    high = min(len(split), last + 1 + spare - (first - low))
    return split[low][0], split[high - 1][1]


def tiles(text: str, count: int) -> list[tuple[int, int]]:
    """Cover `text` with windows of `count` sentences, without overlap."""
    split = sentences(text)
    return [(split[i][0], split[min(len(split), i + count) - 1][1]) for i in range(0, len(split), count)]
