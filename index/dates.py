"""A line of text → the date it gives, as ISO 8601.

Written forms only, `20/11/2023` to `ngày 20 tháng 11 năm 2023`, with the month names of every row of the table, since
a page's furniture need not be in the article's language. No relative dates ("yesterday"), no two-digit years.

`days` reads more than `first_date`: dates without a year or a day too, and Chinese numerals. A date for the head of an
article is a claim and has to be whole; for the index it is a term beside the words.
"""

import re
from dataclasses import dataclass
from datetime import date
from functools import cache

from index import numerals
from index.languages import LANGUAGES

FIRST_YEAR, LAST_YEAR = 1900, 2099
LEAP_YEAR = 2000  # a day without a year may be 29 February
_YEAR_JOINER = r"(?:\s(?:of|năm|nam|tahun|de)\s+)?"


@dataclass(frozen=True, slots=True)
class Dated:
    """A date found in a line, and the range `[start, end)` of the line that writes it."""

    iso: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Day:
    """A day or month of the calendar; `year` or `day` is None where the text does not give it."""

    year: int | None
    month: int
    day: int | None


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


def _named(month: str) -> int:
    return _month_numbers()[" ".join(month.casefold().split())]


def _month_pattern() -> str:
    forms = sorted(_month_numbers(), key=lambda form: (-len(form), form))
    return "(?P<name>" + "|".join(re.escape(form).replace(r"\ ", r"\s+") for form in forms) + r")(?!\w)"


@cache
def _patterns() -> tuple[re.Pattern[str], ...]:
    month = rf"{_month_pattern()}\.?"
    day = r"(?<!\d)(?P<day>\d{1,2})(?:st|nd|rd|th|er)?"
    year = r"(?P<year>\d{4})(?!\d)"
    joiner = rf"[\s,./-]*{_YEAR_JOINER}"
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
        month, day = _named(parts["name"] or ""), int(parts["day"] or 0)
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


def days(text: str) -> list[Day]:
    """Return every date in `text`, first the whole ones, then those without a year, then months of a year.

    Where `1/2` may be either of two days, both are returned.

    >>> days("le 9 novembre") == days("十一月九日") == [Day(None, 11, 9)]
    True
    """
    text = _CHINESE.sub(lambda match: _arabic(match.group()), text)
    if not any(char.isdigit() for char in text):
        return []
    found: list[Day] = []

    def take(match: re.Match[str]) -> str:
        read = _readings(match.groupdict())
        found.extend(read)
        return "; " if read else match.group()  # what was read is no part of another date

    for pattern in (*_patterns(), *_yearless(), *_dayless()):
        text = pattern.sub(take, text)
    return list(dict.fromkeys(found))


def day_and_month(text: str) -> Day | None:
    """Return the first of the days that `text` gives, the day before the month where it may be either; else None."""
    return next((day for day in days(text) if day.day is not None), None)


def month(text: str) -> int | None:
    """Return the month that a short answer gives and nothing more: `juin`, `hồi tháng 2`, `6月`."""
    found = _month_alone().fullmatch(_CHINESE.sub(lambda match: _arabic(match.group()), text).strip())
    if found is None:
        return None
    number = _named(found["name"]) if found["name"] else int(found["month"])
    return number if 1 <= number <= 12 else None


def weekday(text: str) -> int | None:
    """Return the day of the week that a text names, from 1 for Monday; None for none or several."""
    found = {_weekdays()[match.casefold()] for match in _weekday_pattern().findall(text)}
    return found.pop() if len(found) == 1 else None


# From the first character of a run only, else a long run without an end would be tried from each of its characters.
_CHINESE = re.compile(rf"(?<!{numerals.DIGIT})(?<!十)(?:{numerals.DIGIT}|十)++(?=\s*[年月日号號])")


def _arabic(numeral: str) -> str:
    value = numerals.value(numeral)
    return numeral if value is None else str(value)


def _readings(parts: dict[str, str | None]) -> list[Day]:
    """Return the days that a match may mean, the one with the day before the month first; none if there are none."""
    given = {name: int(value) for name, value in parts.items() if value and name not in ("name", "mark")}
    name = parts.get("name")
    month = _named(name) if name else given.get("month")
    if month is not None:
        pairs = [(month, given.get("day"))]
    else:
        one, two = given["one"], given["two"]
        pairs = list(dict.fromkeys([(two, one), (one, two)]))
    year = given.get("year")
    return [Day(year, month, day) for month, day in pairs if _is_day(year, month, day)]


def _is_day(year: int | None, month: int, day: int | None) -> bool:
    if year is not None and not FIRST_YEAR <= year <= LAST_YEAR:
        return False
    try:
        date(LEAP_YEAR if year is None else year, month, 1 if day is None else day)
    except ValueError:
        return False
    return True


@cache
def _month_alone() -> re.Pattern[str]:
    return re.compile(rf"(?:\w+\s+){{0,2}}{_month_pattern()}|(?P<month>\d{{1,2}})\s*月份?", re.IGNORECASE)


@cache
def _weekdays() -> dict[str, int]:
    return {
        form: number
        for row in LANGUAGES.values()
        for number, forms in enumerate(row.dates.weekdays, start=1)
        for form in forms
    }


@cache
def _weekday_pattern() -> re.Pattern[str]:
    scripts = {form: row.script for row in LANGUAGES.values() for forms in row.dates.weekdays for form in forms}
    forms = sorted(scripts, key=lambda form: (-len(form), form))
    latin, han = ([form for form in forms if scripts[form] == script] for script in ("latin", "han"))
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, latin))})(?!\w)|{'|'.join(han)}", re.IGNORECASE)


@cache
def _yearless() -> tuple[re.Pattern[str], ...]:
    month = _month_pattern()
    return tuple(
        re.compile(pattern, re.IGNORECASE)
        for pattern in (
            r"(?<!\d)(?P<month>\d{1,2})\s*月\s*(?P<day>\d{1,2})\s*[日号號]",
            rf"(?<![\d.,])(?P<day>\d{{1,2}})(?:st|nd|rd|th|er)?\s+(?:de\s+|of\s+)?{month}",
            rf"(?<!\w){month}\.?\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?![\d%]|[.,]\d)",
            r"(?<![\d./,-])(?P<one>\d{1,2})/(?P<two>\d{1,2})(?![\d/%-]|[.,]\d)",
            # With a hyphen it is more often a range or a score, unless a word says that it is a day.
            r"(?<!\w)(?:ngày|ngay|tanggal)\s+(?P<one>\d{1,2})-(?P<two>\d{1,2})(?![\d/%-]|[.,]\d)",
        )
    )


@cache
def _dayless() -> tuple[re.Pattern[str], ...]:
    return (
        re.compile(r"(?<!\d)(?P<year>\d{4})\s*年\s*(?P<month>\d{1,2})\s*月"),
        re.compile(rf"(?<!\w){_month_pattern()}[\s,./-]*{_YEAR_JOINER}(?P<year>\d{{4}})(?!\d)", re.IGNORECASE),
        re.compile(r"(?<![\d./-])(?P<month>\d{1,2})/(?P<year>\d{4})(?![\d/])"),
    )
