"""A line of text → the date it gives, as ISO 8601.

Written forms only, `20/11/2023` to `ngày 20 tháng 11 năm 2023`, with the month names of every row of the table, since
a page's furniture need not be in the article's language. No relative dates ("yesterday"), no two-digit years.
"""

import re
from dataclasses import dataclass
from datetime import date
from functools import cache

from index.languages import LANGUAGES

FIRST_YEAR, LAST_YEAR = 1900, 2099


@dataclass(frozen=True, slots=True)
class Dated:
    """A date found in a line, and the range `[start, end)` of the line that writes it."""

    iso: str
    start: int
    end: int


def first_date(line: str, *, day_first: bool) -> Dated | None:
    """Return the leftmost date of `line`, the longest of those; `day_first` reads `1/2/2023`, else it is none."""
    found: list[Dated] = []
    for pattern in _patterns():
        for match in pattern.finditer(line):
            iso = _iso(match.groupdict(), day_first)
            if iso is not None:
                found.append(Dated(iso, match.start(), match.end()))
    return min(found, key=lambda dated: (dated.start, -dated.end), default=None)


def is_date_word(word: str) -> bool:
    """Say whether `word`, case-folded, is one that some language writes around a date (`le`, `updated`, `pukul`)."""
    return word in _date_words()


@cache
def _date_words() -> frozenset[str]:
    return frozenset(word for row in LANGUAGES.values() for word in row.dates.words)


@cache
def _month_numbers() -> dict[str, int]:
    return {
        " ".join(form.split()): number
        for row in LANGUAGES.values()
        for number, forms in enumerate(row.dates.months, start=1)
        for form in forms
    }


@cache
def _patterns() -> tuple[re.Pattern[str], ...]:
    forms = sorted(_month_numbers(), key=lambda form: (-len(form), form))
    month = "(?P<name>" + "|".join(re.escape(form).replace(r"\ ", r"\s+") for form in forms) + r")(?!\w)\.?"
    day = r"(?<!\d)(?P<day>\d{1,2})(?:st|nd|rd|th|er)?"
    year = r"(?P<year>\d{4})(?!\d)"
    joiner = r"[\s,./-]*(?:\s(?:of|năm|tahun|de)\s+)?"
    return tuple(
        re.compile(pattern, re.IGNORECASE)
        for pattern in (
            r"(?<!\d)(?P<year>\d{4})(?P<mark>[-/.])(?P<month>\d{1,2})(?P=mark)(?P<day>\d{1,2})(?!\d)",  # ISO 8601
            r"(?<!\d)(?P<year>\d{4})\s*年\s*(?P<month>\d{1,2})\s*月\s*(?P<day>\d{1,2})\s*[日号號]",
            r"(?<![\d./-])(?P<one>\d{1,2})(?P<mark>[-/.])(?P<two>\d{1,2})(?P=mark)(?P<year>\d{4})(?!\d)",
            rf"{day}{joiner}{month}{joiner}{year}",
            rf"(?<!\w){month}\s*(?P<day>\d{{1,2}})(?:st|nd|rd|th)?,?\s+{year}",
        )
    )


def _iso(parts: dict[str, str | None], day_first: bool) -> str | None:
    year = int(parts["year"] or 0)
    if parts.get("name"):
        month, day = _month_numbers()[" ".join((parts["name"] or "").casefold().split())], int(parts["day"] or 0)
    elif parts.get("one"):
        day, month = int(parts["one"] or 0), int(parts["two"] or 0)
        if not day_first and day <= 12 and month <= 12 and day != month:
            return None  # 1/2/2023 is two dates, and a guess would be a claim
        if month > 12:
            day, month = month, day
    else:
        month, day = int(parts["month"] or 0), int(parts["day"] or 0)
    try:
        return date(year, month, day).isoformat() if FIRST_YEAR <= year <= LAST_YEAR else None
    except ValueError:
        return None


def day_and_month(text: str) -> tuple[int | None, int, int] | None:
    """Return the (year, month, day) that `text` gives, the year None where it gives none; None where it gives no day.

    >>> day_and_month("le 9 novembre"), day_and_month("11月9日"), day_and_month("ngày 20 tháng 11 năm 2023")
    ((None, 11, 9), (None, 11, 9), (2023, 11, 20))
    """
    dated = first_date(text, day_first=True)
    if dated is not None:
        year, month, day = map(int, dated.iso.split("-"))
        return year, month, day
    for pattern in _yearless():
        match = pattern.search(text)
        if match:
            name = match.groupdict().get("name")
            month = _month_numbers()[" ".join(name.casefold().split())] if name else int(match["month"])
            day = int(match["day"])
            return (None, month, day) if 1 <= month <= 12 and 1 <= day <= 31 else None
    return None


@cache
def _yearless() -> tuple[re.Pattern[str], ...]:
    forms = sorted(_month_numbers(), key=lambda form: (-len(form), form))
    month = "(?P<name>" + "|".join(re.escape(form).replace(r"\ ", r"\s+") for form in forms) + r")(?!\w)"
    return tuple(
        re.compile(pattern, re.IGNORECASE)
        for pattern in (
            r"(?<!\d)(?P<month>\d{1,2})\s*月\s*(?P<day>\d{1,2})\s*[日号號]",
            rf"(?<!\d)(?P<day>\d{{1,2}})(?:st|nd|rd|th|er)?\s+(?:de\s+|of\s+)?{month}",
            rf"(?<!\w){month}\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?!\d)",
            r"(?<![\d./])(?P<day>\d{1,2})/(?P<month>\d{1,2})(?![\d/])",
        )
    )
