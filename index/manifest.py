"""The manifest of a generation, and the seal that proves it: what every file should be, and whether it is.

    manifest.json      what made the generation and what is in it; bytes and SHA-256 of every other file
    manifest.sha256    the SHA-256 of the manifest, as `sha256sum --check` reads it

A generation carries its own proof, so that one that CURRENT does not name can be trusted too. Small files are read in
full at every open, the rest by size and where they are touched (`checksums`).
"""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from index.checksums import SUMS, Checks, file_sha256, summed, sums_array
from index.disk import flush
from index.errors import IndexDamaged, IndexFormat

FORMAT = 3
MANIFEST = "manifest.json"
SEAL = "manifest.sha256"
VERIFIED_AT_OPEN = 16 << 20  # bytes that are read at open, the smallest files first: about 20 ms

REPAIR = "repair it with `polyquote doctor --fix`"


def seal(directory: Path, about: dict[str, Any]) -> str:
    """Flush every file of a new generation, write its manifest and its seal, and return the manifest's SHA-256."""
    files, sums = {}, b""
    for path in sorted(directory.iterdir()):
        flush(path)
        digest, blocks = summed(path)
        files[path.name] = {"bytes": path.stat().st_size, "sha256": digest}
        sums += blocks
    np.save(directory / SUMS, sums_array(sums), allow_pickle=False)
    flush(directory / SUMS)
    files[SUMS] = {"bytes": (directory / SUMS).stat().st_size, "sha256": file_sha256(directory / SUMS)}
    raw = json.dumps({**about, "format": FORMAT, "files": files}, ensure_ascii=False, indent=1).encode()
    digest = hashlib.sha256(raw).hexdigest()
    (directory / MANIFEST).write_bytes(raw)
    flush(directory / MANIFEST)
    (directory / SEAL).write_text(f"{digest}  {MANIFEST}\n", encoding="ascii", newline="\n")
    flush(directory / SEAL)
    flush(directory)
    return digest


def read_manifest(directory: Path) -> tuple[dict[str, Any], str]:
    """Return the manifest of a generation and its SHA-256.

    Raises IndexDamaged naming the file that is missing or altered, IndexFormat where another version has written it.
    """
    path = directory / MANIFEST
    raw = _bytes(path)
    try:
        sealed: bytes | None = _bytes(directory / SEAL)
    except IndexDamaged:
        sealed = None
    manifest = _parsed(raw)
    actual = hashlib.sha256(raw).hexdigest()
    if sealed is None and manifest is not None and manifest.get("format") == 1:  # which had no seal
        raise IndexFormat(_other_format(directory, 1))
    if sealed is None:
        raise IndexDamaged(f"{directory / SEAL} is missing")
    if sealed != f"{actual}  {MANIFEST}\n".encode() or manifest is None:
        raise IndexDamaged(f"{path} is altered, or its seal {SEAL} is")
    if manifest.get("format") != FORMAT:
        raise IndexFormat(_other_format(directory, manifest.get("format")))
    if manifest.get("generation") != directory.name:
        raise IndexDamaged(f"{directory} holds generation {manifest.get('generation')}")
    return manifest, actual


def faults(directory: Path, manifest: dict[str, Any], *, full: bool) -> Iterator[str]:
    """Yield what is wrong with the files of a generation; `full` reads every one, else only the small ones."""
    small = _read_at_open(manifest)
    for name, expected in manifest["files"].items():
        path = directory / name
        try:
            if not path.is_file():
                yield f"{path} is missing"
            elif path.stat().st_size != expected["bytes"]:
                yield f"{path} is truncated ({path.stat().st_size} bytes instead of {expected['bytes']})"
            elif (full or name in small) and file_sha256(path) != expected["sha256"]:
                yield f"{path} is altered"
        except OSError as error:
            yield f"{path} cannot be read ({error.strerror})"


def checks_of(directory: Path, manifest: dict[str, Any], *, full: bool) -> Checks:
    """Return what is known to be sound of a generation in which `faults`, called alike, found nothing.

    Raises IndexDamaged if the head of a large file is altered.
    """
    sizes = {name: expected["bytes"] for name, expected in manifest["files"].items() if name != SUMS}
    checks = Checks(directory, sizes, sizes if full else _read_at_open(manifest))
    checks.heads()
    return checks


def _read_at_open(manifest: dict[str, Any]) -> frozenset[str]:
    left, chosen = VERIFIED_AT_OPEN, {SUMS}
    for name, expected in sorted(manifest["files"].items(), key=lambda item: (item[1]["bytes"], item[0])):
        left -= expected["bytes"]
        if left < 0:
            break
        chosen.add(name)
    return frozenset(chosen)


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise IndexDamaged(f"{path} is missing") from None
    except OSError as error:
        raise IndexDamaged(f"{path} cannot be read ({error.strerror})") from error


def _parsed(raw: bytes) -> dict[str, Any] | None:
    try:
        found = json.loads(raw)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _other_format(directory: Path, found: object) -> str:
    return f"{directory} has index format {found}, this version reads {FORMAT}: run `polyquote index`"
