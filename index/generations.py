"""Generations on disk: each whole, written beside the others, switched to in one step, and never changed again.

    INDEX/CURRENT                   the generation that answers, and the SHA-256 of its manifest (`pointer`)
    INDEX/lock                      held by the one process that writes (`leases`)
    INDEX/encoded.journal           what a run that is under way, or was cut short, has encoded (`journal`)
    INDEX/generations/000007/
        manifest.json               format, models and their digests, languages, counts, SHA-256 of every other file
        manifest.sha256             proves the manifest (`manifest`)
        sums.npy                    the sum of every block of every file below (`checksums`)
        articles.jsonl              a line an article: what a citation shows, and the file it came from
        articles.npy                where its line, text, source and passages stand, its day and language
        texts.bin                   the texts, UTF-8, end to end
        sources.bin                 what a filter by source looks in: source and path, folded, a NUL behind each
        passages.npy                article, code points from–to, bytes from–to, kind, language
        digests.npy, vectors.npy    what was encoded (BLAKE2b-128), and its unit vector
        sentences.npy               the vectors of the passages' sentences in int8 (`sentence_vectors`)
        centre.npy, codes.npy, scales.npy, errors.npy    the vectors in int8, where there are many (`dense`)
        means.npy, covariances.npy  how each language's vectors lie (`fusion`)
        terms.bin, terms.npy, indptr.npy, rows.npy, values.npy, idf.npy, lengths.npy    the postings (`lexical`)

A generation is written beside the others under a name that nobody opens, flushed to disk, renamed, and only then named
in CURRENT, which is replaced in one step: at any moment the last whole generation answers. Old ones are collected, all
but a few, and none that somebody reads. Arrays are `.npy` and opened memory-mapped, never unpickled. Articles stand in
the order of their ids, so that a lower row is a lower passage id. What goes into a generation is decided in `indexing`;
which one answers in `opening`; `store` reads it.
"""

import json
import shutil
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.analysis import fold
from index.dense import int8_rows
from index.disk import PART, flush
from index.errors import IndexUnwritable, StoreError
from index.fusion import LanguageStatistics
from index.leases import unread
from index.lexical import Postings
from index.manifest import faults, read_manifest, seal
from index.pointer import CURRENT, GENERATIONS, Pointer, generation_names, read_pointer, write_pointer
from index.records import Article, Kind, Passage
from index.sentence_vectors import PassageVectors

KEPT = 2  # generations left on disk: the one that answers and the one before it
GONE = ".gone"  # what is being removed, and what nobody opens
KINDS = tuple(Kind)

ARTICLE_ROW = np.dtype(
    [
        ("line", "<i8"),
        ("line_end", "<i8"),
        ("text", "<i8"),
        ("text_end", "<i8"),
        ("source", "<i8"),
        ("source_end", "<i8"),
        ("first", "<i8"),
        ("day", "S10"),
        ("language", "<u1"),
    ]
)
PASSAGE_ROW = np.dtype(
    [
        ("article", "<i4"),
        ("start", "<i4"),
        ("end", "<i4"),
        ("byte", "<i8"),
        ("byte_end", "<i8"),
        ("kind", "<u1"),
        ("language", "<u1"),
    ]
)
ARRAYS = (
    "articles",
    "passages",
    "digests",
    "vectors",
    "sentences",
    "centre",
    "codes",
    "scales",
    "errors",
    "means",
    "covariances",
    "terms",
    "indptr",
    "rows",
    "values",
    "idf",
    "lengths",
)
BLOBS = ("articles.jsonl", "texts.bin", "sources.bin", "terms.bin")


@dataclass(frozen=True, slots=True)
class Origin:
    """The file an article came from, as it was when it was read: how a change is noticed without reading it again."""

    root: str
    path: str
    size: int
    mtime_ns: int


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A file that was found but not indexed, and why."""

    origin: Origin
    reason: str


@dataclass(frozen=True, slots=True)
class Entry:
    """An article of a generation with where it came from and its passages' ranges and kinds."""

    article: Article
    origin: Origin
    passages: tuple[Passage, ...]


def write_generation(
    index: Path,
    entries: Sequence[Entry],
    digests: NDArray[np.void],
    vectors: PassageVectors,
    statistics: LanguageStatistics,
    postings: Postings,
    about: dict[str, Any],
    *,
    keep: int = KEPT,
    previous: str | None = None,
) -> Path:
    """Write a generation beside the others, switch to it, and collect all but `keep`; `about` goes into the manifest.

    The caller holds the lock. `previous` is the generation that answered until now and was found whole. Raises
    IndexUnwritable, leaving the generation before it in place.
    """
    names = generation_names(index)
    name = f"{int(names[-1]) + 1 if names else 1:06d}"
    final = index / GENERATIONS / name
    written = final.with_suffix(PART)
    try:
        _sweep(index)
        written.mkdir(parents=True)
        flush(index)
        _write_articles(written, entries, statistics.codes)
        int8 = int8_rows(vectors.passages)
        for key, array in {
            "digests": digests,
            "vectors": vectors.passages,
            "sentences": vectors.sentences,
            "centre": int8.centre,
            "codes": int8.codes,
            "scales": int8.scales,
            "errors": int8.errors,
            "means": statistics.means,
            "covariances": statistics.covariances,
            "indptr": postings.indptr,
            "rows": postings.rows,
            "values": postings.values,
            "idf": postings.idf,
            "lengths": postings.lengths,
        }.items():
            np.save(written / f"{key}.npy", array, allow_pickle=False)
        (written / "terms.bin").write_bytes(b"".join(postings.terms))
        np.save(written / "terms.npy", np.cumsum([0, *map(len, postings.terms)], dtype=np.int64), allow_pickle=False)
        digest = seal(written, {"generation": name, "languages": list(statistics.codes), **about})
        written.rename(final)
        flush(final.parent)
        write_pointer(index, Pointer(name, digest))
    except OSError as error:
        _discard(index, name)
        # subtle: NumPy's message for a full disk counts items, and has no error number.
        reason = error.strerror or "not all of it could be written, the disk may be full"
        raise IndexUnwritable(f"cannot write the index in {index}: {reason}") from error
    collect(index, keep=keep, also=previous)
    return final


