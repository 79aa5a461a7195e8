"""From a question that somebody asked somewhere to the reply they get: the whole course, without Discord.

A question is looked at, taken in or refused at once, acknowledged, answered off the event loop, delivered, remembered
and logged. How a reply travels is the business of an `Out`, of which `discord_app` has two.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from bot.answer_log import AnswerLog
from bot.answering import Answer
from bot.config import DiscordConfig
from bot.conversation import Conversations, Turn, next_turn, understood
from bot.desk import Desk, Limits, Refusal, Stopped, TimedOut
from bot.discord_log import log_event, question_hash
from bot.discord_render import (
    Press,
    Reply,
    about_reply,
    answer_reply,
    context_reply,
    notice,
    shown_quotes,
    sources_reply,
)
from bot.discord_text import CHOICE, CHOICES, length, plain
from bot.feedback import append, feedback_json
from bot.live_service import Answers
from bot.phrases import PHRASES, Phrases, wording
from index.analysis import clean, fold
from index.errors import PolyQuoteError
from index.records import ArticleInfo, Filter

NO_FILTER = Filter()

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Question:
    """What somebody asked: `follows` if it may refer back, `answers` the message it replies to."""

    person: int
    guild: int | None
    place: int
    text: str
    locale: str | None = None
    chosen: Filter = NO_FILTER
    follows: bool = False
    answers: int | None = None


@dataclass(frozen=True, slots=True)
class Pressed:
    """What a button brings: a reply, in place of the message it stands on or beside it for the presser alone."""

    reply: Reply
    in_place: bool


class Out(Protocol):
    """The way back to who asked."""

    async def acknowledge(self, code: str) -> None:
        """Show that an answer is on its way; `code` is the wording in which to excuse ourselves after a crash."""
        ...

    async def deliver(self, reply: Reply) -> int | None:
        """Bring the reply, whether or not it was acknowledged before; return the message's id if there is one."""
        ...

    async def refuse(self, reply: Reply) -> None:
        """Say at once why there will be no answer, where possible only to who asked."""
        ...


