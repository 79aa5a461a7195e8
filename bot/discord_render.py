"""An answer → what a Discord message holds, as plain data: content, cards (embeds), buttons. Pure; no Discord, no I/O.

The short answer stands in the content, since some people have embeds switched off; each quote has a card of its own.
Cards have no URL: Discord merges those of one URL into one, and unfurls links in content. A link stands in the text.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from bot.answering import Answer, Dispute, Quote, sources
from bot.discord_text import BUTTON_LABEL, CONTENT, EMBED_TITLE, clip, escape, fit, length, link, unlist
from bot.phrases import PHRASES, Phrases
from index.languages import language
from index.records import ArticleInfo, Kind

PAGE = 3  # quotes a page, each with its context button beside the two that turn pages: 5 in a row
QUOTES = 15  # quotes that are asked for, so that there is something to turn pages to
DISPUTING = 6  # of these at most are of other answers
BODY = 1300  # units of a quote in a card: 3 × (body + title + footer + link) stays under 6,000
TITLE = 150
FOOTER = 300
SOURCE_ROWS = 10
CONTEXT = 1200  # units on either side of a quote shown in its article
DISPUTES = 3
NO_KEY = "-"  # for what is not in the answer log
SURE, LIKELY, POSSIBLE = 0.9, 0.7, 0.45  # confidence from which an answer is called so

Action = Literal["page", "context", "right", "wrong", "sources"]
PRESS = re.compile(
    r"pq:(?P<action>page|context|right|wrong|sources):(?P<answer>[0-9a-f]{16}|-):(?P<wording>[A-Za-z-]{2,8}):(?P<number>\d{1,6})"
)


@dataclass(frozen=True, slots=True)
class Card:
    """An embed: title, Markdown body, plain footer."""

    title: str
    body: str
    footer: str = ""

    @property
    def size(self) -> int:
        """Return what it counts towards the 6,000 of a message."""
        return length(self.title) + length(self.body) + length(self.footer)


@dataclass(frozen=True, slots=True)
class Press:
    """What a button does: all that is needed to do it after a restart, with the answer in the answer log."""

    action: Action
    answer: str
    wording: str
    number: int = 0

    @property
    def custom_id(self) -> str:
        """Return the form that Discord keeps, at most 42 characters."""
        return f"pq:{self.action}:{self.answer}:{self.wording}:{self.number}"


@dataclass(frozen=True, slots=True)
class Button:
    """A button: its label and what it does; `row` from 0."""

    label: str
    press: Press
    row: int = 0


@dataclass(frozen=True, slots=True)
class Reply:
    """A message to be: nothing in it is longer than Discord takes."""

    content: str
    cards: tuple[Card, ...] = ()
    buttons: tuple[Button, ...] = ()


def parse_press(custom_id: str) -> Press | None:
    """Return what a button does; None for an identifier that is not ours."""
    match = PRESS.fullmatch(custom_id)
    if match is None or match["wording"] not in PHRASES:
        return None
    action: Action = match["action"]  # type: ignore[assignment]
    return Press(action, match["answer"], match["wording"], int(match["number"]))


def answer_reply(answer: Answer, key: str, phrases: Phrases, *, page: int = 0, understood: str | None = None) -> Reply:
    """Return an answer with one page of its quotes, or of the nearest passages; `key` is its name in the answer log."""
    quotes = shown_quotes(answer)
    pages = max(1, -(-len(quotes) // PAGE))
    page = min(page, pages - 1)
    first = page * PAGE
    cards = tuple(
        _quote_card(number, quote, phrases, disputing=quote not in answer.quotes and answer.answered)
        for number, quote in enumerate(quotes[first : first + PAGE], start=first + 1)
    )
    turn = [Button(phrases.back, Press("page", key, phrases.code, page - 1))] if page else []
    if page + 1 < pages:
        turn.append(Button(f"{phrases.more} ({page + 2}/{pages})", Press("page", key, phrases.code, page + 1)))
    contexts = [
        Button(phrases.context.format(number=number), Press("context", key, phrases.code, number))
        for number in range(first + 1, first + len(cards) + 1)
    ]
    verdicts = [
        Button(phrases.right, Press("right", key, phrases.code), row=1),
        Button(phrases.wrong, Press("wrong", key, phrases.code), row=1),
    ]
    buttons = tuple(replace(one, label=clip(one.label, BUTTON_LABEL)) for one in [*turn, *contexts, *verdicts])
    return Reply(_head(answer, phrases, understood), cards, buttons)


def shown_quotes(answer: Answer) -> list[Quote]:
    """Return every quote that the pages show: the answer's, then what disputes it; or the nearest passages."""
    disputing = [quote for dispute in answer.disputes for quote in dispute.quotes][:DISPUTING]
    return [*answer.quotes[: QUOTES - len(disputing)], *disputing, *answer.nearest]


def context_reply(quote: Quote, before: str, after: str, phrases: Phrases) -> Reply:
    """Return a quote within what stands before and after it in its article."""
    body = f"{fit(before, CONTEXT, keep='end')}**{fit(quote.text, BODY)}**{fit(after, CONTEXT)}"
    card = Card(fit(quote.article.title, TITLE), unlist(body), clip(_citation(quote, phrases), FOOTER))
    return Reply(f"-# {phrases.in_context}", (card,))


