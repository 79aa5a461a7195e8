"""The stories that training never sees, each five newsrooms' articles in an index of its own, as the seeds are.

`articles_aside.jsonl` has the form of `articles.jsonl`, `portals_aside.jsonl` that of `portals.jsonl`. So answers are
measured, and confidence is fitted, on many questions of the kind that the bot is for: each in five languages, over a
few articles that tell one story.
"""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from bot.config import ArticlesConfig, Config
from bot.question_set import Evidence, Kind, Question
from bot.service import Service
from bot.training.corpora import join
from bot.training.written import SPACES, records

ASIDE = {source: Path(__file__).parent / f"{source}_aside.jsonl" for source in ("articles", "portals")}


@dataclass(frozen=True, slots=True)
class Story:
    """A story's articles by language, and what is asked about them; the articles' names are `<language>.txt`."""

    articles: dict[str, str]
    questions: tuple[Question, ...]

    def write(self, folder: Path) -> None:
        """Write the articles into a folder, which is made."""
        folder.mkdir()
        for code, text in self.articles.items():
            (folder / f"{code}.txt").write_text(f'+++\nlanguage = "{code}"\n+++\n{text}', encoding="utf-8")

    @contextmanager
    def served(self, config: Config) -> Iterator[Service]:
        """Index the articles, and give what answers questions about them."""
        with tempfile.TemporaryDirectory() as temporary:
            folder = Path(temporary)
            self.write(folder / "articles")
            yield Service(replace(config, articles=ArticlesConfig((str(folder / "articles"),))), folder / "index")


def stories(source: str) -> list[Story]:
    """Load the stories aside of a source, articles or portals, joined as those that are trained on.

    What is asked has one text in each language, and the answers of all articles are accepted.
    """
    made = []
    for number, record in enumerate(records(ASIDE[source])):
        texts = {code: join(lines, code, SPACES.get(source))[0] for code, lines in record["articles"].items()}
        made.append(Story(texts, tuple(_questions(number, record))))
    return made


def _questions(story: int, record: dict[str, Any]) -> Iterator[Question]:
    line = 0
    for number, asked in enumerate(record["questions"]):
        quotes = {code: record["articles"][code][at] for code, (at, _) in asked["answers"].items()}
        answers = tuple(dict.fromkeys(answer for _, answer in asked["answers"].values()))
        evidence = tuple(Evidence(f"{code}.txt", quote) for code, quote in quotes.items())
        kind = Kind.ANSWERABLE if answers else Kind.UNANSWERABLE
        for code, text in asked["question"].items():
            line += 1
            yield Question(line, f"{story}-{number}-{code}", code, text, kind, answers, evidence)
