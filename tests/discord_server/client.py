"""The bot as a process of its own, led to the small server: `python -m tests.discord_server.client PORT …`.

The library is pointed at loopback here, in the test's own process; the shipped bot can be led nowhere else. With
`--fake FOLDER SETTINGS` it answers from `fake_answers`; otherwise the arguments are the command line's own.
"""

import json
import os
import sys
from pathlib import Path

import discord
import discord.gateway
import yarl

from bot.cli import main
from bot.config import parse_config
from bot.credentials import read_token
from bot.discord_app import run
from index.errors import PolyQuoteError
from tests.discord_server.fake_answers import FakeAnswers


def lead(port: int) -> None:
    """Point discord.py at the small server."""
    discord.http.Route.BASE = f"http://127.0.0.1:{port}/api"
    discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(f"ws://127.0.0.1:{port}/gateway/")


def fake(folder: Path, settings: str) -> int:
    """Run the bot as the command line does, on answers that can be worked out by hand."""
    config = parse_config({"discord": json.loads(settings)}, "settings").discord
    try:
        return run(FakeAnswers(folder), config, read_token(os.environ, config.token_file), folder)
    except PolyQuoteError as error:
        sys.stderr.write(f"polyquote: {error}\n")
        return 2


if __name__ == "__main__":
    lead(int(sys.argv[1]))
    sys.exit(fake(Path(sys.argv[3]), sys.argv[4]) if sys.argv[2] == "--fake" else main(sys.argv[2:]))
