"""The thin Discord shell, and the only module that imports `discord`: events in, replies out.

What is said stands in `discord_render` and `phrases`, what is done in `assistant`; here is only how it travels
(https://docs.discord.com/developers/interactions/receiving-and-responding). Every way through ends in a reply: an
exception is logged with its traceback, and who asked is told in their language that something went wrong.
"""

import asyncio
import hashlib
import json
import logging
import re
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from time import time
from typing import Any, TypeVar

import aiohttp
import discord
from discord import app_commands

from bot.answer_log import FILE, AnswerLog
from bot.assistant import Assistant, Out, Question, source_choices
from bot.command_names import BASE, COMMAND_NAMES, localised
from bot.config import DiscordConfig
from bot.credentials import DiscordError
from bot.discord_log import log_event, start_logging
from bot.discord_render import NO_KEY, PRESS, Button, Press, Reply, notice, parse_press
from bot.intake import Incoming, Seen, asked, may_answer
from bot.live_service import Answers
from bot.phrases import DEFAULT, PHRASES, Phrases, wording
from index.languages import LANGUAGES
from index.records import Filter

T = TypeVar("T")
Interaction = discord.Interaction["App"]

FEEDBACK = "feedback.jsonl"
PAUSES = (1.0, 5.0, 20.0)  # seconds between our tries, after the library's own have failed
LAST_WORDS = 5.0  # seconds for telling who still waits that the bot stops
ALREADY = 40060  # Discord's error code: the interaction has been acknowledged
GONE = (10062, 10008, 10015)  # unknown interaction, message, webhook: nobody is left to be answered
REJECTED, INTENTS = 4004, 4014  # gateway close codes
NOBODY = discord.AllowedMentions.none()
ORIGINAL: Any = "@original"  # Discord's name for an interaction's first reply; the library wants a number
STYLES = {"right": discord.ButtonStyle.success, "wrong": discord.ButtonStyle.danger}

_log = logging.getLogger(__name__)


def run(answers: Answers, settings: DiscordConfig, token: str, folder: Path) -> int:
    """Run the bot until it is told to stop (SIGTERM, SIGINT), and return 0; raises DiscordError.

    `folder` is where the answer log is kept, and feedback if the settings name no file for it.
    """
    start_logging(sys.stderr, [token])
    discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False  # it never speaks
    return asyncio.run(_run(answers, settings, token, folder))


async def _run(answers: Answers, settings: DiscordConfig, token: str, folder: Path) -> int:
    log = AnswerLog(folder / FILE, settings.answers_kept, time)
    feedback = Path(settings.feedback_file or folder / FEEDBACK)
    assistant = Assistant(answers, settings, log, feedback, now=lambda: datetime.now(UTC))
    app = App(assistant, settings, log)
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    running = asyncio.create_task(_connected(app, token))
    stopping = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait((running, stopping), return_when=asyncio.FIRST_COMPLETED)
        if running.done():
            await running  # raises why
        log_event(_log, "stopping")
        await app.drain()
        await app.close()
        await asyncio.gather(running, return_exceptions=True)
    finally:
        stopping.cancel()
        await app.close()
        log.close()
    log_event(_log, "stopped")
    return 0


async def _connected(app: "App", token: str) -> None:
    """Run the client; what keeps it from running is raised as a DiscordError of one sentence."""
    try:
        await app.start(token)
    except discord.LoginFailure:
        raise DiscordError(_REJECTED) from None
    except discord.PrivilegedIntentsRequired:
        raise DiscordError(
            f"Discord refuses the intents (close code {INTENTS}): switch on Message Content Intent in the developer"
            " portal (your application → Bot), or set discord.message_content = false"
        ) from None
    except discord.ConnectionClosed as error:
        if error.code == REJECTED:
            raise DiscordError(_REJECTED) from None
        raise DiscordError(f"Discord closed the connection (close code {error.code}): start again") from None
    except discord.HTTPException as error:
        raise DiscordError(f"Discord answers HTTP {error.status}: its side is in trouble, start again later") from None
    except (aiohttp.ClientError, OSError) as error:
        raise DiscordError(
            f"cannot reach Discord ({type(error).__name__}): check the network, then start again"
        ) from None
    except Exception as error:  # noqa: BLE001 — logged whole, but by way of the log, which hides the token
        _log.error("cannot run", exc_info=error)
        raise DiscordError("the bot cannot run, by a fault of its own: the log above says where") from None


