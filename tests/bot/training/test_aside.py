"""The stories kept from training: what is asked of them stands in them, and in none that was trained on."""

from itertools import chain
from pathlib import Path

import pytest

from bot.config import Config
from bot.evidence import rank
from bot.provenance import corpus_of
from bot.question_set import Kind
from bot.training.aside import ASIDE, stories
from bot.training.swaps import LANGUAGES
from bot.training.written import OWN, records

COMMENTS = {"Bình luận (7)", "Komentar (6)"}  # headings over readers' comments, which are no story's own


@pytest.mark.parametrize("source", ASIDE)
def test_every_story_is_told_and_asked_about_in_all_languages(source: str) -> None:
    for story in stories(source):
        assert set(story.articles) == set(LANGUAGES)
        asked = {code: sum(question.language == code for question in story.questions) for code in LANGUAGES}
        assert len(set(asked.values())) == 1
        assert {question.kind for question in story.questions} == {Kind.ANSWERABLE, Kind.UNANSWERABLE}
        assert len({question.id for question in story.questions}) == len(story.questions)


@pytest.mark.parametrize("source", ASIDE)
def test_every_quote_is_found_in_the_story_as_it_is_served(source: str) -> None:
    story = stories(source)[0]
    with story.served(Config()) as service:
        corpus = corpus_of(service.store)
        for question in story.questions:
            for quote in (corpus.locate(evidence) for evidence in question.evidence):
                assert quote.fault is None
        question = story.questions[0]
        hits = service.ask(question.text, max_error=1.0).retrieval.hits
        assert rank([corpus.locate(evidence) for evidence in question.evidence], hits).relevant


def _sentences(*paths: Path) -> set[str]:
    told = chain.from_iterable(record["articles"].values() for path in paths for record in records(path))
    return set(chain.from_iterable(told))


def test_no_story_kept_aside_is_trained_on() -> None:
    aside = _sentences(*ASIDE.values())
    assert aside
    assert not (aside & _sentences(*OWN.values())) - COMMENTS
