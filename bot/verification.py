"""A stored answer against the articles it quotes: whether each quote still stands where it says.

The articles are read anew from their files; the index has no say, so that a quote is proved by its source.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from bot.schema import Claim
from index.articles import read_article
from index.errors import ArticleError
from index.records import Article


class Status(StrEnum):
    """What became of a quote."""

    OK = "OK"  # the article is the one that was quoted, and the quote stands at its place
    CHANGED = "CHANGED"  # the article is another now, or the quote does not stand there
    MISSING = "MISSING"  # there is no such article


@dataclass(frozen=True, slots=True)
class Verdict:
    """The status of one claim, and one clause that says why it is not OK."""

    claim: Claim
    status: Status
    reason: str


def verify(claims: Sequence[Claim], roots: Sequence[Path]) -> list[Verdict]:
    """Return a verdict on each claim, in order; articles are looked for by their path under the roots.

    Where several roots have a file of that path, one that is the article quoted is taken before one that is not.
    """
    read: dict[Path, Article | None] = {}
    return [_verdict(claim, _articles(claim, roots, read)) for claim in claims]


def _articles(claim: Claim, roots: Sequence[Path], read: dict[Path, Article | None]) -> list[Article]:
    found = []
    for root in roots:
        path = root if root.is_file() and root.name == claim.path else root / claim.path
        # A path out of the folder is not an article of it, whatever the JSON says.
        if not path.is_file() or not path.resolve().is_relative_to(root.resolve()):
            continue
        if path not in read:
            try:
                read[path] = read_article(path, claim.path)
            except ArticleError:
                read[path] = None
        article = read[path]
        if article is not None:
            found.append(article)
    return sorted(found, key=lambda article: article.info.sha256 != claim.sha256)


def _verdict(claim: Claim, articles: Sequence[Article]) -> Verdict:
    if not articles:
        return Verdict(claim, Status.MISSING, "no such article")
    article = articles[0]
    stands = article.text[claim.start : claim.end] == claim.text
    if article.info.sha256 != claim.sha256:
        still = "the quote still stands there" if stands else "the quote is not there"
        return Verdict(claim, Status.CHANGED, f"the article has changed; {still}")
    if not stands:
        return Verdict(claim, Status.CHANGED, "the quote is not at its place in the article")
    if not _answer_inside(claim):
        return Verdict(claim, Status.CHANGED, "the answer is not inside the quote")
    return Verdict(claim, Status.OK, "")


def _answer_inside(claim: Claim) -> bool:
    first, last = claim.answer_start, claim.answer_end
    return first is None or last is None or claim.start <= first < last <= claim.end
