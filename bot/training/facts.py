"""Facts as news tells them, in five languages: someone holds a post, a company is bought, a board meets at a time.

The ways to tell and to ask for a fact, and the words for roles, cities and the like, are in `facts.txt`. Dates, sums
and numbers are written as a language writes them; names in Chinese are transliterated or left in Latin.
"""

import random
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from bot.training.swaps import LANGUAGES

OPEN, SHUT = "\x02", "\x03"  # around the answer, until it is known where it stands

Writer = Callable[[str, bool, random.Random], str]
"""How to write what stands in a slot: the language, whether it is in a question → words."""

_SYLLABLES = (
    "Nova Terra Blue Quant Hyper Medi Agro Lumi Orbi Vera Helio Data Cyber Astra Vin Omni Pixel Delta Rapid Solar",
    "tek soft ware lab net gen bank Motors Air Foods Energy Robotics Media mind works Labs AI Capital",
)
_PRODUCTS = "Aurora Falcon Iris Zenith Echo Lyra Atlas Comet Sigma Titan Pulse Orion Mira Nimbus Vega Spark Nexa"
_MONTHS = {
    "en": "January February March April May June July August September October November December".split(),
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre".split(),
    "id": "Januari Februari Maret April Mei Juni Juli Agustus September Oktober November Desember".split(),
}
_HEADING = re.compile(r"^[=@] (\w+)$", re.M)
_ASKED = re.compile(r"^\? (\w)$", re.M)
_LINE = re.compile(r"^(en|vi|fr|zh|id): (.+)$", re.M)
_VOWEL = "AEIOUYÉÈaeiouéèh"


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of fact: how it is told by language, and for each slot how it is asked for."""

    told: dict[str, list[str]]
    asked: dict[str, dict[str, list[str]]]


@dataclass(frozen=True, slots=True)
class Fact:
    """A kind, and what stands in its slots."""

    kind: Kind
    slots: dict[str, Writer]

    def tell(self, language: str, slot: str | None, rng: random.Random) -> str:
        """Say it in a sentence, with what stands in `slot` between OPEN and SHUT."""
        template = rng.choice([one for one in self.kind.told[language] if slot is None or f"{{{slot}}}" in one])
        return self.fill(template, language, slot, False, rng)

    def ask(self, language: str, slot: str, rng: random.Random) -> str:
        """Ask for what stands in `slot`."""
        return self.fill(rng.choice(self.kind.asked[slot][language]), language, None, True, rng)

    def fill(self, template: str, language: str, slot: str | None, asking: bool, rng: random.Random) -> str:
        """Put the slots into a template, and mend what French runs together."""

        def put(match: re.Match[str]) -> str:
            written = self.slots[match[1]](language, asking, rng)
            return f"{OPEN}{written}{SHUT}" if match[1] == slot else written

        text = re.sub(r"\{(\w)\}", put, template).replace(" / ", "\n")
        if language == "fr":
            text = re.sub(rf"\b([DdLl])e (?={OPEN}?[{_VOWEL}])", r"\1'", text)
            text = re.sub(rf"\b([Qq])ue (?={OPEN}?[{_VOWEL}])", r"\1u'", text)
            text = re.sub(rf"\bde ({OPEN}?)les? (?=\w)", r"du \1", text)
            text = text.replace("'", rng.choice("'’"))
        first = text.startswith(OPEN)
        return text[:first] + text[first].upper() + text[first + 1 :]


@lru_cache(maxsize=1)
def kinds() -> tuple[Kind, ...]:
    """Read the templates."""
    made = []
    for told, *asked in (_ASKED.split(part) for part in _parts("=").values()):
        made.append(
            Kind(_lines(told), {slot: _lines(lines) for slot, lines in zip(asked[::2], asked[1::2], strict=True)})
        )
    return tuple(made)


@lru_cache(maxsize=16)
def rows(name: str) -> tuple[tuple[str, ...], ...]:
    """Read a table of words."""
    return tuple(tuple(row.split("|")) for row in _parts("@")[name].strip().splitlines())


def values(rng: random.Random) -> dict[str, Writer]:
    """Draw what a fact may need beside people, companies and posts, by slot."""
    month, day, hour = rng.randrange(12), rng.randint(1, 28), rng.randint(1, 11)
    year = rng.randint(1975, 2023) if rng.random() < 0.3 else None
    then, age, share = rng.randint(1900, 2024), rng.randint(19, 85), rng.randint(2, 99)
    size = rng.choice((1, 10, 100, 1000))
    count, near = rng.randint(3, 99) * size, rng.random() < 0.15
    amount, billions = rng.choice((float(rng.randint(2, 95)), rng.randint(11, 99) / 10)), rng.random() < 0.5
    product = rng.choice(_PRODUCTS.split()) + rng.choice(("", "", " 2", " 3", " Pro", " X"))
    morning = rng.random() < 0.5
    return {
        "d": lambda language, _, __: date(language, month, day, year),
        "y": lambda _, __, ___: str(then),
        "m": lambda language, _, rng: money(language, amount, billions, rng),
        "c": drawn("cities", rng),
        "n": lambda language, _, __: number(language, count, near),
        "a": lambda _, __, ___: str(age),
        "k": lambda language, _, __: f"{share} %" if language == "fr" else f"{share}%",
        "g": lambda _, __, ___: product,
        "s": drawn("papers", rng),
        "t": lambda language, _, __: clock(language, hour, morning),
        "f": drawn("subjects", rng),
        "v": drawn("universities", rng),
        "j": drawn("judgements", rng),
        "w": drawn("causes", rng),
    }


def drawn(name: str, rng: random.Random) -> Writer:
    """Draw a row of a table."""
    return said(rng.choice(rows(name)))


def said(row: tuple[str, ...]) -> Writer:
    """Say a row of a table, in any of the words that it has for it."""
    return lambda language, _, rng: rng.choice(row[LANGUAGES.index(language)].split("/"))


def person(rng: random.Random) -> Writer:
    """Name someone, in full or by the family name."""
    if rng.random() < 0.25:
        latin, han = rng.choice(rows("whole_names"))
        family, han_family = latin, han
    else:
        (first, han_first), (family, han_family) = rng.choice(rows("first_names")), rng.choice(rows("family_names"))
        latin, han = f"{first} {family}", f"{han_first}·{han_family}"
    separator = rng.choice("··?•")

    def write(language: str, asking: bool, rng: random.Random) -> str:
        brief = rng.random() < (0.4 if asking else 0.25)
        if language != "zh" or rng.random() < 0.35:
            return family if brief else latin
        return (han_family if brief else han).replace("·", separator)

    return write


def companies(count: int, rng: random.Random) -> list[Writer]:
    """Name different companies, real or not."""
    names: dict[str, str] = {}
    while len(names) < count:
        if rng.random() < 0.4:
            latin, han = rng.choice(rows("companies"))
        else:
            head, tail = (rng.choice(part.split()) for part in _SYLLABLES)
            latin = han = f"{head} {tail}" if tail[0].isupper() else head + tail
        names[latin] = han
    return [_company(latin, han) for latin, han in names.items()]


def date(language: str, month: int, day: int, year: int | None) -> str:
    """Write a date; months count from 0."""
    if language == "zh":
        return (f"{year}年" if year else "") + f"{month + 1}月{day}日"
    if language == "vi":
        return f"ngày {day} tháng {month + 1}" + (f" năm {year}" if year else "")
    if language == "en":
        return f"{_MONTHS['en'][month]} {day}" + (f", {year}" if year else "")
    return f"{day} {_MONTHS[language][month]}" + (f" {year}" if year else "")


def clock(language: str, hour: int, morning: bool) -> str:
    """Write a time of day."""
    return {
        "en": f"{hour} {'a.m.' if morning else 'p.m.'}",
        "vi": f"{hour} giờ {'sáng' if morning else 'tối'}",
        "fr": f"{hour if morning else hour + 12} heures",
        "zh": f"{'上午' if morning else '晚上'}{hour}点",
        "id": f"{hour} {'pagi' if morning else 'malam'}",
    }[language]


def number(language: str, count: int, near: bool) -> str:
    """Write a number, or that there are more."""
    mark = {"en": ",", "vi": ".", "fr": " ", "zh": "", "id": "."}[language]
    more = {"en": "more than ", "vi": "hơn ", "fr": "plus de ", "zh": "超过", "id": "lebih dari "}[language]
    return (more if near else "") + f"{count:,}".replace(",", mark)


def money(language: str, amount: float, billions: bool, rng: random.Random) -> str:
    """Write so many millions or billions of dollars."""
    if language == "zh":
        return f"{amount * (10 if billions else 100):g}{'亿' if billions else '万'}美元"
    written = f"{amount:g}" if language == "en" else f"{amount:g}".replace(".", ",")
    if language == "en":
        return f"${written} {'billion' if billions else 'million'}"
    if language == "vi":
        return f"{written} {'tỷ' if billions else 'triệu'} {rng.choice(('USD', 'đô la'))}"
    if language == "fr":
        return f"{written} {'milliards' if billions else 'millions'} de dollars"
    unit = "miliar" if billions else "juta"
    return rng.choice((f"{written} {unit} dolar AS", f"US${written} {unit}", f"$ {written} {unit}"))


def _company(latin: str, han: str) -> Writer:
    return lambda language, _, rng: han if language == "zh" and rng.random() < 0.6 else latin


@lru_cache(maxsize=2)
def _parts(mark: str) -> dict[str, str]:
    text = Path(__file__).with_suffix(".txt").read_text(encoding="utf-8")
    headings = list(_HEADING.finditer(text))
    ends = [heading.start() for heading in headings[1:]] + [len(text)]
    return {
        heading[1]: text[heading.end() : end]
        for heading, end in zip(headings, ends, strict=True)
        if heading[0].startswith(mark)
    }


def _lines(part: str) -> dict[str, list[str]]:
    return {match[1]: [one.strip() for one in match[2].split(" | ")] for match in _LINE.finditer(part)}
