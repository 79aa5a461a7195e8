"""Text made fit for Discord: its limits, lengths as it counts them, Markdown escaped, cuts that break nothing.

Limits: https://docs.discord.com/developers/resources/message#embed-object-embed-limits. Discord's API counts code
points (its staff in discord-api-docs#1315), its clients UTF-16 code units, which are never fewer: units are counted
here, so both agree. A Chinese character is one, an emoji two. Nothing here knows what the text says.
"""

import re
import unicodedata
from collections.abc import Iterator
from itertools import accumulate, takewhile

CONTENT = 2000
EMBED_TITLE = 256
BUTTON_LABEL = 80
CHOICES = 25
CHOICE = 100
ELLIPSIS = "…"

_ACTIVE = frozenset("\\*_~`|<>[]#@")  # what Discord's Markdown, mentions and timestamps begin with
_COLON = re.compile(r":(?=//|[\w+-]+:)")  # of a link, or of an emoji by name
_LIST = re.compile(r"(?P<bullet>\s*)(?P<mark>[-+]|\d+(?=\.))")
_INVITE = re.compile(r"\b(?P<host>discord(?:app)?)\.", re.IGNORECASE)  # unfurled even without a scheme
_LINK = re.compile(r"https?://[^\s<>()\[\]\\\"'`*_|~]+", re.IGNORECASE)
_MODIFIERS = ("Mn", "Me", "Mc", "Sk")  # combining marks, variation selectors, skin tones


def length(text: str) -> int:
    """Return the UTF-16 code units of a text."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def plain(text: str) -> str:
    """Return text that cannot act: breaks and tabs as single spaces; controls, bidi and zero-width characters gone."""
    spaced = (" " if char in "\r\n\t\x0b\x0c\x85\u2028\u2029" else char for char in text.replace("\r\n", "\n"))
    return "".join(char for char in spaced if unicodedata.category(char) not in ("Cc", "Cf", "Cs", "Co"))


def escape(text: str) -> str:
    """Return plain text so that Discord shows each character as it is: no format, link, mention, list or invite."""
    coloned = _COLON.sub("\0", plain(text))  # a stand-in: no control character is left in plain text
    escaped = "".join(f"\\{char}" if char in _ACTIVE else char for char in coloned).replace("\0", "\\:")
    return unlist(_INVITE.sub(r"\g<host>\\.", escaped))


def unlist(line: str) -> str:
    """Return an escaped line that does not open a list."""
    match = _LIST.match(line)
    if match is None:
        return line
    if match["mark"] in "-+":
        return f"{match['bullet']}\\{line[match.start('mark') :]}"
    return f"{line[: match.end()]}\\{line[match.end() :]}"


def link(url: str | None) -> str | None:
    """Return the address if it is http(s) and cannot break out of a masked link, else None."""
    return url if url and length(url) <= 500 and _LINK.fullmatch(url) else None


def fit(text: str, limit: int, *, keep: str = "start") -> str:
    """Return `escape(text)` in at most `limit` units, an ellipsis where it was cut; `keep` is `start` or `end`.

    A character is never parted from its accents or modifiers, nor from its escape.
    """
    whole = escape(text)
    if length(whole) <= limit:
        return whole
    room = limit - length(ELLIPSIS)
    if room < 0:
        return ""
    clusters = list(_clusters(plain(text)))
    if keep == "end":
        clusters.reverse()
    sizes = accumulate(length(cluster) + sum(char in _ACTIVE for char in cluster) for cluster in clusters)
    count = sum(1 for _ in takewhile(lambda size: size <= room, sizes))
    while True:  # once, but for the few characters that are escaped by what is beside them
        taken = clusters[:count]
        cut = escape("".join(taken)).rstrip() if keep == "start" else escape("".join(reversed(taken))).lstrip()
        if length(cut) <= room:
            return f"{cut}{ELLIPSIS}" if keep == "start" else f"{ELLIPSIS}{cut}"
        count -= 1


def clip(text: str, limit: int) -> str:
    """Return plain text in at most `limit` units, an ellipsis where it was cut; for places without Markdown."""
    text = plain(text)
    if length(text) <= limit:
        return text
    room, taken = limit - length(ELLIPSIS), []
    for cluster in _clusters(text):
        room -= length(cluster)
        if room < 0:
            break
        taken.append(cluster)
    return f"{''.join(taken).rstrip()}{ELLIPSIS}" if limit > 0 else ""


def _clusters(text: str) -> Iterator[str]:
    """Yield the characters of a text, each with the combining marks and modifiers that follow it; flags whole."""
    start = 0
    for position in range(1, len(text) + 1):
        if position == len(text) or not _belongs(text, start, position):
            yield text[start:position]
            start = position


def _belongs(text: str, start: int, position: int) -> bool:
    if unicodedata.category(text[position]) in _MODIFIERS and text[position] not in "^`¨¯´¸":
        return True
    return _is_flag(text[position]) and position == start + 1 and _is_flag(text[start])


def _is_flag(char: str) -> bool:
    return "\U0001f1e6" <= char <= "\U0001f1ff"  # regional indicators stand in pairs
