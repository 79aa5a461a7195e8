"""Text → index terms, language by language.

Terms follow what the literature found sturdy: Snowball stems for languages with inflection (Porter 2001), syllables
and their bigrams for Vietnamese, characters and their bigrams for Chinese after folding traditional to simplified
(Nie, Gao & Zhang 2000: bigrams retrieve as well as words, and need no dictionary). Diacritics are taken off every
term, since people type without them; in Vietnamese the bigrams tell apart what then looks alike. Amounts and days are
terms of their own, from `quantities`. No language is detected here.
"""

import re
import threading
import unicodedata
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from functools import cache, lru_cache
from itertools import pairwise

from index.languages import LANGUAGES, Language, language
from index.quantities import quantity_terms

HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f"
_TONED = "āáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜü"
# Copy protection writes a variant character and its reading behind it, `財(cái)聯(lián)社`: a syllable of pinyin with
# a tone mark. `曼(Sam Altman)` has none, and is left alone.
PINYIN_NOISE = re.compile(rf"(?<=[{HAN}])(?:[(（](?=[a-z{_TONED}]{{0,5}}[{_TONED}])[a-z{_TONED}]{{1,6}}[)）])+")
_DOUBLED_COMMA = re.compile(r"[,，]+([，。])")
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_TOKEN = re.compile(rf"[{HAN}]+|[^\W_{HAN}]+(?:[’'][^\W_{HAN}]+)?")
_ELISION = re.compile(r"^(?:[cdjlmnst]|qu|jusqu|lorsqu|puisqu|quoiqu)[’'](?=\w)")


def clean(text: str) -> str:
    """Return a question or query without control, zero-width and bidi characters, its spaces folded to one."""
    categories = ((char, unicodedata.category(char)) for char in text)
    seen = (" " if category in ("Cc", "Cs", "Zl", "Zp") else char for char, category in categories if category != "Cf")
    return " ".join("".join(seen).split())


@cache
def _simplifier() -> Callable[[str], str]:
    from opencc import OpenCC  # 20 ms, and only Chinese text needs it

    converter = OpenCC("t2s")
    # Twice, since a simplified form can be the traditional one of another (薴 → 苧 → 苎). It refuses lone surrogates.
    return lambda text: str(converter.convert(converter.convert(_SURROGATE.sub("\ufffd", text))))


def simplify(text: str) -> str:
    """Return `text` with traditional characters made simplified (OpenCC `t2s`); other scripts are left as they are."""
    return _simplifier()(text) if re.search(f"[{HAN}]", text) else text


def fold(text: str) -> str:
    """Return the form in which text is compared: NFKC, case-folded, without pinyin noise, simplified."""
    # subtle: case folding can undo NFKC (UAX #15), and compatibility forms can hide the noise. Lone surrogates, which
    # come from arguments that are not UTF-8, can be neither converted nor stored.
    text = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", _SURROGATE.sub("\ufffd", text)).casefold())
    return simplify(PINYIN_NOISE.sub("", text))


def readable(text: str) -> str:
    """Return passage text as a model should see it: without pinyin noise, and with doubled commas single."""
    return _DOUBLED_COMMA.sub(r"\1", PINYIN_NOISE.sub("", text))


def readable_positions(text: str) -> list[int]:
    """Return where in `text` each character of `readable(text)` stands."""
    quiet = _without(range(len(text)), (match.span() for match in PINYIN_NOISE.finditer(text)))
    commas = _DOUBLED_COMMA.finditer("".join(text[position] for position in quiet))
    return _without(quiet, ((match.start(), match.start(1)) for match in commas))


def _without(positions: Sequence[int], spans: Iterable[tuple[int, int]]) -> list[int]:
    """Return the positions but for those in `spans`, ascending slices of them."""
    kept: list[int] = []
    at = 0
    for start, end in spans:
        kept += positions[at:start]
        at = end
    return [*kept, *positions[at:]]


