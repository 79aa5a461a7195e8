"""The objects of Discord's API that the small server hands out, with the fields that discord.py reads."""

import time
from itertools import count
from typing import Any

EPOCH = 1_420_070_400_000  # ms; docs: reference#snowflakes
BOT, GUILD, CHANNEL, DENIED, THREAD = 111, 222, 333, 334, 335

Json = dict[str, Any]

_serial = count(1)


def snowflake() -> str:
    """Return an identifier that no other thing has; its time is now."""
    return str((int(time.time() * 1000) - EPOCH << 22) + next(_serial) % (1 << 22))


def user(number: int, *, bot: bool = False) -> Json:
    """Return a user."""
    name = "PolyQuote" if number == BOT else f"reader{number}"
    return {"id": str(number), "username": name, "discriminator": "0", "global_name": None, "avatar": None, "bot": bot}


def member(number: int) -> Json:
    """Return a user as a member of the guild."""
    return {
        "user": user(number),
        "roles": [],
        "joined_at": "2026-01-01T00:00:00+00:00",
        "deaf": False,
        "mute": False,
        "flags": 0,
        "permissions": str(1 << 11),
    }


def channel(number: int) -> Json:
    """Return a text channel of the guild, the thread in it, or a direct channel (numbers from 5000)."""
    if number >= 5000:
        return {"id": str(number), "type": 1, "recipients": [user(number - 5000)], "last_message_id": None}
    base = {"id": str(number), "guild_id": str(GUILD), "name": f"channel-{number}", "type": 0, "position": 0}
    if number == THREAD:
        when = "2026-01-01T00:00:00+00:00"
        data = {"archived": False, "auto_archive_duration": 1440, "archive_timestamp": when, "locked": False}
        return base | {
            "type": 11,
            "parent_id": str(CHANNEL),
            "owner_id": "1001",
            "message_count": 0,
            "member_count": 1,
            "thread_metadata": data,
        }
    return base | {"permission_overwrites": [], "parent_id": None, "nsfw": False, "topic": None}


def guild() -> Json:
    """Return the guild, whose language is English."""
    everyone = {
        "id": str(GUILD),
        "name": "@everyone",
        "color": 0,
        "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
        "hoist": False,
        "position": 0,
        "permissions": str(1 << 11),
        "managed": False,
        "mentionable": False,
        "flags": 0,
    }
    return {
        "id": str(GUILD),
        "name": "Newsroom",
        "owner_id": "1001",
        "preferred_locale": "en-US",
        "member_count": 60,
        "roles": [everyone],
        "channels": [channel(CHANNEL), channel(DENIED)],
        "threads": [channel(THREAD)],
        "members": [member(BOT)],
        "unavailable": False,
    }


def application() -> Json:
    """Return the bot's application."""
    return {
        "id": str(BOT),
        "name": "PolyQuote",
        "description": "",
        "icon": None,
        "bot_public": True,
        "bot_require_code_grant": False,
        "owner": user(1),
        "verify_key": "0" * 64,
        "flags": 0,
    }


def message(writer: int, place: int, content: str, **more: Any) -> Json:
    """Return a message; `more` adds or replaces fields."""
    base: Json = {
        "id": snowflake(),
        "channel_id": str(place),
        "author": user(writer, bot=writer == BOT),
        "content": content,
        "timestamp": "2026-01-01T00:00:00+00:00",
        "edited_timestamp": None,
        "tts": False,
        "mention_everyone": False,
        "mentions": [],
        "mention_roles": [],
        "attachments": [],
        "embeds": [],
        "components": [],
        "pinned": False,
        "type": 0,
        "flags": 0,
    }
    if place < 5000:
        base |= {
            "guild_id": str(GUILD),
            "member": {key: value for key, value in member(writer).items() if key != "user"},
        }
    return base | more
