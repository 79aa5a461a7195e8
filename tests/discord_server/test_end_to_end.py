"""The bot end to end: the real discord.py in a process of its own against the small server in this folder.

Answers come from `fake_answers`, so that each is known beforehand; the last test answers from the real index.
"""

import asyncio
import json
import os
import signal
import sys
from pathlib import Path

import pytest

from bot.answer_log import FILE
from bot.phrases import PHRASES
from tests.discord_server import payloads
from tests.discord_server.harness import ROOT, process, running, with_server
from tests.discord_server.payloads import CHANNEL, DENIED, THREAD
from tests.discord_server.scenario import AN, BAO, CHLOE, DIRECT, EN, QUESTION, answered, shown
from tests.discord_server.server import DiscordServer

pytestmark = pytest.mark.slow


@with_server
async def test_it_logs_in_with_no_privileged_intent_and_syncs_commands_only_when_they_changed(
    server: DiscordServer, tmp_path: Path
) -> None:
    async with running(server, tmp_path) as bot:
        assert await bot.stop() == 0
    assert server.gateway.intents[0] & ((1 << 1) | (1 << 8) | (1 << 15)) == 0
    names = [command["name"] for command in server.commands]
    assert names == ["ask", "sources", "about", "help", "forget", "Ask about this"]
    ask = server.commands[0]
    assert set(ask["name_localizations"]) >= {"en-GB", "fr", "vi", "id", "zh-CN", "zh-TW"}
    assert [option["name"] for option in ask["options"]] == ["question", "language", "source", "private"]
    assert {choice["value"] for choice in ask["options"][1]["choices"]} == {"vi", "fr", "zh", "id", "en"}
    server.gateway.ready.clear()
    async with running(server, tmp_path) as bot:
        assert await bot.stop(signal.SIGINT) == 0
    assert server.syncs == 1


@with_server
async def test_a_question_is_acknowledged_then_answered_with_quotes_pages_context_and_feedback(
    server: DiscordServer, tmp_path: Path
) -> None:
    async with running(server, tmp_path) as bot:
        told = await server.slash(AN, "ask", question=QUESTION)
        await answered(server, told)
        assert told.response == 5
        assert told.answers == 1
        text = shown(told)
        assert text.startswith("**Emmett Shear**\n-# likely · quoted from 3 articles in 3 languages")
        assert "Another answer is given: Mira Murati (1)" in text
        assert "thất bại, **Emmett Shear** thay Sam Altman làm CEO OpenAI." in text
        end = 9 + len("Đàm phán để quay lại thất bại, Emmett Shear thay Sam Altman làm CEO OpenAI.")  # 9: `Tin mới. `
        assert f"Tiếng Việt · 2023-11-20 · The Washington Post · vi.txt [9, {end})" in text
        assert told.message is not None
        assert told.message["flags"] & 64 == 0

        page = await server.press(BAO, told.message, "More sources (2/2)")
        await answered(server, page)
        assert page.response == 6
        assert "**Mira Murati** a quitté son poste." in shown(page)
        assert "Emmett Shear** thay" not in shown(page)
        back = await server.press(BAO, page.message or {}, "Back")
        await answered(server, back)
        assert shown(back) == text

        context = await server.press(AN, told.message, "Context 2")
        await answered(server, context)
        assert "Mira Murati a quitté son poste. **Emmett Shear remplace Sam Altman.** Fin." in shown(context)
        assert (context.message or {})["flags"] & 64

        for label in ("Right answer", "Wrong answer", "Wrong answer"):
            verdict = await server.press(AN, told.message, label)
            await answered(server, verdict)
            assert shown(verdict).startswith(EN.thanks)
        lines = [json.loads(line) for line in (tmp_path / "feedback.jsonl").read_text(encoding="utf-8").splitlines()]
        assert [line["verdict"] for line in lines] == ["right", "wrong"]  # the same verdict twice is one
        assert lines[0]["question"] == QUESTION
        assert lines[0]["quotes"][1]["quote"] == "Emmett Shear remplace Sam Altman."
        assert str(AN) not in (tmp_path / "feedback.jsonl").read_text(encoding="utf-8") + bot.log


