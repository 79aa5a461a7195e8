"""Groups as tensors: token ids, masks and gold token positions, in chunks of like length.

The input is `<s> question </s></s> text </s>`. A text that is too long is cut to a stretch of tokens that holds the
answer.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from tokenizers import Encoding, Tokenizer

from bot.training.groups import Group
from bot.training.weights import Vocabulary

MAX_TOKENS = 224  # of a training window, question and special tokens included
MAX_QUESTION = 48
SHORTENED, SHORT_TOKENS = 0.6, 96  # this share of windows without the answer is cut to about a passage's length
# subtle: oneDNN compiles a kernel for each new shape, so few shapes make training a third faster
ROUND_WIDTH, ROUND_ROWS = 16, 4
OVERHEAD = 128  # tokens: what one more chunk costs, as padding


@dataclass(frozen=True, slots=True)
class Chunk:
    """Windows of like length: ids and masks (n, length), gold tokens (n, 2; 0 = null), group numbers (n,)."""

    ids: NDArray[np.int64]
    mask: NDArray[np.float32]
    context: NDArray[np.bool_]
    targets: NDArray[np.int64]
    groups: NDArray[np.int64]


def token_span(offsets: Sequence[tuple[int, int]], start: int, end: int) -> tuple[int, int]:
    """Find the first and last token of [start, end); a lone metaspace before the first character is passed over."""
    first = max(i for i, (a, _) in enumerate(offsets) if a <= start)
    last = next((i for i, (_, b) in enumerate(offsets) if b >= end), len(offsets) - 1)
    return first, max(first, last)


def cuts(lengths: Sequence[int]) -> list[int]:
    """Return where to cut sequences, sorted by length, into the chunks that cost least with their padding: 0 … n.

    There is at least one sequence. Between the ends it cuts at multiples of ROUND_ROWS only. A step of groups of rivals
    is padded to 1.2 times its tokens by it; in four chunks of as many windows each it was 1.6 times, and took half as
    long again.

    >>> cuts([16] * 20 + [200] * 4)
    [0, 20, 24]
    """
    best: dict[int, tuple[int, list[int]]] = {0: (0, [0])}
    for end in (*range(ROUND_ROWS, len(lengths), ROUND_ROWS), len(lengths)):
        width = rounded(lengths[end - 1])
        best[end] = min((cost + (end - at) * width + OVERHEAD, [*before, end]) for at, (cost, before) in best.items())
    return best[len(lengths)][1]


def rounded(length: int) -> int:
    """Return the width of a chunk whose longest sequence has so many tokens."""
    return -(-length // ROUND_WIDTH) * ROUND_WIDTH


def collate(groups: Sequence[Group], tokenizer: Tokenizer, vocabulary: Vocabulary, rng: random.Random) -> list[Chunk]:
    """Tokenise groups and deal their windows into chunks by length."""
    questions = tokenizer.encode_batch_fast([g.question for g in groups], add_special_tokens=False)
    texts = [(g, c) for g, group in enumerate(groups) for c in group.candidates]
    encoded = tokenizer.encode_batch([c.text for _, c in texts], add_special_tokens=False)
    rows: list[tuple[list[int], int, tuple[int, int], int]] = []
    for (group, candidate), encoding in zip(texts, encoded, strict=True):
        question = questions[group].ids[:MAX_QUESTION]
        ids, span = _fit(encoding, candidate.span, MAX_TOKENS - len(question) - 4, rng)
        prefix = [vocabulary.bos, *question, vocabulary.eos, vocabulary.eos]
        target = (0, 0) if span is None else (len(prefix) + span[0], len(prefix) + span[1])
        rows.append(([*prefix, *ids, vocabulary.eos], len(prefix), target, group))
    rows.sort(key=lambda row: len(row[0]))
    spare = [i for i, (_, _, target, _) in enumerate(rows) if target == (0, 0)][: len(rows) % ROUND_ROWS]
    rows = [row for i, row in enumerate(rows) if i not in spare]
    return [_chunk(rows[a:b], vocabulary.pad) for a, b in pairwise(cuts([len(ids) for ids, *_ in rows]))]


def _fit(
    encoding: Encoding, span: tuple[int, int] | None, room: int, rng: random.Random
) -> tuple[list[int], tuple[int, int] | None]:
    where = None if span is None else token_span(encoding.offsets, *span)
    ids = encoding.ids
    if where is None and rng.random() < SHORTENED:
        room = min(room, SHORT_TOKENS)
    if len(ids) <= room:
        return ids, where
    if where is None:
        at = rng.randint(0, len(ids) - room)
        return ids[at : at + room], None
    first, last = where
    low, high = max(0, last + 1 - room), min(first, len(ids) - room)
    at = rng.randint(low, high) if low <= high else first
    return ids[at : at + room], (first - at, min(last - at, room - 1))


def _chunk(rows: Sequence[tuple[list[int], int, tuple[int, int], int]], pad: int) -> Chunk:
    width = rounded(max(len(ids) for ids, *_ in rows))
    ids = np.full((len(rows), width), pad, dtype=np.int64)
    context = np.zeros((len(rows), width), dtype=np.bool_)
    for i, (row, prefix, _, _) in enumerate(rows):
        ids[i, : len(row)] = row
        context[i, prefix : len(row) - 1] = True
    mask = (ids != pad).astype(np.float32)
    targets = np.array([target for _, _, target, _ in rows], dtype=np.int64)
    return Chunk(ids, mask, context, targets, np.array([g for *_, g in rows], dtype=np.int64))
