"""Whether two answers say the same, though in other words, languages or scripts.

No model: the same day (11月9日, 9 November), month or day of the week; the same amounts (130億美元, $ 13 miliar; sept
ans, 7年); one family name that is written in two scripts (山姆?阿爾特曼, Sam Altman); the same words once folded and
called by one name (Shear, Emmett Shear, Hill), or the longer answer's words with a few more. What two dates or amounts
say is decided by these alone: 三人 is no part of 十三人. What is added may not be a negation or another thing of the
kind, and words that differ in diacritics alone are two where both have them (Hùng, Hưng). What fits none of this is
another answer.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import cache

from index.analysis import fold, is_han, words
from index.dates import FIRST_YEAR, LAST_YEAR, Day, day_and_month, days, month, weekday
from index.languages import LANGUAGES
from index.names import Names, Words
from index.quantities import MINUS, Amount, amounts, counted, numeric

SPARE_WORDS = 2  # beyond twice the shorter's length, a longer answer that contains it says more than the same
GIVEN_NAME = 3  # Han characters at most; in Latin script it is one word


@dataclass(frozen=True, slots=True)
class Statement:
    """An answer made comparable: its words under one name each, and the amounts and the day or month that it gives.

    `spelt` are the words with their diacritics, empty where a name was put for another; `name` is the known name that
    the words end in; `bound` tells which way an amount is one: `over`, `under`, or neither; Monday is weekday 1.
    """

    words: Words
    spelt: Words
    name: Words
    amounts: tuple[Amount, ...]
    bound: str
    day: Day | None
    weekday: int | None


def statement(text: str, names: Names) -> Statement:
    """Return the comparable form of an answer's words."""
    written = _without_titles(tuple(words(text)))
    said = names.canonical(written)
    spelt = _without_titles(tuple(words(text, diacritics=True))) if said == written else ()
    day, of_week = _day(text), weekday(fold(text))
    told = () if day or of_week else _amounts(text)
    return Statement(said, spelt, names.ending(said), told, _bound(written), day, of_week)


def same(one: Statement, other: Statement) -> bool:
    """Tell whether two answers say the same; a day without a year is that day of any year."""
    if one.day and other.day:
        return _same_day(one.day, other.day)
    if one.weekday and other.weekday:
        return one.weekday == other.weekday
    if one.amounts and other.amounts:
        return _same_amounts(one, other)
    if one.day and other.amounts:
        return _is_its_year(other.amounts, one.day)
    if other.day and one.amounts:
        return _is_its_year(one.amounts, other.day)
    return _same_name(one, other) or _contains(one, other)


def _without_titles(said: Words) -> Words:
    """Drop titles, `M. Hill` and `王女士`, where something is left."""
    while len(said) > 1 and said[:1] in _phrases("titles"):
        said = said[1:]
    for title in _phrases("titles"):
        if is_han(title[0]) and len(said) > len(title) and said[-len(title) :] == title:
            said = said[: -len(title)]
    return said


def _day(text: str) -> Day | None:
    """Return the first day of an answer, else the first month."""
    found = day_and_month(text) or next(iter(days(text)), None)
    if found is not None:
        return found
    alone = month(fold(text))
    return None if alone is None else Day(None, alone, None)


def _amounts(text: str) -> tuple[Amount, ...]:
    """Return the amounts of an answer by their values; years that stand beside others say when, and are left out."""
    folded = fold(text)
    found = amounts(folded)
    if not found:
        small = counted(folded)
        return (small,) if small else ()
    others = [one for one in found if not _is_year(one)]
    negative = text.lstrip()[:1] in MINUS and len(found) == 1
    kept = [Amount(-one.value, one.unit) if negative else one for one in others or found]
    return tuple(sorted(kept, key=lambda one: (one.value, one.unit)))


def _is_year(one: Amount) -> bool:
    return one.unit in ("", "a") and one.value == int(one.value) and FIRST_YEAR <= one.value <= LAST_YEAR


def _bound(said: Words) -> str:
    return next((way for way in ("under", "over") if _holds(said, way)), "")


def _same_day(one: Day, other: Day) -> bool:
    """Tell whether one gives all that the other gives of year, month and day, and the same."""
    mine, theirs = ({name: value for name, value in asdict(day).items() if value is not None} for day in (one, other))
    return mine.items() <= theirs.items() or theirs.items() <= mine.items()


def _is_its_year(amounts: tuple[Amount, ...], day: Day) -> bool:
    return len(amounts) == 1 and _is_year(amounts[0]) and amounts[0].value == day.year


def _same_amounts(one: Statement, other: Statement) -> bool:
    if {one.bound, other.bound} == {"over", "under"} or len(one.amounts) != len(other.amounts):
        return False
    return all(mine.same(theirs) for mine, theirs in zip(one.amounts, other.amounts, strict=True))


def _same_name(one: Statement, other: Statement) -> bool:
    """Tell whether both end in one family name, behind a given name in Han characters here and a Latin one there."""
    if not one.name or one.name != other.name:
        return False
    given = [said.words[: -len(said.name)] for said in (one, other)]
    han, latin = sorted(given, key=lambda name: not name or not is_han(name[0]))
    return 0 < len(han) <= GIVEN_NAME and all(map(is_han, han)) and len(latin) == 1 and not is_han(latin[0])


def _contains(one: Statement, other: Statement) -> bool:
    short, long = sorted((one, other), key=lambda said: len(said.words))
    if not short.words or len(long.words) > 2 * len(short.words) + SPARE_WORDS:
        return False
    if _holds(long.words, "negations") != _holds(short.words, "negations"):
        return False
    return any(_says(short, long, start) for start in _places(short.words, long.words))


def _says(short: Statement, long: Statement, start: int) -> bool:
    """Tell whether the longer answer, which has the shorter's words from `start` on, says no other thing with them."""
    end = start + len(short.words)
    more = long.words[:start], long.words[end:]
    if short.amounts and numeric(" ".join([*more[0], *more[1]])):
        return False
    joiners = _phrases("joiners")
    if (len(more[0]) > 1 and more[0][-1:] in joiners) or (len(more[1]) > 1 and more[1][:1] in joiners):
        return False
    pairs = zip(short.words, short.spelt, long.spelt[start:end], strict=False)
    return not any(mine != theirs and mine != bare != theirs for bare, mine, theirs in pairs)


def _places(short: Words, long: Words) -> Iterator[int]:
    starts = range(len(long) - len(short) + 1)
    return (start for start in starts if long[start : start + len(short)] == short)


def _holds(said: Words, kind: str) -> bool:
    return any(next(_places(phrase, said), None) is not None for phrase in _phrases(kind))


@cache
def _phrases(kind: str) -> frozenset[Words]:
    """Return the words of every row's `AnswerWords` of a kind, as they stand in a statement."""
    return frozenset(tuple(words(phrase)) for row in LANGUAGES.values() for phrase in getattr(row.answers, kind))
