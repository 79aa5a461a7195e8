"""Whether two answers say the same, though in other words, languages or scripts.

Three ways, and no model: the same words once folded and called by one name (Shear, Emmett Shear, Hill); the same amount
(130億美元, $ 13 miliar); the same day (11月9日, 9 November). What fits none of them is another answer.
"""

from dataclasses import dataclass

from index.analysis import fold, words
from index.dates import Day, day_and_month
from index.names import Names, Words
from index.quantities import Amount, amounts

SPARE_WORDS = 2  # beyond twice the shorter's length, a longer answer that contains it says more than the same


@dataclass(frozen=True, slots=True)
class Statement:
    """An answer made comparable: its words under one name each, and the amount and day it gives, if it does."""

    words: Words
    amount: Amount | None
    day: Day | None


def statement(text: str, names: Names) -> Statement:
    """Return the comparable form of an answer's words."""
    return Statement(names.canonical(tuple(words(text))), _amount(text), day_and_month(text))


def same(one: Statement, other: Statement) -> bool:
    """Tell whether two answers say the same; a day without a year is that day of any year."""
    if one.day and other.day:
        years = {one.day.year, other.day.year} - {None}
        return (one.day.month, one.day.day) == (other.day.month, other.day.day) and len(years) < 2
    if one.amount and other.amount:
        return one.amount.same(other.amount)
    return _contains(one.words, other.words)


def _amount(text: str) -> Amount | None:
    """Return the one amount in a text; None if there are none or several."""
    found = amounts(fold(text))
    return found[0] if len(found) == 1 else None


def _contains(one: Words, other: Words) -> bool:
    short, long = sorted((one, other), key=len)
    if not short or len(long) > 2 * len(short) + SPARE_WORDS:
        return False
    return any(long[start : start + len(short)] == short for start in range(len(long) - len(short) + 1))
