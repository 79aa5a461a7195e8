"""A bot process beside the small server: started, stopped, killed, and its log read."""

import asyncio
import functools
import inspect
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Concatenate, ParamSpec

from tests.discord_server.rest import Told
from tests.discord_server.server import DiscordServer

ROOT = Path(__file__).parents[2]
TOKEN = "MTExMTExMTExMTExMTExMTEx.Gtest1.not-a-real-token-for-the-small-server"
QUICK = {"cooldown": 0, "check_index": 0.2, "drain": 20}
P = ParamSpec("P")


@dataclass
class Bot:
    """A running bot process."""

    process: asyncio.subprocess.Process
    folder: Path

    @property
    def log(self) -> str:
        """What it has written to standard error."""
        return (self.folder / "stderr.txt").read_text(encoding="utf-8")

    def events(self, name: str) -> list[dict[str, Any]]:
        """Return the events of that name in its log."""
        lines = (json.loads(line) for line in self.log.splitlines() if line.startswith("{"))
        return [line for line in lines if line["event"] == name]

    @property
    def calls(self) -> list[str]:
        """The questions that were really answered, in order."""
        path = self.folder / "calls.txt"
        return path.read_text(encoding="utf-8").splitlines() if path.exists() else []

    async def stop(self, how: int = signal.SIGTERM) -> int:
        """Send a signal and return the exit code."""
        self.process.send_signal(how)
        return await self.ended()

    async def ended(self) -> int:
        """Wait for the end and return the exit code."""
        return await asyncio.wait_for(self.process.wait(), 30)


@asynccontextmanager
async def running(
    server: DiscordServer, folder: Path, *, token: str | None = TOKEN, ready: bool = True, **settings: object
) -> AsyncIterator[Bot]:
    """Run the bot on the fake answers, wait until it is connected, and stop it at the end."""
    arguments = ("--fake", str(folder), json.dumps(QUICK | settings))
    async with process(server, folder, *arguments, token=token, ready=ready) as bot:
        yield bot


@asynccontextmanager
async def process(
    server: DiscordServer, folder: Path, *arguments: str, token: str | None = TOKEN, ready: bool = True
) -> AsyncIterator[Bot]:
    """Run the bot with any arguments of `tests.discord_server.client`."""
    environment = {key: value for key, value in os.environ.items() if key != "DISCORD_TOKEN"}
    if token is not None:
        environment["DISCORD_TOKEN"] = token
    command = (sys.executable, "-m", "tests.discord_server.client", str(server.port))
    with (folder / "stderr.txt").open("ab") as errors:
        child = await asyncio.create_subprocess_exec(
            *command, *arguments, cwd=ROOT, env=environment, stdout=errors, stderr=errors
        )
    bot = Bot(child, folder)
    try:
        if ready:
            ended, connected = asyncio.ensure_future(child.wait()), asyncio.ensure_future(server.gateway.ready.wait())
            await asyncio.wait((ended, connected), timeout=30, return_when=asyncio.FIRST_COMPLETED)
            assert connected.done(), bot.log[-2000:]
        yield bot
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()


def with_server(
    scenario: Callable[Concatenate[DiscordServer, P], Awaitable[None]],
) -> Callable[P, None]:
    """Make a test of a scenario, which gets a server first and holds Discord's rules whatever it tests."""

    async def run(*args: P.args, **kwargs: P.kwargs) -> None:
        async with DiscordServer(TOKEN) as server:
            await scenario(server, *args, **kwargs)
            assert server.refused == []
            assert server.pings == []
            late = [told for told in server.interactions.values() if _delay(told) > 3]
            assert late == []

    def test(*args: P.args, **kwargs: P.kwargs) -> None:
        asyncio.run(run(*args, **kwargs))

    functools.update_wrapper(test, scenario)
    vars(test).pop("__wrapped__")  # else pytest would ask for the server as a fixture
    parameters = list(inspect.signature(scenario).parameters.values())[1:]
    test.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    return test


def _delay(told: Told) -> float:
    return (told.acknowledged or float("inf")) - told.sent
