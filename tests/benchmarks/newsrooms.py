"""Answers over stories that training never saw, each told by five newsrooms and indexed by itself.

    python -m tests.benchmarks.newsrooms --markdown results/newsrooms.md

Fifteen stories of ten to fifteen sentences, and seven that portals, forums and machine translation tell in up to forty
lines; the same questions in each of five languages. What counts and how is `polyquote eval`'s. Where an answer that is
there was withheld, the question is asked once more, for what is then shown as nearest.
"""

import argparse
import time
from datetime import datetime
from pathlib import Path

from bot.answering import NEAREST
from bot.config import Config
from bot.evaluate import Judged, Verdict, evaluate
from bot.evidence import holds
from bot.provenance import provenance, question_digest, subject_of
from bot.question_set import Fault
from bot.scoreboard import Tree, render_markdown
from bot.service import Service
from bot.tally import Tally
from bot.training.aside import ASIDE, stories

TITLES = {"Stories of newsrooms": "articles", "Stories of portals": "portals"}


def main() -> None:
    """Ask all questions of all stories and write the tables."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.newsrooms")
    parser.add_argument("--markdown", type=Path, required=True)
    given = parser.parse_args()
    blocks = [f"## {title}\n\n{_section(source)}" for title, source in TITLES.items()]
    given.markdown.write_text("\n".join(["# Stories kept from training\n", *blocks]), encoding="utf-8")


def _section(source: str) -> str:
    summary, silenced = _asked(source)
    shown, searched = (sum(near[column] for near in silenced) for column in (0, 1))
    return (
        f"{render_markdown(summary)}\n{len(silenced)} questions with an answer were met with silence. Of these the"
        f" {NEAREST} passages shown as nearest hold evidence for {shown}; the search's first {NEAREST} hold it for"
        f" {searched}.\n"
    )


def _asked(source: str) -> tuple[Tree, list[tuple[bool, bool]]]:
    """Return the summary, and for each withheld answer whether what is shown and what was searched first has it."""
    config, tally, made_with, silenced = Config(), Tally(), {}, []
    for story in stories(source):
        with story.served(config) as service:
            subject = subject_of(service, config)
            for judged in evaluate(
                story.questions, service, subject.corpus, max_error=config.answer.max_error, clock=time.perf_counter
            ):
                if isinstance(judged, Fault):
                    raise SystemExit(f"{ASIDE[source].name}: {judged.reason}")
                tally.add(judged)
                if judged.verdict is Verdict.SILENCED:
                    silenced.append(_near(service, judged))
            made_with = {key: value for key, value in subject.made_with.items() if "encoder" in key or "reader" in key}
    summary = {
        **tally.summary(),
        "max_error": config.answer.max_error,
        "made_with": {**made_with, **question_digest(ASIDE[source])},
        "run": {**tally.timing(), **provenance(datetime.now().astimezone())},
    }
    return summary, silenced


def _near(service: Service, judged: Judged) -> tuple[bool, bool]:
    """Tell whether evidence is among the passages shown as nearest, and whether it is among as many of the search's."""
    answer = service.ask(judged.question.text)
    hits = {(hit.passage.article.id, hit.passage.start): hit for hit in answer.retrieval.hits}
    shown = [hits[quote.article.id, quote.start] for quote in answer.nearest]
    shown_has, searched_has = (
        any(holds(hit, quote) for hit in some for quote in judged.located)
        for some in (shown, answer.retrieval.hits[:NEAREST])
    )
    return shown_has, searched_has


if __name__ == "__main__":
    main()
