"""Folders of articles → a generation of the index: what is new is encoded, what is gone is dropped, the rest is kept.

An index remembers the folders and files it was given and mirrors them. Articles are known by the SHA-256 of their
bytes, passages by a digest of their text, so a file that was moved or touched is not encoded again, and a run over
changed folders gives what a run from nothing would give. A file that cannot be read is named and left out.
"""

import hashlib
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from filelock import FileLock, Timeout
from numpy.typing import NDArray

from index.analysis import ANALYSIS, readable, tokens
from index.articles import Found, find_articles, read_article
from index.encoders import Encoder, Vectors
from index.errors import ArticleError, IndexBusy, IndexUnwritable, StoreError
from index.fusion import language_statistics
from index.generations import CURRENT, Entry, LeftOut, Origin, write_generation
from index.lexical import K1, B, build_postings
from index.names import mine
from index.passages import MAX_BYTES, OVERLAP, SENTENCES, split
from index.store import Store, open_store

BATCH = 64  # passages encoded between two reports of progress
LOCK_SECONDS = 600.0

Progress = Callable[[int, int], None]
"""Called with how many passages are encoded and how many are to be."""


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


@dataclass(frozen=True, slots=True)
class _Scan:
    entries: tuple[Entry, ...]
    left_out: tuple[LeftOut, ...]


