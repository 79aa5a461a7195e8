"""The bot when things go wrong: faults of ours and of Discord's, load, restarts, signals; end to end as its neighbour.

Every test also holds what `with_server` holds: nobody pinged, no limit broken, every interaction acknowledged in time.
"""

import asyncio
import hashlib
import signal
from pathlib import Path

import pytest

from bot.phrases import PHRASES
from tests.discord_server.fake_answers import SECRET, let_go
from tests.discord_server.harness import TOKEN, running, with_server
from tests.discord_server.rest import Fault
from tests.discord_server.scenario import AN, BAO, CHLOE, EN, QUESTION, answered, shown
from tests.discord_server.server import DiscordServer

pytestmark = pytest.mark.slow


@with_server
async def test_faults_are_excused_without_a_word_of_the_exception(server: DiscordServer, tmp_path: Path) -> None:
    async with running(server, tmp_path, timeout=1) as bot:
        crash = await server.slash(AN, "ask", question="does it crash?")
        asked = await server.say(BAO, "does it crash?", mention=True)
        stuck = await server.slash(CHLOE, "ask", question="is it stuck?")
        await answered(server, crash, stuck)
        await server.until(lambda: server.replies(asked))
        assert shown(crash) == shown(server.replies(asked)[0]) == EN.failed
        assert shown(stuck) == EN.time_out
        assert SECRET in bot.log  # the operator sees what happened


@with_server
async def test_cooldown_and_a_full_queue_are_told_at_once_and_identical_questions_answered_once(
    server: DiscordServer, tmp_path: Path
) -> None:
    async with running(server, tmp_path, cooldown=60, workers=1, queue=1) as bot:
        same = [await server.slash(2000 + number, "ask", question="held, the same") for number in range(5)]
        await server.until(lambda: all(told.acknowledged for told in same))
        waiting = await server.slash(3000, "ask", question="held, another")
        await server.until(lambda: waiting.acknowledged)
        busy = await server.slash(3001, "ask", question="held, a third")
        hasty = await server.slash(2000, "ask", question="and another thing")
        await answered(server, busy, hasty)
        assert shown(busy) == EN.busy
        assert [told.answers for told in (*same, waiting)] == [0] * 6  # told at once, not when there was room
        assert shown(hasty).startswith("One question at a time: try again in ")
        let_go(tmp_path)
        await answered(server, *same, waiting)
        cached = await server.slash(3002, "ask", question="held, the same")
        await answered(server, cached)
        assert bot.calls == ["held, the same", "held, another"]
        assert {shown(told) for told in same} == {shown(cached)}


@with_server
async def test_an_event_delivered_twice_is_answered_once(server: DiscordServer, tmp_path: Path) -> None:
    async with running(server, tmp_path):
        told = await server.slash(AN, "ask", question=QUESTION, twice=True)
        asked = await server.say(AN, QUESTION, mention=True, times=3)
        await answered(server, told)
        await server.until(lambda: server.replies(asked))
        server.gateway.replays = 20
        await server.gateway.drop()
        await server.gateway.ready.wait()
        await asyncio.sleep(0.7)
        assert told.answers == 1
        assert len(server.replies(asked)) == 1


@with_server
async def test_a_dropped_gateway_is_resumed_and_what_came_meanwhile_is_answered(
    server: DiscordServer, tmp_path: Path
) -> None:
    async with running(server, tmp_path):
        await server.gateway.drop()
        asked = await server.say(AN, QUESTION, mention=True)
        await server.until(lambda: server.replies(asked))
        assert server.gateway.resumed == 1
        await server.gateway.ask_to_reconnect()
        later = await server.say(BAO, QUESTION, mention=True)
        await server.until(lambda: server.replies(later))
        assert (server.gateway.resumed, server.gateway.identified) == (2, 1)


@with_server
async def test_500s_and_lost_answers_of_discord_leave_no_thinking_and_no_double(
    server: DiscordServer, tmp_path: Path
) -> None:
    server.faults = [
        Fault(r"GET /users/@me", 500, 1),
        Fault(r"POST /interactions/.*", 500, 1, after=True),  # carried out, but its answer lost: the retry gets 40060
        Fault(r"PATCH /webhooks/.*", 502, 1),
        Fault(r"POST /channels/\d+/messages", 500, 1, after=True),
    ]
    async with running(server, tmp_path):
        told = await server.slash(AN, "ask", question=QUESTION)
        asked = await server.say(BAO, QUESTION, mention=True)
        await answered(server, told)
        await server.until(lambda: server.replies(asked) and not any(fault.times for fault in server.faults))
        server.faults = [Fault(r"POST /interactions/.*", 503, 1, after=True)]
        refused = await server.slash(CHLOE, "ask", question="???")
        await answered(server, refused)
        await asyncio.sleep(1.5)
        assert shown(refused) == EN.blank
        assert not refused.followups
        assert not told.thinking
        assert shown(told).startswith("**Emmett Shear**")
        assert len(server.replies(asked)) == 1


