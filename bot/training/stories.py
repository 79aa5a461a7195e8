"""Made-up news stories, and questions about what each of their sentences says.

A story has a few people and companies that come back in every sentence, as in news: someone is an officer of one
company and is fired by another, two companies invest, days and sums differ. So what a question names stands in the
windows that do not answer it too, and only what is said of it tells them apart. A fact can be told and asked for in any
language; real news (NTREX) stands between the sentences.
"""

import random
import re
from collections.abc import Sequence

import opencc

from bot.training.facts import OPEN, SHUT, Fact, companies, kinds, person, rows, said, values
from bot.training.swaps import LANGUAGES

# How often: a question has no window that answers it; real news stands between; Chinese is in traditional characters.
DROPPED, FILLED, TRADITIONAL = 0.2, 0.5, 0.5
WINDOWS = 3

Cut = tuple[str, tuple[int, int] | None]
"""A window's text, and [start, end) of the answer in it, if it answers."""


class Stories:
    """Questions with their windows; each is a function of the random numbers given."""

    def __init__(self, documents: Sequence[dict[str, list[str]]]) -> None:
        """Take real news, sentences by language, to stand between what is made up."""
        self._documents = documents
        self._traditional = opencc.OpenCC("s2t").convert

    def make(self, rng: random.Random) -> tuple[str, list[Cut]]:
        """Return a question and WINDOWS windows, of which at most one answers it."""
        facts = _story(rng)
        fact = rng.choice(facts)
        others = [other for other in facts if other is not fact]
        slot = rng.choice(sorted(fact.kind.asked))
        question = fact.ask(rng.choice(LANGUAGES), slot, rng)
        windows = []
        if rng.random() >= DROPPED:
            language = rng.choice(LANGUAGES)
            windows.append(self._window(fact, slot, rng.sample(others, rng.choice((0, 1, 1, 2, 3))), language, rng))
        while len(windows) < WINDOWS:
            first, *more = rng.sample(others, rng.choice((1, 2, 2, 3)))
            windows.append(self._window(first, None, more, rng.choice(LANGUAGES), rng))
        return question, windows

    def _window(self, fact: Fact, slot: str | None, others: Sequence[Fact], language: str, rng: random.Random) -> Cut:
        """Join a fact, of which `slot` is the answer, with others of the story and with real news, in any order."""
        sentences = [fact.tell(language, slot, rng), *(other.tell(language, None, rng) for other in others)]
        if rng.random() < FILLED:
            lines = rng.choice(self._documents)[language]
            at = rng.randrange(len(lines))
            sentences += lines[at : at + rng.choice((1, 1, 2))]
        rng.shuffle(sentences)
        text = ("\n" if rng.random() < 0.15 else "" if language == "zh" else " ").join(sentences)
        if language == "zh":
            text = text.replace(",", rng.choice(",，"))
            text = self._traditional(text) if rng.random() < TRADITIONAL else text
        if slot is None:
            return text, None
        before, answer, after = re.split(f"[{OPEN}{SHUT}]", text)
        return before + answer + after, (len(before), len(before) + len(answer))


def _story(rng: random.Random) -> list[Fact]:
    """Draw some facts that share people and companies; none answers a question about another."""
    people = [person(rng) for _ in range(rng.randint(3, 5))]
    firms = companies(rng.randint(2, 4), rng)
    posts = [(firm, role) for firm in firms for role in rng.sample(rows("roles"), 3)]
    rng.shuffle(posts)
    facts: list[Fact] = []
    for kind in rng.sample(kinds(), rng.randint(6, 9)):
        for _ in range(2 if rng.random() < 0.35 and len(posts) > 2 else 1):
            firm, role = posts.pop() if len(posts) > 1 else posts[0]
            p, q = rng.sample(people, 2)
            other = rng.choice([one for one in firms if one is not firm])
            fact = Fact(kind, {"p": p, "q": q, "o": firm, "u": other, "r": said(role)} | values(rng))
            if not any(_alike(fact, known) for known in facts):
                facts.append(fact)
    return facts


def _alike(fact: Fact, other: Fact) -> bool:
    """Tell whether two facts of one kind share a person, company or product, so that a question may mean both."""
    rng = random.Random(0)
    named = [{one.slots[slot]("en", False, rng) for slot in "pqoug"} for one in (fact, other)]
    return fact.kind is other.kind and bool(named[0] & named[1])
