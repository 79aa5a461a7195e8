"""The REST routes of the small Discord, strict where Discord is strict.

It keeps Discord's rules and not only its shapes: an interaction dies after 3 s without an acknowledgement (10062) and
takes one only (40060), a message over a limit is refused (50035), a nonce is taken once, a bucket runs empty (429).
"""

import asyncio
import json
import re
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from aiohttp import web

from tests.discord_server import payloads
from tests.discord_server.gateway import Gateway
from tests.discord_server.payloads import BOT, CHANNEL, Json, snowflake
from tests.discord_server.rules import choice_faults, command_faults, message_faults, pings

ACKNOWLEDGE_WITHIN = 3.0  # seconds; docs: interactions/receiving-and-responding

Handler = Callable[[web.Request], Awaitable[web.Response]]


@dataclass
class Told:
    """An interaction: when it was sent and answered, and what it shows."""

    id: str
    token: str
    kind: int
    sent: float
    origin: Json | None = None  # the message whose button was pressed
    acknowledged: float | None = None
    answered: float | None = None
    answers: int = 0
    response: int | None = None
    message: Json | None = None
    followups: list[Json] = field(default_factory=list)
    choices: list[Json] = field(default_factory=list)

    @property
    def thinking(self) -> bool:
        """Tell whether it shows "thinking" still."""
        return self.response == 5 and self.answers == 0


@dataclass
class Fault:
    """What goes wrong with the next requests to a route; `after` it was carried out, or before."""

    route: str
    status: int
    times: int
    after: bool = False
    body: Json = field(default_factory=dict)