@with_server
async def test_buttons_work_after_a_restart(server: DiscordServer, tmp_path: Path) -> None:
    async with running(server, tmp_path) as bot:
        told = await server.slash(AN, "ask", question="谁取代了Altman？", locale="zh-CN")
        await answered(server, told)
        await bot.stop()
    server.gateway.ready.clear()
    async with running(server, tmp_path):
        page = await server.press(AN, told.message or {}, PHRASES["zh-Hans"].more)
        context = await server.press(BAO, told.message or {}, PHRASES["zh-Hans"].context.format(number=3), locale="fr")
        right = await server.press(AN, told.message or {}, PHRASES["zh-Hans"].right)
        await answered(server, page, context, right)
        assert "**Mira Murati**" in shown(page)
        assert "最新消息。**Emmett Shear接替阿尔特曼出任首席执行官。**完。" in shown(context)
        assert json.loads((tmp_path / "feedback.jsonl").read_text(encoding="utf-8"))["question"] == "谁取代了Altman？"
    (tmp_path / FILE).unlink()
    server.gateway.ready.clear()
    async with running(server, tmp_path):
        old = await server.press(AN, told.message or {}, PHRASES["zh-Hans"].back)
        await server.until(lambda: old.followups)
        assert old.followups[0]["content"] == PHRASES["zh-Hans"].expired


@with_server
async def test_options_confine_the_answer_and_sources_are_completed(server: DiscordServer, tmp_path: Path) -> None:
    async with running(server, tmp_path):
        typed = await server.complete(AN, "post")
        everything = await server.complete(AN, "")
        await server.until(lambda: everything.acknowledged and typed.acknowledged)
        assert [choice["value"] for choice in typed.choices] == ["The Washington Post"]
        assert len(everything.choices) == 3
        told = await server.slash(AN, "ask", question=QUESTION, language="fr", source="Titanium Media", private=True)
        await answered(server, told)
        assert (told.message or {})["flags"] & 64
        assert len((told.message or {})["embeds"]) == 1
        assert "quoted from 1 article" in shown(told)


@with_server
@pytest.mark.parametrize(
    ("question", "locale", "code"),
    [
        ("Ai thay thế Altman?", "en-US", "vi"),
        ("Qui a remplacé Altman ?", "en-US", "fr"),
        ("誰取代了阿爾特曼？", "en-US", "zh-Hant"),
        ("谁取代了阿尔特曼？", "zh-CN", "zh-Hans"),
        ("Siapa menggantikan Altman?", "en-GB", "id"),
        ("who replaced Altman?", "fr", "en"),
    ],
)
async def test_the_labels_are_in_the_asker_s_language(
    server: DiscordServer, tmp_path: Path, question: str, locale: str, code: str
) -> None:
    async with running(server, tmp_path):
        told = await server.slash(AN, "ask", question=question, locale=locale)
        await answered(server, told)
        assert PHRASES[code].likely in shown(told)
        assert PHRASES[code].several_languages.format(articles=3, languages=3) in shown(told)


@with_server
async def test_mentions_replies_direct_messages_and_the_menu_are_answered_and_nobody_else_is(
    server: DiscordServer, tmp_path: Path
) -> None:
    async with running(server, tmp_path, deny_channels=[DENIED]) as bot:
        asked = [
            await server.say(AN, QUESTION, mention=True),
            await server.say(AN, QUESTION, place=DIRECT),
            await server.say(AN, "Qui a remplacé Altman ?", place=THREAD, mention=True),
        ]
        await server.until(lambda: all(server.replies(message) for message in asked))
        answer = server.replies(asked[0])[0]
        assert shown(answer).startswith("**Emmett Shear**")
        again = await server.say(AN, "and when?", mention=True, reply_to=answer)
        unreadable = await server.say(BAO, "and when?", reply_to=answer)
        bare = await server.say(BAO, "", mention=True)
        menu = await server.menu(AN, payloads.message(BAO, CHANNEL, "Who replaced Altman?"))
        await server.until(lambda: all(map(server.replies, (again, unreadable, bare))) and menu.answers)
        assert "Understood as: and when? (replaced Altman)" in shown(server.replies(again)[0])
        assert shown(server.replies(unreadable)[0]) == EN.unreadable
        assert shown(server.replies(bare)[0]) == EN.help
        assert shown(menu).startswith("**Emmett Shear**")

        calls = len(bot.calls)
        ignored = [
            await server.say(AN, "nobody asked the bot"),
            await server.say(BAO, QUESTION, mention=True, webhook_id="77"),
            await server.say(CHLOE, QUESTION, mention=True, author=payloads.user(CHLOE, bot=True)),
            await server.say(AN, QUESTION, mention=True, place=DENIED),
        ]
        denied = await server.slash(AN, "ask", question=QUESTION, place=DENIED)
        await answered(server, denied)
        assert shown(denied).startswith(EN.not_here)
        await asyncio.sleep(0.5)
        assert [server.replies(message) for message in ignored] == [[], [], [], []]
        assert len(bot.calls) == calls


