"""Which stretches of a page are the article's body, which its readers' comments, which boilerplate.

Rules over lines, with the words of `languages.PageWords`, in the manner of line classifiers for web pages
(Kohlschütter, Fankhauser & Nejdl 2010), but with the costs turned round: a line of noise left in costs a little,
a sentence of the body dropped costs an answer. So a line is body unless something recognises it, and a page may carry
furniture of any language of the table. Nothing is removed: sections are ranges of the text as stored.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from functools import cache

from index.analysis import HAN, fold
from index.languages import AUTONYMS, LANGUAGES
from index.records import Kind, Section

SENTENCE_WIDTH = 20  # columns: a punctuated line from here on is a sentence, below it perhaps a remark
PROSE_WIDTH = 100  # columns, a wide character counting two: a line as long is running text, punctuated or not
SHORT_WIDTH = 60  # columns: a line up to this may be furniture that no table knows, in the midst of furniture
HEAD = 200  # code points of a line that are looked at; furniture is shorter
MENU_LINES = 3  # a language menu has at least so many
GAP_LINES = 2  # unknown short lines that furniture may enclose

_BULLET = re.compile(r"^[\s#>*_•·●▪◦‣+|–—-]+|(?<![\s*_#|])[\s*_#|]+$")  # the look behind keeps it linear
_SENTENCE_END = re.compile(r"[.!?。！？…;；][\"'”’»）)\]」』】*_\s,，]*$")
_IMAGE = re.compile(r"!\[[^\]]*\]\([^)]*\)|\S.{0,120}\.(?:jpe?g|png|webp|gif|svg|avif|heic|bmp|tiff?)", re.IGNORECASE)
_IMAGE_WORDS = 8  # words in a file name such as `Screenshot 2023-11-21 at 16.40.53.jpg`
_IMPRINT = re.compile(
    r"(?:copyright\s*)?(?:©|\(c\))\s*(?:copyright\s*)?(?:19|20)\d\d|copyright\s*(?:©|(?:19|20)\d\d)|.{0,20}icp备"
)
_COUNTER = re.compile(r"0\s*/\s*\d{2,5}")  # characters typed into a comment box, of those allowed
_REGION = re.compile(r"\s*\([^()]*\)$")


class _Cue(Enum):
    """What a line looks like by itself; `WIDGET` and `CONTACT` count only beside others."""

    MARKER = auto()
    IMAGE = auto()
    NOTICE = auto()
    RELATED = auto()
    FOOTER = auto()
    MENU = auto()
    WIDGET = auto()
    CONTACT = auto()


_WEAK = (_Cue.WIDGET, _Cue.CONTACT)
_ENCLOSING = (_Cue.MARKER, _Cue.NOTICE, _Cue.FOOTER, _Cue.MENU, _Cue.WIDGET)


@dataclass(slots=True)
class _Line:
    start: int
    plain: str
    width: int
    ends_sentence: bool
    cue: _Cue | None = None
    kind: Kind = Kind.BODY

    @property
    def is_prose(self) -> bool:
        return self.cue is None and (self.width >= PROSE_WIDTH or (self.ends_sentence and self.width >= SENTENCE_WIDTH))


def sections(text: str, begin: int = 0) -> tuple[Section, ...]:
    """Return the sections of `text`, in order; they cover it exactly, and neighbours differ in kind.

    The text before `begin` (front matter) is boilerplate. Blank lines go with what stands before them.
    """
    lines = list(_lines(text, begin))
    _recognise(lines)
    heading = _comment_heading(lines)
    if heading is not None:
        lines[heading].cue = _Cue.MARKER
        for line in lines[heading + 1 :]:
            line.kind = Kind.COMMENT
    _mark_boilerplate(lines, len(lines) if heading is None else heading)
    return tuple(_merged(text, begin, lines))


def header_lines(text: str, parts: Sequence[Section]) -> list[str]:
    """Return the body's lines, without blank ones, above its running text; a title may be a sentence."""
    header: list[str] = []
    for line in body_lines(text, parts):
        if width(line) >= PROSE_WIDTH or (header and width(line) >= SHORT_WIDTH and ends_sentence(line)):
            break
        header.append(line)
    return header


