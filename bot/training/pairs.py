"""Training pairs for the encoder: a query, a passage that answers or translates it, and one that does neither.

Queries and passages are in any two of the five languages, so that what they say and not the language brings them
together: XQuAD pairs its three languages, what was written for the project and sentences of NTREX and Tatoeba all that
they have, and words of other questions are swapped for translations. Passages are cut as the product cuts them, a few
sentences. MLQA is never read, and of NTREX one document in four, so that the others can be measured on. Every pair is a
function of the seed and its number.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bot.training.corpora import Paragraph, Question, join, news, times
from bot.training.negatives import Window
from bot.training.swaps import LANGUAGES, Swapper
from bot.training.windows import around
from bot.training.written import PARALLEL

# How often a question of a source is seen in an epoch; XQuAD's stands in it nine times, which is all the Vietnamese.
WEIGHTS = {
    "cmrc2018": 0.5,
    "cmrc2018-s2t": 0.25,
    "drcd": 0.35,
    "drcd-t2s": 0.5,
    "tydi+idk": 0.6,
    "paragraphs": 2,
    "articles": 2,
    "portals": 5,
}
WHOLE = 0.2  # of passages are whole paragraphs, the rest a few sentences
SWAPPED = 0.35  # of questions that stand in one language only have words swapped for translations
NEWS_STEP = 4  # every fourth document of NTREX, from the first
NEWS_TIMES = 2  # that a sentence of them is asked for in an epoch, each time in other languages
TATOEBA = {"vi": "vie", "fr": "fra", "zh": "cmn", "id": "ind"}


@dataclass(frozen=True, slots=True)
class Pair:
    """A query, its passage, and a passage that is close and does not answer it; `twin` names what the passage says."""

    query: str
    passage: str
    negative: str | None
    twin: str


class Pairs:
    """All pairs of a run, made when asked for."""

    def __init__(
        self,
        paragraphs: Sequence[Paragraph],
        windows: Sequence[Window],
        near: dict[str, NDArray[np.int32]],
        data: Path,
        seed: int,
    ) -> None:
        self._paragraphs, self._windows, self._near, self._seed = paragraphs, windows, near, seed
        self._swapper = Swapper(data)
        self._news = news(data)[::NEWS_STEP]
        self._sentences = _tatoeba(data)
        self._plans: dict[int, list[tuple[str, int, int]]] = {}

    def plan(self, epoch: int) -> list[tuple[str, int, int]]:
        """Order an epoch: what a pair is made of, and two numbers."""
        if epoch not in self._plans:
            self._plans[epoch] = self._planned(epoch)
        return self._plans[epoch]

    def _planned(self, epoch: int) -> list[tuple[str, int, int]]:
        rng = random.Random(f"{self._seed}-pairs-{epoch}")
        order = [
            ("question", number, i)
            for number, paragraph in enumerate(self._paragraphs)
            if not _measured(paragraph)
            for i, question in enumerate(paragraph.questions)
            if question.start is not None
            for _ in times(WEIGHTS.get(paragraph.source, 1.0), rng)
        ]
        order += [("news", d, i) for d, rows in enumerate(self._news) for i in range(len(rows["en"]))] * NEWS_TIMES
        order += [("sentence", i, 0) for i in range(len(self._sentences))]
        rng.shuffle(order)
        return order

    def make(self, epoch: int, number: int) -> Pair:
        """Make one pair."""
        rng = random.Random(f"{self._seed}-{epoch}-{number}")
        plan = self.plan(epoch)
        kind, first, second = plan[number % len(plan)]
        if kind == "question":
            return self._asked(self._paragraphs[first], self._paragraphs[first].questions[second], rng)
        if kind == "news":
            return self._reported(first, second, rng)
        pair = rng.sample(self._sentences[first], 2)
        return Pair(pair[0], pair[1], None, f"tatoeba:{first}")

    def _asked(self, paragraph: Paragraph, question: Question, rng: random.Random) -> Pair:
        cut = (0, len(paragraph.text))
        if question.start is not None and rng.random() >= WHOLE:
            cut = around(
                paragraph.text, question.start, question.start + len(question.answer), rng.choice((1, 2, 3, 3, 4)), rng
            )
        text = question.text
        if paragraph.source not in PARALLEL and rng.random() < SWAPPED:
            target = rng.choice([code for code in LANGUAGES if code != question.language])
            text = self._swapper.swap(text, question.language, target, rng.choice((0.4, 0.7, 1.0)), rng)
        passage = paragraph.text[cut[0] : cut[1]]
        return Pair(text, passage, self._negative(question, rng), paragraph.twin)

    def _negative(self, question: Question, rng: random.Random) -> str | None:
        """Draw one of the closest windows of a language that does not hold the answer."""
        rows = self._near[question.text]
        for _ in range(4):
            rank = min(int(rng.expovariate(0.4)), rows.shape[1] - 1)
            found = self._windows[int(rows[rng.randrange(rows.shape[0]), rank])].text(self._paragraphs)
            if not question.answered_in(found):
                return found
        return None

    def _reported(self, document: int, sentence: int, rng: random.Random) -> Pair:
        asked, told = rng.sample(LANGUAGES, 2)
        lines = self._news[document][told]
        size = rng.choice((1, 2, 3, 3))
        low = max(0, sentence - rng.randrange(size))
        high = max(sentence + 1, min(len(lines), low + size))
        away = [i for i in range(len(lines)) if not low - 1 <= i <= high]
        other = rng.choice(away) if away else None
        negative = None
        if other is not None:
            negative, _ = join(lines[other : min(len(lines), other + size, _next(other, low))], told)
        passage, _ = join(lines[low:high], told)
        return Pair(self._news[document][asked][sentence], passage, negative, f"ntrex:{document}:{sentence}")


def _measured(paragraph: Paragraph) -> bool:
    """Tell whether a paragraph is of the news that is kept to measure on."""
    return paragraph.source == "ntrex" and int(paragraph.article.split(":")[1]) % NEWS_STEP != 0


def _next(other: int, low: int) -> int:
    """Return where a window that begins at `other` has to end, not to reach into the one that begins at `low`."""
    return low if other < low else other + 100


def _tatoeba(data: Path) -> list[list[str]]:
    """Read the sentence pairs; the same English sentence brings its translations together."""
    known: dict[str, dict[str, str]] = {}
    for code, name in TATOEBA.items():
        folder = data / "tatoeba"
        english, other = (
            (folder / f"tatoeba.{name}-eng.{side}").read_text(encoding="utf-8").splitlines() for side in ("eng", name)
        )
        for one, translated in zip(english, other, strict=True):
            known.setdefault(one, {})[code] = translated
    return [[english, *others.values()] for english, others in known.items()]
