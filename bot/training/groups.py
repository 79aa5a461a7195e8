"""Training groups: one question with the window that answers it (or none) and windows that do not.

Reading is a comparison: the reader is shown the best passages of all languages, so it is trained on groups and not
on single windows (shared normalisation: Clark & Gardner 2018; Wang et al. 2019). Negatives are other sentences of
the same paragraph, other paragraphs of the article, the closest windows of any language (`negatives.py`), and what the
reader takes for the answer (`rivals.py`). Every group is a function of the seed and its number, so training can be
resumed anywhere. Tokenising is `batches.py`'s.
"""

import random
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from bot.training.attributes import unanswered
from bot.training.cloze import Cloze
from bot.training.corpora import Paragraph, Question, times
from bot.training.negatives import Window
from bot.training.stories import Stories
from bot.training.swaps import LANGUAGES, Swapper
from bot.training.windows import around, sentences, tiles
from bot.training.written import PARALLEL

# How often a question of a source is seen in an epoch; the two scripts of one Chinese set share its weight.
WEIGHTS = {
    "xquad": 0.8,
    "squad2": 1.5,
    "piaf": 1.5,
    "cmrc2018": 0.9,
    "cmrc2018-s2t": 0.5,
    "drcd": 0.6,
    "drcd-t2s": 0.9,
    "tydi+idk": 1.2,
    "ntrex": 0.5,
    "articles": 0.3,
    "paragraphs": 1.6,
    "portals": 0.7,
}
LANGUAGE_WEIGHTS = {"vi": 1.5}  # likewise, of a paragraph's language: hardly a public set has Vietnamese ones
WHOLE = 0.35  # of gold windows are whole paragraphs, the rest a few sentences


@dataclass(frozen=True, slots=True)
class Mixture:
    """Which share of questions is made unanswerable, and how, and how many windows without the answer a group has.

    `COMPARE` leaves one window in six with an answer to find, and low span scores; `SPANS` gives more of them.
    `NEWSROOMS` is for a reader that finds spans well and is to choose between the passages of one story, and `APART`
    for one that is to tell by a sentence alone.
    """

    dropped: float  # of answerable questions lose their gold window: unanswerable questions in every language
    renamed: float  # of the rest ask of another name: the right kind of sentence about someone else is no answer
    unanswered: float  # of them give way to a question that their own window raises and does not answer
    negatives: tuple[int, ...]  # windows without the answer, drawn from these
    impossible: float  # of the published unanswerable questions are taken
    stories: float = 0.0  # groups out of made-up stories, for each of the others
    compared: float = 0.5  # weight of the comparison within groups, against 1 of the windows' own
    joined: float = 0.0  # of groups out of questions are one text: a few sentences of each window, one on a line
    rivals: float = 0.0  # groups of an answer and what the reader takes for one (`rivals.py`), for each of the others
    apart: float = 0.0  # of these are read one by one, the rest are one text as well


COMPARE = Mixture(dropped=0.18, renamed=0.2, unanswered=0.06, negatives=(2, 2, 3), impossible=1.0)
SPANS = Mixture(dropped=0.05, renamed=0.08, unanswered=0.04, negatives=(1, 1, 2), impossible=0.35)
ANSWERS = Mixture(dropped=0.03, renamed=0.05, unanswered=0.03, negatives=(0, 1, 1), impossible=0.25)
STORIES = replace(SPANS, stories=0.12)
NEWSROOMS = replace(STORIES, negatives=(3, 4, 5), compared=1.0)
JOINED = replace(NEWSROOMS, joined=0.5)
RIVALS = replace(JOINED, rivals=0.6)
APART = replace(RIVALS, rivals=1.2, apart=0.6)
MIXTURES = {
    "compare": COMPARE,
    "spans": SPANS,
    "answers": ANSWERS,
    "stories": STORIES,
    "newsrooms": NEWSROOMS,
    "joined": JOINED,
    "rivals": RIVALS,
    "apart": APART,
}