@with_server
async def test_follow_ups_keep_the_subject_for_each_person_alone_until_forgotten(
    server: DiscordServer, tmp_path: Path
) -> None:
    async with running(server, tmp_path) as bot:
        first = await server.slash(AN, "ask", question=QUESTION, place=THREAD)
        await answered(server, first)
        follow = await server.slash(AN, "ask", question="and when?", place=THREAD)
        other = await server.slash(BAO, "ask", question="and when?", place=THREAD)
        elsewhere = await server.slash(AN, "ask", question="and when?", place=CHANNEL)
        await answered(server, follow, other, elsewhere)
        assert "Understood as: and when? (replaced Altman)" in shown(follow)
        assert shown(other) == shown(elsewhere) == EN.no_subject
        forget = await server.slash(AN, "forget", place=THREAD)
        await answered(server, forget)
        gone = await server.slash(AN, "ask", question="and when?", place=THREAD)
        await answered(server, gone)
        assert shown(gone) == EN.no_subject
        assert bot.calls == [QUESTION, "and when? (replaced Altman)"]


@with_server
async def test_sources_about_and_help_answer_in_the_locale(server: DiscordServer, tmp_path: Path) -> None:
    async with running(server, tmp_path):
        sources = await server.slash(AN, "sources", locale="vi")
        about = await server.slash(AN, "about")
        help_ = await server.slash(AN, "help", locale="zh-TW")
        await answered(server, sources, about, help_)
        assert "3 bài viết bằng 3 ngôn ngữ" in shown(sources)
        assert "**La lutte de pouvoir d’OpenAI** · Français · 2023-11-20 · Titanium Media" in shown(sources)
        assert "3 articles, 9 passages in Français, Tiếng Việt, 中文; generation 000001" in shown(about)
        assert shown(help_) == PHRASES["zh-Hant"].help


@with_server
async def test_what_an_article_says_pings_nobody_and_formats_nothing(server: DiscordServer, tmp_path: Path) -> None:
    async with running(server, tmp_path):
        told = await server.slash(AN, "ask", question="nasty question @everyone <@1002>")
        asked = await server.say(AN, "nasty @everyone", mention=True)
        long = await server.slash(AN, "ask", question="谁" * 201)
        await answered(server, told, long)
        await server.until(lambda: server.replies(asked))
        for text in (shown(told), shown(server.replies(asked)[0])):
            assert "```" not in text
            assert "\u202e" not in text
            assert "[a](" not in text
            assert "discord.gg" not in text
            assert "\\`\\`\\`fence \\*\\*bold\\*\\*" in text
        assert "201" in shown(long)  # and `with_server` has seen that nobody was pinged and no limit broken


@with_server
async def test_the_real_service_sends_what_ask_render_discord_prints(server: DiscordServer, tmp_path: Path) -> None:
    from bot.discord_render import Button, Card, Press, Reply, reply_text

    config = tmp_path / "config.toml"
    config.write_text(
        f'[articles]\npaths = ["{ROOT / "seeds"}"]\n[index]\ndir = "{tmp_path / "index"}"\n', encoding="utf-8"
    )
    command = (sys.executable, "-m", "bot", "ask", "--config", str(config), "--render", "discord", QUESTION)
    child = await asyncio.create_subprocess_exec(
        *command, cwd=ROOT, stdout=asyncio.subprocess.PIPE, env=os.environ | {"PYTHONIOENCODING": "utf-8"}
    )
    printed = (await child.communicate())[0].decode()
    assert child.returncode in (0, 1)  # answered or abstained: which is for the evaluation to judge
    async with process(server, tmp_path, "discord", "--config", str(config)):
        told = await server.slash(AN, "ask", question=QUESTION)
        await answered(server, told, seconds=60)
    message = told.message or {}
    cards = tuple(Card(one["title"], one["description"], one["footer"]["text"]) for one in message["embeds"])
    buttons = tuple(
        Button(button["label"], Press("page", "-", "en"), row)
        for row, line in enumerate(message["components"])
        for button in line["components"]
    )
    assert reply_text(Reply(message["content"], cards, buttons)) == printed.rstrip("\n")
