"""Which messages are questions: those to the bot, by people, where it may answer; each once."""

from dataclasses import replace

import pytest

from bot.config import DiscordConfig
from bot.intake import REMEMBERED, Asked, Incoming, Seen, asked, may_answer

CHANNEL, THREAD, BOT = 333, 335, 111
PLAIN = Incoming(1001, False, 222, (CHANNEL,), False, "Ai thay thế Altman?", False, None)
MENTION = replace(PLAIN, mentions_bot=True, text=f"<@{BOT}> Ai thay thế Altman?")
DIRECT = replace(PLAIN, guild=None)
REPLY = replace(PLAIN, answers=77, mentions_bot=True)
ANY = DiscordConfig()


@pytest.mark.parametrize(
    ("message", "question"),
    [
        (MENTION, Asked("Ai thay thế Altman?", False)),
        (DIRECT, Asked("Ai thay thế Altman?", True)),
        (REPLY, Asked("Ai thay thế Altman?", True)),
        (replace(MENTION, channels=(THREAD, CHANNEL), in_thread=True), Asked("Ai thay thế Altman?", True)),
        (replace(MENTION, text=f"谁 <@!{BOT}> 是 <@&9> <#8> <:hi:7> CEO\u202e?"), Asked("谁 是 CEO?", False)),
        (replace(MENTION, text=f"<@{BOT}>"), Asked("", False)),
        (replace(REPLY, mentions_bot=False, text=""), Asked(None, True)),
        (replace(REPLY, mentions_bot=False), Asked("Ai thay thế Altman?", True)),
    ],
)
def test_a_mention_a_reply_and_a_direct_message_ask(message: Incoming, question: Asked) -> None:
    assert asked(message, ANY) == question


@pytest.mark.parametrize("message", [PLAIN, *(replace(one, automatic=True) for one in (MENTION, DIRECT, REPLY))])
def test_talk_among_people_and_bots_and_webhooks_do_not(message: Incoming) -> None:
    assert asked(message, ANY) is None


@pytest.mark.parametrize(
    ("allow", "deny", "channels", "allowed"),
    [
        ((), (), (CHANNEL,), True),
        ((CHANNEL,), (), (CHANNEL,), True),
        ((CHANNEL,), (), (THREAD, CHANNEL), True),
        ((CHANNEL,), (), (1,), False),
        ((), (CHANNEL,), (CHANNEL,), False),
        ((), (CHANNEL,), (THREAD, CHANNEL), False),
        ((THREAD,), (CHANNEL,), (THREAD, CHANNEL), False),
    ],
)
def test_channels_are_allowed_and_denied_with_their_threads(
    allow: tuple[int, ...], deny: tuple[int, ...], channels: tuple[int, ...], allowed: bool
) -> None:
    settings = DiscordConfig(allow_channels=allow, deny_channels=deny)
    assert may_answer(channels, settings, direct=False) is allowed
    assert (asked(replace(MENTION, channels=channels), settings) is not None) is allowed


def test_direct_messages_can_be_switched_off() -> None:
    assert asked(DIRECT, DiscordConfig(direct_messages=False)) is None


def test_an_event_is_seen_once_and_forgotten_in_time() -> None:
    seen = Seen()
    assert [seen.again(event) for event in (1, 2, 1)] == [False, False, True]
    for event in range(10, 10 + REMEMBERED):
        seen.again(event)
    assert not seen.again(1)