_REJECTED = "Discord rejects the token: make a new one (developer portal → your application → Bot → Reset Token)"


class App(discord.Client):
    """The client: commands, messages, buttons, and an orderly end."""

    def __init__(self, assistant: Assistant, settings: DiscordConfig, log: AnswerLog) -> None:
        """Take what answers and what it keeps; asks for no privileged intent that the settings do not."""
        intents = discord.Intents.default()
        intents.message_content = settings.message_content
        super().__init__(
            intents=intents,
            allowed_mentions=NOBODY,
            max_messages=None,  # nothing is looked up in past messages
            member_cache_flags=discord.MemberCacheFlags.none(),
            chunk_guilds_at_startup=False,
        )
        self.assistant, self.settings, self.answer_log = assistant, settings, log
        self.seen = Seen()
        self.tree = _Tree(self)
        self._active = 0
        self._idle = asyncio.Event()
        self._idle.set()
        self._tasks: set[asyncio.Task[object]] = set()

    async def setup_hook(self) -> None:
        """Put the commands and buttons in place, sync what has changed, and excuse what a crash has left."""
        await self.assistant.warm()  # before the first question can come
        for command in _commands(self):
            self.tree.add_command(command)
        await self.tree.set_translator(_Translator())
        self.add_dynamic_items(_AnswerButton)
        await self._sync()
        self.background(self._excuse(await asyncio.to_thread(self.answer_log.abandoned)))
        self.background(self.assistant.watch())

    async def on_ready(self) -> None:
        """Note that the bot is there."""
        log_event(_log, "ready", guilds=len(self.guilds))

    async def on_message(self, message: discord.Message) -> None:
        """Answer a message if it asks the bot something."""
        incoming = self._incoming(message)
        question = asked(incoming, self.settings)
        if question is None or self.seen.again(message.id):
            return
        locale = message.guild.preferred_locale.value if message.guild else None
        out = _ByMessage(message, self.background)
        async with self.attending(out, locale):
            if not question.text:
                phrases = wording("", locale)
                await out.refuse(notice(phrases.help if question.text == "" else phrases.unreadable))
                return
            await self.assistant.ask(
                Question(
                    message.author.id,
                    incoming.guild,
                    message.channel.id,
                    question.text,
                    locale,
                    follows=question.follows,
                    answers=incoming.answers,
                ),
                out,
            )

    @asynccontextmanager
    async def attending(self, out: Out, locale: str | None) -> AsyncIterator[None]:
        """Count somebody as being served, and excuse ourselves to them if that fails."""
        self._active += 1
        self._idle.clear()
        try:
            yield
        except Exception as error:  # noqa: BLE001 — the boundary: logged whole, told in one sentence
            if isinstance(error, discord.HTTPException) and error.code in GONE:
                _log.warning("nobody is left to be answered: %s", error)
                return
            _log.error("failed", exc_info=error)
            try:
                await out.deliver(notice(wording("", locale).failed))
            except Exception:  # noqa: BLE001 — as above
                _log.exception("could not even say so")
        finally:
            self._active -= 1
            if not self._active:
                self._idle.set()

    async def drain(self) -> None:
        """Take nothing more in, let what is in hand be answered, and tell those who must go without."""
        self.assistant.desk.refuse_new()
        with suppress(TimeoutError):
            await asyncio.wait_for(self._idle.wait(), self.settings.drain)
        self.assistant.desk.close()
        with suppress(TimeoutError):
            await asyncio.wait_for(self._idle.wait(), LAST_WORDS)

    async def close(self) -> None:
        """End what runs beside, then the connection."""
        for task in list(self._tasks):
            task.cancel()
        await super().close()

    def background(self, work: Coroutine[Any, Any, object]) -> None:
        """Run something beside, and log what goes wrong in it."""
        task: asyncio.Task[object] = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: "asyncio.Task[object]") -> None:
        self._tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if error is not None:
            _log.error("failed beside", exc_info=error)

    def _incoming(self, message: discord.Message) -> Incoming:
        me = self.user.id if self.user else 0
        parent = message.channel.parent_id if isinstance(message.channel, discord.Thread) else None
        replied = message.reference.resolved if message.reference else None
        ours = isinstance(replied, discord.Message) and replied.author.id == me
        said = message.type in (discord.MessageType.default, discord.MessageType.reply)
        return Incoming(
            author=message.author.id,
            automatic=message.author.bot or message.webhook_id is not None or not said,
            guild=message.guild.id if message.guild else None,
            channels=(message.channel.id, parent) if parent else (message.channel.id,),
            in_thread=parent is not None,
            text=message.content,
            mentions_bot=any(user.id == me for user in message.mentions),
            answers=replied.id if ours and replied else None,
        )

    async def _sync(self) -> None:
        """Send Discord the commands if they are not the ones it was sent last."""
        translator = self.tree.translator
        commands = self.tree.get_commands()
        payload = [
            await command.get_translated_payload(self.tree, translator) if translator else command.to_dict(self.tree)
            for command in commands
        ]
        digest = hashlib.sha256(json.dumps(payload, sort_keys=True).encode()).hexdigest()
        fact = f"commands:{self.application_id}"
        if await asyncio.to_thread(self.answer_log.fact, fact) != digest:
            await self.tree.sync()
            await asyncio.to_thread(self.answer_log.note, fact, digest)
            log_event(_log, "commands synced", commands=len(commands))

    async def _excuse(self, abandoned: Sequence[tuple[str, str]]) -> None:
        for token, code in abandoned:
            webhook = discord.Webhook.partial(self.application_id or 0, token, client=self)
            phrases = PHRASES.get(code, PHRASES[DEFAULT])
            with suppress(discord.HTTPException):
                await webhook.edit_message(ORIGINAL, content=phrases.stopping, allowed_mentions=NOBODY)


