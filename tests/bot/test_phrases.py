"""Wording: every language of the table has all of it, and people are answered in their own."""

import string

import pytest

from bot.command_names import COMMAND_NAMES, LOCALES, localised
from bot.phrases import DEFAULT, FIELDS, PHRASES, wording
from index.languages import LANGUAGES
from tests.discord_server.rules import LOCALES as DISCORD_LOCALES


def fields_of(template: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(template) if name}


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_language_of_the_table_has_a_wording(code: str) -> None:
    assert any(row == code or row.startswith(f"{code}-") for row in PHRASES)


@pytest.mark.parametrize("code", PHRASES)
def test_a_wording_says_everything_and_fills_in_what_english_fills_in(code: str) -> None:
    for name in FIELDS[1:]:
        text = getattr(PHRASES[code], name)
        assert text.strip(), name
        assert fields_of(text) == fields_of(getattr(PHRASES[DEFAULT], name)), name


def test_the_wordings_differ() -> None:
    assert len({row.no_answer for row in PHRASES.values()}) == len(PHRASES)


@pytest.mark.parametrize(
    ("text", "locale", "code"),
    [
        ("Ai thay thế Sam Altman?", "en-US", "vi"),
        ("Qui a remplacé Altman ?", None, "fr"),
        ("who replaced Altman?", "fr", "en"),
        ("Siapa menggantikan Altman?", "en-GB", "id"),
        ("谁取代了Altman？", "en-US", "zh-Hans"),
        ("誰取代了阿爾特曼？", "zh-CN", "zh-Hant"),
        ("Altman 是", "zh-TW", "zh-Hant"),
        ("Altman 是", "zh-CN", "zh-Hans"),
        ("OpenAI CEO", "vi", "vi"),
        ("OpenAI CEO", "fr", "fr"),
        ("???", "id", "id"),
        ("", "zh-TW", "zh-Hant"),
        ("", "en-GB", "en"),
        ("", "de", "en"),
        ("", None, "en"),
        ("кто заменил Альтмана", "fr", "fr"),
    ],
)
def test_people_are_answered_in_their_language(text: str, locale: str | None, code: str) -> None:
    assert wording(text, locale).code == code


@pytest.mark.parametrize("key", COMMAND_NAMES)
def test_commands_are_named_in_every_locale_within_discord_s_rules(key: str) -> None:
    assert set(COMMAND_NAMES[key]) == set(LOCALES) <= DISCORD_LOCALES
    limit = 100 if key.endswith(".about") else 32
    for text in COMMAND_NAMES[key].values():
        assert 1 <= len(text) <= limit
        assert key.endswith(".about") or key == "menu" or (text == text.lower() and " " not in text)
    assert localised(key, "de") is None


@pytest.mark.parametrize("locale", LOCALES)
def test_no_two_commands_have_one_name(locale: str) -> None:
    names = [COMMAND_NAMES[key][locale] for key in ("ask", "sources", "about", "help", "forget")]
    assert len(set(names)) == len(names)
    options = [COMMAND_NAMES[key][locale] for key in ("question", "language", "source", "private")]
    assert len(set(options)) == len(options)