class Assistant:
    """Answers questions and button presses; everything that is kept between them is here."""

    def __init__(
        self,
        answers: Answers,
        settings: DiscordConfig,
        log: AnswerLog,
        feedback: Path,
        *,
        now: Callable[[], datetime],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Take what answers, where feedback goes, and the clocks: `now` in UTC, `clock` monotonic."""
        limits = Limits(
            settings.cooldown,
            settings.guild_per_minute,
            settings.workers,
            settings.queue,
            settings.timeout,
            settings.cache,
        )
        self.answers = answers
        self.desk: Desk[Answer] = Desk(limits, clock)
        self._settings, self._log, self._feedback, self._now, self._clock = settings, log, feedback, now, clock
        self._conversations = Conversations(60 * settings.conversation_minutes, clock)

    async def ask(self, question: Question, out: Out) -> None:
        """See a question through; what is our fault is raised, for the caller to log and excuse."""
        began = self._clock()
        before = self._before(question)
        # Off the loop: telling the language of a few names may load models, once.
        phrases = await asyncio.to_thread(wording, question.text, question.locale)
        text, whole, problem = await asyncio.to_thread(self._whole, question.text, before, phrases)
        if problem is not None:
            await out.refuse(notice(problem))
            return
        answers, chosen = self.answers, question.chosen
        key = (answers.generation, whole, chosen)
        ticket = self.desk.admit(question.person, question.guild, key, lambda: answers.ask(whole, chosen))
        if isinstance(ticket, Refusal):
            self._note("refused", question, whole, began, why=ticket.why.value)
            await out.refuse(notice(_refusal(ticket, phrases)))
            return
        await out.acknowledge(phrases.code)
        acknowledged = self._clock()
        try:
            answer = await self.desk.result(ticket)
        except (TimedOut, Stopped) as error:
            self._note("given up", question, whole, began, why=str(error))
            await out.deliver(notice(phrases.time_out if isinstance(error, TimedOut) else phrases.stopping))
            return
        told = whole if whole != text else None
        name = await asyncio.to_thread(self._log.put, answer, answers.generation, told)
        turn = next_turn(text, before, answer.answer)
        self._conversations.remember(question.place, question.person, turn)  # who reads fast may ask on at once
        message = await out.deliver(answer_reply(answer, name, phrases, understood=told))
        self._conversations.delivered(question.place, question.person, turn, message)
        self._note(
            "answered",
            question,
            whole,
            began,
            answered=answer.answered,
            language=answer.language,
            acknowledged=round(acknowledged - began, 3),
            generation=answers.generation,
        )

    async def press(self, press: Press, person: int) -> Pressed:
        """Return what a button brings; a disk that cannot take feedback raises OSError."""
        phrases = PHRASES[press.wording]
        if press.action == "sources":
            return Pressed(sources_reply(self.answers.articles, phrases, page=press.number), in_place=True)
        kept = await asyncio.to_thread(self._log.get, press.answer)
        if kept is None:
            return Pressed(notice(phrases.expired), in_place=False)
        answer, generation, told = kept
        if press.action == "page":
            reply = answer_reply(answer, press.answer, phrases, page=press.number, understood=told)
            return Pressed(reply, in_place=True)
        if press.action == "context":
            return Pressed(await self._context(answer, press.number, phrases), in_place=False)
        if await asyncio.to_thread(self._log.judge, press.answer, person, press.action):
            record = feedback_json(answer, press.action, generation, self._now())
            await asyncio.to_thread(append, self._feedback, record)
            log_event(_log, "feedback", answer=press.answer, verdict=press.action, person=self._log.pseudonym(person))
        return Pressed(notice(phrases.thanks), in_place=False)

    async def _context(self, answer: Answer, number: int, phrases: Phrases) -> Reply:
        quotes = shown_quotes(answer)
        if not 1 <= number <= len(quotes):
            return notice(phrases.expired)
        quote = quotes[number - 1]
        around = await asyncio.to_thread(self.answers.around, quote)
        return notice(phrases.expired) if around is None else context_reply(quote, *around, phrases)

    def sources(self, phrases: Phrases) -> Reply:
        """Return the first page of what is indexed."""
        return sources_reply(self.answers.articles, phrases)

    def about(self, phrases: Phrases) -> Reply:
        """Return what the bot is and knows."""
        return about_reply(self.answers.articles, self.answers.passages, self.answers.generation, phrases)

    def forget(self, person: int) -> None:
        """Forget what a person's follow-ups would refer to."""
        self._conversations.forget(person)

    async def warm(self) -> None:
        """Load what telling a language may need, so that no question waits for it."""
        await asyncio.to_thread(wording, "OpenAI CEO")
        await asyncio.to_thread(understood, "誰", None)

    async def watch(self) -> None:
        """Look for a new generation from time to time, for ever, and answer from it once it is open."""
        last = ""
        while True:
            await asyncio.sleep(self._settings.check_index)
            try:
                newest = await asyncio.to_thread(self.answers.newest)
            except (PolyQuoteError, OSError) as error:
                if str(error) != last:
                    _log.warning("the new generation cannot be opened, answering from the old one: %s", error)
                last = str(error)
                continue
            if newest is not self.answers:
                self.answers = newest
                self.desk.empty_cache()
                log_event(_log, "new generation", generation=newest.generation, articles=len(newest.articles))

    def _before(self, question: Question) -> Turn | None:
        if not question.follows:
            return None
        return self._conversations.recall(question.place, question.person, question.answers)

    def _whole(self, raw: str, before: Turn | None, phrases: Phrases) -> tuple[str, str, str | None]:
        """Return a question cleaned, the same with what it refers to, and what is wrong with it, if anything."""
        text, most = clean(raw), self.answers.max_question_length
        if not any(char.isalnum() for char in text):
            return text, "", phrases.blank
        if len(text) > most:
            return text, "", phrases.too_long.format(length=len(text), most=most)
        whole = understood(text, before)
        if whole is None:
            return text, "", phrases.no_subject
        return text, whole if len(whole) <= most else text, None

    def _note(self, event: str, question: Question, whole: str, began: float, **fields: object) -> None:
        asked = {"text": whole} if self._settings.log_questions else {}
        log_event(
            _log,
            event,
            question=question_hash(whole),
            **asked,
            person=self._log.pseudonym(question.person),
            guild=question.guild,
            seconds=round(self._clock() - began, 3),
            **fields,
        )


def source_choices(articles: Sequence[ArticleInfo], typed: str) -> list[str]:
    """Return at most 25 sources that hold what was typed, those that begin with it first; each can be filtered by."""
    wanted = fold(plain(typed)).strip()
    names = sorted({plain(info.source or info.path).strip() for info in articles})
    found = [name for name in names if wanted in fold(name)]
    found.sort(key=lambda name: not fold(name).startswith(wanted))
    # Cut without an ellipsis: what is left is still a part of the source, which is what the filter looks for.
    return list(dict.fromkeys(filter(None, (_cut(name) for name in found))))[:CHOICES]


def _cut(name: str) -> str:
    while length(name) > CHOICE:
        name = name[:-1]
    return name.strip()


def _refusal(refusal: Refusal, phrases: Phrases) -> str:
    text: str = getattr(phrases, refusal.why.value)
    return text.format(seconds=max(1, round(refusal.seconds)))
