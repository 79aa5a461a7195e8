"""Discord messages as data: the words in every language, and Discord's limits whatever an article holds."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.answer_log import NOTHING_FOUND
from bot.answering import Answer, Dispute, Quote
from bot.discord_render import (
    NO_KEY,
    QUOTES,
    SOURCE_ROWS,
    Press,
    Reply,
    about_reply,
    answer_reply,
    confidence_in_words,
    context_reply,
    notice,
    parse_press,
    reply_text,
    shown_quotes,
    sources_reply,
)
from bot.phrases import PHRASES, Phrases
from index.records import ArticleInfo, Kind
from tests.discord_server.rules import message_faults

EN = PHRASES["en"]
KEY = "0123456789abcdef"
VI = ArticleInfo("a" * 16, "vi.txt", "Đàm phán thất bại", "vi", "2023-11-20", "The Washington Post", None, "a" * 64)
FR = ArticleInfo("b" * 16, "fr.txt", "La lutte de pouvoir", "fr", None, None, "https://example.org/fr", "b" * 64)
ROWS = pytest.mark.parametrize("phrases", PHRASES.values(), ids=PHRASES)


def quote(info: ArticleInfo, text: str, answer: str | None, start: int = 10, kind: Kind = Kind.BODY) -> Quote:
    if answer is None:
        return Quote(info, text, start, start + len(text), None, None, 0.5, kind)
    first = start + text.index(answer)
    return Quote(info, text, start, start + len(text), first, first + len(answer), 1.0, kind)


SHEAR = quote(VI, "Emmett Shear thay Sam Altman.", "Emmett Shear")
MURATI = quote(FR, "Mira Murati remplace Altman.", "Mira Murati")
ANSWER = Answer(
    "who?", "en", True, "Emmett Shear", 0.8, (SHEAR,), (Dispute("Mira Murati", (MURATI,)),), (), NOTHING_FOUND
)
NONE = Answer("who?", "en", False, None, 0.2, (), (), (quote(VI, "Tin khác.", None),), NOTHING_FOUND)


def sent(reply: Reply) -> dict[str, object]:
    """Return a reply as the shell sends it, as far as limits go."""
    rows = sorted({button.row for button in reply.buttons})
    return {
        "content": reply.content,
        "embeds": [{"title": c.title, "description": c.body, "footer": {"text": c.footer}} for c in reply.cards],
        "components": [
            {"components": [{"custom_id": b.press.custom_id, "label": b.label} for b in reply.buttons if b.row == row]}
            for row in rows
        ],
    }


def test_an_answer_is_read_from_the_top_down() -> None:
    assert reply_text(answer_reply(ANSWER, KEY, EN)) == (
        "**Emmett Shear**\n"
        "-# likely · quoted from 1 article\n"
        "-# Another answer is given: Mira Murati (1)\n"
        "\n"
        "┌ 1 · Đàm phán thất bại\n"
        "│ **Emmett Shear** thay Sam Altman.\n"
        "└ Tiếng Việt · 2023-11-20 · The Washington Post · vi.txt [10, 39)\n"
        "\n"
        "┌ 2 ≠ La lutte de pouvoir\n"
        "│ **Mira Murati** remplace Altman.\n"
        "│ [→](https://example.org/fr)\n"
        "└ Français · undated · fr.txt [10, 38)\n"
        "\n"
        "[Context 1] [Context 2]\n"
        "[Right answer] [Wrong answer]"
    )


@ROWS
def test_every_wording_says_what_there_is_to_say(phrases: Phrases) -> None:
    told = reply_text(answer_reply(ANSWER, KEY, phrases, understood="and when? (replaced Altman)"))
    for words in (phrases.likely, phrases.one_article, phrases.undated, phrases.right, phrases.wrong):
        assert words in told
    assert phrases.understood.format(question="and when? (replaced Altman)") in told
    assert phrases.dispute.format(answers="Mira Murati (1)") in told


@ROWS
def test_an_abstention_shows_the_nearest_passages_as_what_they_are(phrases: Phrases) -> None:
    reply = answer_reply(NONE, KEY, phrases)
    assert reply.content == f"{phrases.no_answer}\n-# {phrases.nearest}"
    assert reply.cards[0].body == "Tin khác."


@ROWS
def test_it_says_how_many_articles_and_languages_are_quoted(phrases: Phrases) -> None:
    two = replace(ANSWER, quotes=(SHEAR, replace(SHEAR, article=FR)), disputes=())
    assert phrases.several_languages.format(articles=2, languages=2) in answer_reply(two, KEY, phrases).content
    same = replace(FR, id="c" * 16, language="vi")
    two = replace(ANSWER, quotes=(SHEAR, replace(SHEAR, article=same)), disputes=())
    assert phrases.several_articles.format(articles=2) in answer_reply(two, KEY, phrases).content


@pytest.mark.parametrize(
    ("confidence", "words"), [(0.95, EN.sure), (0.9, EN.sure), (0.7, EN.likely), (0.5, EN.possible), (0.1, EN.doubtful)]
)
def test_confidence_is_told_in_words(confidence: float, words: str) -> None:
    assert confidence_in_words(confidence, EN) == words
    assert "%" not in answer_reply(replace(ANSWER, confidence=confidence), KEY, EN).content


def test_what_disputes_an_answer_of_many_quotes_is_still_among_the_pages() -> None:
    many = replace(ANSWER, quotes=tuple(quote(VI, f"Shear {n}", "Shear", 100 * n) for n in range(2 * QUOTES)))
    assert len(shown_quotes(many)) == QUOTES
    assert shown_quotes(many)[-1] == MURATI


def test_a_reader_s_comment_is_called_one() -> None:
    answer = replace(ANSWER, quotes=(replace(SHEAR, kind=Kind.COMMENT),))
    assert answer_reply(answer, KEY, EN).cards[0].footer.startswith("reader's comment · Tiếng Việt")


def test_pages_show_every_quote_once_and_name_their_neighbours() -> None:
    many = replace(ANSWER, quotes=tuple(quote(VI, f"Shear {n}", "Shear", 100 * n) for n in range(7)), disputes=())
    titles = []
    for page, turns in enumerate((["More sources (2/3)"], ["Back", "More sources (3/3)"], ["Back"])):
        reply = answer_reply(many, KEY, EN, page=page)
        titles += [card.title.split(" ")[0] for card in reply.cards]
        assert [one.label for one in reply.buttons if one.press.action == "page"] == turns
        assert not message_faults(sent(reply))
    assert titles == ["1", "2", "3", "4", "5", "6", "7"]
    assert answer_reply(many, KEY, EN, page=99) == answer_reply(many, KEY, EN, page=2)


def test_a_long_quote_keeps_its_answer_and_says_that_it_was_cut() -> None:
    long = quote(VI, f"{'trước ' * 400}Emmett Shear{' sau' * 400}", "Emmett Shear")
    body = answer_reply(replace(ANSWER, quotes=(long,)), KEY, EN).cards[0].body
    assert "trước **Emmett Shear** sau" in body
    assert body.startswith("…")
    assert body.endswith("…")


ANYTHING = st.text(max_size=3000) | st.sampled_from("阿😀*`\u0301").map(lambda char: char * 3000)


@settings(deadline=None, max_examples=40)
@given(ANYTHING, ANYTHING, ANYTHING, st.sampled_from(sorted(PHRASES)))
def test_no_article_can_make_a_message_that_discord_refuses(text: str, title: str, source: str, code: str) -> None:
    info = replace(FR, title=title, source=source, path=source[:200], url=f"https://e.org/{source[:50]}")
    whole = Quote(info, text, 0, len(text), 0, len(text), 1.0, Kind.BODY)
    full = replace(ANSWER, question=text, answer=text, quotes=(whole,) * 7, disputes=(Dispute(text, (whole,)),) * 9)
    none = replace(NONE, nearest=(replace(whole, answer_start=None, answer_end=None),) * 3)
    phrases = PHRASES[code]
    for reply in (
        answer_reply(full, KEY, phrases, page=1, understood=text),
        answer_reply(none, KEY, phrases),
        context_reply(whole, text, text, phrases),
        sources_reply([info] * 30, phrases, page=1),
        about_reply([info] * 30, 99, "000001", phrases),
    ):
        assert not message_faults(sent(reply))
        # Footers are shown as they are; everything else is Markdown.
        assert "```" not in reply.content + "".join(card.title + card.body for card in reply.cards)


@ROWS
def test_our_own_words_fit_a_message(phrases: Phrases) -> None:
    for name in ("help", "failed", "busy", "stopping", "expired", "unreadable"):
        assert not message_faults(sent(notice(getattr(phrases, name))))


def test_a_quote_is_shown_within_its_article() -> None:
    reply = context_reply(SHEAR, "Trước đó. ", " Sau đó.", EN)
    assert reply.cards[0].body == "Trước đó. **Emmett Shear thay Sam Altman.** Sau đó."


def test_sources_are_listed_newest_first_in_pages() -> None:
    many = [replace(VI, path=f"{n:02}.txt", title=f"T{n:02}", date=f"2023-11-{n + 1:02}") for n in range(12)]
    first = sources_reply([*many, FR], EN)
    second = sources_reply([*many, FR], EN, page=1)
    assert first.cards[0].title == "13 articles in 2 languages"
    assert first.cards[0].body.splitlines()[0] == "- **T11** · Tiếng Việt · 2023-11-12 · The Washington Post"
    assert len(first.cards[0].body.splitlines()) == SOURCE_ROWS
    assert second.cards[0].body.splitlines()[-1] == "- **La lutte de pouvoir** · Français · undated"
    assert [one.label for one in second.buttons] == ["Back"]
    assert sources_reply([], EN).content == EN.no_sources


def test_what_a_button_does_is_in_its_identifier() -> None:
    press = Press("page", KEY, "zh-Hant", 4)
    assert parse_press(press.custom_id) == press
    assert len(press.custom_id) <= 100
    assert parse_press(Press("sources", NO_KEY, "en", 1).custom_id) == Press("sources", NO_KEY, "en", 1)
    for wrong in ("", "pq:page", f"pq:drop:{KEY}:en:1", f"pq:page:{KEY}:xx:1", f"x{press.custom_id}"):
        assert parse_press(wrong) is None


def test_quotes_beyond_what_is_asked_for_are_not_paged() -> None:
    assert len(shown_quotes(replace(ANSWER, quotes=(SHEAR,) * 40))) == QUOTES
