"""Which generation answers: the one that CURRENT names if it is whole, else the newest whole one before it.

Nothing is answered from a generation in which a fault was found, and every fault found on the way is told. A reader
holds a lease on what it opened; one that comes while its generation is being removed looks at CURRENT again.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from index.checksums import Checks
from index.errors import IndexDamaged, IndexFormat, IndexMissing
from index.leases import Lease, hold
from index.manifest import REPAIR, checks_of, faults, read_manifest
from index.pointer import CURRENT, GENERATIONS, generation_names, read_pointer


@dataclass(frozen=True, slots=True)
class Opened:
    """A generation that was found whole: its files, what is known to be sound of them, and the lease on it.

    `digest` is its manifest's SHA-256; `faults` says what is wrong with those that should have answered instead;
    `rolled_back` that somebody went back to this one.
    """

    directory: Path
    manifest: dict[str, Any]
    digest: str
    checks: Checks
    lease: Lease
    faults: tuple[str, ...] = ()
    rolled_back: bool = False


def open_generation(index: Path, *, full: bool = False, avoiding: Collection[str] = ()) -> Opened:
    """Return the generation that answers, its files checked, in full if asked.

    Those whose manifest's SHA-256 is in `avoiding` are passed over, since a fault in them came to light later.
    Raises IndexMissing, IndexFormat, or IndexDamaged naming the first fault if no generation is whole.
    """
    while True:
        pointer = read_pointer(index)
        if isinstance(pointer, str):
            return _another(index, pointer, None, full, avoiding)
        opened = _opened(index, pointer.name, full, avoiding)
        if isinstance(opened, Opened) and opened.digest == pointer.digest:
            return replace(opened, rolled_back=pointer.rolled_back)
        if read_pointer(index) != pointer:
            continue  # switched, and what was named before is collected
        if isinstance(opened, Opened):
            return _another(index, f"{index / CURRENT} is damaged", None, full, avoiding)
        return _another(index, opened, pointer.name, full, avoiding)


def _another(index: Path, fault: str, named: str | None, full: bool, avoiding: Collection[str]) -> Opened:
    """Return the newest whole generation before the one named, else the newest behind it."""
    faults_found = [fault]
    names = generation_names(index)
    if named is None and not names and not (index / CURRENT).exists():
        raise IndexMissing(f"no index in {index}: build one with `polyquote index PATH`")
    for name in sorted(names, key=lambda name: (named is not None and int(name) > int(named), -int(name))):
        if name == named:
            continue
        try:
            opened = _opened(index, name, full, avoiding)
        except IndexFormat as error:
            opened = str(error)
        if isinstance(opened, Opened):
            return replace(opened, faults=tuple(faults_found))
        faults_found.append(opened)
    raise IndexDamaged(f"{fault}: {REPAIR}")


def _opened(index: Path, name: str, full: bool, avoiding: Collection[str]) -> Opened | str:
    """Return a generation that is whole, or what is wrong with it; raises IndexFormat."""
    directory = index / GENERATIONS / name
    lease: Lease | None = None
    found: Opened | str = ""
    try:
        lease = hold(directory)
        found = _checked(directory, lease, full, avoiding)
    except IndexDamaged as error:
        found = str(error)
    except OSError as error:
        found = f"{directory} cannot be read ({error.strerror})"
    finally:
        # An error keeps the frames it came through, and would keep the lease with them.
        if lease is not None and not isinstance(found, Opened):
            lease.release()
    return found


def _checked(directory: Path, lease: Lease | None, full: bool, avoiding: Collection[str]) -> Opened | str:
    manifest, digest = read_manifest(directory)
    if digest in avoiding:
        return f"{directory} is damaged"
    for fault in faults(directory, manifest, full=full):
        return fault
    checks = checks_of(directory, manifest, full=full)
    if lease is None:
        return f"{directory} is being removed"
    return Opened(directory, manifest, digest, checks, lease)
