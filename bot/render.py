"""Everything a person reads on a terminal, as text: pure functions, no I/O.

A quote is shown word for word; characters that could move the cursor or reverse the reading are shown as U+FFFD, and
those that show nothing are left out. The answer inside it is bold where the terminal has colour and in [[double
brackets]] where it has not.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from wcwidth import clip, width, wrap

from bot.answering import Answer, Dispute, Quote, sources
from bot.verification import Status, Verdict
from index.languages import language
from index.records import ArticleInfo, Hit, Kind, Passage
from index.retriever import Retrieval

BOLD, DIM, GREEN, YELLOW, RED = "1", "2", "1;32", "33", "31"  # ECMA-48 SGR parameters
INDENT = "   "
MAX_TITLE = 60  # columns
MIN_WIDTH = 30
HANGING = " " * 4
PASSAGE_COLUMNS = 25  # a language, the head of a path and a position; with fewer, a passage stands below its numbers
MOST_CONFIDENT = 0.99  # nothing that was read by a machine is certain


@dataclass(frozen=True, slots=True)
class Style:
    """What the terminal can show: colour or not, how many columns, and whether it takes characters beyond ASCII."""

    color: bool = False
    width: int = 80
    unicode: bool = True

    def paint(self, text: str, sgr: str) -> str:
        """Return the text in a colour, or as it is."""
        return f"\x1b[{sgr}m{text}\x1b[0m" if self.color and text else text


def render_answer(answer: Answer, style: Style, *, explain: bool = False) -> str:
    """Return an answer as it is read on a terminal."""
    blocks = [_head(answer, style)]
    blocks += [_quote(number, quote, style) for number, quote in enumerate(answer.quotes, start=1)]
    if answer.quotes:
        blocks.append(style.paint(_sources(answer.quotes), DIM))
    blocks += [_dispute(dispute, style) for dispute in answer.disputes]
    if answer.nearest:
        blocks.append(_wrapped("Nearest passages, none of which is an answer:", style))
        blocks += [_quote(number, quote, style) for number, quote in enumerate(answer.nearest, start=1)]
    elif not answer.answered:
        blocks += [_wrapped(f"{warning[0].upper()}{warning[1:]}.", style) for warning in answer.retrieval.warnings]
    if explain:
        blocks.append(_explain(answer.retrieval, style))
    return "\n\n".join(blocks)


def render_search(retrieval: Retrieval, style: Style, *, explain: bool = False) -> str:
    """Return the hits of a search, best first."""
    if not retrieval.hits:
        return "\n".join(["no passage found", *retrieval.warnings])
    blocks = [_hit(number, hit, style) for number, hit in enumerate(retrieval.hits, start=1)]
    if explain:
        blocks.append(_explain(retrieval, style))
    return "\n\n".join(blocks)


def render_verdicts(verdicts: Sequence[Verdict], style: Style) -> str:
    """Return a line for each quote that was verified."""
    colors = {Status.OK: GREEN, Status.CHANGED: YELLOW, Status.MISSING: RED}
    return "\n".join(
        f"{style.paint(f'{verdict.status:<8}', colors[verdict.status])}"
        f"{_plain(verdict.claim.path)} [{verdict.claim.start}, {verdict.claim.end})"
        + (f"  {verdict.reason}" if verdict.reason else "")
        for verdict in verdicts
    )


def citation(info: ArticleInfo, start: int, end: int, kind: Kind = Kind.BODY) -> str:
    """Return where a quote stands: language, title, date, source, file and position."""
    parts = [
        "reader's comment" if kind is Kind.COMMENT else "",
        language(info.language).name,
        clip_columns(_plain(info.title), MAX_TITLE),
        info.date or "undated",
        _plain(info.source or ""),
        f"{_plain(info.path)} [{start}, {end})",
    ]
    return " · ".join(part for part in parts if part)


def clip_columns(text: str, columns: int) -> str:
    """Return the text cut to a number of terminal columns, with an ellipsis where it was cut."""
    return text if width(text) <= columns else f"{clip(text, 0, columns - 1).rstrip()}…"


def _head(answer: Answer, style: Style) -> str:
    if answer.answer is None:
        return _wrapped(style.paint("No answer in the articles that is sure enough.", YELLOW), style)
    confidence = f"confidence {min(answer.confidence, MOST_CONFIDENT):.2f}"
    return _wrapped(f"{style.paint(_plain(answer.answer), GREEN)}   {style.paint(confidence, DIM)}", style)


def _wrapped(text: str, style: Style) -> str:
    return _ascii("\n".join(wrap(text, max(style.width, MIN_WIDTH))), style)


def _quote(number: int, quote: Quote, style: Style) -> str:
    return _entry(number, highlight(quote, style), citation(quote.article, quote.start, quote.end, quote.kind), style)


def _hit(number: int, hit: Hit, style: Style) -> str:
    legs = [
        f"lexical {hit.lexical_rank}" if hit.lexical_rank else "lexical –",
        f"dense {hit.dense_rank}" if hit.dense_rank else "dense –",
    ]
    passage = hit.passage
    where = citation(passage.article, passage.start, passage.end, passage.kind)
    return _entry(number, _plain(passage.text), f"{where} · {hit.score:.2f} ({', '.join(legs)})", style)


def _entry(number: int, text: str, where: str, style: Style) -> str:
    columns = max(style.width, MIN_WIDTH)
    label = f"{number}. ".rjust(len(INDENT))
    lines = wrap(text, columns, initial_indent=label, subsequent_indent=" " * len(label))
    lines += [
        style.paint(line, DIM)
        for line in wrap(where, columns, initial_indent=" " * len(label), subsequent_indent=" " * len(label))
    ]
    return _ascii("\n".join(lines), style)


def highlight(quote: Quote, style: Style) -> str:
    """Return a quote with its answer made to stand out."""
    if quote.answer_start is None or quote.answer_end is None:
        return _plain(quote.text)
    first, last = quote.answer_start - quote.start, quote.answer_end - quote.start
    before, answer, after = (_plain(part) for part in (quote.text[:first], quote.text[first:last], quote.text[last:]))
    return f"{before}{style.paint(answer, GREEN) if style.color else f'[[{answer}]]'}{after}"


def _sources(quotes: Sequence[Quote]) -> str:
    articles, languages = sources(quotes)
    if not articles:
        return "Quoted from readers' comments alone."
    if articles == 1:
        return "Quoted from 1 article."
    return f"Quoted from {articles} articles in {languages} language{'s' if languages > 1 else ''}."


def _dispute(dispute: Dispute, style: Style) -> str:
    head = f"{style.paint('But another answer is given:', YELLOW)} {style.paint(_plain(dispute.answer), BOLD)}"
    return "\n".join(
        [_wrapped(head, style), *(_quote(number, quote, style) for number, quote in enumerate(dispute.quotes, start=1))]
    )


def _explain(retrieval: Retrieval, style: Style) -> str:
    columns = max(style.width, MIN_WIDTH)
    feedback = retrieval.relevance_feedback
    said = {
        "also searched for:": ", ".join(retrieval.expansion),
        "and for what is said in:": _where(feedback, columns) if feedback else "",
        "terms that some passage has:": ", ".join(retrieval.known_terms) or "none",
        "terms that no passage has:": ", ".join(retrieval.unknown_terms) or "none",
    }
    texts = [f"  {label:<28} {words}" for label, words in said.items() if words]
    head = _LEGS.format("#", "score", "lexical", "BM25", "share", "dense", "cosine", "z")
    room = columns - width(head) - 2
    below = room < PASSAGE_COLUMNS
    texts.append(head if below else f"{head}  passage")
    room = (columns - len(HANGING) if below else room) - len(_ascii("…", style)) + 1
    for number, hit in enumerate(retrieval.hits, start=1):
        legs, where = _legs(number, hit), _where(hit.passage, room)
        texts += [legs, f"{HANGING}{where}"] if below else [f"{legs}  {where}"]
    texts += [style.paint(f"  warning: {warning}", YELLOW) for warning in retrieval.warnings]
    # In ASCII first: an ellipsis takes more columns there.
    wrapped = (wrap(_ascii(text, style), columns, subsequent_indent=HANGING) for text in texts)
    return "\n".join(["How it was found:", *(line for lines in wrapped for line in lines)])


_LEGS = " {:>2} {:>6} {:>7} {:>7} {:>5} {:>5} {:>6} {:>6}"


def _legs(number: int, hit: Hit) -> str:
    return _LEGS.format(
        number,
        f"{hit.score:.2f}",
        hit.lexical_rank or "–",
        "–" if hit.lexical_score is None else f"{hit.lexical_score:.2f}",
        "–" if hit.lexical_share is None else f"{hit.lexical_share:.2f}",
        hit.dense_rank or "–",
        "–" if hit.dense_score is None else f"{hit.dense_score:.3f}",
        "–" if hit.dense_z is None else f"{hit.dense_z:.2f}",
    )


def _where(passage: Passage, columns: int) -> str:
    """Return where a passage stands, in as many columns: a long path is cut, its language and position are not."""
    code, position = f"{passage.article.language} ", f" [{passage.start}, {passage.end})"
    return f"{code}{clip_columns(_plain(passage.article.path), max(1, columns - len(code + position)))}{position}"


def _plain(text: str) -> str:
    """Return text that cannot act on a terminal: line breaks as spaces, other controls and bidi controls as U+FFFD.

    Other format characters, as soft hyphens, are left out: in the five languages none of them shows anything.
    """
    return "".join(_shown(char) for char in text)


_SPACES = "\r\n\t\x0b\x0c\u2028\u2029"
_ACTING = ("Cc", "Cs")
_BIDI = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"  # Bidi_Control, UAX #9
_JOINERS = "\u200c\u200d"  # they hold an emoji together, and move nothing


def _shown(char: str) -> str:
    if char in _SPACES:
        return " "
    category = unicodedata.category(char)
    if category in _ACTING or char in _BIDI:
        return "\ufffd"
    return "" if category == "Cf" and char not in _JOINERS else char


_IN_ASCII = str.maketrans({"·": "|", "…": "...", "–": "-", "’": "'"})


def _ascii(text: str, style: Style) -> str:
    return text if style.unicode else text.translate(_IN_ASCII)
