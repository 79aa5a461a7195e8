"""The title, date and source of an article, found in its text.

News pages write them in short lines above the article, or give the source below it. They are looked for only there and
only in lines that are mainly that: a date in running text is what the article speaks of, not when it appeared.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from index.analysis import PINYIN_NOISE, clean
from index.dates import first_date, is_date_word
from index.languages import language
from index.records import Section
from index.sections import (
    HEAD,
    PROSE_WIDTH,
    SHORT_WIDTH,
    body_lines,
    ends_sentence,
    header_lines,
    is_label_line,
    plain,
    width,
    words_of,
)
from index.sentences import sentences

MAX_TITLE = 200  # code points; what is longer is a paragraph, and is cut at a word
HEADER_LINES = 12  # lines above the article that are looked at
FOOTER_LINES = 5  # last lines of the body in which a source may stand
MAX_WORDS_AFTER_DATE = 5  # `7:59 Phản hồi: 44` behind a date; more is running text

_SEPARATOR = re.compile(r"[,，|｜·•:：/()\[\]–—-]\s*$")
_TIME = re.compile(r"\d{1,2}\s*(?:[:.]\d{2}|[hg点點](?:\d{2}|\b))(?::?\d{2})?")
_ISO_MARK = re.compile(r"t\d*|\d*z")
_HEADING_MARK = re.compile(r"^#{1,6}\s+|\s+#+$|\*\*|__")
_TITLE_NOISE = " ,，。、;；"
_SOURCE_NOISE = _TITLE_NOISE + "."
_SOURCE_END = re.compile(r"\s{2,}|[|｜]|\s(?=\d{4}\b)")


@dataclass(frozen=True, slots=True)
class Metadata:
    """What a page says of itself; None where it says nothing."""

    title: str | None = None
    language: str | None = None
    date: str | None = None
    source: str | None = None
    url: str | None = None


def find(text: str, parts: Sequence[Section], code: str) -> Metadata:
    """Return the title, date and source that the text gives; `parts` are its sections, `code` its language."""
    lines = body_lines(text, parts)
    header = header_lines(text, parts)[:HEADER_LINES]
    title_at = next((i for i, line in enumerate(lines) if not _is_label(line) and not _is_date_only(line, code)), None)
    title = None if title_at is None else _title(lines[title_at], code)
    dates = (_header_date(line, code, lenient=i != title_at) for i, line in enumerate(header))
    labelled = (_labelled_source(line) for line in [*lines[:HEADER_LINES], *lines[-FOOTER_LINES:]])
    cued = (_cued_source(line) for line in lines[1:][-FOOTER_LINES:])
    return Metadata(
        title=title,
        date=next((found for found in dates if found), None),
        source=next((found for found in [*labelled, *cued] if found), None),
    )


def _title(line: str, code: str) -> str | None:
    bare = _HEADING_MARK.sub("", line[: 10 * MAX_TITLE])
    spans = sentences(bare, code)
    title = clean(PINYIN_NOISE.sub("", bare[slice(*spans[0])] if spans else bare)).strip(_TITLE_NOISE)
    if len(title) > MAX_TITLE:
        title = (title[: MAX_TITLE - 1].rsplit(" ", 1)[0] or title[: MAX_TITLE - 1]) + "…"
    return title or None


def _is_label(line: str) -> bool:
    return width(line) < 2 * SHORT_WIDTH and is_label_line(plain(line)) and ":" in plain(line)


def _header_date(line: str, code: str, *, lenient: bool) -> str | None:
    line = unicodedata.normalize("NFC", line)
    dated = first_date(line, day_first=language(code).dates.day_first)
    if dated is None:
        return None
    if not lenient or ends_sentence(line):
        return dated.iso if _is_date_only(line, code) else None
    before, after = line[: dated.start], _words_left(line[dated.end :])
    apart = not _words_left(before) or _SEPARATOR.search(before) or _is_byline(before)
    return dated.iso if apart and len(after) <= MAX_WORDS_AFTER_DATE else None


def _is_date_only(line: str, code: str) -> bool:
    if width(line) >= PROSE_WIDTH:
        return False
    line = unicodedata.normalize("NFC", line)
    dated = first_date(line, day_first=language(code).dates.day_first)
    return dated is not None and not _words_left(line[: dated.start]) and not _words_left(line[dated.end :])


def _words_left(text: str) -> list[str]:
    """Return the words of a line's rest that do not belong to its date."""
    words = re.findall(r"\w+(?:'\w+)?", plain(_TIME.sub(" ", text)))
    return [word for word in words if not (word.isdigit() or is_date_word(word) or _ISO_MARK.fullmatch(word))]


def _is_byline(before: str) -> bool:
    return any(plain(before).startswith(label + " ") for label in words_of("credit_labels") | words_of("source_labels"))


def _labelled_source(line: str) -> str | None:
    if width(line) >= 2 * SHORT_WIDTH:
        return None
    label, colon, value = [*re.split("([:：])", line, maxsplit=1), "", ""][:3]
    if not colon or plain(label) not in words_of("source_labels"):
        return None
    return _name(_SOURCE_END.split(value.strip())[0])


def _cued_source(line: str) -> str | None:
    """Return what `Theo The Washington Post` names: a short line, unpunctuated, and a name behind the cue."""
    opening = plain(line[:HEAD])
    for cue in _longest_first(words_of("source_cues")):
        name = line[len(cue) :].strip()
        if opening.startswith(cue + " ") and _is_name(name):
            return _name(name)
    return None


def _longest_first(phrases: frozenset[str]) -> Iterator[str]:
    return iter(sorted(phrases, key=lambda phrase: (-len(phrase), phrase)))


def _is_name(text: str) -> bool:
    words = text.split()
    return 0 < len(words) <= 5 and words[0][0].isupper() and not re.search(r"[.,:;!?]$|[,;:] ", text)


def _name(text: str) -> str | None:
    return clean(PINYIN_NOISE.sub("", text)).strip(_SOURCE_NOISE) or None
