"""Answers from hits and spans: support, dispute, silence; a reader of our own stands in for the trained one."""

from collections.abc import Sequence
from itertools import combinations
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.answering import Answer, Answerer, QuestionError, clean_question, sources
from bot.reader import Span
from bot.support import Group, Weights, compared
from index.indexing import update_index
from index.records import Filter
from index.retriever import Retriever
from index.store import open_store
from tests.conftest import HashingEncoder

SURE = 40.0  # a margin that leaves no doubt, whatever the weights


class Finder:
    """Finds given words with given margins, the first that a text has."""

    name = "finder"
    fingerprint = "0" * 64

    def __init__(self, *words: tuple[str, float]) -> None:
        self.words = words

    def read(self, question: str, texts: Sequence[str]) -> list[Span]:
        return [self._span(text) for text in texts]

    def compare(self, question: str, texts: Sequence[str]) -> list[float]:
        return [self._span(text).margin for text in texts]

    def _span(self, text: str) -> Span:
        for word, margin in self.words:
            if word in text:
                start = text.index(word)
                return Span(start, start + len(word), margin, 0.0)
        return Span(0, 0, 0.0, 9.0)


def ask(index: Path, encoder: HashingEncoder, finder: Finder, *, max_error: float = 0.5, quotes: int = 5) -> Answer:
    answerer = Answerer(Retriever(open_store(index), encoder), finder, passages=10)
    return answerer.ask("who is the interim chief?", max_error=max_error, quotes=quotes)


def test_what_several_articles_say_is_one_answer_with_all_their_quotes(
    news_index: Path, encoder: HashingEncoder
) -> None:
    answer = ask(news_index, encoder, Finder(("Emmett Shear", SURE)))
    assert answer.answered
    assert answer.answer == "Emmett Shear"
    assert {quote.article.language for quote in answer.quotes} == {"vi", "fr", "en"}
    assert sources(answer.quotes) == (3, 3)
    assert answer.disputes == ()
    assert answer.nearest == ()


def test_every_quote_is_verbatim_and_the_answer_stands_inside_it(news_index: Path, encoder: HashingEncoder) -> None:
    store = open_store(news_index)
    answer = ask(news_index, encoder, Finder(("Emmett Shear", SURE)))
    for quote in answer.quotes:
        number = store.number_of(quote.article.id)
        assert number is not None
        text = store.article(number).text
        assert text[quote.start : quote.end] == quote.text
        assert quote.answer_start is not None
        assert text[quote.answer_start : quote.answer_end] == quote.answer == "Emmett Shear"


def test_a_quote_is_the_sentence_of_the_answer(news_index: Path, encoder: HashingEncoder) -> None:
    answer = ask(news_index, encoder, Finder(("interim chief executive", SURE)))
    assert [quote.text for quote in answer.quotes] == [
        "The board named Emmett Shear interim chief executive of OpenAI on Monday."
    ]


def test_a_shorter_form_of_a_name_supports_the_longer(news_index: Path, encoder: HashingEncoder) -> None:
    answer = ask(
        news_index, encoder, Finder(("named Emmett Shear", SURE - 2), ("Emmett Shear", SURE), ("Shear", SURE - 1))
    )
    assert {quote.answer for quote in answer.quotes} == {"named Emmett Shear", "Emmett Shear", "Shear"}
    assert answer.disputes == ()


def test_another_answer_that_comes_close_is_a_dispute(news_index: Path, encoder: HashingEncoder) -> None:
    answer = ask(news_index, encoder, Finder(("Emmett Shear", SURE), ("Brad Lightcap", SURE)))
    assert answer.answer == "Emmett Shear"
    assert [dispute.answer for dispute in answer.disputes] == ["Brad Lightcap"]
    assert answer.disputes[0].quotes[0].article.language == "id"


def test_what_reads_better_beside_the_others_is_the_answer(news_index: Path, encoder: HashingEncoder) -> None:
    class Comparing(Finder):
        def compare(self, question: str, texts: Sequence[str]) -> list[float]:
            assert all("\n" not in text for text in texts)
            return [SURE if "Lightcap" in text else 0.0 for text in texts]

    answer = ask(news_index, encoder, Comparing(("Emmett Shear", SURE), ("Brad Lightcap", SURE - 9)))
    assert answer.answer == "Brad Lightcap"
    assert [dispute.answer for dispute in answer.disputes] == ["Emmett Shear"]


