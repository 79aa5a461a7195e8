"""Swap words of a question for their translations (CoSDA-ML, Qin et al. 2020).

So questions of every language meet contexts of every other. Words that share a synset of the Open Multilingual
Wordnet (`shared/datasets/omw`) translate each other; the words that ask and bind, which no wordnet holds, stand in
a small table. Names and numbers stay. This is no translation: order and inflection are kept.
"""

import random
import re
from collections import Counter, defaultdict
from functools import lru_cache
from pathlib import Path

import jieba

LANGUAGES = ("en", "vi", "fr", "zh", "id")
_FILES = {
    "en": ("wikt/wn-wikt-eng.tab", "cldr/wn-cldr-eng.tab"),
    "vi": ("wikt/wn-wikt-vie.tab", "cldr/wn-cldr-vie.tab"),
    "fr": ("wn-data-fra.tab", "wikt/wn-wikt-fra.tab"),
    "zh": ("wn-data-cmn.tab", "wikt/wn-wikt-cmn.tab"),
    "id": ("wn-data-ind.tab", "wikt/wn-wikt-ind.tab"),
}
# One row an idea; columns as LANGUAGES; alternatives by "/".
_BINDING = """
who|ai/người nào|qui|谁/哪位/哪个人|siapa/siapakah
what|gì/cái gì|quoi/qu'est-ce que/que/quel|什么/何|apa/apakah
which|nào|quel/quelle/quels/quelles|哪个/哪/哪些|mana/yang mana
when|khi nào/lúc nào|quand|什么时候/何时|kapan/kapankah
where|ở đâu/đâu|où|哪里/在哪里/何处|di mana/dimana/dimanakah
why|tại sao/vì sao|pourquoi|为什么/为何|mengapa/kenapa
how|như thế nào/bằng cách nào|comment|如何/怎么|bagaimana/bagaimanakah
how many|bao nhiêu/mấy|combien|多少|berapa/berapakah
year|năm|année|年|tahun
day|ngày|jour|日/天|hari/tanggal
is|là|est|是|adalah
was|là|était/a été|是|adalah
are|là|sont|是|adalah
in|ở/trong/vào|dans/en/à|在|di/dalam/pada
of|của|de/du/des/d'|的|dari
and|và|et|和/与|dan
for|cho|pour|为|untuk
by|bởi|par|由/被|oleh
from|từ|depuis/de|从|dari
with|với|avec|与|dengan
to|đến/cho|à|到/向|ke/kepada
on|trên|sur|在|pada
not|không|pas|不/没有|tidak
name|tên|nom|名称/名字|nama
people|người|personnes/gens|人|orang
company|công ty|entreprise/société|公司|perusahaan
city|thành phố|ville|城市|kota
country|quốc gia/nước|pays|国家|negara
first|đầu tiên|premier/première|第一|pertama
founded|thành lập|fondé/fondée|成立/创立|didirikan
born|sinh|né/née|出生|lahir
died|mất/qua đời|mort/décédé|去世|meninggal
percent|phần trăm|pourcentage/pour cent|百分比/百分之|persen
much|nhiều|beaucoup|多|banyak
"""
_SKIPPED = {
    "the",
    "les",
    "des",
    "une",
    "aux",
    "yang",
    "did",
    "does",
    "do",
    "has",
    "had",
    "can",
}  # no wordnet sense is meant
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*|\d+|\s+|.", re.UNICODE)


class Swapper:
    """Word translations between the five languages."""

    def __init__(self, folder: Path) -> None:
        self._synsets: dict[str, dict[str, set[str]]] = {c: defaultdict(set) for c in LANGUAGES}
        self._lemmas: dict[str, dict[str, list[str]]] = {c: defaultdict(list) for c in LANGUAGES}
        for language, names in _FILES.items():
            for name in names:
                self._read(folder / "omw" / name, language)
        self._binding: dict[str, dict[str, list[list[str]]]] = {c: {} for c in LANGUAGES}
        for row in _BINDING.strip().splitlines():
            cells = [[w.strip() for w in cell.split("/") if w.strip()] for cell in row.split("|")]
            for column, language in enumerate(LANGUAGES):
                for word in cells[column]:
                    self._binding[language].setdefault(word, cells)
        jieba.setLogLevel(60)
        self._translate = lru_cache(maxsize=200_000)(self._look_up)

    def _read(self, path: Path, language: str) -> None:
        for line in path.read_text(encoding="utf-8").splitlines():
            cells = line.split("\t")
            if len(cells) < 3 or not cells[1].endswith(":lemma"):
                continue
            word = cells[2].replace("_", " ").replace("+", "").strip()
            self._synsets[language][word.casefold()].add(cells[0])
            self._lemmas[language][cells[0]].append(word)

    def _look_up(self, word: str, source: str, target: str) -> tuple[str, ...]:
        """Give the translations that share most synsets with `word`, best first, at most two (bound words: all)."""
        cells = self._binding[source].get(word)
        if cells is not None:
            return tuple(cells[LANGUAGES.index(target)])
        if not word[:1].isalpha() or word in _SKIPPED or (source != "zh" and len(word) < 3):
            return ()
        synsets = self._synsets[source].get(word, set())
        if not synsets and source in ("en", "fr") and word.endswith("s"):
            synsets = self._synsets[source].get(word[:-1], set())
        votes = Counter(w for s in sorted(synsets) for w in self._lemmas[target].get(s, ()))
        return tuple(w for w, _ in sorted(votes.items(), key=lambda item: (-item[1], item[0]))[:2])

    def swap(self, question: str, source: str, target: str, share: float, rng: random.Random) -> str:
        """Replace each word that has a translation into `target` with probability `share`."""
        words = list(jieba.cut(question)) if source == "zh" else _WORD.findall(question)
        out: list[str] = []
        i = 0
        while i < len(words):
            step = 1
            found: tuple[str, ...] = ()
            for length in (5, 3, 1):  # phrases of three, two and one word, with the spaces between
                phrase = "".join(words[i : i + length]).casefold()
                if (
                    length <= len(words) - i
                    and phrase.strip() == phrase
                    and (found := self._translate(phrase, source, target))
                ):
                    step = length
                    break
            if found and rng.random() < share:
                chosen = rng.choice(found)
                out.append(chosen if target == "zh" or source != "zh" else f" {chosen} ")
            else:
                out.extend(words[i : i + step])
            i += step
        return " ".join("".join(out).split()) if target != "zh" else "".join(out)
