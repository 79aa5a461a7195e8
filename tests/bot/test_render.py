"""The words on a terminal, read as text: in colour, in a pipe, in Chinese, and with garbage in the article."""

import unicodedata
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wcwidth import width

from bot.answering import Answer, Answerer, Quote
from bot.render import Style, citation, clip_columns, highlight, render_answer, render_search, render_verdicts
from bot.schema import Claim, answer_json
from bot.verification import Status, Verdict
from index.records import Filter, Kind
from index.retriever import Retriever
from index.store import open_store
from tests.bot.test_answering import SURE, Finder
from tests.conftest import HashingEncoder, article_of

PLAIN = Style()
COLOR = Style(color=True)


@pytest.fixture
def answer(news_index: Path, encoder: HashingEncoder) -> Answer:
    finder = Finder(("Emmett Shear", SURE), ("Brad Lightcap", SURE))
    answerer = Answerer(Retriever(open_store(news_index), encoder), finder, passages=10)
    return answerer.ask("who is the interim chief?", max_error=0.5, quotes=5)


def quote_of(text: str, answer: str, code: str = "en") -> Quote:
    start = text.index(answer)
    return Quote(article_of(text, code).info, text, 0, len(text), start, start + len(answer), 1.0, Kind.BODY)


def test_an_answer_shows_its_words_its_quotes_where_they_stand_and_how_many(answer: Answer) -> None:
    text = render_answer(replace(answer, confidence=0.9999), Style(width=200))
    assert text.startswith("Emmett Shear   confidence 0.99\n")
    assert "The board named [[Emmett Shear]] interim chief executive of OpenAI on Monday." in text
    assert "English · OpenAI names a new chief · undated · en.txt [" in text
    assert "Vietnamese · Emmett Shear thay Sam Altman · 2023-11-20 · vi.txt [" in text
    assert "French · La lutte de pouvoir d’OpenAI · undated · Titanium Media · fr.txt [" in text
    assert "Quoted from 3 articles in 3 languages." in text
    assert "But another answer is given: Brad Lightcap" in text


def test_without_an_answer_the_nearest_passages_are_named_as_such(answer: Answer) -> None:
    silent = replace(answer, answered=False, answer=None, quotes=(), disputes=(), nearest=answer.quotes)
    text = render_answer(silent, PLAIN)
    assert text.startswith("No answer in the articles that is sure enough.")
    assert "Nearest passages, none of which is an answer:" in text
    assert "Quoted" not in text


def test_where_nothing_was_searched_it_says_so(news_index: Path, encoder: HashingEncoder) -> None:
    answerer = Answerer(Retriever(open_store(news_index), encoder), Finder(), passages=10)
    answer = answerer.ask("who?", max_error=1, quotes=5, chosen=Filter(since="2030-01-01"))
    assert render_answer(answer, PLAIN).endswith("\n\nThe filters leave no passage to search.")
    assert answer_json(answer)["warnings"] == ["the filters leave no passage to search"]


def test_what_only_readers_say_is_called_so(answer: Answer) -> None:
    comments = tuple(replace(quote, kind=Kind.COMMENT) for quote in answer.quotes)
    assert "Quoted from readers' comments alone." in render_answer(replace(answer, quotes=comments), PLAIN)


def test_a_pipe_gets_no_escapes_and_a_terminal_gets_the_answer_in_colour(answer: Answer) -> None:
    assert "\x1b" not in render_answer(answer, PLAIN, explain=True)
    assert "\x1b[1;32mEmmett Shear\x1b[0m" in render_answer(answer, COLOR)
    assert "[[" not in render_answer(answer, COLOR)


@pytest.mark.parametrize("columns", [40, 80, 120])
@pytest.mark.parametrize("style", [PLAIN, COLOR], ids=["plain", "colour"])
def test_no_line_is_wider_than_the_terminal(answer: Answer, columns: int, style: Style) -> None:
    for line in render_answer(answer, replace(style, width=columns)).splitlines():
        assert width(line) <= columns, line


def test_chinese_is_wrapped_by_its_width() -> None:
    quote = quote_of("微軟向OpenAI投資了130億美元,,是其主要的財(cái)務(wù)支持者。" * 5, "130億美元", "zh")
    silent = Answer("q", "zh", True, "130億美元", 0.9, (quote,), (), (), None)  # type: ignore[arg-type]
    lines = render_answer(silent, Style(width=40)).splitlines()
    assert max(width(line) for line in lines) in (39, 40)


def test_a_terminal_without_unicode_gets_no_middle_dots() -> None:
    quote = quote_of("Shear came.", "Shear")
    silent = Answer("q", "en", True, "Shear", 0.9, (quote,), (), (), None)  # type: ignore[arg-type]
    assert render_answer(silent, Style(unicode=False)).isascii()


def test_a_comment_is_labelled() -> None:
    assert citation(article_of("x").info, 0, 1, Kind.COMMENT).startswith("reader's comment · English")
    assert "comment" not in citation(article_of("x").info, 0, 1)


def test_an_article_cannot_act_on_the_terminal() -> None:
    text = "Shear\x1b]0;owned\x07 came\u202e back\r\nagain\x00."
    assert highlight(quote_of(text, "Shear"), PLAIN) == "[[Shear]]\ufffd]0;owned\ufffd came\ufffd back  again\ufffd."


