"""Who is served, when, and by what: cooldowns, a bounded queue, worker threads, identical questions once, a cache.

`admit` decides at once and without waiting; `result` waits, for as long as one question may take. Work runs in daemon
threads, so that a question that never comes to an end keeps neither the event loop nor the process from going on.
All methods but the workers' own are called from one event loop. Nothing here knows what a question is.
"""

import asyncio
import queue
import threading
from collections import OrderedDict, deque
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

T = TypeVar("T")

WINDOW = 60.0  # seconds over which a guild's questions are counted


class Why(StrEnum):
    """Why a question is not taken."""

    BUSY = "busy"
    COOLDOWN = "cooldown"
    GUILD = "guild_limit"
    STOPPING = "stopping"


@dataclass(frozen=True, slots=True)
class Refusal:
    """A question was not taken, and in how many seconds it may be."""

    why: Why
    seconds: float


class TimedOut(Exception):
    """A question took longer than it may."""


class Stopped(Exception):
    """The desk was closed before the question was answered."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What the desk allows; `guild_per_minute` and `cache` of 0 mean none: no limit, no cache."""

    cooldown: float
    guild_per_minute: int
    workers: int
    queue: int
    timeout: float
    cache: int


class Desk(Generic[T]):
    """Takes questions in, has them answered, and gives the answers out."""

    def __init__(self, limits: Limits, clock: Callable[[], float]) -> None:
        """Take the limits and a monotonic clock; the workers start with the first question."""
        self._limits, self._clock = limits, clock
        self._last: OrderedDict[int, float] = OrderedDict()
        self._guilds: dict[int, deque[float]] = {}
        self._cache: OrderedDict[Hashable, T] = OrderedDict()
        self._flying: dict[Hashable, asyncio.Future[T]] = {}
        self._jobs: queue.SimpleQueue[_Job[T] | None] = queue.SimpleQueue()
        self._threads: list[threading.Thread] = []
        self._pending = 0
        self._closing = False

    def admit(
        self, person: int, guild: int | None, key: Hashable, work: Callable[[], T]
    ) -> "asyncio.Future[T] | Refusal":
        """Take a question in, or say at once why not; `key` names questions that have the same answer."""
        now = self._clock()
        refusal = self._refusal(person, guild, now)
        if refusal is None and key not in self._cache and key not in self._flying and self._full():
            refusal = Refusal(Why.BUSY, 1.0)
        if refusal is not None:
            return refusal
        self._count(person, guild, now)
        if key in self._cache:
            self._cache.move_to_end(key)
            done: asyncio.Future[T] = asyncio.get_running_loop().create_future()
            done.set_result(self._cache[key])
            return done
        if key not in self._flying:
            self._start(key, work)
        return self._flying[key]

    async def result(self, ticket: "asyncio.Future[T]") -> T:
        """Wait for an answer; raises TimedOut, Stopped, or what the work raised."""
        try:
            # subtle: shielded, since one who gives up must not take the answer from others who asked the same.
            return await asyncio.wait_for(asyncio.shield(ticket), self._limits.timeout)
        except TimeoutError:
            if ticket.done():
                raise  # the work itself raised it
            raise TimedOut(f"no answer within {self._limits.timeout:g} s") from None

    def empty_cache(self) -> None:
        """Forget the answers that were kept."""
        self._cache.clear()

    def refuse_new(self) -> None:
        """Take nothing more in."""
        self._closing = True

    def close(self) -> None:
        """Take nothing more in, and tell everyone who still waits that the desk is closed."""
        self._closing = True
        for ticket in list(self._flying.values()):
            if not ticket.done():
                ticket.set_exception(Stopped("the bot is stopping"))
                ticket.exception()  # it is known: nobody may be waiting any more
        for _ in self._threads:
            self._jobs.put(None)

    def _refusal(self, person: int, guild: int | None, now: float) -> Refusal | None:
        if self._closing:
            return Refusal(Why.STOPPING, WINDOW)
        left = self._last.get(person, float("-inf")) + self._limits.cooldown - now
        if left > 0:
            return Refusal(Why.COOLDOWN, left)
        if guild is not None and self._limits.guild_per_minute:
            asked = self._guilds.get(guild, deque())
            while asked and asked[0] <= now - WINDOW:
                asked.popleft()
            if len(asked) >= self._limits.guild_per_minute:
                return Refusal(Why.GUILD, asked[0] + WINDOW - now)
        return None

    def _full(self) -> bool:
        return self._pending >= self._limits.workers + self._limits.queue

    def _count(self, person: int, guild: int | None, now: float) -> None:
        self._last[person] = now
        self._last.move_to_end(person)
        while self._last and next(iter(self._last.values())) <= now - self._limits.cooldown:
            self._last.popitem(last=False)
        if guild is not None and self._limits.guild_per_minute:
            self._guilds.setdefault(guild, deque()).append(now)

    def _start(self, key: Hashable, work: Callable[[], T]) -> None:
        loop = asyncio.get_running_loop()
        ticket: asyncio.Future[T] = loop.create_future()
        # What nobody waits for any more is not worth a warning from asyncio.
        ticket.add_done_callback(lambda done: done.cancelled() or done.exception())
        self._flying[key] = ticket
        self._pending += 1
        while len(self._threads) < self._limits.workers:
            thread = threading.Thread(target=_serve, args=(self._jobs,), name="answering", daemon=True)
            self._threads.append(thread)
            thread.start()
        deadline = loop.time() + self._limits.timeout
        self._jobs.put(_Job(work, loop, deadline, lambda result, error: self._finish(key, result, error)))

    def _finish(self, key: Hashable, result: T | None, error: BaseException | None) -> None:
        self._pending -= 1
        ticket = self._flying.pop(key)
        if error is None:
            kept: T = result  # type: ignore[assignment]
            if self._limits.cache and not ticket.done():
                self._cache[key] = kept
                while len(self._cache) > self._limits.cache:
                    self._cache.popitem(last=False)
            if not ticket.done():
                ticket.set_result(kept)
        elif not ticket.done():
            ticket.set_exception(error)


@dataclass(frozen=True, slots=True)
class _Job(Generic[T]):
    """Work, the loop that wants its result, and when it is too late to begin."""

    work: Callable[[], T]
    loop: asyncio.AbstractEventLoop
    deadline: float
    finish: Callable[[T | None, BaseException | None], None]


def _serve(jobs: "queue.SimpleQueue[_Job[T] | None]") -> None:
    while (job := jobs.get()) is not None:
        try:
            job.loop.call_soon_threadsafe(job.finish, *_outcome(job))
        except RuntimeError:
            return  # the loop is closed: nobody is left to be told


def _outcome(job: _Job[T]) -> tuple[T | None, BaseException | None]:
    if job.loop.time() > job.deadline:
        return None, TimedOut("given up before it was begun")
    try:
        return job.work(), None
    except BaseException as error:  # noqa: BLE001 — it is handed on, whole, to who asked
        return None, error