class _ByMessage:
    """The way back to who wrote a message: a reply to it, which pings nobody."""

    def __init__(self, message: discord.Message, background: Callable[[Coroutine[Any, Any, object]], None]) -> None:
        self._message, self._background = message, background

    async def acknowledge(self, code: str) -> None:
        self._background(self._type())

    async def _type(self) -> None:
        with suppress(discord.HTTPException, aiohttp.ClientError, OSError):
            await self._message.channel.typing()

    async def deliver(self, reply: Reply) -> int | None:
        # subtle: with a nonce Discord takes a message once, also if its answer to the first try was lost.
        sent: discord.Message = await _insist(
            lambda: self._message.channel.send(
                **_parts(reply),
                reference=self._message.to_reference(fail_if_not_exists=False),
                mention_author=False,
                nonce=self._message.id,
            )
        )
        return sent.id

    async def refuse(self, reply: Reply) -> None:
        await self.deliver(reply)


class _ByInteraction:
    """The way back to who used a command or a button: "thinking", and that edited; or a word to them alone."""

    def __init__(self, interaction: Interaction, *, private: bool) -> None:
        self._interaction, self._private, self._acknowledged = interaction, private, False

    async def acknowledge(self, code: str) -> None:
        await _acknowledge(self._interaction, ephemeral=self._private, thinking=True)
        self._acknowledged = True
        await asyncio.to_thread(self._interaction.client.answer_log.begin, self._interaction.token, code)

    async def deliver(self, reply: Reply) -> int | None:
        if not self._acknowledged:
            await self.refuse(reply)
            return None
        sent = await _insist(lambda: self._interaction.edit_original_response(**_parts(reply)))
        await asyncio.to_thread(self._interaction.client.answer_log.end, self._interaction.token)
        return sent.id

    async def refuse(self, reply: Reply) -> None:
        with _taken_already():
            await self._interaction.response.send_message(**_parts(reply), ephemeral=True)