SWAPPED, SWAPPED_PARALLEL = 0.45, 0.2  # of questions have words swapped for translations
_NAME = re.compile(r"(?<!\w)[A-ZÀ-ÞĐ][\w’'-]+(?: [A-ZÀ-ÞĐ][\w’'-]+)*(?!\w)")
_NOT_NAMED = frozenset("的是在了和与與有於于为為年月日，、？?")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A window's text, and [start, end) of the answer in it, if it answers."""

    text: str
    span: tuple[int, int] | None


@dataclass(frozen=True, slots=True)
class Group:
    """A question and its candidates, of which at most one answers."""

    question: str
    candidates: tuple[Candidate, ...]


class Groups:
    """All groups of a run, made when asked for."""

    def __init__(
        self,
        paragraphs: Sequence[Paragraph],
        windows: Sequence[Window],
        near: dict[str, NDArray[np.int32]],
        clozes: Sequence[Cloze],
        swapper: Swapper,
        stories: Stories,
        seed: int,
        mixture: Mixture = COMPARE,
        rivals: Mapping[str, Sequence[str]] = MappingProxyType({}),
    ) -> None:
        self._paragraphs, self._windows, self._near = paragraphs, windows, near
        self._rivals = rivals
        self._contested = [
            (number, i)
            for number, paragraph in enumerate(paragraphs)
            for i, question in enumerate(paragraph.questions)
            if rivals.get(question.text)
        ]
        self._clozes, self._swapper, self._stories = clozes, swapper, stories
        self._seed, self._mixture = seed, mixture
        self._articles: dict[str, list[int]] = defaultdict(list)
        for number, paragraph in enumerate(paragraphs):
            self._articles[paragraph.article].append(number)
        self._names: dict[str, list[str]] = defaultdict(list)
        for paragraph in paragraphs:
            for question in paragraph.questions:
                if (name := name_in(question, paragraph.text)) is not None:
                    self._names[question.language].append(name)
        self._plans: dict[int, list[tuple[int, int]]] = {}

    def plan(self, epoch: int) -> list[tuple[int, int]]:
        """Order an epoch: (paragraph, question) numbers, (-1, cloze), (-2, number) for a story, or (-3, contest)."""
        if epoch not in self._plans:
            rng = random.Random(f"{self._seed}-epoch-{epoch}")
            order = [
                (number, i)
                for number, paragraph in enumerate(self._paragraphs)
                for i in range(len(paragraph.questions))
                for _ in times(WEIGHTS.get(paragraph.source, 1.0) * LANGUAGE_WEIGHTS.get(paragraph.language, 1.0), rng)
                if (
                    paragraph.questions[i].start is not None
                    or self._mixture.impossible == 1
                    or rng.random() < self._mixture.impossible
                )
            ]
            chosen = rng.sample(range(len(self._clozes)), min(len(self._clozes), len(order) // 12))
            order += [(-1, i) for i in chosen]
            order += [(-2, i) for i in range(round(self._mixture.stories * len(order)))]
            if contests := round(self._mixture.rivals * len(order)):
                weights = [WEIGHTS.get(self._paragraphs[number].source, 1.0) for number, _ in self._contested]
                order += [(-3, i) for i in rng.choices(range(len(self._contested)), weights, k=contests)]
            rng.shuffle(order)
            self._plans[epoch] = order
        return self._plans[epoch]

    def make(self, epoch: int, number: int) -> Group:
        """Make one group."""
        rng = random.Random(f"{self._seed}-{epoch}-{number}")
        paragraph, question = self.plan(epoch)[number]
        if paragraph == -2:
            asked, windows = self._stories.make(rng)
            return Group(asked, tuple(Candidate(text, span) for text, span in windows))
        if paragraph == -3:
            return self._contest(*self._contested[question], rng)
        if paragraph < 0:
            return self._from_cloze(self._clozes[question], rng)
        source = self._paragraphs[paragraph]
        group = self._from_question(source, source.questions[question], rng)
        return joined(group, rng) if group.candidates and rng.random() < self._mixture.joined else group

    def _from_question(self, paragraph: Paragraph, question: Question, rng: random.Random) -> Group:
        candidates: list[Candidate] = []
        used = (0, len(paragraph.text))
        wanted = rng.choice(self._mixture.negatives)
        text = question.text
        if question.start is None:
            count = rng.choice((2, 3, 4))
            cut = (0, len(paragraph.text)) if rng.random() < WHOLE else rng.choice(tiles(paragraph.text, count))
            candidates.append(Candidate(paragraph.text[cut[0] : cut[1]], None))
        else:
            end = question.start + len(question.answer)
            if rng.random() > WHOLE:
                used = around(paragraph.text, question.start, end, rng.choice((1, 2, 3, 3, 4)), rng)
            if rng.random() >= self._mixture.dropped:
                span: tuple[int, int] | None = (question.start - used[0], end - used[0])
                if (
                    rng.random() < self._mixture.renamed
                    and (other := self._renamed(question, paragraph, rng)) is not None
                ):
                    text, span = other, None
                window = paragraph.text[used[0] : used[1]]
                if rng.random() < self._mixture.unanswered and (other := unanswered(window, rng)) is not None:
                    text, span = other, None
                candidates.append(Candidate(paragraph.text[used[0] : used[1]], span))
            else:
                wanted = 3
        if text == question.text and rng.random() < (SWAPPED_PARALLEL if paragraph.source in PARALLEL else SWAPPED):
            target = rng.choice([c for c in LANGUAGES if c != question.language])
            text = self._swapper.swap(text, question.language, target, rng.choice((0.4, 0.7, 1.0)), rng)
        for _ in range(wanted * 3):
            if len(candidates) >= wanted + 1:
                break
            found = self._negative(paragraph, question, used, rng)
            if found and all(found != c.text for c in candidates):
                candidates.append(Candidate(found, None))
        return Group(text, tuple(candidates))

    def _contest(self, number: int, i: int, rng: random.Random) -> Group:
        """Put the sentence that answers among those that the reader took for answers."""
        paragraph, question = self._paragraphs[number], self._paragraphs[number].questions[i]
        ranked = self._rivals[question.text]
        apart = rng.random() < self._mixture.apart
        wanted = rng.choice((4, 5, 6, 7) if apart else (2, 3, 4, 4))
        found = rng.sample(ranked[: wanted + 2], min(wanted, len(ranked)))
        candidates = [Candidate(line, None) for line in found]
        if question.start is not None and rng.random() >= self._mixture.dropped:
            end = question.start + len(question.answer)
            candidates.append(Candidate(paragraph.text, (question.start, end)))
        if apart:
            return Group(question.text, tuple(_shortened(candidate, rng) for candidate in candidates))
        return joined(Group(question.text, tuple(candidates)), rng)

    def _renamed(self, question: Question, paragraph: Paragraph, rng: random.Random) -> str | None:
        """Put another name, which the paragraph does not hold, in the place of the question's own."""
        own = name_in(question, paragraph.text)
        if own is None:
            return None
        neighbours = [
            name
            for i in self._articles[paragraph.article]
            for q in self._paragraphs[i].questions
            if q.language == question.language and (name := name_in(q, self._paragraphs[i].text)) is not None
        ]
        pool = neighbours if neighbours and rng.random() < 0.5 else self._names[question.language]
        for _ in range(4):
            name = rng.choice(pool)
            if name not in paragraph.text and own not in name:
                return question.text.replace(own, name)
        return None

    def _negative(
        self, paragraph: Paragraph, question: Question, used: tuple[int, int], rng: random.Random
    ) -> str | None:
        """Draw a window that does not hold the answer, or None when the draw fails."""
        draw = rng.random()
        if draw < 0.25 and question.start is not None:
            before, after = paragraph.text[: used[0]], paragraph.text[used[1] :]
            side = rng.choice([s for s in (before, after) if len(s) > 15] or [""])
            found = _piece(side, rng) if side else None
        elif draw < 0.5:
            others = [i for i in self._articles[paragraph.article] if self._paragraphs[i].twin != paragraph.twin]
            found = _piece(self._paragraphs[rng.choice(others)].text, rng) if others else None
        else:
            rows = self._near[question.text]
            rank = min(int(rng.expovariate(0.4)), rows.shape[1] - 1)
            found = self._windows[int(rows[rng.randrange(rows.shape[0]), rank])].text(self._paragraphs)
        return None if found and question.answered_in(found) else found

    def _from_cloze(self, cloze: Cloze, rng: random.Random) -> Group:
        language, asked = rng.choice(cloze.pairs)
        text = cloze.texts[language]
        lines = cloze.lines[language]
        a, b = lines[cloze.sentence]
        low = max(0, cloze.sentence - rng.randint(0, 2))
        high = min(len(lines), cloze.sentence + 1 + rng.randint(0, 2))
        cut = (lines[low][0], lines[high - 1][1])
        start = text.index(cloze.answer, a, b)
        span = (start - cut[0], start - cut[0] + len(cloze.answer))
        candidates = [Candidate(text[cut[0] : cut[1]], span)]
        for _ in range(8):
            other = rng.choice(LANGUAGES)
            at = rng.randrange(len(cloze.lines[other]))
            top = min(len(cloze.lines[other]), at + rng.randint(1, 3))
            found = cloze.texts[other][cloze.lines[other][at][0] : cloze.lines[other][top - 1][1]]
            if not at <= cloze.sentence < top and cloze.answer not in found and len(candidates) < 3:
                candidates.append(Candidate(found, None))
        return Group(cloze.questions[asked], tuple(candidates))


def joined(group: Group, rng: random.Random) -> Group:
    """Put a group's windows into one text, one on a line and in any order, cut to what answers or a sentence or two."""
    lines = [_shortened(candidate, rng) for candidate in group.candidates]
    rng.shuffle(lines)
    at, span = 0, None
    for line in lines:
        span = (at + line.span[0], at + line.span[1]) if line.span else span
        at += len(line.text) + 1
    return Group(group.question, (Candidate("\n".join(line.text for line in lines), span),))


def _shortened(candidate: Candidate, rng: random.Random) -> Candidate:
    """Cut a window to what answers or, if nothing does, to a sentence or two."""
    counts = (1, 1, 2)
    if candidate.span is None:
        return Candidate(_piece(candidate.text, rng, counts).strip(), None)
    start, end = candidate.span
    low, high = around(candidate.text, start, end, rng.choice(counts), rng)
    return Candidate(candidate.text[low:high].rstrip(), (start - low, end - low))


def _piece(text: str, rng: random.Random, counts: Sequence[int] = (1, 2, 3, 3, 4)) -> str:
    """Cut a window at random, of as many sentences as is drawn from `counts`."""
    split = sentences(text)
    count = min(len(split), rng.choice(counts))
    first = rng.randint(0, len(split) - count)
    return text[split[first][0] : split[first + count - 1][1]]


def name_in(question: Question, context: str) -> str | None:
    """Find the name a question asks about: capitalised words, or in Chinese the longest stretch of the context."""
    text = question.text
    if question.language != "zh":
        found = [m.group() for m in _NAME.finditer(text) if m.start() > 0]
        return max(found, key=len) if found else None
    best = ""
    for i in range(len(text)):
        j = i + max(3, len(best) + 1)
        while j <= len(text) and text[i:j] in context and _NOT_NAMED.isdisjoint(text[i:j]):
            best = text[i:j]
            j += 1
    return best or None