def update_index(
    index: Path,
    roots: Sequence[Path],
    encoder: Encoder,
    *,
    progress: Progress = lambda done, total: None,
    waiting: Callable[[], None] = lambda: None,
    lock_seconds: float = LOCK_SECONDS,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Report:
    """Make the index in `index` mirror `roots`, and return what changed.

    `waiting` is called once if another process holds the index. Raises ArticleError if a root does not exist,
    IndexBusy if the lock is not free in `lock_seconds`, IndexUnwritable if the disk refuses.
    """
    for root in roots:
        if not root.exists():
            raise ArticleError(f"{root} does not exist: give a folder or file of articles that does")
    with _locked(index, waiting, lock_seconds):
        previous = _usable(index)
        scan = _scan(roots)
        about, texts = _about(roots, scan, encoder), _texts(scan)
        digests = _digests(texts)
        if previous is not None and _same(previous, scan, about, digests):
            ids = {entry.article.info.id for entry in scan.entries}
            return Report(0, 0, len(ids), len(previous.passages), 0, scan.left_out, previous.generation, written=False)
        about = {"created": now().isoformat(timespec="seconds"), **about}
        return _write(index, scan, about, texts, digests, previous, encoder, progress)


def drop_generations(index: Path, *, lock_seconds: float = LOCK_SECONDS) -> None:
    """Remove every generation of an index, so that the next run builds it from nothing; the articles are untouched."""
    with _locked(index, lambda: None, lock_seconds):
        (index / CURRENT).unlink(missing_ok=True)
        shutil.rmtree(index / "generations", ignore_errors=True)


def stale(store: Store, roots: Sequence[Path]) -> bool:
    """Tell whether an index is out of date: made by another analysis, or from other files than are under `roots` now.

    Files are compared by their names, sizes and times.
    """
    if store.manifest["lexical"].get("analysis") != ANALYSIS:
        return True
    known = {_key(store.origin(number)) for number in range(len(store.articles))}
    known |= {_key(item.origin) for item in store.left_out() if item.origin.path}
    found, _ = _find(roots)
    return known != {_key(origin) for origin, _ in found}


def indexed_roots(store: Store) -> list[Path]:
    """Return the folders and files that an index mirrors."""
    return [Path(root) for root in store.manifest["roots"]]


@contextmanager
def _locked(index: Path, waiting: Callable[[], None], seconds: float) -> Iterator[None]:
    try:
        index.mkdir(parents=True, exist_ok=True)
        lock = FileLock(index / "lock")
        try:
            lock.acquire(timeout=0)
        except Timeout:
            waiting()
            lock.acquire(timeout=seconds)
    except Timeout:
        raise IndexBusy(f"another process has been writing {index} for {seconds:.0f} s: try again later") from None
    except OSError as error:
        raise IndexUnwritable(f"cannot write the index in {index}: {error.strerror or error}") from error
    try:
        yield
    finally:
        lock.release()


def _usable(index: Path) -> Store | None:
    """Return the generation before, to take vectors from; one that is missing or damaged has none to give."""
    try:
        return open_store(index)
    except StoreError:
        return None


def _key(origin: Origin) -> tuple[str, str, int, int]:
    return origin.root, origin.path, origin.size, origin.mtime_ns


def _find(roots: Sequence[Path]) -> tuple[list[tuple[Origin, Found]], list[LeftOut]]:
    found: dict[Path, tuple[Origin, Found]] = {}
    refused: list[LeftOut] = []
    for root in roots:
        absolute = Path(os.path.abspath(root))
        files, problems = find_articles(absolute)
        for file in files:
            found.setdefault(file.path.resolve(), (_origin(absolute, file.path, file.name), file))
        refused += [LeftOut(Origin(str(absolute), "", 0, 0), str(problem)) for problem in problems]
    return list(found.values()), refused


def _origin(root: Path, path: Path, name: str) -> Origin:
    try:
        status = path.stat()
    except OSError:
        return Origin(str(root), name, -1, -1)
    return Origin(str(root), name, status.st_size, status.st_mtime_ns)


def _scan(roots: Sequence[Path]) -> _Scan:
    found, left_out = _find(roots)
    entries: dict[str, Entry] = {}
    for origin, file in sorted(found, key=lambda pair: (pair[0].path, pair[0].root)):
        try:
            article = read_article(file.path, file.name)
        except ArticleError as error:
            left_out.append(LeftOut(origin, str(error)))
            continue
        twin = entries.get(article.info.id)
        if twin is not None:
            left_out.append(LeftOut(origin, f"{origin.path}: byte for byte the same as {twin.origin.path}"))
            continue
        entries[article.info.id] = Entry(article, origin, tuple(split(article)))
    ordered = tuple(entries[key] for key in sorted(entries))
    return _Scan(ordered, tuple(sorted(left_out, key=lambda item: (item.origin.path, item.origin.root))))


def _about(roots: Sequence[Path], scan: _Scan, encoder: Encoder) -> dict[str, Any]:
    """Return what the manifest says of a generation, apart from when and by what it was written."""
    counts: dict[str, dict[str, int]] = {}
    for entry in scan.entries:
        count = counts.setdefault(entry.article.info.language, {"articles": 0, "passages": 0})
        count["articles"] += 1
        count["passages"] += len(entry.passages)
    return {
        "roots": [os.path.abspath(root) for root in roots],
        "encoder": {"name": encoder.name, "fingerprint": encoder.fingerprint, "dimension": encoder.dimension},
        "lexical": {"analysis": ANALYSIS, "k1": K1, "b": B},
        "passages": {"sentences": SENTENCES, "overlap": OVERLAP, "max_bytes": MAX_BYTES},
        "counts": counts,
        "names": [list(pair) for pair in mine(entry.article.text for entry in scan.entries)],
        "left_out": [
            {"origin": {name: getattr(item.origin, name) for name in Origin.__slots__}, "reason": item.reason}
            for item in scan.left_out
        ],
    }


def _same(previous: Store, scan: _Scan, about: dict[str, Any], digests: NDArray[np.void]) -> bool:
    if any(previous.manifest.get(key) != value for key, value in about.items()):
        return False
    numbers = range(len(previous.articles))
    return [(previous.article(n), previous.origin(n)) for n in numbers] == [
        (entry.article, entry.origin) for entry in scan.entries
    ] and bool(np.array_equal(previous.digests, digests))


def _texts(scan: _Scan) -> list[str]:
    return [readable(passage.text) for entry in scan.entries for passage in entry.passages]


def _digests(texts: Sequence[str]) -> NDArray[np.void]:
    digests = b"".join(hashlib.blake2b(text.encode(), digest_size=16).digest() for text in texts)
    return np.frombuffer(digests, dtype="V16")


def _write(
    index: Path,
    scan: _Scan,
    about: dict[str, Any],
    texts: Sequence[str],
    digests: NDArray[np.void],
    previous: Store | None,
    encoder: Encoder,
    progress: Progress,
) -> Report:
    vectors, encoded = _vectors(texts, digests, previous, encoder, progress)
    codes = tuple(sorted({entry.article.info.language for entry in scan.entries}))
    languages = np.array(
        [codes.index(entry.article.info.language) for entry in scan.entries for _ in entry.passages], dtype=np.uint8
    )
    postings = build_postings(
        tokens(passage.text, entry.article.info.language) for entry in scan.entries for passage in entry.passages
    )
    statistics = language_statistics(vectors, languages, codes)
    written = write_generation(index, scan.entries, digests, vectors, statistics, postings, about)
    ids = {entry.article.info.id for entry in scan.entries}
    before = {previous.info(n).id for n in range(len(previous.articles))} if previous is not None else set()
    return Report(
        len(ids - before),
        len(before - ids),
        len(ids & before),
        len(texts),
        encoded,
        scan.left_out,
        written.name,
        written=True,
    )


def _vectors(
    texts: Sequence[str], digests: NDArray[np.void], previous: Store | None, encoder: Encoder, progress: Progress
) -> tuple[Vectors, int]:
    """Return the passages' vectors, taken from the generation before where the same text stood there."""
    vectors = np.empty((len(texts), encoder.dimension), dtype=np.float32)
    known: dict[bytes, int] = {}
    if previous is not None and previous.manifest["encoder"]["fingerprint"] == encoder.fingerprint:
        known = {digest.tobytes(): row for row, digest in enumerate(previous.digests)}
    missing: dict[bytes, list[int]] = {}
    for row, digest in enumerate(digests):
        key = digest.tobytes()
        if previous is not None and key in known:
            vectors[row] = previous.vectors[known[key]]
        else:
            missing.setdefault(key, []).append(row)
    rows = list(missing.values())
    for start in range(0, len(rows), BATCH):
        batch = rows[start : start + BATCH]
        for same, vector in zip(batch, encoder.encode_document([texts[same[0]] for same in batch]), strict=True):
            vectors[same] = vector
        progress(start + len(batch), len(rows))
    return vectors, len(rows)
