"""Names that the articles themselves spell in more than one way: `OpenAl` for OpenAI, `Ilya Stutskever` for Sutskever.

Three kinds, all from the corpus alone, and all careful, since a wrong guess makes two people one:

- **Look-alikes.** Words that differ only by letters that look alike in most typefaces, a capital I and a small l.
- **Behind one given name.** Names at a small distance (Damerau 1964: a letter left out, put in or changed, or two
  swapped) that stand behind the same given name, where that stands before few names.
- **In one article.** A family name, and a capitalised word of the same article that is one difference away from it and
  stands in no other.

Words that are also written small are no names here, nor are words that differ in their first or last letter, a
plural's s aside, since endings make other words (Jan, Jana; Korean, Koreas), nor Vietnamese syllables, in which one
letter makes another name. A name in wholly other letters (Ultraman for Altman) is not found; the configuration has a
table for those.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from index.analysis import unaccented
from index.languages import LANGUAGES

SHORTEST_ALIKE = 4  # letters: `All` and `AII` may be two things
SHORTEST_NEAR = 6
LONG = 9  # letters from which names behind one given name may differ twice
SMALL_SHARE = 0.2  # of a given name's occurrences; it may be in an address or a handle too
MAX_FOLLOWERS = 20  # names behind one given name; John stands before hundreds, some of them near by chance
_WORD = re.compile(r"[^\W\d_\u2e80-\U0003134f]+")
# One letter makes another name where words are syllables.
_SYLLABIC = frozenset("").union(*(row.letters for row in LANGUAGES.values() if row.segmentation == "syllables"))


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The words of a corpus or a part of it: how often each stands there, and which names stand where.

    `behind` has the words that stand behind each given name, `articles` those of each article.
    """

    counts: Mapping[str, int]
    behind: Mapping[str, frozenset[str]]
    articles: Sequence[frozenset[str]]


def vocabulary(texts: Iterable[str]) -> Vocabulary:
    """Read texts, once, for their words."""
    counts: Counter[str] = Counter()
    behind: defaultdict[str, set[str]] = defaultdict(set)
    articles = []
    for text in texts:
        here = set()
        given, end = "", 0
        for match in _WORD.finditer(text):
            word = match.group()
            counts[word] += 1
            name = word if _is_name(word) else ""
            if len(name) >= SHORTEST_NEAR:
                here.add(name)
                if given and text[end : match.start()] == " ":
                    behind[given].add(name)
            given, end = name, match.end()
        articles.append(frozenset(here))
    return Vocabulary(counts, {given: frozenset(names) for given, names in behind.items()}, articles)


def united(parts: Iterable[Vocabulary]) -> Vocabulary:
    """Return the vocabulary of all parts of a corpus together."""
    counts: Counter[str] = Counter()
    behind: defaultdict[str, frozenset[str]] = defaultdict(frozenset)
    articles: list[frozenset[str]] = []
    for part in parts:
        counts.update(part.counts)
        articles += part.articles
        for given, names in part.behind.items():
            behind[given] |= names
    return Vocabulary(counts, behind, articles)


def near_spellings(read: Vocabulary) -> list[tuple[str, str]]:
    """Return pairs (spelling, another of the same name), folded, sorted."""
    small = Counter({word: count for word, count in read.counts.items() if word[0].islower()})
    words = _Words(Counter(read.counts), small, read.behind, read.articles)
    alike = _look_alikes(words.counts)
    names = _folded(words, alike)
    pairs = {(_key(one), _key(best)) for one, best in alike.items()}
    return sorted(pairs | set(_behind_one_given_name(names)) | set(_in_one_article(names)))


def distance(one: str, other: str) -> int:
    """Return how many letters to leave out, put in, change or swap with the next make `one` into `other`."""
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, start=1):
        last, row, older = row, [i], before
        for j, b in enumerate(other, start=1):
            least = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and one[i - 2] == b:
                least = min(least, older[j - 2] + 1)
            row.append(least)
        before = last
    return row[-1]


def _key(word: str) -> str:
    return unaccented(word).casefold()


@dataclass(frozen=True, slots=True)
class _Words:
    """A vocabulary, and how often each word is without a capital."""

    counts: Counter[str]
    small: Counter[str]
    behind: Mapping[str, frozenset[str]]
    articles: Sequence[frozenset[str]]


def _is_name(word: str) -> bool:
    return word[0].isupper() and not word.isupper() and _SYLLABIC.isdisjoint(word.casefold())


def _look_alikes(counts: Counter[str]) -> dict[str, str]:
    """Return for each word that looks like a commoner, capitalised one and is not the same word, that one."""
    groups: defaultdict[str, list[str]] = defaultdict(list)
    for word in sorted(counts):
        if len(word) >= SHORTEST_ALIKE:
            groups[word.replace("I", "l")].append(word)
    found = {}
    for group in groups.values():
        best = max(group, key=lambda word: (counts[word], word))
        if best[0].isupper():  # else it is the word (Indonesian `lain`) and the other a name (Iain)
            found.update({word: best for word in group if word.casefold() != best.casefold()})
    return found


def _folded(words: _Words, alike: Mapping[str, str]) -> _Words:
    """Return the words with look-alikes taken for what they look like, and in the form in which they are compared."""

    def key(word: str) -> str:
        return _key(alike.get(word, word))

    counts: Counter[str] = Counter()
    behind: defaultdict[str, frozenset[str]] = defaultdict(frozenset)
    for word, count in words.counts.items():
        counts[key(word)] += count
    for given, names in words.behind.items():
        behind[key(given)] |= frozenset(map(key, names))
    small: Counter[str] = Counter()
    for word, count in words.small.items():
        if word not in alike:
            small[key(word)] += count
    return _Words(counts, small, behind, [frozenset(map(key, names)) for names in words.articles])


def _behind_one_given_name(words: _Words) -> Iterator[tuple[str, str]]:
    for given, names in words.behind.items():
        if words.small[given] >= SMALL_SHARE * words.counts[given] or len(names) > MAX_FOLLOWERS:
            continue
        for one, other in combinations(sorted(names - words.small.keys()), 2):
            if _near(one, other, 2 if min(len(one), len(other)) >= LONG else 1):
                rarer, commoner = sorted((one, other), key=lambda name: (words.counts[name], name))
                yield rarer, commoner


def _in_one_article(words: _Words) -> Iterator[tuple[str, str]]:
    families = frozenset().union(*words.behind.values()) - words.small.keys()
    spread = Counter(name for names in words.articles for name in names)
    for names in words.articles:
        known: defaultdict[str, list[str]] = defaultdict(list)  # by what `_near` asks first: a name may have thousands
        for family in sorted(names & families):
            known[family[0] + family[-1]].append(family)
        for name in names - words.small.keys() - families:
            if spread[name] == 1:
                yield from ((name, family) for family in known[name[0] + name[-1]] if _near(name, family, 1))


def _near(one: str, other: str, most: int) -> bool:
    stem, others = one.removesuffix("s"), other.removesuffix("s")
    if one[0] != other[0] or one[-1] != other[-1] or stem[-1] != others[-1] or abs(len(one) - len(other)) > most:
        return False
    return distance(one, other) <= most
