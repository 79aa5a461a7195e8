"""The JSON: what it has at least, that it comes back as claims, and that garbage is refused in one line."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from bot.answering import Answer, Answerer
from bot.schema import SchemaError, answer_json, error_json, read_claims, search_json
from index.retriever import Retriever
from index.store import open_store
from tests.bot.test_answering import SURE, Finder
from tests.conftest import HashingEncoder


@pytest.fixture
def answer(news_index: Path, encoder: HashingEncoder) -> Answer:
    finder = Finder(("Emmett Shear", SURE), ("Brad Lightcap", SURE))
    return Answerer(Retriever(open_store(news_index), encoder), finder, passages=10).ask(
        "谁是临时首席执行官？", max_error=0.5, quotes=5
    )


def test_an_answer_has_at_least_what_the_version_promises(answer: Answer) -> None:
    tree = answer_json(answer)
    assert tree["schema"] == "polyquote.answer/1"
    assert set(tree) >= {
        *("question", "language", "answered", "answer", "confidence", "quotes", "disputes", "nearest"),
    }
    assert set(tree["quotes"][0]) >= {"text", "start", "end", "answer_start", "answer_end", "score", "article"}
    assert set(tree["quotes"][0]["article"]) >= {"id", "path", "title", "language", "date", "source", "sha256"}
    assert json.loads(json.dumps(tree)) == tree
    assert tree["language"] == "zh"


def test_a_search_result_has_at_least_what_the_version_promises(answer: Answer) -> None:
    tree = search_json("Shear?", answer.retrieval)
    assert tree["schema"] == "polyquote.search/1"
    assert set(tree["hits"][0]) >= {"text", "start", "end", "score", "lexical_rank", "dense_rank", "article"}
    assert "known_terms" not in tree
    assert "known_terms" in search_json("Shear?", answer.retrieval, explain=True)


def test_the_claims_of_an_answer_are_its_quotes_and_those_of_its_disputes(answer: Answer) -> None:
    claims = read_claims(json.dumps(answer_json(answer)))
    assert len(claims) == len(answer.quotes) + sum(len(dispute.quotes) for dispute in answer.disputes)
    assert {claim.text for claim in claims} >= {quote.text for quote in answer.quotes}


def test_json_lines_and_errors_among_them_are_read(answer: Answer) -> None:
    lines = [answer_json(answer), error_json("", "the question is blank"), search_json("x", answer.retrieval)]
    claims = read_claims("\n".join(json.dumps(line) for line in lines))
    assert len(claims) == len(answer.quotes) + 1 + len(answer.retrieval.hits)


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("char", ["\u0085", "\u2028", "\u2029", "\x1c", "\r", "\n"])
def test_a_quote_with_a_break_that_json_holds_raw_is_read_whole(answer: Answer, char: str, end: str) -> None:
    text = f"Emmett Shear{char}thay Sam Altman"
    broken = replace(answer, quotes=(replace(answer.quotes[0], text=text),), disputes=(), nearest=())
    lines = [json.dumps(answer_json(one), ensure_ascii=False) for one in (broken, broken)]
    assert [claim.text for claim in read_claims("".join(f"{line}{end}" for line in lines))] == [text, text]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("nonsense", "line 1 is not JSON"),
        ("[]", "line 1 is no answer of polyquote"),
        ('{"a": 1}', "line 1 is no answer of polyquote"),
        ('{"schema": "polyquote.answer/1", "quotes": [{}]}', "line 1 has a quote without 'article'"),
        ('{"schema": "polyquote.answer/1", "quotes": 7}', "line 1"),
        (
            '{"schema": "polyquote.answer/1", "quotes": [{"article": {"path": "a", "sha256": "b"}, "text": "t",'
            ' "start": "0", "end": 1}]}',
            "positions are not whole numbers",
        ),
    ],
)
def test_what_is_no_answer_is_refused_in_one_line(text: str, message: str) -> None:
    with pytest.raises(SchemaError) as caught:
        read_claims(text)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)
