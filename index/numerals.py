"""Numbers written in Chinese characters, alone or behind digits → their value.

`七百七十`, `一百三十亿`, `1.3万`, `13亿5000万`, and digit by digit `二〇二三`. Characters are simplified ones, as
`analysis.fold` leaves them. Not read: elliptical forms (`一百三` for 130), ordinals, and two digits before a unit,
which are an estimate (`两三百`).
"""

import re
from decimal import Decimal

from index.languages import LANGUAGES

LONGEST = 24  # characters; what is longer is no number that anyone wrote
_ROWS = [row.numbers for row in LANGUAGES.values() if row.script == "han"]
_DIGITS = {"零": 0, "〇": 0} | {
    form: value for row in _ROWS for value, forms in enumerate(row.ones, start=1) for form in forms
}
_UNITS = {form: exponent for row in _ROWS for form, exponent in row.scales.items()}
_MYRIAD = 4  # the power of ten from which a unit multiplies all that stands before it
_ARABIC = r"\d{1,3}(?:,\d{3})+(?!\d)|\d+(?:\.\d+)?"
DIGIT = "[" + "".join(_DIGITS) + "]"
UNIT = "[" + "".join(_UNITS) + "]"
NUMERAL = rf"(?:(?:{_ARABIC}) ?(?={UNIT})|{DIGIT}|{UNIT})+"


def value(numeral: str) -> Decimal | None:
    """Return the value of a folded numeral; None where it is none.

    >>> value("一百三十亿"), value("13亿5000万"), value("二〇二三")
    (Decimal('13000000000'), Decimal('1350000000'), Decimal('2023'))
    """
    if not numeral or len(numeral) > LONGEST:
        return None
    if re.fullmatch(f"{DIGIT}+", numeral):
        return Decimal("".join(str(_DIGITS[char]) for char in numeral))
    total = section = Decimal(0)
    current: Decimal | None = None
    for part in re.findall(rf"{_ARABIC}|\S", numeral):
        if part in _UNITS:
            power = Decimal(10) ** _UNITS[part]
            if _UNITS[part] < _MYRIAD:
                section += (1 if current is None else current) * power
            else:
                total = _scaled(total, section + (current or 0), power)
                section = Decimal(0)
            current = None
        elif part in ("零", "〇"):
            continue
        elif current is not None:
            return None
        else:
            current = Decimal(_DIGITS[part]) if part in _DIGITS else _decimal(part)
            if current is None:
                return None
    return total + section + (current or 0)


def _scaled(total: Decimal, section: Decimal, power: Decimal) -> Decimal:
    """Return what `total` and the section behind it are once a unit of `power` stands behind both."""
    if total >= power:
        return total + section * power
    return (total + section or Decimal(1)) * power


def _decimal(digits: str) -> Decimal | None:
    plain = digits.replace(",", "")
    return Decimal(plain) if re.fullmatch(r"\d+(?:\.\d+)?", plain) else None
