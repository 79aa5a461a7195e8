"""Text → the languages of the table that it may be written in, most likely first.

Scripts, letters and function words decide most questions and load nothing: they are what a reader goes by, and in a
short question full of English names the statistics of letters go astray. What they leave open is put to lingua
(https://github.com/pemistahl/lingua-py), restricted to the table. No language outside the table is told.
"""

import re
import unicodedata
from functools import cache
from typing import TYPE_CHECKING

from index.analysis import HAN, clean, is_han, simplify, unaccented
from index.languages import LANGUAGES, Language

if TYPE_CHECKING:
    from lingua import LanguageDetector

SAMPLE = 4000  # code points of a text that are looked at
CERTAIN = 1.5  # evidence, about two function words, from which the others must be near to be plausible
NEAR = 0.5  # share of the best evidence that keeps another language plausible
PLAUSIBLE = 0.1  # lingua's confidence from which a language is plausible
LINGUA_WEIGHT = 2.0  # what lingua's full confidence weighs in evidence
HAN_EVIDENCE = 0.4  # a Chinese character, beside Latin words; a name of three does not outweigh `Qui est`
LETTER_EVIDENCE = 1.0  # a word with a letter that only one language has
PLAIN_EVIDENCE = 0.6  # a function word typed without its diacritics
ACRONYM = 3  # letters: `AI` is no Vietnamese question word

_WORD = re.compile(rf"[{HAN}]|[^\W\d_{HAN}]+")
_ELISION = re.compile(r"(?<!\w)(?P<short>[^\W\d_]{1,6})['’](?=\w)")


def detect(text: str) -> str | None:
    """Return the language that `text` is most likely in; None when there is nothing to go by."""
    return next(iter(candidates(text)), None)


def candidates(text: str) -> tuple[str, ...]:
    """Return the plausible languages of `text`, most likely first, ties in the order of the table.

    Empty when most letters are of no script of the table, or when there are no letters.
    """
    sample = clean(unicodedata.normalize("NFKC", text[:SAMPLE]))
    letters = [char for char in sample if char.isalpha()]
    known = sum(is_han(char) or "LATIN" in unicodedata.name(char, "") for char in letters)
    if 2 * known <= len(letters):
        return ()
    evidence = _evidence(sample)
    best = max(evidence.values(), default=0.0)
    has_han = bool(re.search(f"[{HAN}]", sample))  # lingua takes any text with a Chinese name in it for Chinese
    if not has_han and (best < CERTAIN or sum(value > NEAR * best for value in evidence.values()) > 1):
        for code, confidence in _confidences(sample).items():
            if confidence >= PLAUSIBLE:
                evidence[code] += LINGUA_WEIGHT * confidence
        best = max(evidence.values(), default=0.0)
    near = NEAR if has_han or best >= CERTAIN + LINGUA_WEIGHT / 2 else PLAUSIBLE
    ranked = sorted(LANGUAGES, key=lambda code: -evidence[code])  # sorted is stable: ties keep the table's order
    return tuple(code for code in ranked if evidence[code] > 0 and evidence[code] >= near * best)


def _evidence(sample: str) -> dict[str, float]:
    """Return for each language what its letters, function words and elisions in `sample` weigh."""
    evidence = dict.fromkeys(LANGUAGES, 0.0)
    words = _WORD.findall(simplify(sample))
    shouted = sample.isupper() and any(word.isupper() and len(word) > ACRONYM for word in words)
    for position, word in enumerate(words):
        if word.isupper() and 1 < len(word) <= ACRONYM and not shouted and word.isascii():
            continue
        for code, weight in _weights(word.casefold()):
            named = position > 0 and word[0].isupper() and not shouted and not is_han(word)
            evidence[code] += weight / 2 if named else weight
    for match in _ELISION.finditer(sample):
        for row in LANGUAGES.values():
            if match["short"].casefold() in row.elisions and (match["short"].islower() or match.start() == 0):
                evidence[row.code] += LETTER_EVIDENCE
    return evidence


@cache
def _weights(word: str) -> tuple[tuple[str, float], ...]:
    """Return what a word weighs for each language that has it; what several share weighs less for each."""
    found = {row.code: weight for row in LANGUAGES.values() if (weight := _weight(word, row))}
    return tuple((code, weight / len(found)) for code, weight in found.items())


def _weight(word: str, row: Language) -> float:
    if re.fullmatch(f"[{HAN}]", word):
        return (HAN_EVIDENCE + (word in _whole(row))) if row.script == "han" else 0.0
    if word in row.question_words or word in row.function_words:
        return (1.0 + (word in row.question_words)) * (0.3 if len(word) == 1 else 1.0)
    if not row.letters.isdisjoint(word):
        return LETTER_EVIDENCE
    return PLAIN_EVIDENCE * min(1.0, (len(word) - 1) / 2) if word in _unaccented_words(row.code) else 0.0


@cache
def _unaccented_words(code: str) -> frozenset[str]:
    return frozenset(map(unaccented, _whole(LANGUAGES[code])))


def _whole(row: Language) -> frozenset[str]:
    return row.function_words | row.question_words


@cache
def _detector() -> "LanguageDetector":
    from lingua import IsoCode639_1, Language, LanguageDetectorBuilder

    known = [Language.from_iso_code_639_1(IsoCode639_1.from_str(code)) for code in LANGUAGES]
    return LanguageDetectorBuilder.from_languages(*known).build()


def _confidences(sample: str) -> dict[str, float]:
    values = _detector().compute_language_confidence_values(sample)
    return {value.language.iso_code_639_1.name.casefold(): value.value for value in values}
