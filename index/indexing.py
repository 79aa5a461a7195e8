"""Folders of articles → a generation of the index: what is new is encoded, what is gone is dropped, the rest is kept.

An index remembers the folders and files it was given and mirrors them. A file that is as it was is not read again
(`scanning`), a passage that was encoded is not encoded again (`encoding`), nor are its terms counted again: a run over
changed folders costs what has changed, and the writing, and gives what a run from nothing would give. A file that
cannot be read is named and left out.
"""

import hashlib
import json
import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.analysis import tokens
from index.encoders import Encoder
from index.encoding import Elsewhere, Progress, fill_vectors, room_for_vectors, tidy
from index.errors import ArticleError, IndexUnwritable, StoreError
from index.fusion import language_statistics
from index.generations import KEPT, LeftOut, Origin, collect, write_generation
from index.journal import Journal
from index.leases import LOCK_SECONDS, writing
from index.lexical import K1, B, Postings, counts_of, weigh
from index.names import mentions, mine
from index.passages import MAX_BYTES, OVERLAP, SENTENCES
from index.records import Passage
from index.scanning import Chosen, Scan, find, reading_version, rows_of, scan
from index.search_store import SearchStore
from index.sentence_vectors import PassageVectors, lines
from index.store import Store, open_store
from index.term_counts import count_terms, merge, select


@dataclass(frozen=True, slots=True)
class Report:
    """What a run did: counts of articles, of passages encoded and reused, and the files left out with the reason."""

    added: int
    removed: int
    unchanged: int
    passages: int
    encoded: int
    left_out: tuple[LeftOut, ...]
    generation: str
    written: bool


