"""Names that are written in more than one way: mined from the articles, and added to by whoever runs the index.

A Chinese article writes `山姆?阿爾特曼(Sam Altman)` once and 阿爾特曼 from then on; a machine-translated one calls him
Ultraman. A question that uses one form has to find the others. What is mined is what the text itself puts side by side,
a transliteration and the name in parentheses behind it, and what `spellings` finds to be one name misspelt.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from index.analysis import HAN, PINYIN_NOISE, words
from index.spellings import near_spellings

# `雷格?布洛克曼(Greg Brockman)`: the part behind the last separator is the family name, and so is the last Latin word.
# The separator is a middle dot, or the question mark that encodings left of it.
_SEPARATOR = "[?？·•‧・]"
_LATIN = rf"[A-Z][^\W\d_{HAN}]+(?: [A-Z][^\W\d_.{HAN}]*\.?)* ([A-Z][^\W\d_{HAN}]+)"
_GLOSS = re.compile(rf"[{HAN}]{_SEPARATOR}([{HAN}]{{2,6}}) ?[(（]{_LATIN}[)）]")
# The other way round, `Greg Brockman（雷格·布洛克曼）`.
_REVERSED = re.compile(rf"\b{_LATIN} ?[(（][{HAN}]+{_SEPARATOR}([{HAN}]{{2,6}})[)）]")
# A gloss without a separator, `微軟(Microsoft)`, is passed over: nothing says where the Han name in it begins.

Words = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Names:
    """Groups of names that mean the same, each name as its folded words."""

    groups: tuple[frozenset[Words], ...]

    def variants(self, text: str) -> list[tuple[str, str]]:
        """Return (name in `text`, another name of the same), sorted, each other name once."""
        said = words(text)
        found: dict[Words, Words] = {}
        for group in self.groups:
            named = [name for name in sorted(group) if _stands_in(name, said)]
            if named:
                found |= {other: named[0] for other in group if other not in named}
        return sorted((_spelt(name), _spelt(other)) for other, name in found.items())

    def canonical(self, key: Words) -> Words:
        """Return the words with every name replaced by the first of its group, so that aliases compare equal."""
        for group in self.groups:
            first = min(group)
            for name in sorted(group, key=len, reverse=True):
                if name[0] in key:
                    key = _replaced(key, name, first)
        return key


def make_names(given: Mapping[str, Sequence[str]], mined: Iterable[tuple[str, str]] = ()) -> Names:
    """Return groups from a table of name → other names and from pairs; groups that share a name are one."""
    groups: list[set[Words]] = []
    for names in [*([name, *others] for name, others in given.items()), *mined]:
        group = {key for key in (tuple(words(name)) for name in names) if key}
        touching = [other for other in groups if other & group]
        groups = [other for other in groups if other not in touching]
        groups.append(group.union(*touching))
    return Names(tuple(sorted((frozenset(group) for group in groups if len(group) > 1), key=sorted)))


def mine(texts: Iterable[str]) -> list[tuple[str, str]]:
    """Return pairs of names that mean the same, sorted: (transliteration, name) as the texts gloss it, near-spellings.

    Pinyin noise is no gloss.
    """
    cleaned = [PINYIN_NOISE.sub("", text) for text in texts]
    glossed = {(match[1], match[2]) for text in cleaned for match in _GLOSS.finditer(text)}
    glossed |= {(match[2], match[1]) for text in cleaned for match in _REVERSED.finditer(text)}
    return sorted(glossed.union(near_spellings(cleaned)))


def _spelt(name: Words) -> str:
    return "".join(name) if re.fullmatch(f"[{HAN}]+", "".join(name)) else " ".join(name)


def _stands_in(name: Words, said: Sequence[str]) -> bool:
    return any(tuple(said[start : start + len(name)]) == name for start in range(len(said) - len(name) + 1))


def _replaced(key: Words, name: Words, first: Words) -> Words:
    for start in range(len(key) - len(name) + 1):
        if key[start : start + len(name)] == name:
            return (*key[:start], *first, *key[start + len(name) :])
    return key
