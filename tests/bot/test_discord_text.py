"""Text for Discord: every character shown as it is, nothing acts, no cut breaks a character or a limit."""

import ast
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import discord_text
from bot.discord_text import clip, escape, fit, length, link, plain

NEWS = {
    "vi": "Đàm phán để quay lại thất bại, Emmett Shear thay Sam Altman.",
    "fr": "« L’ancien PDG », a dit Mme Murati, n’est pas revenu.",
    "zh": "據(jù)報道，阿爾特曼被逐出了董事會。",
    "id": "Altman dipecat pada hari Jumat — lalu kembali.",
    "en": "Sam Altman's return: 700 of 770 signed.",
}
# What Discord's client undoes: a backslash before anything but a letter, a digit or a space (simple-markdown).
SHOWN = re.compile(r"\\([^0-9A-Za-z\s])")


def test_every_limit_written_down_is_kept_to_by_something() -> None:
    modules = [ast.parse(path.read_text(encoding="utf-8")) for path in Path(discord_text.__file__).parent.glob("*.py")]
    names = [node for module in modules for node in ast.walk(module) if isinstance(node, ast.Name)]
    read = {node.id for node in names if isinstance(node.ctx, ast.Load)}
    assert {name for name in vars(discord_text) if name.isupper()} - read == set()


def test_length_counts_a_chinese_character_once_and_an_emoji_twice() -> None:
    assert length("阿爾特曼") == 4
    assert length("😀") == 2
    assert length("e\u0301") == 2


@pytest.mark.parametrize("code", NEWS)
def test_news_is_read_as_it_was_written(code: str) -> None:
    assert SHOWN.sub(r"\1", escape(NEWS[code])) == NEWS[code]


@given(st.text())
def test_what_is_shown_is_the_plain_text_itself(text: str) -> None:
    assert SHOWN.sub(r"\1", escape(text)) == plain(text)


@given(st.text(alphabet="*_~`|<>[]()#@:/-+.1 \n\\a"))
def test_nothing_that_discord_acts_on_is_left_bare(text: str) -> None:
    bare = re.sub(r"\\[^0-9A-Za-z\s]", "?", escape(text))
    assert not re.search(r"[*_~`|<>\[\]#@\\]|://|:\w+:", bare)
    assert not re.match(r"\s*(?:[-+]|\d+\.)", bare)


@pytest.mark.parametrize(
    "text",
    ["@everyone", "<@123>", "<t:0>", "</ask:1>", "# head", "> quote", "- item", "1. item", "https://a.b", ":smile:"],
)
def test_mentions_lists_links_and_formats_do_not_act(text: str) -> None:
    assert "\\" in escape(text)


def test_an_invite_without_a_scheme_is_no_link() -> None:
    assert escape("join discord.gg/abc or Discordapp.com/x") == "join discord\\.gg/abc or Discordapp\\.com/x"


def test_bidi_zero_width_and_control_characters_are_gone_and_breaks_are_spaces() -> None:
    assert plain("a\u202eb\u200bc\u2066d\x1b[0m\r\ne\nf\ufeff") == "abcd[0m e f"


@given(st.text(), st.integers(0, 60))
def test_a_cut_never_exceeds_its_limit(text: str, limit: int) -> None:
    assert length(fit(text, limit)) <= limit
    assert length(fit(text, limit, keep="end")) <= limit
    assert length(clip(text, limit)) <= limit


@given(st.text(alphabet="a\u0301*😀🏽🇻🇳", min_size=1), st.integers(3, 20))
def test_a_cut_leaves_a_beginning_of_whole_characters(text: str, limit: int) -> None:
    kept = SHOWN.sub(r"\1", fit(text, limit)).removesuffix("…").rstrip()
    assert text.startswith(kept)
    rest = text[len(kept) :]
    assert not kept or not rest.startswith(("\u0301", "🏽"))


def test_flags_and_escapes_are_cut_whole() -> None:
    assert clip("🇻🇳🇫🇷", 7) == "🇻🇳…"
    assert fit("*" * 10, 8) == "\\*\\*\\*…"
    assert fit("abc def", 5, keep="end") == "…def"


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("https://example.org/a?b=c", True),
        ("http://example.org", True),
        ("javascript:alert(1)", False),
        ("https://example.org/) [x](https://evil.example", False),
        ("https://example.org/" + "a" * 500, False),
        ("ftp://example.org", False),
        (None, False),
    ],
)
def test_only_web_addresses_that_stay_in_their_brackets_are_linked(url: str | None, kept: bool) -> None:
    assert link(url) == (url if kept else None)