def update_index(
    index: Path,
    roots: Sequence[Path],
    encoder: Encoder,
    *,
    progress: Progress = lambda done, total: None,
    waiting: Callable[[], None] = lambda: None,
    chosen: Chosen = lambda info: True,
    lock_seconds: float = LOCK_SECONDS,
    keep: int = KEPT,
    afresh: bool = False,
    elsewhere: Elsewhere | None = None,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Report:
    """Make the index in `index` mirror `roots`, and return what changed.

    `waiting` is called once if another process holds the index; `chosen` tells which articles are this machine's, the
    others are passed over and are not left out; `keep` generations are left on disk; a run `afresh` takes nothing from
    the one before; vectors that stand `elsewhere` are taken from there. After a rollback, or beside a damaged
    generation, a new one is always written. Raises ArticleError if a root does not exist, IndexBusy if the lock is not
    free in `lock_seconds`, and IndexUnwritable if the disk refuses.
    """
    for root in roots:
        if not root.exists():
            raise ArticleError(f"{root} does not exist: give a folder or file of articles that does")
    with writing(index, waiting=waiting, seconds=lock_seconds):
        previous = None if afresh else _usable(index)
        created = now()  # before the files are looked at: what changes from here on is not in this generation
        found = scan(roots, previous, chosen)
        about = _about(roots, found, encoder)
        if previous is not None and _same(previous, found, about):
            tidy(index)
            collect(index, keep=keep)
            n = len(found.entries)
            return Report(0, 0, n, len(previous.passages), 0, found.left_out, previous.generation, written=False)
        about = {"created": created.isoformat(timespec="seconds"), **about}
        return _write(index, found, about, previous, encoder, progress, keep, elsewhere)


def stale(store: SearchStore, roots: Sequence[Path]) -> bool:
    """Tell whether an index was made by other code, or of other files than are under `roots` now.

    Files are compared by their names, sizes and times.
    """
    if store.manifest.get("reading") != reading_version():
        return True
    found, _ = find(roots)
    return bool(store.manifest["origins"] != _origins_digest(origin for origin, _ in found))


def indexed_roots(store: SearchStore) -> list[Path]:
    """Return the folders and files that an index mirrors."""
    return [Path(root) for root in store.manifest["roots"]]


def _usable(index: Path) -> Store | None:
    """Return the generation before, read in full, since what is taken from it gets a new checksum; None if none is."""
    try:
        return open_store(index, full=True)
    except StoreError:
        return None


def _key(origin: Origin) -> tuple[str, str, int, int]:
    return origin.root, origin.path, origin.size, origin.mtime_ns


def _origins_digest(origins: Iterable[Origin]) -> str:
    """Return a digest of what `stale` compares, whatever the order: at 100,000 files none of their lines is read."""
    keys = sorted({_key(origin) for origin in origins})
    return hashlib.blake2b(json.dumps(keys).encode(), digest_size=16).hexdigest()


def _about(roots: Sequence[Path], found: Scan, encoder: Encoder) -> dict[str, Any]:
    """Return what the manifest says of a generation, apart from when and by what it was written."""
    counts: dict[str, dict[str, int]] = {}
    for entry in found.entries:
        count = counts.setdefault(entry.article.info.language, {"articles": 0, "passages": 0})
        count["articles"] += 1
        count["passages"] += len(entry.passages)
    return {
        "roots": [os.path.abspath(root) for root in roots],
        "encoder": {"name": encoder.name, "fingerprint": encoder.fingerprint, "dimension": encoder.dimension},
        "reading": reading_version(),
        "lexical": {"k1": K1, "b": B},
        "passages": {"sentences": SENTENCES, "overlap": OVERLAP, "max_bytes": MAX_BYTES},
        "counts": counts,
        "names": [list(pair) for pair in mine([mentions(entry.article.text for entry in found.entries)])],
        "origins": _origins_digest(
            [*(entry.origin for entry in found.entries), *(item.origin for item in found.left_out if item.origin.path)]
        ),
        "left_out": [
            {"origin": {name: getattr(item.origin, name) for name in Origin.__slots__}, "reason": item.reason}
            for item in found.left_out
        ],
    }


def _same(previous: Store, found: Scan, about: dict[str, Any]) -> bool:
    if previous.faults or previous.rolled_back:
        return False
    if any(previous.manifest.get(key) != value for key, value in about.items()):
        return False
    if len(previous.articles) != len(found.entries):
        return False
    return bool(np.array_equal(previous.digests, found.digests)) and all(
        known == number or (previous.article(number), previous.origin(number)) == (entry.article, entry.origin)
        for number, (entry, known) in enumerate(zip(found.entries, found.numbers, strict=True))
    )


def _write(
    index: Path,
    found: Scan,
    about: dict[str, Any],
    previous: Store | None,
    encoder: Encoder,
    progress: Progress,
    keep: int,
    elsewhere: Elsewhere | None,
) -> Report:
    passages = [passage for entry in found.entries for passage in entry.passages]
    journal = Journal(index, encoder.fingerprint, encoder.dimension)
    codes = tuple(sorted({entry.article.info.language for entry in found.entries}))
    languages = np.array([codes.index(passage.article.language) for passage in passages], dtype=np.uint8)
    try:
        with room_for_vectors(index, len(passages), encoder.dimension) as vectors:
            encoded = fill_vectors(
                vectors,
                found.digests,
                lambda row: lines(passages[row]),
                _known(previous, encoder),
                encoder,
                journal,
                progress,
                elsewhere,
            )
            statistics = language_statistics(vectors.passages, languages, codes)
            postings = _postings(passages, found, previous)
            ids = {entry.article.info.id for entry in found.entries}
            before = {previous.info(n).id for n in range(len(previous.articles))} if previous is not None else set()
            if previous is not None:
                previous.release()  # so that it can be collected
            written = write_generation(
                index,
                found.entries,
                found.digests,
                vectors,
                statistics,
                postings,
                about,
                keep=keep,
                previous=None if previous is None else previous.generation,
            )
        tidy(index)
    except OSError as error:
        raise IndexUnwritable(f"cannot write the index in {index}: {error.strerror or error}") from error
    return Report(
        len(ids - before),
        len(before - ids),
        len(ids & before),
        len(passages),
        encoded,
        found.left_out,
        written.name,
        written=True,
    )


def _known(previous: Store | None, encoder: Encoder) -> tuple[NDArray[np.void], PassageVectors] | None:
    if previous is None or previous.manifest["encoder"]["fingerprint"] != encoder.fingerprint:
        return None
    return previous.digests, PassageVectors(previous.vectors, previous.sentences)


def _postings(passages: Sequence[Passage], found: Scan, previous: Store | None) -> Postings:
    """Return the postings, with the terms of articles that were not read again taken from the generation before."""
    places = np.full(0 if previous is None else len(previous.passages), -1, dtype=np.int32)
    fresh = np.ones(len(passages), dtype=np.bool_)
    if previous is not None and previous.manifest["lexical"] == {"k1": K1, "b": B}:
        at = 0
        for entry, number in zip(found.entries, found.numbers, strict=True):
            rows = slice(at, at := at + len(entry.passages))
            if number is not None:
                places[rows_of(previous, number)] = np.arange(rows.start, rows.stop)
                fresh[rows] = False
    counts = count_terms(
        tokens(passage.text, passage.article.language) if new else ()
        for passage, new in zip(passages, fresh.tolist(), strict=True)
    )
    if previous is not None and not fresh.all():
        counts = merge(select(counts_of(previous.postings), places, len(passages)), counts)
    return weigh(counts)
