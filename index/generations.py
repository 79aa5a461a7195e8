"""Generations on disk: each whole, written beside the others, switched to in one step, and never changed again.

    INDEX/CURRENT                   the generation that answers, and the SHA-256 of its manifest
    INDEX/lock                      held by the one process that writes
    INDEX/generations/000007/
        manifest.json               format, models and their digests, languages, counts, SHA-256 of every other file
        articles.jsonl              a line an article: what a citation shows, and the file it came from
        articles.npy                where its line, text, source and passages stand, its day and language
        texts.bin                   the texts, UTF-8, end to end
        sources.bin                 what a filter by source looks in: source and path, folded, a NUL behind each
        passages.npy                article, code points from–to, bytes from–to, kind, language
        digests.npy, vectors.npy    what was encoded (BLAKE2b-128), and its unit vector
        centre.npy, codes.npy, scales.npy, errors.npy    the vectors in int8, where there are many (`dense`)
        means.npy, covariances.npy  how each language's vectors lie (`fusion`)
        terms.bin, terms.npy, indptr.npy, rows.npy, values.npy, idf.npy    the postings (`lexical`)

A generation is written beside the others under a name that nobody opens, flushed to disk, renamed, and only then named
in CURRENT, which is replaced in one step: at any moment the last whole generation answers. Arrays are `.npy` and opened
memory-mapped, never unpickled. Articles stand in the order of their ids, so that a lower row is a lower passage id.
What goes into a generation is decided in `indexing`; `store` reads it.
"""

import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.analysis import fold
from index.dense import int8_rows
from index.errors import IndexDamaged, IndexFormat, IndexMissing, IndexUnwritable
from index.fusion import LanguageStatistics
from index.lexical import Postings
from index.records import Article, Kind, Passage

FORMAT = 2
CURRENT = "CURRENT"
KEPT = 2  # generations left on disk: the one that answers and the one before it
VERIFIED_AT_OPEN = 32 << 20  # bytes; larger files are checked by size at open, and in full by `doctor`
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


def current(index: Path) -> tuple[Path, dict[str, Any]]:
    """Return the folder and manifest of the generation that answers, its files checked.

    Raises IndexMissing, IndexFormat, or IndexDamaged naming the file; the manifest and every file up to
    VERIFIED_AT_OPEN bytes are checked against their SHA-256, larger ones against their size.
    """
    generation, digest = _read_current(index)
    directory = index / "generations" / generation
    manifest = _read_manifest(directory, digest)
    for fault in faults(directory, manifest, full=False):
        raise IndexDamaged(f"{fault}: rebuild it with `polyquote doctor --fix`")
    return directory, manifest


def _read_current(index: Path) -> tuple[str, str]:
    try:
        generation, digest = (index / CURRENT).read_text(encoding="utf-8").split()
    except FileNotFoundError:
        raise IndexMissing(f"no index in {index}: build one with `polyquote index PATH`") from None
    except (ValueError, UnicodeDecodeError):
        raise IndexDamaged(f"{index / CURRENT} is damaged: rebuild it with `polyquote doctor --fix`") from None
    return generation, digest


def _read_manifest(directory: Path, digest: str) -> dict[str, Any]:
    path = directory / "manifest.json"
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        raise IndexDamaged(f"{path} is missing: rebuild it with `polyquote doctor --fix`") from None
    # The format comes first: another version may well write another manifest.
    try:
        manifest: dict[str, Any] = json.loads(raw)
        version = manifest["format"]
    except (ValueError, KeyError, TypeError):
        version = None
    if version is not None and version != FORMAT:
        raise IndexFormat(
            f"{directory} has index format {version}, this version reads {FORMAT}:"
            " rebuild it with `polyquote doctor --fix`"
        )
    if version is None or hashlib.sha256(raw).hexdigest() != digest:
        raise IndexDamaged(f"{path} is altered: rebuild it with `polyquote doctor --fix`")
    return manifest


def faults(directory: Path, manifest: dict[str, Any], *, full: bool) -> Iterator[str]:
    """Yield what is wrong with the files of a generation; `full` reads every one, else only the small ones."""
    for name, expected in manifest["files"].items():
        path = directory / name
        if not path.is_file():
            yield f"{path} is missing"
        elif path.stat().st_size != expected["bytes"]:
            yield f"{path} is truncated ({path.stat().st_size} bytes instead of {expected['bytes']})"
        elif (full or expected["bytes"] <= VERIFIED_AT_OPEN) and file_sha256(path) != expected["sha256"]:
            yield f"{path} is altered"


def file_sha256(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_generation(
    index: Path,
    entries: Sequence[Entry],
    digests: NDArray[np.void],
    vectors: NDArray[np.float32],
    statistics: LanguageStatistics,
    postings: Postings,
    about: dict[str, Any],
) -> Path:
    """Write a generation beside the others and switch to it; `about` goes into the manifest as it is.

    The caller holds the lock. Raises IndexUnwritable, leaving the generation before it in place.
    """
    names = sorted(path.name for path in (index / "generations").glob("[0-9]*") if path.name.isdigit())
    name = f"{int(names[-1]) + 1 if names else 1:06d}"
    written = index / "generations" / f"{name}.part"
    try:
        shutil.rmtree(written, ignore_errors=True)
        written.mkdir(parents=True)
        _write_articles(written, entries, statistics.codes)
        int8 = int8_rows(vectors)
        for key, array in {
            "digests": digests,
            "vectors": vectors,
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
        }.items():
            np.save(written / f"{key}.npy", array, allow_pickle=False)
        (written / "terms.bin").write_bytes(b"".join(postings.terms))
        np.save(written / "terms.npy", np.cumsum([0, *map(len, postings.terms)], dtype=np.int64), allow_pickle=False)
        digest = _write_manifest(written, {"format": FORMAT, "languages": list(statistics.codes), **about})
        final = written.with_name(name)
        written.rename(final)
        _flush(final.parent)
        _replace(index / CURRENT, f"{name} {digest}\n")
    except OSError as error:
        shutil.rmtree(written, ignore_errors=True)
        # subtle: NumPy's message for a full disk counts items, and has no error number.
        reason = error.strerror or "not all of it could be written, the disk may be full"
        raise IndexUnwritable(f"cannot write the index in {index}: {reason}") from error
    for old in [*names, name][:-KEPT]:
        shutil.rmtree(index / "generations" / old, ignore_errors=True)
    return final


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


def _write_manifest(directory: Path, about: dict[str, Any]) -> str:
    files = {}
    for path in sorted(directory.iterdir()):
        _flush(path)
        files[path.name] = {"bytes": path.stat().st_size, "sha256": file_sha256(path)}
    raw = json.dumps({**about, "files": files}, ensure_ascii=False, indent=1).encode()
    path = directory / "manifest.json"
    path.write_bytes(raw)
    _flush(path)
    _flush(directory)
    return hashlib.sha256(raw).hexdigest()


def _replace(path: Path, text: str) -> None:
    beside = path.with_name(path.name + ".part")
    beside.write_text(text, encoding="utf-8")
    _flush(beside)
    beside.replace(path)
    _flush(path.parent)


def _flush(path: Path) -> None:
    if os.name == "nt" and path.is_dir():
        return  # Windows cannot open a folder, and renames there are durable without
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
