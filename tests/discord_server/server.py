"""A small Discord on loopback: REST routes, a gateway, and the people who use them.

What a test wants to know is kept: messages, interactions with their times, every request, every ping.
"""

import asyncio
import time
from collections.abc import Callable

from aiohttp import web

from tests.discord_server import payloads
from tests.discord_server.payloads import BOT, CHANNEL, GUILD, Json, snowflake
from tests.discord_server.rest import Rest, Told

COMMAND, COMPONENT, AUTOCOMPLETE = 2, 3, 4


class DiscordServer(Rest):
    """The server; `async with` starts and stops it."""

    async def __aenter__(self) -> "DiscordServer":
        app = web.Application()
        for method, path, handler in self.routes():
            app.router.add_route(method, f"/api{path}", self.wrapped(handler))
        app.router.add_get("/gateway/", self.gateway.serve)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.port: int = self._runner.addresses[0][1]
        self.gateway.url = f"ws://127.0.0.1:{self.port}/gateway/"
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.gateway.drop(1001)
        await self._runner.cleanup()

    async def until(self, condition: Callable[[], object], seconds: float = 30.0) -> None:
        """Wait until something holds, looking whenever a request has been served; raises TimeoutError."""
        deadline = time.monotonic() + seconds
        async with self.changed:
            while not condition():
                left = deadline - time.monotonic()
                if left <= 0:
                    raise TimeoutError(f"not within {seconds} s; last requests: {self.requests[-8:]}")
                try:
                    await asyncio.wait_for(self.changed.wait(), min(left, 0.1))
                except TimeoutError:
                    continue

    async def slash(
        self,
        person: int,
        name: str,
        *,
        place: int = CHANNEL,
        locale: str = "en-US",
        twice: bool = False,
        **options: str | bool,
    ) -> Told:
        """Use a slash command."""
        given = [
            {"name": key, "type": 5 if isinstance(value, bool) else 3, "value": value} for key, value in options.items()
        ]
        data = {"id": "9001", "name": name, "type": 1, "options": given}
        return await self._interact(COMMAND, person, place, locale, data, twice=twice)

    async def complete(self, person: int, typed: str, *, locale: str = "en-US") -> Told:
        """Type into the `source` option of `/ask`."""
        options = [{"name": "source", "type": 3, "value": typed, "focused": True}]
        data = {"id": "9001", "name": "ask", "type": 1, "options": options}
        return await self._interact(AUTOCOMPLETE, person, CHANNEL, locale, data)

    async def menu(self, person: int, message: Json, *, locale: str = "en-US") -> Told:
        """Choose "Ask about this" in a message's menu."""
        data = {
            "id": "9002",
            "name": "Ask about this",
            "type": 3,
            "target_id": message["id"],
            "resolved": {"messages": {message["id"]: message}},
        }
        return await self._interact(COMMAND, person, CHANNEL, locale, data)

    async def press(self, person: int, message: Json, label: str, *, locale: str = "en-US") -> Told:
        """Press the button of a message whose label begins so."""
        buttons = [button for row in message["components"] for button in row["components"]]
        button = next(one for one in buttons if one["label"].startswith(label))
        data = {"custom_id": button["custom_id"], "component_type": 2}
        return await self._interact(COMPONENT, person, int(message["channel_id"]), locale, data, origin=message)

    async def say(
        self,
        person: int,
        text: str,
        *,
        place: int = CHANNEL,
        mention: bool = False,
        reply_to: Json | None = None,
        times: int = 1,
        **more: object,
    ) -> Json:
        """Write a message; Discord withholds its text where the bot is not mentioned and has no privileged intent."""
        content = f"<@{BOT}> {text}" if mention else text
        mentioned = [payloads.user(BOT, bot=True)] if mention else []
        readable = mention or place >= 5000 or self.gateway.granted
        message = payloads.message(person, place, content if readable else "", mentions=mentioned, **more)
        if reply_to is not None:
            reference = {"message_id": reply_to["id"], "channel_id": str(place)}
            message |= {"type": 19, "message_reference": reference, "referenced_message": reply_to}
        self.messages[place].append(message)
        for _ in range(times):
            await self.gateway.dispatch("MESSAGE_CREATE", message)
        return message

    def replies(self, message: Json) -> list[Json]:
        """Return the bot's replies to a message."""
        everything = self.messages[int(message["channel_id"])]
        return [one for one in everything if (one.get("message_reference") or {}).get("message_id") == message["id"]
                and one["author"]["id"] == str(BOT)]  # fmt: skip

    async def _interact(
        self,
        kind: int,
        person: int,
        place: int,
        locale: str,
        data: Json,
        *,
        origin: Json | None = None,
        twice: bool = False,
    ) -> Told:
        told = Told(snowflake(), f"interaction-{snowflake()}", kind, time.monotonic(), origin)
        self.interactions[told.id] = told
        payload: Json = {
            "id": told.id,
            "application_id": str(BOT),
            "type": kind,
            "data": data,
            "token": told.token,
            "version": 1,
            "channel_id": str(place),
            "channel": payloads.channel(place),
            "locale": locale,
            "app_permissions": str(1 << 11),
            "attachment_size_limit": 1 << 20,
            "entitlements": [],
        }
        if place >= 5000:
            payload |= {"user": payloads.user(person), "context": 1}
        else:
            payload |= {
                "member": payloads.member(person),
                "guild_id": str(GUILD),
                "guild_locale": "en-US",
                "context": 0,
            }
        if origin is not None:
            payload["message"] = origin
        await self.gateway.dispatch("INTERACTION_CREATE", payload)
        if twice:
            await self.gateway.dispatch("INTERACTION_CREATE", payload)
        return told
