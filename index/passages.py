"""An article → passages: short runs of whole sentences that overlap by a sentence.

A single sentence loses its context ("He was one of the four…"), a whole article its focus; a window of a few sentences
keeps both, and the overlap keeps what two neighbours say together. Body and comments are never mixed in one passage,
two readers' comments neither, and boilerplate is in none.
"""

import re
from collections.abc import Iterator
from itertools import pairwise

from index.records import Article, Kind, Passage, Section
from index.sentences import sentences

SENTENCES = 3  # sentences in a passage; chosen on the development questions, see results/README.md
OVERLAP = 1  # sentences that a passage shares with the one before it
MAX_BYTES = 700  # UTF-8 bytes, which weigh the five scripts about alike: some 130 tokens of multilingual-e5
MAX_SENTENCE_BYTES = 2 * MAX_BYTES  # what goes on longer without a full stop is cut, at a space if there is one


def split(
    article: Article, *, per_passage: int = SENTENCES, overlap: int = OVERLAP, max_bytes: int = MAX_BYTES
) -> list[Passage]:
    """Return the passages of an article in the order of its text.

    A passage holds up to `per_passage` sentences of up to `max_bytes` bytes in all, and at least one sentence; several
    have at most twice as many bytes with the white space between them. Every sentence of the body and the comments is
    in one.
    """
    passages: list[Passage] = []
    for section in article.sections:
        if section.kind is Kind.BOILERPLATE:
            continue
        for begin, stop in _stretches(article, section):
            spans = list(_spans(article, begin, stop))
            for first, last in _windows(article.text, spans, per_passage, overlap, max_bytes):
                start, end = spans[first][0], spans[last][1]
                passages.append(Passage(article.info, start, end, article.text[start:end], section.kind))
    return passages


def _stretches(article: Article, section: Section) -> Iterator[tuple[int, int]]:
    """Yield what a passage may not reach beyond: the section, and among comments the line, which is one reader's."""
    if section.kind is not Kind.COMMENT:
        yield section.start, section.end
        return
    for line in re.finditer(r"[^\r\n]+", article.text[section.start : section.end]):
        yield section.start + line.start(), section.start + line.end()


def _spans(article: Article, start: int, end: int) -> Iterator[tuple[int, int]]:
    for first, last in sentences(article.text[start:end], article.info.language):
        yield from _cut(article.text, start + first, start + last)


def _cut(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    # Only as much is measured as can matter: a megabyte without a full stop is cut in linear time.
    while _bytes(text, (start, min(end, start + MAX_SENTENCE_BYTES + 1))) > MAX_SENTENCE_BYTES:
        limit = start + len(text[start : start + MAX_BYTES].encode()[:MAX_BYTES].decode(errors="ignore"))
        space = text.rfind(" ", start + 1, limit)
        cut = space if space > start else limit
        yield start, cut
        start = cut
        while start < end and text[start].isspace():
            start += 1
    if start < end:
        yield start, end


def _bytes(text: str, span: tuple[int, int]) -> int:
    return len(text[slice(*span)].encode())


def _windows(
    text: str, spans: list[tuple[int, int]], per_passage: int, overlap: int, max_bytes: int
) -> Iterator[tuple[int, int]]:
    sizes = [_bytes(text, span) for span in spans]
    gaps = [_bytes(text, (one[1], other[0])) for one, other in pairwise(spans)]

    def fit(first: int, last: int) -> bool:
        said = sum(sizes[first : last + 1])
        return said <= max_bytes and said + sum(gaps[first:last]) <= 2 * max_bytes

    first = 0
    while first < len(spans):
        last = first
        while last + 1 < len(spans) and last + 1 - first < per_passage and fit(first, last + 1):
            last += 1
        yield first, last
        if last + 1 == len(spans):
            return
        # Go on `overlap` sentences back, but always past the start, and not where the next would add nothing.
        following = max(first + 1, last + 1 - overlap)
        while following <= last and not fit(following, last + 1):
            following += 1
        first = following
