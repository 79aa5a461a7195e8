"""Passages: whole sentences, all of them, each where it says it is."""

from hypothesis import given
from hypothesis import strategies as st

from index.articles import read_article
from index.languages import LANGUAGES
from index.passages import MAX_BYTES, MAX_SENTENCE_BYTES, split
from index.records import Article, Kind, Section
from index.sentences import sentences
from tests.conftest import SEEDS, article_of

ENGLISH = "Altman was fired on Friday. He was one of the four. Shear came next. Then Altman was back. All were glad."


def test_a_passage_is_three_sentences_and_shares_one_with_the_next() -> None:
    assert [passage.text for passage in split(article_of(ENGLISH))] == [
        "Altman was fired on Friday. He was one of the four. Shear came next.",
        "Shear came next. Then Altman was back. All were glad.",
    ]


def test_a_single_sentence_is_a_passage() -> None:
    assert [passage.text for passage in split(article_of("  Shear came next.\n"))] == ["Shear came next."]


def test_long_sentences_are_not_joined_beyond_the_limit() -> None:
    long = "x" * (MAX_BYTES - 1) + "."
    assert [len(passage.text) for passage in split(article_of(f"{long} {long} Short.".replace("x", "a")))] == [
        MAX_BYTES,
        MAX_BYTES,
        len("Short."),
    ]


def test_sentences_far_apart_are_not_joined() -> None:
    text = "The board met on Monday." + "\n" * 20_000 + "It named a chief. He came."
    first, second = split(article_of(text))
    assert (first.text, second.text) == ("The board met on Monday.", "It named a chief. He came.")


def test_what_never_ends_is_cut_at_a_space() -> None:
    passages = split(article_of("word " * 2000), overlap=0)
    assert all(len(passage.text.encode()) <= MAX_SENTENCE_BYTES for passage in passages)
    assert all(passage.text.startswith("word") and passage.text.endswith("word") for passage in passages)


def test_what_has_no_spaces_is_cut_between_characters() -> None:
    passages = split(article_of("阿" * 5000, "zh"), overlap=0)
    assert "".join(passage.text for passage in passages) == "阿" * 5000


def test_comments_and_body_are_never_in_one_passage_and_boilerplate_in_none() -> None:
    text = "Body one. Body two.\nA comment.\n© 2024 Company"
    cuts = [0, text.index("A comment"), text.index("©"), len(text)]
    kinds = [Kind.BODY, Kind.COMMENT, Kind.BOILERPLATE]
    sections = tuple(Section(kind, start, end) for kind, start, end in zip(kinds, cuts, cuts[1:], strict=False))
    article = Article(article_of(text).info, text, sections)
    assert [(passage.kind, passage.text) for passage in split(article)] == [
        (Kind.BODY, "Body one. Body two."),
        (Kind.COMMENT, "A comment."),
    ]


def test_every_passage_of_the_seeds_is_verbatim_and_every_sentence_is_in_one() -> None:
    for path in sorted(SEEDS.iterdir()):
        article = read_article(path, path.name)
        passages = split(article)
        assert all(article.text[passage.start : passage.end] == passage.text for passage in passages)
        for section in article.sections:
            if section.kind is Kind.BOILERPLATE:
                assert not any(p.start < section.end and section.start < p.end for p in passages)
                continue
            for start, end in sentences(article.text[section.start : section.end], article.info.language):
                span = section.start + start, section.start + end
                assert any(p.start <= span[0] and span[1] <= p.end for p in passages)


pieces = st.sampled_from(
    ["Altman. ", "« Oui ! » ", "他回來了。", "Ông P. nói: ", "\n", "  ", "e\u0301 ", "👩‍👩‍👧 ", "ﬁn. ", "39.1 juta. "]
)


@given(st.lists(pieces, max_size=40).map("".join), st.sampled_from(sorted(LANGUAGES)))
def test_passages_are_verbatim_in_order_and_leave_no_character_out(text: str, code: str) -> None:
    passages = split(article_of(text, code))
    assert all(text[passage.start : passage.end] == passage.text for passage in passages)
    assert [p.start for p in passages] == sorted({p.start for p in passages})
    covered = {point for p in passages for point in range(p.start, p.end)}
    assert all(point in covered for point, char in enumerate(text) if not char.isspace())
