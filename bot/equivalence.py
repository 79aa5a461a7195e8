"""Whether two answers say the same, though in other words, languages or scripts.

Three ways, and no model: the same words once folded and called by one name (Shear, Emmett Shear, Hill); the same amount
(130億美元, $ 13 miliar); the same day (11月9日, 9 November). What fits none of them is another answer.
"""

import re
from dataclasses import dataclass

from index.analysis import fold, words
from index.dates import day_and_month
from index.names import Names, Words

SPARE_WORDS = 2  # beyond twice the shorter's length, a longer answer that contains it says more than the same

# Words for powers of ten, folded; French and Indonesian count in the long scale, English in the short one.
_SCALES = {
    **dict.fromkeys(("nghìn", "ngàn", "mille", "ribu", "thousand", "千"), 1e3),
    **dict.fromkeys(("万", "萬"), 1e4),
    **dict.fromkeys(("triệu", "million", "millions", "juta", "百万"), 1e6),
    **dict.fromkeys(("亿", "億"), 1e8),
    **dict.fromkeys(("tỷ", "tỉ", "milliard", "milliards", "miliar", "billion", "billions", "十亿"), 1e9),
    **dict.fromkeys(("triliun", "trillion", "trillions", "兆", "万亿"), 1e12),
}
_SCALE = "|".join(sorted(map(re.escape, _SCALES), key=len, reverse=True))
_AMOUNT = re.compile(rf"(?P<number>\d+(?:[., ]\d{{3}})*(?:[.,]\d+)?) ?(?P<scale>{_SCALE})?(?P<percent> ?%)?")


@dataclass(frozen=True, slots=True)
class Statement:
    """An answer made comparable: its words under one name each, and the amount and day it gives, if it does."""

    words: Words
    amount: tuple[float, bool] | None
    day: tuple[int | None, int, int] | None


def statement(text: str, names: Names) -> Statement:
    """Return the comparable form of an answer's words."""
    return Statement(names.canonical(tuple(words(text))), _amount(text), day_and_month(text))


def same(one: Statement, other: Statement) -> bool:
    """Tell whether two answers say the same; a day without a year is that day of any year."""
    if one.day and other.day:
        years = {one.day[0], other.day[0]} - {None}
        return one.day[1:] == other.day[1:] and len(years) < 2
    if one.amount and other.amount:
        return one.amount == other.amount
    return _contains(one.words, other.words)


def _amount(text: str) -> tuple[float, bool] | None:
    """Return the one amount in a text, and whether it is a percentage; None if there are none or several."""
    found = list(_AMOUNT.finditer(fold(text)))
    if len(found) != 1:
        return None
    number, scale = found[0]["number"], found[0]["scale"]
    return _number(number) * (_SCALES[scale] if scale else 1), bool(found[0]["percent"])


def _number(written: str) -> float:
    """Return the value of a number in either notation: `1,234.5`, `1.234,5`, `39,1`, `1 000`."""
    whole = re.fullmatch(r"(\d{1,3}(?:[., ]\d{3})+)(?:[.,](\d+))?", written)
    if whole:
        return float(re.sub(r"\D", "", whole[1]) + "." + (whole[2] or "0"))
    return float(written.replace(" ", "").replace(",", "."))


def _contains(one: Words, other: Words) -> bool:
    short, long = sorted((one, other), key=len)
    if not short or len(long) > 2 * len(short) + SPARE_WORDS:
        return False
    return any(long[start : start + len(short)] == short for start in range(len(long) - len(short) + 1))