class Rest:
    """What the bot sends and gets; what a test wants to know of it is kept."""

    def __init__(self, token: str) -> None:
        """Take the token that is accepted."""
        self.gateway = Gateway(token)
        self.token = token
        self.commands: list[Json] = []
        self.syncs = 0
        self.messages: dict[int, list[Json]] = defaultdict(list)
        self.interactions: dict[str, Told] = {}
        self.requests: list[tuple[str, str, int]] = []
        self.pings: list[str] = []
        self.refused: list[str] = []
        self.faults: list[Fault] = []
        self.per_second = 0  # messages a second and channel, 0 without a limit
        self._bucket: dict[str, tuple[float, int]] = {}
        self.changed = asyncio.Condition()

    def routes(self) -> list[tuple[str, str, Handler]]:
        """Return every route as method, path and handler."""
        return [
            ("GET", "/users/@me", self._me),
            ("GET", "/oauth2/applications/@me", self._application),
            ("PUT", "/applications/{app}/commands", self._put_commands),
            ("POST", "/interactions/{id}/{token}/callback", self._callback),
            ("PATCH", "/webhooks/{app}/{token}/messages/@original", self._edit_original),
            ("POST", "/webhooks/{app}/{token}", self._followup),
            ("POST", "/channels/{channel}/messages", self._create_message),
            ("POST", "/channels/{channel}/typing", self._typing),
        ]

    def wrapped(self, handler: Handler) -> Handler:
        """Return a handler with its faults and with its requests noted."""

        async def serve(request: web.Request) -> web.Response:
            path = request.path.removeprefix("/api")
            fault = next(
                (one for one in self.faults if one.times and re.search(one.route, f"{request.method} {path}")), None
            )
            if fault is not None:
                fault.times -= 1
            if fault is None:
                response = await handler(request)
            else:
                if fault.after:
                    await handler(request)
                response = _json(fault.body, status=fault.status, headers={"Via": "1.1 google"})
            async with self.changed:
                self.requests.append((request.method, path, response.status))
                self.changed.notify_all()
            return response

        return serve

    async def _me(self, request: web.Request) -> web.Response:
        if request.headers.get("Authorization") != f"Bot {self.token}":
            return _error(401, 0, "401: Unauthorized")
        return _json(payloads.user(BOT, bot=True))

    async def _application(self, request: web.Request) -> web.Response:
        return _json(payloads.application())

    async def _put_commands(self, request: web.Request) -> web.Response:
        commands = await request.json()
        if faults := command_faults(commands):
            return self._refuse(faults)
        self.syncs += 1
        self.commands = commands
        made = [
            {"id": snowflake(), "application_id": str(BOT), "version": snowflake(), "type": 1} | one for one in commands
        ]
        for one in made:
            one.setdefault("default_member_permissions", None)
            one.setdefault("description", "")
        return _json(made)

    async def _callback(self, request: web.Request) -> web.Response:
        told = self.interactions.get(request.match_info["id"])
        body = await request.json()
        if told is None or (time.monotonic() - told.sent > ACKNOWLEDGE_WITHIN and told.acknowledged is None):
            return _error(404, 10062, "Unknown interaction")
        if told.acknowledged is not None:
            return _error(400, 40060, "Interaction has already been acknowledged.")
        data = body.get("data") or {}
        if faults := (message_faults(data) if body["type"] in (4, 7) else choice_faults(data.get("choices", []))):
            return self._refuse(faults)
        told.acknowledged, told.response = time.monotonic(), body["type"]
        private = bool(data.get("flags", 0) & 64)
        if body["type"] == 8:
            told.choices = data["choices"]
        elif body["type"] == 6:
            told.message = told.origin
        else:
            self._show(told, data, private=private)
            told.answers += body["type"] != 5
            told.answered = time.monotonic() if body["type"] != 5 else None
        shown = told.message or {}
        interaction = {
            "id": told.id,
            "type": told.kind,
            "response_message_id": shown.get("id"),
            "response_message_loading": body["type"] == 5,
            "response_message_ephemeral": private,
        }
        resource = {"type": body["type"], **({"message": shown} if shown and body["type"] in (4, 7) else {})}
        return _json({"interaction": interaction, "resource": resource})

    def _show(self, told: Told, data: Json, *, private: bool) -> None:
        place = int(told.origin["channel_id"]) if told.origin else CHANNEL
        self.pings += pings(data)
        told.message = payloads.message(
            BOT,
            place,
            data.get("content") or "",
            embeds=data.get("embeds", []),
            components=data.get("components", []),
            flags=(64 if private else 0) | (128 if told.response == 5 else 0),
        )

    async def _edit_original(self, request: web.Request) -> web.Response:
        token, body = request.match_info["token"], await request.json()
        told = next((one for one in self.interactions.values() if one.token == token), None)
        if told is None or told.message is None:
            return _error(404, 10015, "Unknown Webhook")
        if faults := message_faults(body):
            return self._refuse(faults)
        self.pings += pings(body)
        told.message |= {key: body[key] for key in ("content", "embeds", "components") if key in body}
        told.message["flags"] &= ~128
        told.answers += 1
        told.answered = time.monotonic()
        return _json(told.message)

    async def _followup(self, request: web.Request) -> web.Response:
        token, body = request.match_info["token"], await request.json()
        told = next((one for one in self.interactions.values() if one.token == token), None)
        if told is None or told.acknowledged is None:
            return _error(404, 10015, "Unknown Webhook")
        if faults := message_faults(body):
            return self._refuse(faults)
        self.pings += pings(body)
        made = payloads.message(
            BOT, CHANNEL, body.get("content") or "", embeds=body.get("embeds", []), flags=body.get("flags", 0)
        )
        told.followups.append(made)
        return _json(made)

    async def _create_message(self, request: web.Request) -> web.Response:
        place, body = int(request.match_info["channel"]), await request.json()
        headers = self._rate(request.match_info["channel"])
        if headers.get("X-RateLimit-Remaining") == "-1":
            wait = float(headers["X-RateLimit-Reset-After"])
            limited = {"message": "You are being rate limited.", "retry_after": wait, "global": False}
            return _json(limited, status=429, headers=headers | {"X-RateLimit-Remaining": "0", "Via": "1.1 google"})
        known = next(
            (one for one in self.messages[place] if body.get("enforce_nonce") and one.get("nonce") == body["nonce"]),
            None,
        )
        if known is not None:
            return _json(known, headers=headers)
        if faults := message_faults(body):
            return self._refuse(faults)
        self.pings += pings(body)
        more = {key: body[key] for key in ("embeds", "components", "nonce") if key in body}
        made = payloads.message(BOT, place, body.get("content") or "", **more)
        if "message_reference" in body:
            made["message_reference"] = {
                "message_id": str(body["message_reference"]["message_id"]),
                "channel_id": str(place),
            }
            made["type"] = 19
        self.messages[place].append(made)
        await self.gateway.dispatch("MESSAGE_CREATE", made)  # the bot hears itself, as with Discord
        return _json(made, headers=headers)

    def _rate(self, key: str) -> dict[str, str]:
        if not self.per_second:
            return {}
        now = time.monotonic()
        reset, used = self._bucket.get(key, (now + 1, 0))
        if now >= reset:
            reset, used = now + 1, 0
        self._bucket[key] = (reset, used + 1)
        return {
            "X-RateLimit-Bucket": "messages",
            "X-RateLimit-Limit": str(self.per_second),
            "X-RateLimit-Remaining": str(max(-1, self.per_second - used - 1)),
            "X-RateLimit-Reset-After": f"{reset - now:.3f}",
            "X-RateLimit-Reset": f"{time.time() + reset - now:.3f}",
        }

    async def _typing(self, request: web.Request) -> web.Response:
        return web.Response(status=204)

    def _refuse(self, faults: list[str]) -> web.Response:
        self.refused += faults
        return _error(400, 50035, "Invalid Form Body")


def _json(data: object, *, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    # subtle: discord.py takes a body for JSON only if its type is `application/json` without a charset.
    body = json.dumps(data, ensure_ascii=False).encode()
    return web.Response(body=body, status=status, headers=headers, content_type="application/json")


def _error(status: int, code: int, message: str) -> web.Response:
    return _json({"code": code, "message": message}, status=status, headers={"Via": "1.1 google"})