def test_what_reads_better_by_itself_is_the_answer(news_index: Path, encoder: HashingEncoder) -> None:
    calls: list[Sequence[str]] = []

    class Sober(Finder):
        def read(self, question: str, texts: Sequence[str]) -> list[Span]:
            calls.append(texts)
            finder = Finder(*self.words) if len(calls) == 1 else Finder(("Lightcap", SURE))
            return finder.read(question, texts)

    answer = ask(news_index, encoder, Sober(("Emmett Shear", SURE), ("Brad Lightcap", SURE - 9)))
    passages, sentences, *_ = calls
    assert "The board named Emmett Shear interim chief executive of OpenAI on Monday." in sentences
    assert all(sentence in passage for passage, sentence in zip(passages, sentences, strict=True))
    assert answer.answer == "Brad Lightcap"


def test_where_the_reader_compares_nothing_the_order_stays(news_index: Path, encoder: HashingEncoder) -> None:
    class Silent(Finder):
        def compare(self, question: str, texts: Sequence[str]) -> list[float]:
            return []

    finders = [kind(("Emmett Shear", SURE), ("Brad Lightcap", SURE - 9)) for kind in (Silent, Finder)]
    assert {ask(news_index, encoder, finder).answer for finder in finders} == {"Emmett Shear"}


def test_answers_that_were_not_compared_count_as_the_least_of_those_that_were() -> None:
    groups = [Group((), strength, 0.0) for strength in (5.0, 4.0, 3.5)]
    found = compared(groups, [-2.0, 1.0], Weights(compared=1.0))
    assert [one.strength for one in found] == [5.0, 3.0, 1.5]
    assert [one.probability for one in found] == sorted((one.probability for one in found), reverse=True)


def test_a_weak_rival_is_no_dispute(news_index: Path, encoder: HashingEncoder) -> None:
    assert ask(news_index, encoder, Finder(("Emmett Shear", SURE), ("Brad Lightcap", -9.0))).disputes == ()


def test_without_evidence_it_abstains_and_shows_the_nearest_passages(news_index: Path, encoder: HashingEncoder) -> None:
    answer = ask(news_index, encoder, Finder(("Emmett Shear", -9.0)))
    assert not answer.answered
    assert answer.answer is None
    assert answer.quotes == ()
    assert len(answer.nearest) == 3
    assert all(quote.answer is None for quote in answer.nearest)


def test_the_passage_of_an_answer_that_was_not_dared_is_the_nearest(news_index: Path, encoder: HashingEncoder) -> None:
    *_, last = ask(news_index, encoder, Finder()).retrieval.hits
    answer = ask(news_index, encoder, Finder((last.passage.text[:12], -9.0)))
    assert not answer.answered
    assert answer.nearest[0].text == last.passage.text


def test_nearest_passages_share_no_text(tmp_path: Path, encoder: HashingEncoder) -> None:
    told = " ".join(
        f"On day {day} the interim chief Emmett Shear had no more than {day} words to say." for day in range(30)
    )
    (tmp_path / "long.txt").write_text(told, encoding="utf-8")
    update_index(tmp_path / "index", [tmp_path / "long.txt"], encoder)
    answer = ask(tmp_path / "index", encoder, Finder(("Emmett Shear", -9.0)))
    hits = [(hit.passage.start, hit.passage.end) for hit in answer.retrieval.hits]
    assert any(one[0] < other[1] and other[0] < one[1] for one, other in combinations(hits, 2))
    assert len(answer.nearest) == 3
    for one, other in combinations(answer.nearest, 2):
        assert one.end <= other.start or other.end <= one.start


def test_a_reader_that_finds_nothing_at_all_means_silence_at_any_rate(
    news_index: Path, encoder: HashingEncoder
) -> None:
    assert not ask(news_index, encoder, Finder(), max_error=1.0).answered


def test_the_dial_decides_between_speaking_and_silence(news_index: Path, encoder: HashingEncoder) -> None:
    doubtful = Finder(("Emmett Shear", -2.0))
    confidence = ask(news_index, encoder, doubtful, max_error=1.0).confidence
    assert ask(news_index, encoder, doubtful, max_error=1 - confidence + 1e-6).answered
    assert not ask(news_index, encoder, doubtful, max_error=1 - confidence - 1e-6).answered


