"""What the end-to-end tests share: who asks, and how what they are shown is read."""

from bot.phrases import PHRASES
from tests.discord_server.payloads import Json
from tests.discord_server.rest import Told
from tests.discord_server.server import DiscordServer

AN, BAO, CHLOE = 1001, 1002, 1003
DIRECT = 5000 + AN
QUESTION = "who replaced Altman?"
EN = PHRASES["en"]


def shown(told: Told | Json) -> str:
    """Everything that can be read in a message."""
    message = (told.message or {}) if isinstance(told, Told) else told
    cards = [
        f"{one.get('title', '')}\n{one.get('description', '')}\n{one.get('footer', {}).get('text', '')}"
        for one in message["embeds"]
    ]
    return "\n".join([message["content"], *cards])


async def answered(server: DiscordServer, *tolds: Told, seconds: float = 30) -> None:
    await server.until(lambda: all(told.answers for told in tolds), seconds)