def body_lines(text: str, parts: Sequence[Section]) -> list[str]:
    """Return the lines of the body, stripped, without blank ones."""
    body = (line for part in parts if part.kind is Kind.BODY for line in text[part.start : part.end].splitlines())
    return [line.strip() for line in body if line.strip()]


def plain(line: str) -> str:
    """Return a line as the words of the table are written: folded, straight apostrophes, no bullet or markup."""
    bare = _BULLET.sub("", line)
    return " ".join(fold(_BULLET.sub("", bare)).replace("’", "'").split())


def ends_sentence(line: str) -> bool:
    """Say whether `line` ends as a sentence does, closing quotes and notes left aside."""
    return bool(_SENTENCE_END.search(line[-40:]))


def width(line: str) -> int:
    """Return the columns that `line` takes, a Chinese character counting two."""
    return len(line) + len(re.findall(rf"[{HAN}\u3000-\u303f\uff00-\uffef]", line))


@cache
def words_of(field: str) -> frozenset[str]:
    """Return what every language of the table has in a field of `PageWords`."""
    return frozenset().union(*(getattr(row.page, field) for row in LANGUAGES.values()))


def _lines(text: str, begin: int) -> Iterator[_Line]:
    start = begin
    for raw in text[begin:].splitlines(keepends=True):
        stripped = raw.strip()
        if stripped:
            yield _Line(start, plain(stripped[:HEAD]), width(stripped), ends_sentence(stripped))
        start += len(raw)


def _recognise(lines: list[_Line]) -> None:
    seen_prose = False
    for line in lines:
        line.cue = _cue(line, seen_prose)
        seen_prose = seen_prose or line.is_prose
    _recognise_menus(lines)


def _cue(line: _Line, after_prose: bool) -> _Cue | None:
    head = line.plain
    if after_prose and any(_opens(head, opening) for opening in words_of("notices")):
        return _Cue.NOTICE
    if line.width >= 2 * HEAD:
        return None
    bare = head.rstrip(" .:")
    if bare in words_of("markers") or _COUNTER.fullmatch(head) or (after_prose and _comment_count(head) == 0):
        return _Cue.MARKER
    if _IMAGE.fullmatch(head) and (head.startswith("![") or _is_file_name(head)):
        return _Cue.IMAGE
    if bare in words_of("related") or _is_labelled(head, words_of("related")):
        return _Cue.RELATED
    if after_prose and _is_imprint(head):
        return _Cue.FOOTER
    if bare in words_of("widgets"):
        return _Cue.WIDGET
    if any(_opens(head, contact) for contact in words_of("contacts")) and not line.ends_sentence:
        return _Cue.CONTACT
    return None


def _opens(head: str, opening: str) -> bool:
    return head.startswith(opening) and not (opening[-1:].isalpha() and re.match(rf"[^\W{HAN}]", head[len(opening) :]))


def _is_labelled(head: str, labels: Iterable[str]) -> bool:
    label, colon, _ = head.partition(":")
    return bool(colon) and label.strip() in labels


def _is_imprint(head: str) -> bool:
    phrases = words_of("footers")
    bare = head.rstrip(" .")
    return bool(_IMPRINT.match(head)) or any(
        bare == phrase or bare.endswith(" " + phrase) or head.startswith((phrase + ":", phrase + " :"))
        for phrase in phrases
    )


def _is_file_name(head: str) -> bool:
    words = head.split()
    return len(words) == 1 or (len(words) <= _IMAGE_WORDS and any(char.isdigit() for char in head))


def _recognise_menus(lines: list[_Line]) -> None:
    run: list[_Line] = []
    for line in [*lines, None]:
        if line is not None and _REGION.sub("", line.plain) in AUTONYMS:
            run.append(line)
            continue
        if len(run) >= MENU_LINES:
            for item in run:
                item.cue = _Cue.MENU
        run = []