def collect(index: Path, *, keep: int = KEPT, also: str | None = None, full: bool = False) -> None:
    """Remove generations until `keep` whole ones are left, apart from those that somebody reads.

    The one that answers stays, then `also`, then the newest; a damaged one counts for nothing, and `full` reads all of
    them to find it. The caller holds the lock. What the disk refuses to remove is left for another time.
    """
    pointer = read_pointer(index)
    answers = pointer.name if isinstance(pointer, Pointer) else None
    ranked = sorted(generation_names(index), key=lambda name: (name == answers, name == also, int(name)), reverse=True)
    kept = 0
    for name in ranked:
        if name == answers or (kept < keep and _whole(index / GENERATIONS / name, full=full)):
            kept += 1
        else:
            _remove(index / GENERATIONS / name)
    with suppress(OSError):
        _sweep(index)


def _whole(directory: Path, *, full: bool) -> bool:
    try:
        return next(faults(directory, read_manifest(directory)[0], full=full), None) is None
    except (StoreError, OSError):
        return False


def _remove(directory: Path) -> None:
    """Take a generation's name away in one step, so that nobody opens a part of it; `_sweep` does the rest."""
    with unread(directory) as free, suppress(OSError):
        if free:
            directory.rename(directory.with_suffix(GONE))


def _discard(index: Path, name: str) -> None:
    """Remove a generation that could not be written or switched to."""
    pointer = read_pointer(index)
    with suppress(OSError):
        # subtle: the switch itself may have gone well and only its flush have failed.
        if not (isinstance(pointer, Pointer) and pointer.name == name):
            (index / GENERATIONS / name).rename(index / GENERATIONS / f"{name}{GONE}")
    with suppress(OSError):
        _sweep(index)


def _sweep(index: Path) -> None:
    """Remove what a write or a removal that was cut short has left; raises OSError if the disk refuses."""
    (index / f"{CURRENT}{PART}").unlink(missing_ok=True)
    for path in (index / GENERATIONS).glob("*.*"):
        if path.suffix in (PART, GONE):
            shutil.rmtree(path) if path.is_dir() else path.unlink()


def _write_articles(directory: Path, entries: Sequence[Entry], codes: Sequence[str]) -> None:
    articles: list[tuple[Any, ...]] = []
    passages: list[tuple[int, ...]] = []
    line_at = text_at = source_at = 0
    with (
        (directory / "articles.jsonl").open("wb") as lines,
        (directory / "texts.bin").open("wb") as texts,
        (directory / "sources.bin").open("wb") as sources,
    ):
        for number, entry in enumerate(entries):
            info = entry.article.info
            line = json.dumps(_line(entry), ensure_ascii=False).encode() + b"\n"
            language = codes.index(info.language)
            bytes_before = _byte_offsets(entry)
            encoded = entry.article.text.encode()
            source = fold(f"{info.source or ''}\n{info.path}").encode()
            ends = (line_at, line_at + len(line), text_at, text_at + len(encoded), source_at, source_at + len(source))
            articles.append((*ends, len(passages), (info.date or "")[:10].encode(), language))
            for passage in entry.passages:
                start, end = text_at + bytes_before[passage.start], text_at + bytes_before[passage.end]
                kind = KINDS.index(passage.kind)
                passages.append((number, passage.start, passage.end, start, end, kind, language))
            lines.write(line)
            texts.write(encoded)
            sources.write(source + b"\0")
            line_at, text_at, source_at = ends[1], ends[3], ends[5] + 1
    np.save(directory / "articles.npy", np.array(articles, dtype=ARTICLE_ROW), allow_pickle=False)
    np.save(directory / "passages.npy", np.array(passages, dtype=PASSAGE_ROW), allow_pickle=False)


def _line(entry: Entry) -> dict[str, Any]:
    sections = [[section.kind, section.start, section.end] for section in entry.article.sections]
    return {"info": asdict(entry.article.info), "origin": asdict(entry.origin), "sections": sections}


def _byte_offsets(entry: Entry) -> dict[int, int]:
    """Return the UTF-8 offset of every code point at which a passage starts or ends."""
    offsets: dict[int, int] = {}
    at = before = 0
    for point in sorted({edge for passage in entry.passages for edge in (passage.start, passage.end)}):
        at += len(entry.article.text[before:point].encode())
        offsets[point] = at
        before = point
    return offsets
