"""CURRENT: one line that names the generation that answers, replaced in one step.

    000007 SHA-256-OF-ITS-MANIFEST
    000006 SHA-256-OF-ITS-MANIFEST rolled-back

The second form is written by `polyquote index --rollback`: the index then stays as it is until `polyquote index` is run
again. What is in a generation is none of this module's business.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from index import disk

CURRENT = "CURRENT"
GENERATIONS = "generations"
_LINE = re.compile(r"(\d{6,}) ([0-9a-f]{64})( rolled-back)?\n")


@dataclass(frozen=True, slots=True)
class Pointer:
    """Which generation answers, the SHA-256 of its manifest, and whether somebody went back to it."""

    name: str
    digest: str
    rolled_back: bool = False


def read_pointer(index: Path) -> Pointer | str:
    """Return what CURRENT says, or what is wrong with it."""
    path = index / CURRENT
    try:
        found = _LINE.fullmatch(path.read_bytes().decode("ascii", "replace"))
    except FileNotFoundError:
        return f"{path} is missing"
    except OSError as error:
        return f"{path} cannot be read ({error.strerror})"
    return Pointer(found[1], found[2], found[3] is not None) if found else f"{path} is damaged"


def write_pointer(index: Path, pointer: Pointer) -> None:
    """Switch to a generation; the caller holds the writer's lock."""
    mark = " rolled-back" if pointer.rolled_back else ""
    disk.replace(index / CURRENT, f"{pointer.name} {pointer.digest}{mark}\n")


def generation_names(index: Path) -> list[str]:
    """Return the names of the generations that are there, whole or not, the newest last."""
    found = (path.name for path in (index / GENERATIONS).glob("[0-9]*") if path.name.isdecimal())
    return sorted(found, key=lambda name: (int(name), name))
