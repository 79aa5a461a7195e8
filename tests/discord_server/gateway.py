"""The small server's gateway: sessions, heartbeats, resuming with what was missed, and close codes.

https://docs.discord.com/developers/events/gateway. Frames are zlib-stream compressed, as discord.py asks for.
"""

import asyncio
import json
import zlib
from typing import Any

from aiohttp import WSMsgType, web

from tests.discord_server.payloads import BOT, GUILD, Json, application, guild, snowflake, user

HELLO, HEARTBEAT, ACK, IDENTIFY, RESUME, DISPATCH, INVALID, RECONNECT = 10, 1, 11, 2, 6, 0, 9, 7
PRIVILEGED = (1 << 1) | (1 << 8) | (1 << 15)
INTERVAL = 2000  # ms


class Gateway:
    """One bot's sessions; what was dispatched is kept, so that a resumed one gets what it missed."""

    def __init__(self, token: str) -> None:
        """Take the token that is accepted; no privileged intent is granted at first."""
        self.token = token
        self.granted = 0
        self.intents: list[int] = []
        self.identified = self.resumed = 0
        self.replays = 0  # events delivered again although they had been received, at the next resuming
        self.url = ""
        self._session = ""
        self._sent: list[Json] = []
        self._socket: web.WebSocketResponse | None = None
        self._compress: Any = None
        self.ready = asyncio.Event()

    async def dispatch(self, event: str, data: Json) -> None:
        """Send an event, or keep it for when the session is resumed."""
        frame = {"op": DISPATCH, "t": event, "s": len(self._sent) + 1, "d": data}
        self._sent.append(frame)
        await self._send(frame)

    async def drop(self, code: int = 4000) -> None:
        """Close the connection with a code."""
        self.ready.clear()
        if self._socket is not None:
            await self._socket.close(code=code)

    async def ask_to_reconnect(self) -> None:
        """Tell the client to come back, as Discord does before maintenance."""
        self.ready.clear()
        await self._send({"op": RECONNECT, "d": None})

    async def serve(self, request: web.Request) -> web.WebSocketResponse:
        """Serve one connection."""
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        self._socket = socket
        self._compress = zlib.compressobj() if request.query.get("compress") == "zlib-stream" else None
        await self._send({"op": HELLO, "d": {"heartbeat_interval": INTERVAL}})
        async for message in socket:
            if message.type is WSMsgType.TEXT:
                await self._receive(json.loads(message.data))
        if self._socket is socket:
            self._socket = None
            self.ready.clear()
        return socket

    async def _receive(self, frame: Json) -> None:
        if frame["op"] == HEARTBEAT:
            await self._send({"op": ACK, "d": None})
        elif frame["op"] == IDENTIFY:
            await self._identify(frame["d"])
        elif frame["op"] == RESUME:
            await self._resume(frame["d"])

    async def _identify(self, data: Json) -> None:
        self.intents.append(data["intents"])
        if data["token"] != self.token:
            await self.drop(4004)
            return
        if data["intents"] & PRIVILEGED & ~self.granted:
            await self.drop(4014)
            return
        self.identified += 1
        self._session, self._sent = snowflake(), []
        ready = {
            "v": 10,
            "user": user(BOT, bot=True),
            "guilds": [{"id": str(GUILD), "unavailable": True}],
            "session_id": self._session,
            "resume_gateway_url": self.url,
            "application": {"id": application()["id"], "flags": 0},
            "shard": [0, 1],
        }
        await self.dispatch("READY", ready)
        await self.dispatch("GUILD_CREATE", guild())
        self.ready.set()

    async def _resume(self, data: Json) -> None:
        if data["token"] != self.token or data["session_id"] != self._session:
            await self._send({"op": INVALID, "d": False})
            return
        self.resumed += 1
        missed = self._sent[max(2, data["seq"] - self.replays) :]
        self.replays = 0
        for frame in missed:
            await self._send(frame)
        await self.dispatch("RESUMED", {})
        self.ready.set()

    async def _send(self, frame: Json) -> None:
        socket = self._socket
        if socket is None or socket.closed:
            return
        raw = json.dumps(frame).encode()
        if self._compress is None:
            await socket.send_str(raw.decode())
        else:
            await socket.send_bytes(self._compress.compress(raw) + self._compress.flush(zlib.Z_SYNC_FLUSH))
