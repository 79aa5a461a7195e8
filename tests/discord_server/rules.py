"""Discord's rules for what a bot sends, written anew from its documentation and not from our own limits.

https://docs.discord.com/developers/resources/message, .../components/reference, .../interactions/application-commands.
Lengths are code points, as the API counts. `message_faults` and `command_faults` return what Discord would refuse.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

LOCALES = set(
    "id da de en-GB en-US es-ES es-419 fr hr it lt hu nl no pl pt-BR ro fi sv-SE vi tr cs el bg ru uk hi th zh-CN ja"
    " zh-TW ko".split()
)
EMBED = {"title": 256, "description": 4096}
_NAME = re.compile(r"[-_'\w]{1,32}")


def message_faults(payload: Mapping[str, Any]) -> list[str]:
    """Return what is wrong with a message that is created or edited."""
    return [*_text_faults(payload), *_embed_faults(payload), *_component_faults(payload)]


def pings(payload: Mapping[str, Any]) -> list[str]:
    """Return whom a message would notify; without `allowed_mentions` that is everyone it names."""
    allowed = payload.get("allowed_mentions")
    parse = {"users", "roles", "everyone"} if allowed is None else set(allowed.get("parse", []))
    content = payload.get("content") or ""
    found = [f"user {user}" for user in re.findall(r"<@!?(\d+)>", content) if "users" in parse]
    found += [f"role {role}" for role in re.findall(r"<@&(\d+)>", content) if "roles" in parse]
    found += [name for name in ("@everyone", "@here") if name in content and "everyone" in parse]
    replied = payload.get("message_reference") is not None
    return found + (["author"] if replied and (allowed is None or allowed.get("replied_user", False)) else [])


def command_faults(commands: list[Mapping[str, Any]]) -> list[str]:
    """Return what is wrong with the commands that an application registers."""
    faults = [] if len({(one["name"], one.get("type", 1)) for one in commands}) == len(commands) else ["names repeat"]
    for command in commands:
        faults += _named(command, menu=command.get("type", 1) != 1)
        options = command.get("options", [])
        faults += ["more than 25 options"] if len(options) > 25 else []
        required = [bool(option.get("required")) for option in options]
        faults += ["required options come first"] if required != sorted(required, reverse=True) else []
        for option in options:
            faults += _named(option, menu=False)
            choices = option.get("choices", [])
            faults += ["more than 25 choices"] if len(choices) > 25 else []
            faults += [f"choice {one}" for one in choices if not 1 <= len(one["name"]) <= 100]
    return faults


def choice_faults(choices: list[Mapping[str, Any]]) -> list[str]:
    """Return what is wrong with what an autocompletion offers."""
    faults = ["more than 25 choices"] if len(choices) > 25 else []
    return faults + [
        str(one) for one in choices if not 1 <= len(one["name"]) <= 100 or not 1 <= len(one["value"]) <= 100
    ]


def _text_faults(payload: Mapping[str, Any]) -> Iterator[str]:
    content = payload.get("content") or ""
    if len(content) > 2000:
        yield f"content has {len(content)} characters"
    if not content.strip() and not payload.get("embeds"):
        yield "the message is empty"


def _embed_faults(payload: Mapping[str, Any]) -> Iterator[str]:
    embeds = payload.get("embeds") or []
    if len(embeds) > 10:
        yield f"{len(embeds)} embeds"
    total = 0
    for embed in embeds:
        parts = {key: embed.get(key) or "" for key in EMBED}
        footer = (embed.get("footer") or {}).get("text", "")
        if not any(parts.values()):
            yield "an embed is empty"
        for key, limit in EMBED.items():
            if len(parts[key]) > limit:
                yield f"an embed's {key} has {len(parts[key])} characters"
        if len(footer) > 2048:
            yield f"a footer has {len(footer)} characters"
        total += len(footer) + sum(map(len, parts.values()))
    if total > 6000:
        yield f"the embeds have {total} characters"


def _component_faults(payload: Mapping[str, Any]) -> Iterator[str]:
    rows = payload.get("components") or []
    if len(rows) > 5:
        yield f"{len(rows)} rows of components"
    buttons = [button for row in rows for button in row["components"]]
    if any(not 1 <= len(row["components"]) <= 5 for row in rows):
        yield "a row has no buttons or more than 5"
    identifiers = [button["custom_id"] for button in buttons]
    if len(set(identifiers)) != len(identifiers):
        yield "a custom_id repeats"
    for button in buttons:
        if not 1 <= len(button["custom_id"]) <= 100 or not 1 <= len(button.get("label") or "") <= 80:
            yield f"button {button}"


def _named(thing: Mapping[str, Any], *, menu: bool) -> Iterator[str]:
    names = [thing["name"], *(thing.get("name_localizations") or {}).values()]
    descriptions = [] if menu else [thing["description"], *(thing.get("description_localizations") or {}).values()]
    for name in names:
        good = 1 <= len(name) <= 32 and (menu or (_NAME.fullmatch(name) and name == name.lower()))
        if not good:
            yield f"name {name!r}"
    yield from (f"description {text!r}" for text in descriptions if not 1 <= len(text) <= 100)
    for key in ("name_localizations", "description_localizations"):
        yield from (f"locale {locale}" for locale in thing.get(key) or {} if locale not in LOCALES)