class _AnswerButton(discord.ui.DynamicItem[discord.ui.Button[discord.ui.View]], template=PRESS):
    """A button of ours, known by its identifier alone, so that it works after a restart."""

    def __init__(self, button: Button) -> None:
        style = STYLES.get(button.press.action, discord.ButtonStyle.secondary)
        custom_id = button.press.custom_id
        super().__init__(discord.ui.Button(label=button.label, style=style, custom_id=custom_id, row=button.row))
        self.press = button.press

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: discord.ui.Item[Any], match: re.Match[str], /
    ) -> "_AnswerButton":
        """Return the button that was pressed."""
        return cls(Button("…", parse_press(match.group()) or Press("sources", NO_KEY, DEFAULT)))

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Do what the button says: turn the page in place, or show something to the presser alone."""
        app: App = interaction.client
        if app.seen.again(interaction.id):
            return
        in_place = self.press.action in ("page", "sources")
        out = _ByInteraction(interaction, private=True)
        async with app.attending(out, interaction.locale.value):
            if not in_place:
                await out.acknowledge(self.press.wording)
                await out.deliver((await app.assistant.press(self.press, interaction.user.id)).reply)
                return
            await _acknowledge(interaction)
            pressed = await app.assistant.press(self.press, interaction.user.id)
            if pressed.in_place:
                await _insist(lambda: interaction.edit_original_response(**_parts(pressed.reply)))
            else:
                await interaction.followup.send(**_parts(pressed.reply), ephemeral=True)


class _Tree(app_commands.CommandTree[App]):
    """The commands; an interaction that is delivered twice is taken once."""

    async def interaction_check(self, interaction: Interaction, /) -> bool:
        return not self.client.seen.again(interaction.id)

    async def on_error(self, interaction: Interaction, error: app_commands.AppCommandError, /) -> None:
        _log.error("command failed", exc_info=error)
        with suppress(discord.HTTPException, discord.InteractionResponded):
            await _ByInteraction(interaction, private=True).refuse(notice(_phrases(interaction).failed))


class _Translator(app_commands.Translator):
    async def translate(
        self, string: app_commands.locale_str, locale: discord.Locale, context: app_commands.TranslationContextTypes
    ) -> str | None:
        key = string.extras.get("key")
        return localised(key, locale.value) if key else None


def _name(key: str) -> app_commands.locale_str:
    return app_commands.locale_str(COMMAND_NAMES[key][BASE], key=key)


def _commands(app: App) -> list[app_commands.Command[Any, ..., None] | app_commands.ContextMenu]:
    """Return the slash commands and the message menu."""

    async def ask(
        interaction: Interaction, question: str, language: str = "", source: str = "", private: bool = False
    ) -> None:
        chosen = Filter((language,) if language in LANGUAGES else (), source or None)
        await _ask(interaction, question, chosen, private=private)

    async def sources_like(interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        names = await asyncio.to_thread(source_choices, app.assistant.answers.articles, typed)
        return [app_commands.Choice(name=name, value=name) for name in names]

    async def sources(interaction: Interaction) -> None:
        await _tell(interaction, app.assistant.sources)

    async def about(interaction: Interaction) -> None:
        await _tell(interaction, app.assistant.about)

    async def help_(interaction: Interaction) -> None:
        await _tell(interaction, lambda phrases: notice(phrases.help))

    async def forget(interaction: Interaction) -> None:
        app.assistant.forget(interaction.user.id)
        await _tell(interaction, lambda phrases: notice(phrases.forgotten))

    async def menu(interaction: Interaction, message: discord.Message) -> None:
        await _ask(interaction, message.content, Filter(), private=False)

    for option in ("question", "language", "source", "private"):
        ask = app_commands.rename(**{option: _name(option)})(ask)
        ask = app_commands.describe(**{option: _name(f"{option}.about")})(ask)
    ask = app_commands.choices(
        language=[app_commands.Choice(name=row.autonym, value=row.code) for row in LANGUAGES.values()]
    )(ask)
    ask = app_commands.autocomplete(source=sources_like)(ask)
    everything: dict[str, Any] = {"ask": ask, "sources": sources, "about": about, "help": help_, "forget": forget}
    commands: list[app_commands.Command[Any, ..., None] | app_commands.ContextMenu] = [
        app_commands.Command(name=_name(key), description=_name(f"{key}.about"), callback=callback)
        for key, callback in everything.items()
    ]
    return [*commands, app_commands.ContextMenu(name=_name("menu"), callback=menu)]


async def _ask(interaction: Interaction, text: str, chosen: Filter, *, private: bool) -> None:
    app, locale = interaction.client, interaction.locale.value
    out = _ByInteraction(interaction, private=private)
    place = interaction.channel_id or 0
    thread = isinstance(interaction.channel, discord.Thread)
    parent = interaction.channel.parent_id if isinstance(interaction.channel, discord.Thread) else place
    direct = interaction.guild_id is None
    async with app.attending(out, locale):
        if not may_answer((place, parent), app.settings, direct=direct):
            await out.refuse(notice(_phrases(interaction).not_here))
            return
        question = Question(
            interaction.user.id, interaction.guild_id, place, text, locale, chosen, follows=thread or direct
        )
        await app.assistant.ask(question, out)


async def _tell(interaction: Interaction, words: Callable[[Phrases], Reply]) -> None:
    out = _ByInteraction(interaction, private=True)
    async with interaction.client.attending(out, interaction.locale.value):
        await out.refuse(words(_phrases(interaction)))


def _phrases(interaction: Interaction) -> Phrases:
    return wording("", interaction.locale.value)


async def _acknowledge(interaction: Interaction, **how: bool) -> None:
    with _taken_already():
        await interaction.response.defer(**how)


@contextmanager
def _taken_already() -> Iterator[None]:
    """Take it for done where Discord says so: a first try has reached it, and only its answer was lost."""
    try:
        yield
    except discord.HTTPException as error:
        if error.code != ALREADY:
            raise


async def _insist(send: Callable[[], Awaitable[T]]) -> T:
    """Send, and again after a while where Discord or the network is in trouble: nobody is left "thinking"."""
    for pause in PAUSES:
        try:
            return await send()
        except discord.HTTPException as error:
            if error.status < 500 and error.status != 429:
                raise
            _log.warning("Discord answers HTTP %s, trying again in %g s", error.status, pause)
        except (aiohttp.ClientError, OSError) as error:
            _log.warning("cannot reach Discord (%s), trying again in %g s", type(error).__name__, pause)
        await asyncio.sleep(pause)
    return await send()


def _parts(reply: Reply) -> dict[str, Any]:
    """Return a reply as the arguments that discord.py's senders and editors take."""
    embeds = []
    for card in reply.cards:
        embed = discord.Embed(title=card.title, description=card.body)
        if card.footer:
            embed.set_footer(text=card.footer)
        embeds.append(embed)
    parts: dict[str, Any] = {"content": reply.content, "embeds": embeds, "allowed_mentions": NOBODY}
    if reply.buttons:
        view = discord.ui.View(timeout=None)
        for button in reply.buttons:
            view.add_item(_AnswerButton(button))
        parts["view"] = view
    return parts
