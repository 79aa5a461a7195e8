"""The desk: who is served and who is told to wait, each identical question once, nobody left waiting for ever."""

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable
from functools import wraps

import pytest

from bot.desk import Desk, Limits, Refusal, Stopped, TimedOut, Why

FREE = Limits(cooldown=0, guild_per_minute=0, workers=2, queue=2, timeout=5, cache=10)
AN, BAO, GUILD = 1001, 1002, 222


class Clock:
    """A clock that is set by hand."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


class Work:
    """Work that counts how often it is done, and waits until it is let go."""

    def __init__(self, *, held: bool = False) -> None:
        self.done = 0
        self.go = threading.Event()
        if not held:
            self.go.set()

    def __call__(self) -> int:
        self.go.wait(5)
        self.done += 1
        return self.done


def in_loop(test: Callable[[], Awaitable[None]]) -> Callable[[], None]:
    @wraps(test)
    def run() -> None:
        asyncio.run(test())  # type: ignore[arg-type]

    return run


def limits(**changed: float) -> Limits:
    known = {name: getattr(FREE, name) for name in Limits.__slots__}
    return Limits(**(known | changed))


def taken(ticket: "asyncio.Future[int] | Refusal") -> "asyncio.Future[int]":
    assert not isinstance(ticket, Refusal), ticket
    return ticket


@in_loop
async def test_identical_questions_in_flight_are_answered_once() -> None:
    desk, work = Desk[int](FREE, Clock()), Work(held=True)
    tickets = [taken(desk.admit(person, GUILD, "same", work)) for person in range(30)]
    work.go.set()
    assert await asyncio.gather(*map(desk.result, tickets)) == [1] * 30


@in_loop
async def test_an_answer_is_kept_until_the_cache_is_emptied_and_the_oldest_goes_first() -> None:
    desk, work = Desk[int](limits(cache=2), Clock()), Work()
    for key in ("a", "b", "a", "c", "a", "b"):  # b was the longest unused when c came
        await desk.result(taken(desk.admit(AN, GUILD, key, work)))
    assert work.done == 4
    desk.empty_cache()
    await desk.result(taken(desk.admit(AN, GUILD, "a", work)))
    assert work.done == 5


@in_loop
async def test_a_full_queue_refuses_at_once_but_not_what_costs_nothing() -> None:
    desk, work = Desk[int](limits(workers=1, queue=1), Clock()), Work(held=True)
    first = taken(desk.admit(1, GUILD, "a", work))
    second = taken(desk.admit(2, GUILD, "b", work))
    assert desk.admit(3, GUILD, "c", work) == Refusal(Why.BUSY, 1.0)
    same = taken(desk.admit(4, GUILD, "a", work))
    work.go.set()
    assert await asyncio.gather(*map(desk.result, (first, same, second))) == [1, 1, 2]
    assert await desk.result(taken(desk.admit(3, GUILD, "c", work))) == 3


@in_loop
async def test_a_person_waits_out_the_cooldown_and_no_other_does() -> None:
    clock, work = Clock(), Work()
    desk = Desk[int](limits(cooldown=2), clock)
    taken(desk.admit(AN, GUILD, "a", work))
    clock.now += 0.5
    assert desk.admit(AN, GUILD, "b", work) == Refusal(Why.COOLDOWN, 1.5)
    taken(desk.admit(BAO, GUILD, "b", work))
    clock.now += 1.5
    taken(desk.admit(AN, GUILD, "b", work))


@in_loop
async def test_a_guild_has_so_many_questions_a_minute_and_direct_messages_are_not_counted() -> None:
    clock, work = Clock(), Work()
    desk = Desk[int](limits(guild_per_minute=2), clock)
    taken(desk.admit(1, GUILD, "a", work))
    clock.now += 10
    taken(desk.admit(2, GUILD, "b", work))
    assert desk.admit(3, GUILD, "c", work) == Refusal(Why.GUILD, 50.0)
    taken(desk.admit(3, None, "c", work))
    taken(desk.admit(3, 999, "c", work))
    clock.now += 50
    taken(desk.admit(3, GUILD, "c", work))


@in_loop
async def test_what_takes_too_long_is_given_up_and_the_worker_serves_on() -> None:
    desk, work = Desk[int](limits(workers=1, timeout=0.05), Clock()), Work(held=True)
    slow = taken(desk.admit(AN, GUILD, "a", work))
    behind = taken(desk.admit(BAO, GUILD, "b", work))
    for ticket in (slow, behind):
        with pytest.raises(TimedOut):
            await desk.result(ticket)
    work.go.set()
    await asyncio.sleep(0.05)
    assert work.done == 1  # the one behind had been given up before it began
    assert await desk.result(taken(desk.admit(AN, GUILD, "c", work))) == 2


@in_loop
async def test_one_who_gives_up_does_not_take_the_answer_from_others() -> None:
    desk, work = Desk[int](FREE, Clock()), Work(held=True)
    first = asyncio.create_task(desk.result(taken(desk.admit(AN, GUILD, "a", work))))
    second = asyncio.create_task(desk.result(taken(desk.admit(BAO, GUILD, "a", work))))
    await asyncio.sleep(0)
    first.cancel()
    work.go.set()
    assert await second == 1


@in_loop
async def test_a_fault_reaches_everyone_who_asked_and_is_not_kept() -> None:
    desk = Desk[int](FREE, Clock())

    def crash() -> int:
        raise ValueError("broken")

    tickets = [taken(desk.admit(person, GUILD, "a", crash)) for person in (AN, BAO)]
    for ticket in tickets:
        with pytest.raises(ValueError, match="broken"):
            await desk.result(ticket)
    assert await desk.result(taken(desk.admit(AN, GUILD, "a", Work()))) == 1


@in_loop
async def test_closing_tells_those_who_wait_and_takes_nobody_in() -> None:
    desk, work = Desk[int](FREE, Clock()), Work(held=True)
    waiting = asyncio.create_task(desk.result(taken(desk.admit(AN, GUILD, "a", work))))
    await asyncio.sleep(0)
    desk.refuse_new()
    refused = desk.admit(BAO, GUILD, "b", work)
    assert isinstance(refused, Refusal)
    assert refused.why is Why.STOPPING
    desk.close()
    with pytest.raises(Stopped):
        await waiting
    work.go.set()


@in_loop
async def test_the_loop_is_free_while_work_is_done() -> None:
    desk, began = Desk[int](FREE, Clock()), time.monotonic()
    ticket = taken(desk.admit(AN, GUILD, "a", Work(held=True)))
    await asyncio.sleep(0.01)
    assert time.monotonic() - began < 1
    assert not ticket.done()
    desk.close()
