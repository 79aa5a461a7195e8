"""The bot's token: from DISCORD_TOKEN, else from the configured file; never in a message."""

import re
from collections.abc import Mapping
from pathlib import Path

from index.errors import PolyQuoteError

VARIABLE = "DISCORD_TOKEN"
_TOKEN = re.compile(r"[\w.-]{20,200}", re.ASCII)


class DiscordError(PolyQuoteError):
    """The Discord bot cannot run: no token, a rejected one, a refused intent, or no network."""


def read_token(environment: Mapping[str, str], token_file: str) -> str:
    """Return the token; raises DiscordError, which says where one was looked for and never what was found."""
    told = environment.get(VARIABLE, "").strip()
    where = VARIABLE
    if not told and token_file:
        where = token_file
        try:
            told = Path(token_file).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "not UTF-8"
            raise DiscordError(f"cannot read the token in {token_file} (discord.token_file): {reason}") from None
    if not told:
        raise DiscordError(
            f"no Discord token: set {VARIABLE}, or name a file that holds it in discord.token_file"
            " (developer portal → your application → Bot → Reset Token)"
        )
    if not _TOKEN.fullmatch(told):
        raise DiscordError(f"what {where} holds is not a Discord token: copy it again from the developer portal")
    return told
