"""The generations of an index: listed, gone back to, and rid of damaged ones.

Going back changes one line, CURRENT; nothing is copied, and the numbers of new generations go on upward.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from index.errors import IndexDamaged, IndexMissing, IndexUnwritable, StoreError
from index.generations import KEPT, collect
from index.leases import LOCK_SECONDS, writing
from index.manifest import MANIFEST, faults, read_manifest
from index.pointer import GENERATIONS, Pointer, generation_names, read_pointer, write_pointer


@dataclass(frozen=True, slots=True)
class Past:
    """A generation that is kept; `fault` says what is wrong with it, and what cannot be read then is empty.

    `size` is in bytes, None where the store does not tell.
    """

    name: str
    created: str
    articles: int
    passages: int
    size: int | None
    made_with: str
    answers: bool
    fault: str | None


def list_generations(index: Path, *, full: bool = False) -> tuple[Past, ...]:
    """Return the generations, the newest first, checked as at open or in full; raises IndexMissing if there is none."""
    names = generation_names(index)
    if not names:
        raise IndexMissing(f"no index in {index}: build one with `polyquote index PATH`")
    pointer = read_pointer(index)
    named = pointer.name if isinstance(pointer, Pointer) else None
    return tuple(_past(index / GENERATIONS / name, name == named, full) for name in reversed(names))


def roll_back(
    index: Path,
    name: str | None = None,
    *,
    waiting: Callable[[], None] = lambda: None,
    lock_seconds: float = LOCK_SECONDS,
) -> str:
    """Let another generation answer, by default the one before, and return its name; it is read in full first.

    Until the next run of `update_index` the index then counts as rolled back, unless it went to the newest. Raises
    IndexMissing if there is no such generation, IndexDamaged or IndexFormat if it cannot answer, and what
    `leases.writing` raises.
    """
    if not generation_names(index):
        raise IndexMissing(f"no index in {index}: build one with `polyquote index PATH`")
    with writing(index, waiting=waiting, seconds=lock_seconds):
        names = generation_names(index)
        chosen = _chosen(index, names, name)
        directory = index / GENERATIONS / chosen
        manifest, digest = read_manifest(directory)
        for fault in faults(directory, manifest, full=True):
            raise IndexDamaged(f"{fault}: the index is as it was, choose another with `polyquote index --list`")
        try:
            write_pointer(index, Pointer(chosen, digest, rolled_back=chosen != names[-1]))
        except OSError as error:
            raise IndexUnwritable(f"cannot write the index in {index}: {error.strerror or error}") from error
    return chosen


def discard_damaged(index: Path, *, keep: int = KEPT, lock_seconds: float = LOCK_SECONDS) -> None:
    """Remove the generations in which a full reading finds a fault, apart from the one that answers."""
    with writing(index, seconds=lock_seconds):
        collect(index, keep=keep, full=True)


def known_roots(index: Path, otherwise: Sequence[str]) -> list[Path]:
    """Return the roots that the newest readable manifest names, also of a damaged index, else `otherwise`."""
    for name in reversed(generation_names(index)):
        try:
            return [Path(root) for root in json.loads((index / GENERATIONS / name / MANIFEST).read_bytes())["roots"]]
        except (OSError, ValueError, KeyError, TypeError):
            continue
    return [Path(path) for path in otherwise]


def _chosen(index: Path, names: Sequence[str], name: str | None) -> str:
    shown = ", ".join(names)
    if name is not None:
        found = [known for known in names if name.isdecimal() and int(known) == int(name)]
        if not found:
            raise IndexMissing(f"no generation {name!r} in {index}: there are {shown}")
        return found[0]
    pointer = read_pointer(index)
    if isinstance(pointer, str):
        raise IndexDamaged(f"{pointer}, so none is before it: name one of {shown}")
    before = [known for known in names if int(known) < int(pointer.name)]
    if not before:
        raise IndexMissing(f"no generation before {pointer.name} in {index}: there are {shown}")
    return before[-1]


def _past(directory: Path, answers: bool, full: bool) -> Past:
    try:
        manifest: dict[str, Any] = read_manifest(directory)[0]
    except StoreError as error:
        return Past(directory.name, "", 0, 0, None, "", answers, str(error))
    counts, encoder = manifest["counts"].values(), manifest["encoder"]
    return Past(
        directory.name,
        manifest["created"],
        sum(count["articles"] for count in counts),
        sum(count["passages"] for count in counts),
        sum(file["bytes"] for file in manifest["files"].values()),
        f"{encoder['name']}, {encoder['dimension']} dimensions",
        answers,
        next(faults(directory, manifest, full=full), None),
    )
