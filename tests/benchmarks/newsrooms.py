"""Answers over stories that training never saw, each told by five newsrooms and indexed by itself.

    python -m tests.benchmarks.newsrooms --markdown results/newsrooms.md

Fifteen stories of ten to fifteen sentences, and seven that portals, forums and machine translation tell in up to forty
lines; the same questions in each of five languages. What counts and how is `polyquote eval`'s.
"""

import argparse
import time
from datetime import datetime
from pathlib import Path

from bot.config import Config
from bot.evaluate import evaluate
from bot.provenance import provenance, question_digest, subject_of
from bot.question_set import Fault
from bot.scoreboard import Tree, render_markdown
from bot.tally import Tally
from bot.training.aside import ASIDE, stories

TITLES = {"Stories of newsrooms": "articles", "Stories of portals": "portals"}


def main() -> None:
    """Ask all questions of all stories and write the tables."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.newsrooms")
    parser.add_argument("--markdown", type=Path, required=True)
    given = parser.parse_args()
    blocks = [f"## {title}\n\n{render_markdown(_asked(source))}" for title, source in TITLES.items()]
    given.markdown.write_text("\n".join(["# Stories kept from training\n", *blocks]), encoding="utf-8")


def _asked(source: str) -> Tree:
    config, tally, made_with = Config(), Tally(), {}
    for story in stories(source):
        with story.served(config) as service:
            subject = subject_of(service, config)
            for judged in evaluate(
                story.questions, service, subject.corpus, max_error=config.answer.max_error, clock=time.perf_counter
            ):
                if isinstance(judged, Fault):
                    raise SystemExit(f"{ASIDE[source].name}: {judged.reason}")
                tally.add(judged)
            made_with = {key: value for key, value in subject.made_with.items() if "encoder" in key or "reader" in key}
    return {
        **tally.summary(),
        "max_error": config.answer.max_error,
        "made_with": {**made_with, **question_digest(ASIDE[source])},
        "run": {**tally.timing(), **provenance(datetime.now().astimezone())},
    }


if __name__ == "__main__":
    main()