def unaccented(text: str) -> str:
    """Return `text` without diacritics; `đ`, which does not decompose, becomes `d`."""
    decomposed = unicodedata.normalize("NFD", text.replace("đ", "d").replace("Đ", "D"))
    return unicodedata.normalize("NFC", "".join(c for c in decomposed if not unicodedata.combining(c)))


LONGEST_STOP = 3  # characters of the longest Chinese function word
STEMS = 1 << 17  # words whose stems are remembered, for each language


@cache
def _stemmer(algorithm: str) -> Callable[[str], str]:
    import snowballstemmer

    stem = snowballstemmer.stemmer(algorithm).stemWord
    lock = threading.Lock()  # a stemmer keeps the word it is at in itself

    @lru_cache(maxsize=STEMS)
    def locked(word: str) -> str:
        with lock:
            return str(stem(word))

    return locked


def tokens(text: str, code: str) -> list[str]:
    """Return the index terms of `text`, read as the language `code`, in order and with repetitions.

    Han runs give characters and bigrams whatever the language, so that a Chinese name in a French article is found;
    `segmentation` decides the rest. Behind the words stand the amounts and days that no word says as it is.
    """
    folded = fold(text)
    terms = _word_terms(folded, language(code))
    said = set(terms)
    return terms + [term for term in quantity_terms(folded) if term not in said]


def _word_terms(folded: str, row: Language) -> list[str]:
    terms: list[str] = []
    syllables: list[str] = []
    for run in _runs(folded):
        if is_han(run):
            terms += run
            terms += (first + second for first, second in pairwise(run))
        else:
            terms.append(unaccented(run if row.stemmer is None else _stemmer(row.stemmer)(run)))
            syllables.append(terms[-1])
    if row.segmentation == "syllables":
        terms += (f"{first} {second}" for first, second in pairwise(syllables))
    return terms


def words(text: str, *, diacritics: bool = False) -> list[str]:
    """Return the folded words of `text` in order, whatever its language, a Han character being a word.

    They are without diacritics, unless these are asked for.
    """
    runs = _runs(fold(text))
    return [word for run in runs for word in (run if is_han(run) else [run if diacritics else unaccented(run)])]


def is_han(word: str) -> bool:
    """Tell whether a word is in Chinese characters."""
    return bool(re.match(f"[{HAN}]", word))


def query_tokens(text: str, stop: Container[str] = ()) -> list[str]:
    """Return the index terms of a query in every language's analysis, each once, in order of first appearance.

    A passage is analysed in its own language and a query in all of them, so no guess at the query's language can make
    a leg blind; a term that another language's analysis gives alike is counted once. Words in `stop` are passed over,
    unless nothing is left without them: `ai` alone may be artificial intelligence.
    """
    folded = fold(text)
    kept = " ".join(_content(run, stop) for run in _runs(folded) if run not in stop)
    terms = [term for row in LANGUAGES.values() for term in _word_terms(kept if kept.strip() else folded, row)]
    return list(dict.fromkeys([*terms, *quantity_terms(folded)]))


def stop_words(codes: Sequence[str]) -> frozenset[str]:
    """Return the words of a question that carry no content, if its language is sure: in another they might.

    Vietnamese `ai` asks who, and stands for artificial intelligence everywhere else.
    """
    if len(codes) != 1:
        return frozenset()
    row = language(codes[0])
    folded = {fold(word) for word in row.function_words | row.question_words}
    return frozenset(folded | {unaccented(word) for word in folded})  # `bi`, `nao`: many type without diacritics


def _content(run: str, stop: Container[str]) -> str:
    """Return a Han run with the words in `stop` cut out, the longest first; other runs as they are."""
    if not is_han(run):
        return run
    kept, start = "", 0
    while start < len(run):
        length = next((n for n in range(LONGEST_STOP, 0, -1) if run[start : start + n] in stop), 0)
        kept += " " if length else run[start]
        start += length or 1
    return kept


def _runs(folded: str) -> Iterator[str]:
    for match in _TOKEN.finditer(folded):
        run = _ELISION.sub("", match.group())
        yield run.removesuffix("'s").removesuffix("’s")
