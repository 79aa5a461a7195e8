"""Text → sentences, with their ranges.

Rules rather than a model: the five languages end a sentence with few marks, and a rule that errs, errs the same way
each time. Lines are never joined: in news pages a line break is a boundary.
"""

import re
from collections.abc import Iterator

from index.languages import Language, language

WORD = 40  # code points before a period in which its word is looked for; without a bound long lines cost their square

_END = re.compile(
    # Chinese full stops, with the copy-protection noise `。,` and `,。`; `++` and the looks behind keep it linear.
    r"(?P<wide>[。！？…]+[!?]*[，,]*|(?<![，,])[，,]++。)"
    # subtle: `?` between two letters is a character that did not survive (`山姆?阿爾特曼`), not a question.
    r"|(?P<narrow>(?<![!?])[!?]++|(?<!\.)\.++)(?=[\s\"'”’»)\]}」』]|$)",
)
_CLOSERS = "\"'”’»）)]}」』】〉》"
_LINE = re.compile(r"[^\r\n\u2028\u2029\x0b\x0c]+")
_ORDINAL = re.compile(r"\d{1,3}$")


def sentences(text: str, code: str) -> list[tuple[int, int]]:
    """Return the ranges of the sentences of `text`, without the white space around them, in order.

    A line break ends a sentence; so do full stops of every script, with the closing quotes behind them. A period after
    an abbreviation, an initial or inside a number does not.
    """
    row = language(code)
    spans: list[tuple[int, int]] = []
    for line in _LINE.finditer(text):
        start = line.start()
        for cut in _cuts(line.group(), row):
            _keep(spans, text, start, line.start() + cut)
            start = line.start() + cut
        _keep(spans, text, start, line.end())
    return spans


def _keep(spans: list[tuple[int, int]], text: str, start: int, end: int) -> None:
    while start < end and text[start].isspace():
        start += 1
    while start < end and text[end - 1].isspace():
        end -= 1
    if start == end:
        return
    if spans and not any(char.isalnum() for char in text[start:end]) and _same_line(text[spans[-1][1] : start]):
        spans[-1] = (spans[-1][0], end)  # a lone quotation mark belongs to the sentence before it
    else:
        spans.append((start, end))


def _same_line(between: str) -> bool:
    return not between or _LINE.fullmatch(between) is not None


def _cuts(line: str, row: Language) -> Iterator[int]:
    for match in _END.finditer(line):
        end = match.end()
        if match.group("narrow") == "." and _is_abbreviation(
            line[max(0, match.start() - WORD) : match.start()], line[end : end + 1], row
        ):
            continue
        while end < len(line) and line[end] in _CLOSERS:
            end += 1
        if _next_letter(line, end).islower() and (match.group("narrow") or "").startswith("."):
            continue  # `e.g. this`, `etc. and so on`: what goes on in lower case has not ended
        if end < len(line):
            yield end


def _next_letter(line: str, position: int) -> str:
    while position < len(line) and line[position].isspace():
        position += 1
    return line[position : position + 1]


def _is_abbreviation(before: str, after: str, row: Language) -> bool:
    word = re.split(r"[\s(\[«“\"'’/]", before)[-1]
    if re.fullmatch(r"(?:[^\W\d_]\.)*[^\W\d_]", word) and word.isupper():
        return bool(after)  # an initial, `J. K.` or `U.S.`, with something behind it
    if _ORDINAL.fullmatch(word) and not before[: -len(word)].strip():
        return True  # `1. First point`
    return word.casefold() in row.abbreviations
