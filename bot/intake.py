"""Which messages are questions to the bot, and what they ask: decided on plain records, without Discord."""

import re
from collections import OrderedDict
from collections.abc import Collection
from dataclasses import dataclass

from bot.config import DiscordConfig
from index.analysis import clean

REMEMBERED = 4096  # events; a resumed session delivers again what it is not sure of

_MENTION = re.compile(r"<(?:@[!&]?|#)\d+>|<a?:\w+:\d+>")


@dataclass(frozen=True, slots=True)
class Incoming:
    """A message as it came: who wrote it, where (`channels` is the channel and, for a thread, its parent), to whom."""

    author: int
    automatic: bool  # by a bot, a webhook or Discord itself
    guild: int | None
    channels: tuple[int, ...]
    in_thread: bool
    text: str
    mentions_bot: bool
    answers: int | None  # the bot's message that it replies to


@dataclass(frozen=True, slots=True)
class Asked:
    """A question in a message: its text, None where Discord kept it from us, and whether it may follow up."""

    text: str | None
    follows: bool


class Seen:
    """Tells whether an event was seen before; knows the last 4,096."""

    def __init__(self) -> None:
        """Begin with none."""
        self._ids: OrderedDict[int, None] = OrderedDict()

    def again(self, event: int) -> bool:
        """Note an event, and tell whether it had been noted."""
        if event in self._ids:
            return True
        self._ids[event] = None
        if len(self._ids) > REMEMBERED:
            self._ids.popitem(last=False)
        return False


def asked(message: Incoming, settings: DiscordConfig) -> Asked | None:
    """Return what a message asks of the bot, None if it is none of its business."""
    direct = message.guild is None
    if message.automatic or not (direct or message.mentions_bot or message.answers is not None):
        return None
    if not may_answer(message.channels, settings, direct=direct):
        return None
    text = clean(_MENTION.sub(" ", message.text))
    follows = direct or message.in_thread or message.answers is not None
    if text:
        return Asked(text, follows)
    hidden = message.answers is not None and not message.mentions_bot and not message.text
    return Asked(None, follows) if hidden else Asked("", follows)


def may_answer(channels: Collection[int], settings: DiscordConfig, *, direct: bool) -> bool:
    """Tell whether the bot may answer in a channel, given it and its parent: denied wins over allowed."""
    if direct:
        return settings.direct_messages
    if not frozenset(settings.deny_channels).isdisjoint(channels):
        return False
    return not settings.allow_channels or not frozenset(settings.allow_channels).isdisjoint(channels)