@cache
def _heading_pattern() -> re.Pattern[str]:
    nouns = "|".join(map(re.escape, sorted(words_of("comment_headings"), key=lambda noun: (-len(noun), noun))))
    return re.compile(rf"\(?(?P<before>\d[\d.,]*)?\)?\s*(?:{nouns})\s*[:(]?\s*(?P<after>\d[\d.,]*)?\s*\)?\s*:?")


def _comment_heading(lines: list[_Line]) -> int | None:
    """Return the index of the line that heads the readers' comments.

    A page names its comments in other places too: in a byline above the article (`44 comments`), on a button, over an
    empty box. So there must be running text before the heading and something to read behind it; and unless an article
    of some length stands before it, not more behind than twice what is before.
    """
    for index, line in enumerate(lines):
        if not _heading_pattern().fullmatch(line.plain) or index + 1 == len(lines):
            continue
        count = _comment_count(line.plain)
        before = [other.width for other in lines[:index] if other.is_prose]
        after = sum(other.width for other in lines[index + 1 :] if other.is_prose)
        if not before or count == 0:
            continue
        if count is None and lines[index + 1].cue is not None:
            continue
        if (len(before) < 3 or count is None) and after > 2 * sum(before):
            continue
        return index
    return None


def _comment_count(head: str) -> int | None:
    match = _heading_pattern().fullmatch(head)
    digits = re.sub(r"\D", "", (match["before"] or match["after"] or "") if match else "")
    return int(digits) if digits else None


def _mark_boilerplate(lines: list[_Line], comments_from: int) -> None:
    last_prose = max((index for index, line in enumerate(lines) if line.is_prose), default=len(lines))
    for run in _runs(lines, last_prose, comments_from):
        while run and run[-1].cue is None:
            run.pop()
        widgets = sum(line.cue is _Cue.WIDGET for line in run)
        if widgets >= MENU_LINES or any(line.cue not in (*_WEAK, _Cue.IMAGE, None) for line in run):
            for line in run:
                line.kind = Kind.BOILERPLATE
        for line in run:
            if line.cue is _Cue.IMAGE:
                line.kind = Kind.BOILERPLATE
    imprint = (index for index, line in enumerate(lines) if line.cue is _Cue.FOOTER)
    for line in lines[max(comments_from, last_prose, next(imprint, len(lines))) :]:
        line.kind = Kind.BOILERPLATE if line.cue is not None or not line.is_prose else line.kind


def _runs(lines: list[_Line], last_prose: int, comments_from: int) -> Iterator[list[_Line]]:
    """Yield the runs of recognised lines; at the end of a page they may enclose a few that are not."""
    run: list[_Line] = []
    gap = 0
    for index, line in enumerate(lines):
        enclosed = (
            last_prose < index < comments_from
            and line.width <= SHORT_WIDTH
            and not line.ends_sentence
            and not is_label_line(line.plain)
        )
        closes = gap == 0 or line.cue in _ENCLOSING
        if line.cue is not None and closes:
            run.append(line)
            gap = 0
        elif line.cue is None and run and enclosed and gap < GAP_LINES and (gap or run[-1].cue in _ENCLOSING):
            run.append(line)
            gap += 1
        else:
            yield run
            run, gap = ([line], 0) if line.cue is not None else ([], 0)
    yield run


def is_label_line(line: str) -> bool:
    """Say whether a line, made `plain`, names a source or an author (`auteur : lin zhijia`, `theo reuters`)."""
    labels = words_of("source_labels") | words_of("credit_labels")
    return _is_labelled(line, labels) or any(_opens(line, cue + " ") for cue in words_of("source_cues"))


def _merged(text: str, begin: int, lines: list[_Line]) -> Iterator[Section]:
    starts = [(line.start, line.kind) for line in lines]
    if begin:
        starts.insert(0, (0, Kind.BOILERPLATE))
    kind, start = (starts[0][1] if starts else Kind.BODY), 0
    for position, next_kind in starts:
        if next_kind is not kind:
            yield Section(kind, start, position)
            kind, start = next_kind, position
    if start < len(text):
        yield Section(kind, start, len(text))
