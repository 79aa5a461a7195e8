"""Names that are written in more than one way: mined from the articles, and added to by whoever runs the index.

A Chinese article writes `山姆?阿爾特曼(Sam Altman)` once and 阿爾特曼 from then on; a machine-translated one calls him
Ultraman. A question that uses one form has to find the others. What is mined is what the text itself puts side by side,
a transliteration and the name in parentheses behind it, and what `spellings` finds to be one name misspelt.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from index.analysis import HAN, PINYIN_NOISE, words
from index.spellings import Vocabulary, near_spellings, united, vocabulary

# `雷格?布洛克曼(Greg Brockman)`: the part behind the last separator is the family name, and so is the last Latin word.
# The separator is a middle dot, or the question mark that encodings left of it.
_SEPARATOR = "[?？·•‧・]"
# Up to six words and no more: in a list of names, which is tried from each of its words, that keeps it linear.
_LATIN = rf"[A-Z][^\W\d_{HAN}]+(?: [A-Z][^\W\d_.{HAN}]*\.?){{0,4}} ([A-Z][^\W\d_{HAN}]+)"
_GLOSS = re.compile(rf"[{HAN}]{_SEPARATOR}([{HAN}]{{2,6}}) ?[(（]{_LATIN}[)）]")
# The other way round, `Greg Brockman（雷格·布洛克曼）`.
_REVERSED = re.compile(rf"\b{_LATIN} ?[(（][{HAN}]+{_SEPARATOR}([{HAN}]{{2,6}})[)）]")
# A gloss without a separator, `微軟(Microsoft)`, is passed over: nothing says where the Han name in it begins.

Words = tuple[str, ...]


@dataclass(frozen=True)
class Names:
    """Groups of names that mean the same, each name as its folded words."""

    groups: tuple[frozenset[Words], ...]

    def variants(self, text: str) -> list[tuple[str, str]]:
        """Return (name in `text`, another name of the same), sorted, each other name once."""
        said = words(text)
        found: dict[Words, Words] = {}
        for group in (self.groups[number] for number in sorted(self._beginning_with(said))):
            named = [name for name in sorted(group) if _stands_in(name, said)]
            if named:
                found |= {other: named[0] for other in group if other not in named}
        return sorted((_spelt(name), _spelt(other)) for other, name in found.items())

    def canonical(self, key: Words) -> Words:
        """Return the words with every name replaced by the first of its group, so that aliases compare equal."""
        number = -1
        while (number := min((n for n in self._beginning_with(key) if n > number), default=-1)) >= 0:
            group = self.groups[number]
            first = min(group)
            for name in sorted(group, key=lambda name: (-len(name), name)):
                if name[0] in key:
                    key = _replaced(key, name, first)
        return key

    def ending(self, key: Words) -> Words:
        """Return the name that canonical words end in, the longest; nothing where there is none."""
        ends = (key[start:] for start in range(len(key)))
        return next((end for end in ends if any(end == min(self.groups[n]) for n in self._beginning_with(end[:1]))), ())

    def _beginning_with(self, said: Iterable[str]) -> set[int]:
        """Return the numbers of the groups of which a name may stand in what is said."""
        return set().union(*(self._numbers.get(word, ()) for word in said))

    @cached_property
    def _numbers(self) -> dict[str, set[int]]:
        """The numbers of the groups that have a name beginning with a word."""
        numbers: defaultdict[str, set[int]] = defaultdict(set)
        for number, group in enumerate(self.groups):
            for name in group:
                numbers[name[0]].add(number)
        return dict(numbers)


def make_names(given: Mapping[str, Sequence[str]], mined: Iterable[tuple[str, str]] = ()) -> Names:
    """Return groups from a table of name → other names and from pairs; groups that share a name are one."""
    home: dict[Words, set[Words]] = {}
    for names in [*([name, *others] for name, others in given.items()), *mined]:
        group = {key for key in (tuple(words(name)) for name in names) if key}
        touching = {id(home[key]): home[key] for key in group if key in home}.values()
        merged = max(touching, key=len, default=set())
        merged.update(group, *touching)
        home |= dict.fromkeys(group.union(*(other for other in touching if other is not merged)), merged)
    groups = {id(group): frozenset(group) for group in home.values() if len(group) > 1}
    return Names(tuple(sorted(groups.values(), key=sorted)))


@dataclass(frozen=True, slots=True)
class Mentions:
    """How a corpus, or a part of it, writes names: (transliteration, name) as glossed, and its words."""

    glosses: frozenset[tuple[str, str]]
    words: Vocabulary


def mentions(texts: Iterable[str]) -> Mentions:
    """Read texts for the names in them; pinyin noise is no gloss."""
    cleaned = [PINYIN_NOISE.sub("", text) for text in texts]
    glosses = {(match[1], match[2]) for text in cleaned for match in _GLOSS.finditer(text)}
    glosses |= {(match[2], match[1]) for text in cleaned for match in _REVERSED.finditer(text)}
    return Mentions(frozenset(glosses), vocabulary(cleaned))


def mine(parts: Iterable[Mentions]) -> list[tuple[str, str]]:
    """Return pairs of names that mean the same in a corpus, sorted: glosses and near-spellings.

    What the parts of the corpus are does not matter.
    """
    read = list(parts)
    near = near_spellings(united(part.words for part in read))
    return sorted({*near, *(pair for part in read for pair in part.glosses)})


def _spelt(name: Words) -> str:
    return "".join(name) if re.fullmatch(f"[{HAN}]+", "".join(name)) else " ".join(name)


def _stands_in(name: Words, said: Sequence[str]) -> bool:
    return any(tuple(said[start : start + len(name)]) == name for start in range(len(said) - len(name) + 1))


def _replaced(key: Words, name: Words, first: Words) -> Words:
    for start in range(len(key) - len(name) + 1):
        if key[start : start + len(name)] == name:
            return (*key[:start], *first, *key[start + len(name) :])
    return key
