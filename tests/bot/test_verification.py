"""Verification: a quote is OK only where the article is the same and the words stand at their place."""

from dataclasses import replace
from pathlib import Path

import pytest

from bot.schema import Claim
from bot.verification import Status, verify
from index.articles import read_article
from tests.conftest import NEWS


@pytest.fixture
def claim(news: Path) -> Claim:
    article = read_article(news / "en.txt", "en.txt")
    start = article.text.index("The board named")
    end = article.text.index("Monday.") + len("Monday.")
    answer = article.text.index("Emmett Shear")
    digest = article.info.sha256
    return Claim("en.txt", digest, article.text[start:end], start, end, answer, answer + len("Emmett Shear"))


def status(claim: Claim, *roots: Path) -> Status:
    return verify([claim], roots)[0].status


def test_a_quote_that_stands_is_ok(news: Path, claim: Claim) -> None:
    assert status(claim, news) is Status.OK


def test_a_quote_from_a_file_that_was_indexed_alone_is_ok(news: Path, claim: Claim) -> None:
    assert status(claim, news / "en.txt") is Status.OK


def test_a_single_changed_byte_anywhere_in_the_article_is_a_change(news: Path, claim: Claim) -> None:
    (news / "en.txt").write_text(NEWS["en.txt"].replace("June", "July"), encoding="utf-8")
    verdict = verify([claim], [news])[0]
    assert verdict.status is Status.CHANGED
    assert verdict.reason == "the article has changed; the quote still stands there"


def test_an_article_that_is_gone_is_missing(news: Path, claim: Claim) -> None:
    (news / "en.txt").unlink()
    assert status(claim, news) is Status.MISSING


@pytest.mark.parametrize("shift", [-1, 1])
def test_a_quote_one_character_off_is_a_change(news: Path, claim: Claim, shift: int) -> None:
    assert status(replace(claim, start=claim.start + shift, end=claim.end + shift), news) is Status.CHANGED


def test_forged_words_are_a_change(news: Path, claim: Claim) -> None:
    assert status(replace(claim, text=claim.text.replace("Emmett Shear", "Mira Murati!")), news) is Status.CHANGED


def test_an_answer_outside_its_quote_is_a_change(news: Path, claim: Claim) -> None:
    assert status(replace(claim, answer_start=0, answer_end=3), news) is Status.CHANGED


def test_a_path_that_leads_out_of_the_folder_is_missing(news: Path, claim: Claim) -> None:
    (news.parent / "en.txt").write_text(NEWS["en.txt"], encoding="utf-8")
    assert status(replace(claim, path="../en.txt"), news) is Status.MISSING


def test_the_root_that_has_the_article_quoted_is_taken(tmp_path: Path, news: Path, claim: Claim) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "en.txt").write_text("Another article of that name.", encoding="utf-8")
    assert status(claim, other, news) is Status.OK
    assert status(claim, other) is Status.CHANGED