@with_server
async def test_rate_limits_are_waited_out(server: DiscordServer, tmp_path: Path) -> None:
    server.per_second = 2
    async with running(server, tmp_path):
        asked = [await server.say(2000 + number, QUESTION, mention=True) for number in range(7)]
        await server.until(lambda: all(map(server.replies, asked)), 20)
        assert [len(server.replies(message)) for message in asked] == [1] * 7


@with_server
async def test_sigterm_in_mid_answer_lets_it_finish_and_takes_nothing_more(
    server: DiscordServer, tmp_path: Path
) -> None:
    async with running(server, tmp_path) as bot:
        told = await server.slash(AN, "ask", question="a held question")
        await server.until(lambda: told.acknowledged)
        bot.process.send_signal(signal.SIGTERM)
        await server.until(lambda: bot.events("stopping"))
        late = await server.slash(BAO, "ask", question=QUESTION)
        await answered(server, late)
        let_go(tmp_path)
        assert await bot.ended() == 0
        assert shown(told).startswith("**Emmett Shear**")
        assert shown(late) == EN.stopping


@with_server
async def test_what_cannot_finish_before_the_end_is_told_so_even_after_a_kill(
    server: DiscordServer, tmp_path: Path
) -> None:
    async with running(server, tmp_path, drain=0.3) as bot:
        told = await server.slash(AN, "ask", question="is it stuck?")
        await server.until(lambda: told.acknowledged)
        assert await bot.stop() == 0
        assert shown(told) == EN.stopping
    server.gateway.ready.clear()
    async with running(server, tmp_path) as bot:
        killed = await server.slash(AN, "ask", question="ça bloque, stuck, pourquoi ?")
        await server.until(lambda: bot.calls[-1].startswith("ça"))
        await asyncio.sleep(0.1)
        await bot.stop(signal.SIGKILL)
        assert killed.thinking
    server.gateway.ready.clear()
    async with running(server, tmp_path):
        await server.until(lambda: not killed.thinking)
        assert shown(killed) == PHRASES["fr"].stopping


@with_server
async def test_a_new_generation_is_picked_up_without_a_restart(server: DiscordServer, tmp_path: Path) -> None:
    async with running(server, tmp_path) as bot:
        before = await server.slash(AN, "ask", question=QUESTION)
        await answered(server, before)
        (tmp_path / "generation").write_text("000002", encoding="utf-8")
        await server.until(lambda: bot.events("new generation"))
        after = await server.slash(AN, "ask", question=QUESTION)
        about = await server.slash(AN, "about")
        await answered(server, after, about)
        assert "generation 000002" in shown(about)
        assert bot.calls == [QUESTION, QUESTION]  # the cached answer of the old one was not given
        await server.until(lambda: len(bot.events("answered")) == 2)  # it is logged once it has been delivered
        assert [event["generation"] for event in bot.events("answered")] == ["000001", "000002"]


@with_server
async def test_the_log_has_hashes_and_no_question_and_no_token(server: DiscordServer, tmp_path: Path) -> None:
    server.faults = [Fault(r"PATCH /webhooks/.*", 400, 1, body={"code": 50035, "message": f"Bot {TOKEN}"})]
    async with running(server, tmp_path) as bot:
        told = await server.slash(AN, "ask", question="who replaced Altman in secret?")
        await answered(server, told)
        assert shown(told) == EN.failed
        again = await server.slash(AN, "ask", question="who replaced Altman in secret?")
        await answered(server, again)
        await bot.stop()
        assert "[token]" in bot.log  # Discord's own words in the traceback had it
        assert TOKEN not in bot.log
        assert "in secret" not in bot.log
        assert (
            bot.events("answered")[0]["question"] == hashlib.sha256(b"who replaced Altman in secret?").hexdigest()[:12]
        )
        assert bot.events("answered")[0]["acknowledged"] < 3
    async with running(server, tmp_path, log_questions=True) as bot:
        told = await server.slash(AN, "ask", question="who replaced Altman in secret?")
        await answered(server, told)
        await server.until(lambda: len(bot.events("answered")) == 2)
        assert bot.events("answered")[-1]["text"] == "who replaced Altman in secret?"


@with_server
@pytest.mark.parametrize(
    ("trouble", "told"),
    [
        ("no token", "no Discord token: set DISCORD_TOKEN"),
        ("rejected at login", "Discord rejects the token"),
        ("rejected at the gateway", "Discord rejects the token"),
        ("intents", "Discord refuses the intents (close code 4014)"),
        ("no network", "cannot reach Discord"),
    ],
)
async def test_each_trouble_at_the_start_is_one_plain_sentence(
    server: DiscordServer, tmp_path: Path, trouble: str, told: str
) -> None:
    token: str | None = TOKEN
    if trouble == "no token":
        token = None
    elif trouble == "rejected at login":
        token = TOKEN[:-4] + "abcd"
    elif trouble == "rejected at the gateway":
        server.gateway.token = "another"
    elif trouble == "no network":
        server.port = 9  # discard: nobody listens there
    intents = trouble == "intents"
    async with running(server, tmp_path, token=token, ready=False, message_content=intents) as bot:
        assert await bot.ended() == 2
        last = bot.log.splitlines()[-1]
        assert last.startswith(f"polyquote: {told}")
        assert "Traceback" not in bot.log
        assert TOKEN[:20] not in bot.log