def test_an_emoji_family_stays_together() -> None:
    assert "👩‍👩‍👧" in highlight(quote_of("👩‍👩‍👧 Shear", "Shear"), PLAIN)


@pytest.mark.parametrize("hidden", ["\u00ad", "\u200b", "\u2060", "\ufeff", "\u180e", "\U000e0041"], ids=ascii)
def test_what_shows_nothing_is_left_out(hidden: str) -> None:
    assert highlight(quote_of(f"Linda{hidden} Hart{hidden}well came.", "well"), PLAIN) == "Linda Hart[[well]] came."


@pytest.mark.parametrize(
    "bidi", [*"\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"], ids=ascii
)
def test_what_could_reverse_the_reading_is_seen(bidi: str) -> None:
    assert highlight(quote_of(f"阿尔特曼{bidi} Shear", "Shear"), PLAIN) == "阿尔特曼\ufffd [[Shear]]"


def test_a_lone_surrogate_can_be_written_out() -> None:
    assert highlight(quote_of("Murati\udc80 Shear", "Shear"), PLAIN).encode() == "Murati\ufffd [[Shear]]".encode()


def test_a_long_title_is_cut_by_columns() -> None:
    assert clip_columns("阿" * 50, 11) == "阿" * 5 + "…"
    assert clip_columns("Altman", 6) == "Altman"


def test_a_search_shows_both_ranks_and_explains_itself(answer: Answer) -> None:
    text = render_search(answer.retrieval, Style(width=200), explain=True)
    assert "(lexical 1, dense " in text
    assert "How it was found:" in text
    assert "terms that no passage has:" in text


def explained(answer: Answer, style: Style) -> list[str]:
    """Return the lines of an explanation with long lists, and with a long path in the first row."""
    first = answer.retrieval.hits[0]
    info = replace(
        first.passage.article, language="vi", path="tin-tức/2023/11/20/OpenAI-bổ-nhiệm-Emmett-Shear-làm-CEO-mới.txt"
    )
    far = replace(first, passage=replace(first.passage, article=info, start=10138, end=10529))
    retrieval = replace(
        answer.retrieval,
        hits=(far, *answer.retrieval.hits[1:]),
        expansion=("阿尔特曼", "Ultraman", "Sam Altman") * 8,
        unknown_terms=("remplacé", "directeur général", "menggantikan") * 8,
        warnings=("the lexical leg is blind and has no say in: fr, vi",),
        relevance_feedback=far.passage,
    )
    return render_search(retrieval, style, explain=True).split("How it was found:\n")[1].splitlines()


@pytest.mark.parametrize("style", [PLAIN, COLOR, Style(unicode=False)], ids=["plain", "colour", "ascii"])
def test_an_explanation_fits_the_terminal_and_keeps_all_its_words(answer: Answer, style: Style) -> None:
    for columns in [*range(30, 90), 120]:
        lines = explained(answer, replace(style, width=columns))
        for line in lines:
            assert width(line) <= columns, line
        words = " ".join(" ".join(lines).split())
        assert words.count("Ultraman") == words.count("menggantikan") == 8
        assert words.count("[10138, 10529)") == 2
        assert f" {answer.retrieval.hits[0].score:.2f} " in words


def test_a_passage_stands_beside_its_numbers_where_there_is_room_and_below_where_not(answer: Answer) -> None:
    wide = "\n".join(explained(answer, Style(width=140)))
    assert "  vi tin-tức/2023/11/20/OpenAI-bổ-nhiệm-Emmett-Shear-làm-CEO-mới.txt [10138, 10529)\n" in wide
    middle = explained(answer, Style(width=80))
    assert any(line.endswith("z  passage") for line in middle)
    assert any(width(line) == 80 and line.endswith("… [10138, 10529)") for line in middle)
    narrow = explained(answer, Style(width=60))
    assert any(line.endswith(" z") for line in narrow)
    assert any(line.startswith("    vi tin-tức/2023/11/20/") and line.endswith("… [10138, 10529)") for line in narrow)


def test_a_search_without_hits_says_why(answer: Answer) -> None:
    empty = replace(answer.retrieval, hits=(), warnings=("the filters leave no passage to search",))
    assert render_search(empty, PLAIN) == "no passage found\nthe filters leave no passage to search"


def test_verdicts_are_a_line_each() -> None:
    claim = Claim("en.txt", "0", "t", 3, 9, None, None)
    text = render_verdicts([Verdict(claim, Status.OK, ""), Verdict(claim, Status.MISSING, "no such article")], PLAIN)
    assert text == "OK      en.txt [3, 9)\nMISSING en.txt [3, 9)  no such article"


@given(st.text(max_size=80), st.integers(20, 100))
def test_any_text_is_shown_without_control_characters(text: str, columns: int) -> None:
    quote = Quote(article_of("x").info, text, 0, len(text), None, None, 0.0, Kind.BODY)
    shown = highlight(quote, PLAIN)
    assert len(shown) == sum(
        unicodedata.category(char) != "Cf" or char in "\u200c\u200d" or is_bidi(char) for char in text
    )
    assert not any(unicodedata.category(char) in ("Cc", "Cs") or is_bidi(char) for char in shown)


def is_bidi(char: str) -> bool:
    return unicodedata.bidirectional(char) in {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"} or (
        char in "\u061c\u200e\u200f"
    )