def sources_reply(articles: Sequence[ArticleInfo], phrases: Phrases, *, page: int = 0) -> Reply:
    """Return one page of what is indexed, newest first, undated last."""
    if not articles:
        return Reply(phrases.no_sources)
    ordered = sorted(sorted(articles, key=lambda info: info.path), key=lambda info: info.date or "", reverse=True)
    pages = -(-len(ordered) // SOURCE_ROWS)
    page = min(page, pages - 1)
    rows = ordered[page * SOURCE_ROWS : (page + 1) * SOURCE_ROWS]
    languages = len({info.language for info in articles})
    head = phrases.sources.format(articles=len(articles), languages=languages)
    body = "\n".join(_source_row(info, phrases) for info in rows)
    buttons = []
    if page:
        buttons.append(Button(phrases.back, Press("sources", NO_KEY, phrases.code, page - 1)))
    if page + 1 < pages:
        buttons.append(Button(phrases.more, Press("sources", NO_KEY, phrases.code, page + 1)))
    footer = phrases.page.format(page=page + 1, pages=pages) if pages > 1 else ""
    return Reply("", (Card(clip(head, EMBED_TITLE), body, footer),), tuple(buttons))


def about_reply(articles: Sequence[ArticleInfo], passages: int, generation: str, phrases: Phrases) -> Reply:
    """Return what the bot is and what it knows."""
    names = ", ".join(sorted({language(info.language).autonym for info in articles})) or "–"
    return notice(
        phrases.about.format(articles=len(articles), passages=passages, languages=names, generation=generation)
    )


def notice(text: str) -> Reply:
    """Return a message of our own words, whose Markdown is meant."""
    return Reply(text if length(text) <= CONTENT else fit(text, CONTENT))


def reply_text(reply: Reply) -> str:
    """Return a message as text: the Markdown that Discord is sent, cards boxed, buttons in brackets, row by row."""
    blocks = [reply.content] if reply.content else []
    for card in reply.cards:
        body = [f"│ {line}" for line in card.body.split("\n")]
        blocks.append("\n".join([f"┌ {card.title}", *body, f"└ {card.footer}"]))
    rows = sorted({button.row for button in reply.buttons})
    buttons = [" ".join(f"[{one.label}]" for one in reply.buttons if one.row == row) for row in rows]
    return "\n\n".join([*blocks, *(["\n".join(buttons)] if buttons else [])])


def _head(answer: Answer, phrases: Phrases, understood: str | None) -> str:
    lines = [f"-# {phrases.understood.format(question=fit(understood, 300))}"] if understood else []
    if answer.answer is None:
        lines.append(phrases.no_answer)
        if answer.nearest:
            lines.append(f"-# {phrases.nearest}")
        return "\n".join(lines)
    lines.append(f"**{fit(answer.answer, 600)}**")
    lines.append(f"-# {confidence_in_words(answer.confidence, phrases)} · {_sources(answer.quotes, phrases)}")
    if answer.disputes:
        lines.append(f"-# {_dispute(answer.disputes, phrases)}")
    return "\n".join(lines)


def confidence_in_words(confidence: float, phrases: Phrases) -> str:
    """Return how sure an answer is, in words: a number would pretend to more than is known."""
    if confidence >= SURE:
        return phrases.sure
    if confidence >= LIKELY:
        return phrases.likely
    return phrases.possible if confidence >= POSSIBLE else phrases.doubtful


def _sources(quotes: Sequence[Quote], phrases: Phrases) -> str:
    articles, languages = sources(quotes)
    if not articles:
        return phrases.comment
    if articles == 1:
        return phrases.one_article
    pattern = phrases.several_articles if languages == 1 else phrases.several_languages
    return pattern.format(articles=articles, languages=languages)


def _dispute(disputes: Sequence[Dispute], phrases: Phrases) -> str:
    told = [
        f"{fit(dispute.answer, 120)} ({len({quote.article.id for quote in dispute.quotes})})"
        for dispute in disputes[:DISPUTES]
    ]
    return phrases.dispute.format(answers=" · ".join(told))


def _quote_card(number: int, quote: Quote, phrases: Phrases, *, disputing: bool) -> Card:
    title = f"{number} {'≠' if disputing else '·'} {fit(quote.article.title, TITLE)}"
    body = unlist(_highlighted(quote))
    address = link(quote.article.url)
    if address:
        body += f"\n[{fit(quote.article.source or '', 80) or '→'}]({address})"
    return Card(title, body, clip(_citation(quote, phrases), FOOTER))


def _highlighted(quote: Quote) -> str:
    """Return a quote with its answer bold; of a long one what is around the answer."""
    if quote.answer_start is None or quote.answer_end is None:
        return fit(quote.text, BODY)
    first, last = quote.answer_start - quote.start, quote.answer_end - quote.start
    answer = f"**{fit(quote.text[first:last], BODY // 2)}**"
    room = BODY - length(answer)
    after = fit(quote.text[last:], room - min(room // 2, length(escape(quote.text[:first]))))
    before = fit(quote.text[:first], room - length(after), keep="end")
    return f"{before}{answer}{after}"


def _citation(quote: Quote, phrases: Phrases) -> str:
    info = quote.article
    parts = [
        phrases.comment if quote.kind is Kind.COMMENT else "",
        language(info.language).autonym,
        info.date or phrases.undated,
        clip(info.source or "", 80),
        f"{clip(info.path, 120)} [{quote.start}, {quote.end})",
    ]
    return " · ".join(part for part in parts if part)


def _source_row(info: ArticleInfo, phrases: Phrases) -> str:
    parts = [language(info.language).autonym, info.date or phrases.undated, escape(clip(info.source or "", 60))]
    return f"- **{fit(info.title, 200)}** · {' · '.join(part for part in parts if part)}"
