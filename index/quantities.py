"""Folded text → the amounts and days in it, and a term for each that is the same however and wherever it is written.

`130亿美元`, `$13 miliar`, `13 milliards de dollars` and `13 tỷ usd` are one amount; `11月17日`, `17 november`,
`17 tháng 11` and `17/11` one day. The words are those of every row of the table at once, since a question need not be
in the language of the text it asks about. Text is folded by `analysis.fold`.

Not read: number words beyond ten (in Chinese characters they are, by `numerals`), fractions, amounts without a figure
("some millions"), days relative to another. Nothing is converted, neither currencies nor units of time.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from functools import cache

from index import numerals
from index.dates import days
from index.languages import LANGUAGES

MAX_DIGITS = 18  # a longer run is an identifier
MINUS = "-−"  # before a figure less than nothing; an index term does without it
MAX_SCALES = 3  # "three hundred thousand million"
# Signs and ISO 4217 codes, which belong to no language. `¥` is two currencies and so none.
_CODES = ("usd", "eur", "gbp", "vnd", "idr", "cny", "jpy")
_SIGNS = {"us$": "USD", "$": "USD", "€": "EUR", "£": "GBP", "₫": "VND", "rmb": "CNY", "vnđ": "VND"}
# A letter of a script that puts spaces between words; a Chinese character may follow a number or a word directly.
_LETTER = r"[^\W\d_\u2e80-\U0003134f]"
_NUMERIC = re.compile(rf"\d|{numerals.DIGIT}|{numerals.UNIT}")


@dataclass(frozen=True, slots=True)
class Amount:
    """A number with what it counts: `%`, an ISO 4217 code, a UCUM code of time, or nothing that is known."""

    value: Decimal
    unit: str = ""

    def same(self, other: "Amount") -> bool:
        """Tell whether both may be the same amount; a currency or time that only one names is no difference."""
        units = {self.unit, other.unit}
        return self.value == other.value and (len(units) == 1 or ("" in units and "%" not in units))

    @property
    def term(self) -> str:
        """The index term: the value in plain digits, and `%` behind a percentage; other units are left out."""
        return _digits(self.value) + ("%" if self.unit == "%" else "")


def amounts(folded: str) -> list[Amount]:
    """Return every amount in a folded text, in order; a plain number is one."""
    if not numeric(folded):
        return []
    found = []
    for match in _pattern().finditer(folded):
        value = _value(match)
        if value is not None:
            found.append(Amount(value, _unit(match)))
    return found


def counted(folded: str) -> Amount | None:
    """Return the small number that a folded answer begins with in a word or one character: `quatre membres`, `三人`.

    In running text such a word is more often none, so `amounts` passes it over; one is an article too, and not read.
    """
    match = _counting().match(folded)
    if match is None:
        return None
    value = _ones()[match["word"]] if match["word"] else numerals.value(match["han"])
    return Amount(value, _times().get(match["unit"] or "", "")) if value and value > 1 else None


def quantity_terms(folded: str) -> list[str]:
    """Return a term for each amount and day in a folded text, each once.

    An amount gives its value in digits (`13000000000`, `49%`), a day its month and day (`11-17`), and what names a
    year its month too (`2023-11`). No word of a text is such a term unless it is that number.
    """
    terms = [amount.term for amount in amounts(folded)]
    for day in days(folded):
        if day.day is not None:
            terms.append(f"{day.month:02}-{day.day:02}")
        if day.year is not None:
            terms.append(f"{day.year}-{day.month:02}")
    return list(dict.fromkeys(terms))


def numeric(folded: str) -> bool:
    """Tell whether there is a digit, a numeral or a word for a power of ten: most texts need no more than this look."""
    return bool(_NUMERIC.search(folded)) or not _scales().keys().isdisjoint(re.findall(r"\w+", folded))


def _digits(value: Decimal) -> str:
    plain = f"{value:f}"
    return plain.rstrip("0").rstrip(".") if "." in plain else plain


def _value(match: re.Match[str]) -> Decimal | None:
    if match["han"]:
        # A single character is more often a part of a word (`十分`) or an article (`一个`) than a number.
        return numerals.value(match["han"]) if len(match["han"]) > 1 else None
    scales = [scale for scale in re.split(r"[ -]", match["scale"] or "") if scale]
    parts = [part for scale in scales for part in _split(scale)]
    number = _ones().get(match["number"]) or _number(match["number"], _decimal_marks(parts))
    if number is None:
        return None
    return number * Decimal(10) ** sum(_scales()[part] for part in parts)


def _split(scale: str) -> list[str]:
    """Return the scales that a run of them is made of: characters are written without spaces (`千万`)."""
    return [scale] if scale in _scales() else list(scale)


def _number(written: str, marks: frozenset[str]) -> Decimal | None:
    """Return the value of a number: `1,234.5`, `1.234,5`, `39,1`, `1 000`.

    One mark before three digits groups thousands, unless all that is known of the language says that it is the decimal
    mark (`1.234 billion`) or nothing stands before it (`0.125`).
    """
    if sum(char.isdigit() for char in written) > MAX_DIGITS:
        return None
    whole = re.fullmatch(r"([1-9]\d{0,2}(?:([., ])\d{3})(?:\2\d{3})*)(?:[.,](\d+))?", written)
    if whole and not (marks == {whole[2]} and written.count(whole[2]) == 1):
        return Decimal(re.sub(r"\D", "", whole[1]) + "." + (whole[3] or "0"))
    plain = written.replace(" ", "").replace(",", ".")
    return Decimal(plain) if plain.count(".") < 2 else None


def _decimal_marks(scales: list[str]) -> frozenset[str]:
    """Return the decimal marks of the languages that have all these words for powers of ten."""
    if not scales:
        return frozenset()
    rows = [row.numbers for row in LANGUAGES.values() if all(scale in row.numbers.scales for scale in scales)]
    return frozenset(row.decimal for row in rows)


def _unit(match: re.Match[str]) -> str:
    if match["percent"] or match["before_percent"]:
        return "%"
    return _units().get(match["before"] or match["after"] or "", "")


@cache
def _scales() -> dict[str, int]:
    return {form: exponent for row in LANGUAGES.values() for form, exponent in row.numbers.scales.items()}


@cache
def _ones() -> dict[str, Decimal]:
    return {
        form: Decimal(value)
        for row in LANGUAGES.values()
        for value, forms in enumerate(row.numbers.ones, start=1)
        for form in forms
    }


@cache
def _currencies() -> dict[str, str]:
    named = {form: code for row in LANGUAGES.values() for form, code in row.numbers.currencies.items()}
    return named | {code: code.upper() for code in _CODES} | _SIGNS


@cache
def _times() -> dict[str, str]:
    return {form: code for row in LANGUAGES.values() for form, code in row.numbers.units.items()}


@cache
def _units() -> dict[str, str]:
    return _currencies() | _times()


@cache
def _counting() -> re.Pattern[str]:
    # A word that is a unit as well (Vietnamese `năm`, five and year) is left alone.
    words = [form for form in _ones() if not re.match(numerals.DIGIT, form) and form not in _times()]
    behind = [form for row in LANGUAGES.values() for form in (*row.numbers.counters, *row.numbers.units)]
    return re.compile(
        rf"(?:(?P<word>{_either(words)})(?!{_LETTER})|(?P<han>{numerals.DIGIT}|十)(?={_either(behind)}|\W|$))"
        rf"[ -]?(?:(?P<unit>{_either(_times())})(?!{_LETTER}))?"
    )


@cache
def _pattern() -> re.Pattern[str]:
    percent = [form for row in LANGUAGES.values() if row.script != "han" for form in row.numbers.percent]
    before_percent = [form for row in LANGUAGES.values() if row.script == "han" for form in row.numbers.percent]
    scale = rf"(?:{_either(_scales())})(?!{_LETTER})"
    currency, unit = _either(_currencies()), _either(_units())
    return re.compile(
        rf"(?:(?P<before_percent>{_either(before_percent)})|(?<!{_LETTER})(?P<before>{currency})\.? ?)?"
        rf"(?:(?P<han>(?<![\d.,]){numerals.NUMERAL})"
        r"|(?P<number>(?<![\d.,])(?:\d{1,3}(?:[., ]\d{3})+(?:[.,]\d+)?|\d+(?:[.,]\d+)?)(?!\d|[.,]\d)"
        rf"|(?<!{_LETTER})(?:{_either(_ones())})(?= {scale}))"
        rf"(?P<scale>(?:[ -]?{scale}){{0,{MAX_SCALES}}}))"
        rf"(?: ?(?P<percent>%|(?:{_either(percent)})(?!{_LETTER}))|[ -]?(?P<after>{unit})(?!{_LETTER}))?"
    )


def _either(forms: Iterable[str]) -> str:
    return "|".join(sorted(map(re.escape, forms), key=lambda form: (-len(form), form)))
