"""Folders and files → the entries of a generation: articles with their passages, and what was left out and why.

A file whose name, size and time are those that the generation before noted is not read again: its article, passages
and digests are taken from there, provided that the same code would read it. Everything else is read.
"""

import hashlib
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.metadata import version
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.articles import Found, find_articles, printable, read_article
from index.encoding import digests_of
from index.errors import ArticleError
from index.generations import KINDS, Entry, LeftOut, Origin
from index.passages import split
from index.records import ArticleInfo, Passage
from index.sentence_vectors import lines
from index.store import Store

SETTLED = 2.0  # seconds a file must have been at rest when it was read: some file systems tell time no finer
# What decides how a file becomes passages, terms and names, in this package and outside it.
READERS = (
    *("analysis", "articles", "dates", "detection", "extraction", "front_matter", "languages", "metadata", "names"),
    *("numerals", "passages", "quantities", "records", "sections", "sentence_vectors", "sentences", "spellings"),
)
LIBRARIES = ("lingua-language-detector", "opencc", "pyyaml", "snowballstemmer", "trafilatura")


Chosen = Callable[[ArticleInfo], bool]
"""Tells which articles are this machine's."""


@dataclass(frozen=True, slots=True)
class Scan:
    """What a generation will hold, in the order of the articles' ids.

    `numbers` are the entries' numbers in the generation before, None for one that was read now; `digests` belong to
    what the encoder is given of each passage, `(n_passages,)` of 16 bytes.
    """

    entries: tuple[Entry, ...]
    numbers: tuple[int | None, ...]
    digests: NDArray[np.void]
    left_out: tuple[LeftOut, ...]


@cache
def reading_version() -> str:
    """Return a digest of the code that makes passages, terms and names of a file: another may make others."""
    digest = hashlib.sha256()
    for name in READERS:
        digest.update(Path(__file__).with_name(f"{name}.py").read_bytes())
    digest.update(" ".join(f"{name}=={version(name)}" for name in LIBRARIES).encode())
    return digest.hexdigest()


def find(roots: Sequence[Path]) -> tuple[list[tuple[Origin, Found]], list[LeftOut]]:
    """Return every file below `roots` once, as it is now, and what cannot be looked into."""
    found: dict[Path, tuple[Origin, Found]] = {}
    refused: list[LeftOut] = []
    for root in roots:
        absolute = Path(os.path.abspath(root))
        files, problems = find_articles(absolute)
        for file in files:
            found.setdefault(file.path.resolve(), (_origin(absolute, file.path, file.name), file))
        refused += [LeftOut(Origin(str(absolute), "", 0, 0), str(problem)) for problem in problems]
    return list(found.values()), refused


def scan(roots: Sequence[Path], previous: Store | None, chosen: Chosen = lambda info: True) -> Scan:
    """Return what is chosen below `roots`, from `previous` where it has not changed and was read by the same code."""
    settled = {} if previous is None else _settled(previous)
    found, left_out = find(roots)
    entries: dict[str, tuple[Entry, int | None]] = {}
    for origin, file in sorted(found, key=lambda pair: (pair[0].path, pair[0].root)):
        number = settled.get(origin)
        try:
            entry = _again(previous, number) if previous is not None and number is not None else _new(origin, file)
        except ArticleError as error:
            left_out.append(LeftOut(origin, str(error)))
            continue
        if not chosen(entry.article.info):
            continue
        twin = entries.get(entry.article.info.id)
        if twin is not None:
            reason = f"{origin.path}: byte for byte the same as {twin[0].origin.path}"
            left_out.append(LeftOut(origin, reason))
            continue
        entries[entry.article.info.id] = entry, number
    ordered = [entries[key] for key in sorted(entries)]
    return Scan(
        tuple(entry for entry, _ in ordered),
        tuple(number for _, number in ordered),
        _digests(ordered, previous),
        tuple(sorted(left_out, key=lambda item: (item.origin.path, item.origin.root))),
    )


def rows_of(store: Store, number: int) -> slice:
    """Return the rows of an article's passages."""
    last = number + 1 == len(store.articles)
    return slice(
        int(store.articles[number]["first"]), len(store.passages) if last else int(store.articles[number + 1]["first"])
    )


def _settled(previous: Store) -> dict[Origin, int]:
    """Return the number of each article whose file need not be read again if it is as it was.

    A file that was changed within the second in which it was read may have been changed once more, unnoticed.
    """
    if previous.manifest.get("reading") != reading_version():
        return {}
    limit = (datetime.fromisoformat(previous.manifest["created"]).timestamp() - SETTLED) * 1e9
    origins = {previous.origin(number): number for number in range(len(previous.articles))}
    return {origin: number for origin, number in origins.items() if origin.mtime_ns < limit}


def _again(previous: Store, number: int) -> Entry:
    article = previous.article(number)
    rows = previous.passages[rows_of(previous, number)]
    spans = zip(rows["start"].tolist(), rows["end"].tolist(), rows["kind"].tolist(), strict=True)
    passages = [Passage(article.info, start, end, article.text[start:end], KINDS[kind]) for start, end, kind in spans]
    return Entry(article, previous.origin(number), tuple(passages))


def _new(origin: Origin, file: Found) -> Entry:
    article = read_article(file.path, file.name)
    passages = tuple(split(article))
    if not passages:
        raise ArticleError(f"{printable(file.name)}: nothing but boilerplate: add the article's text")
    return Entry(article, origin, passages)


def _digests(ordered: Sequence[tuple[Entry, int | None]], previous: Store | None) -> NDArray[np.void]:
    parts = [
        previous.digests[rows_of(previous, number)]
        if previous is not None and number is not None
        else digests_of(map(lines, entry.passages))
        for entry, number in ordered
    ]
    return np.concatenate(parts) if parts else digests_of([])


def _origin(root: Path, path: Path, name: str) -> Origin:
    try:
        status = path.stat()
    except OSError:
        return Origin(str(root), name, -1, -1)
    return Origin(str(root), name, status.st_size, status.st_mtime_ns)