def test_support_from_more_articles_makes_surer(news_index: Path, encoder: HashingEncoder) -> None:
    one = ask(news_index, encoder, Finder(("named Emmett Shear", 2.0)), max_error=1)
    three = ask(news_index, encoder, Finder(("Emmett Shear", 2.0)), max_error=1)
    assert three.confidence > one.confidence


def told(tmp_path: Path, encoder: HashingEncoder, **articles: str) -> Path:
    """Index articles of our own."""
    for name, text in articles.items():
        (tmp_path / f"{name}.txt").write_text(f'+++\nlanguage = "en"\n+++\n{text}', encoding="utf-8")
    update_index(tmp_path / "index", [tmp_path / f"{name}.txt" for name in articles], encoder)
    return tmp_path / "index"


PAUSE = (
    "Staff wrote a letter. Investors rang all night. A rival hired three engineers. Snow fell on the harbour."
    " Lawyers read every contract twice. The server room hummed. Two ministers asked for a copy."
)


def test_an_article_stands_where_its_best_quote_stands(tmp_path: Path, encoder: HashingEncoder) -> None:
    one = f"The interim chief is Emmett Shear, the board said. {PAUSE} Later the interim chief Shear spoke."
    index = told(tmp_path, encoder, one=one, two="Emmett Shear came as interim chief.")
    finder = Finder(("is Emmett Shear", SURE), ("Emmett Shear", SURE / 2), ("Shear", 1.0))
    quotes = ask(index, encoder, finder).quotes
    assert [quote.answer for quote in quotes] == ["is Emmett Shear", "Emmett Shear", "Shear"]


def test_the_answer_is_that_of_the_first_quote_also_where_a_comment_is_surest(
    tmp_path: Path, encoder: HashingEncoder
) -> None:
    text = "The interim chief is Shear.\n\nThe board said so on Monday, after a long weekend.\n\nComments\n\n"
    index = told(tmp_path, encoder, one=f"{text}anna: the interim chief is Emmett Shear, of course!\n")
    finder = Finder(("Emmett Shear", SURE), ("Shear", SURE - 10))
    answer = ask(index, encoder, finder, quotes=1)
    assert answer.answer == answer.quotes[0].answer == "Shear"
    assert sources(answer.quotes) == (1, 1)
    assert sources([quote for quote in ask(index, encoder, finder).quotes if quote.answer != "Shear"]) == (0, 0)


def test_no_more_quotes_are_shown_than_asked_for(news_index: Path, encoder: HashingEncoder) -> None:
    assert len(ask(news_index, encoder, Finder(("Emmett Shear", SURE)), quotes=2).quotes) == 2


def test_an_empty_selection_is_silence(news_index: Path, encoder: HashingEncoder) -> None:
    answerer = Answerer(Retriever(open_store(news_index), encoder), Finder(("Shear", SURE)), passages=10)
    answer = answerer.ask("who?", max_error=1, quotes=5, chosen=Filter(since="2030-01-01"))
    assert (answer.answered, answer.nearest, answer.confidence) == (False, (), 0.0)


@pytest.mark.parametrize("blank", ["", "   ", "\n\t", "\u200b\u200e\ufeff", "?!…", "。？"])
def test_a_blank_question_is_refused(blank: str) -> None:
    with pytest.raises(QuestionError, match="the question is blank"):
        clean_question(blank, 100)


def test_a_question_that_is_too_long_is_refused_with_both_numbers() -> None:
    with pytest.raises(QuestionError, match=r"101 characters, at most 100"):
        clean_question("a" * 101, 100)


def test_control_zero_width_and_bidi_characters_are_stripped() -> None:
    assert clean_question("who\u200b replaced\u202e \x1b[31mAltman\x00?", 100) == "who replaced [31mAltman ?"


@pytest.mark.parametrize(
    ("typed", "asked"),
    [
        ("WHO REPLACED ALTMAN?", "who replaced altman?"),
        ("QUI A REMPLACÉ ALTMAN ?", "qui a remplacé altman ?"),
        ("CEO OPENAI?", "CEO OPENAI?"),
        ("OpenAI CEO 是谁？", "OpenAI CEO 是谁？"),
    ],
)
def test_a_question_in_capitals_is_asked_in_small_letters(typed: str, asked: str) -> None:
    assert clean_question(typed, 100) == asked


@given(st.text(min_size=1, max_size=200))
def test_any_question_is_cleaned_or_refused(text: str) -> None:
    try:
        cleaned = clean_question(text, 500)
    except QuestionError:
        return
    assert cleaned
    assert clean_question(cleaned, 500) == cleaned
