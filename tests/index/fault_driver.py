"""Every step of a write, failed or killed in turn: run as a process of its own, since it forks and patches `os`.

    python -m tests.index.fault_driver SCENARIO FAULT

A child process does the work with the fault at its k-th operation on the index, for k = 1, 2, … until it gets through.
After each the index is opened, has to be whole and to hold what it held before or what was to be written, and the next
run has to succeed and leave nothing lying about. Prints {"cases": …, "problems": […]}; with the fault `none`, what was
done to the files, in order. In the child the system's functions are patched; what is under test never is.
"""

import builtins
import errno
import io
import json
import os
import resource
import shutil
import signal
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from index.errors import IndexMissing, IndexUnwritable, PolyQuoteError
from index.history import roll_back
from index.indexing import update_index
from index.pointer import CURRENT, GENERATIONS, generation_names
from index.store import open_store

KEEP = 2
# The language is given: detecting it would start threads, which do not survive a fork.
ARTICLES = {
    "vi.txt": ("vi", "Ban lãnh đạo OpenAI đã nêu tên Emmett Shear thay thế Sam Altman."),
    "fr.txt": ("fr", "Le conseil d’administration a choisi Emmett Shear comme PDG par intérim."),
    "zh.txt": ("zh", "微軟向OpenAI投資了130億美元。"),
    "id.txt": ("id", "Lebih dari 700 karyawan menandatangani surat itu."),
    "en.txt": ("en", "The board named Emmett Shear interim chief executive on Monday."),
}
LATER = "Sam Altman is back as the chief executive of OpenAI."

DONE, REFUSED, BROKEN, UNHURT = 0, 3, 4, 5  # how a child ends if it is not killed; unhurt: it had no such step
MOST_STEPS = 1000
NOBODY = 65534  # the user that owns nothing


class Encoder:
    """A text's vector is its length in one of four dimensions: all that a write needs."""

    name, fingerprint, dimension = "length", "0" * 64, 4

    def encode_document(self, texts: Any) -> Any:
        return np.eye(4, dtype=np.float32)[[len(text) % 4 for text in texts]]

    encode_query = encode_document


def update(root: Path) -> None:
    update_index(root / "index", [root / "news"], Encoder(), keep=KEEP)


def go_back(root: Path) -> None:
    roll_back(root / "index")


def write_article(root: Path, name: str, code: str, text: str) -> None:
    (root / "news").mkdir(exist_ok=True)
    (root / "news" / name).write_text(f"---\nlanguage: {code}\ntitle: {name}\n---\n{text}\n", encoding="utf-8")


def prepare(root: Path, scenario: str) -> Callable[[Path], None]:
    """Lay out what there is before the work, and return the work."""
    for name, (code, text) in ARTICLES.items():
        write_article(root, name, code, text)
    for number in range({"first": 0, "next": 2, "rollback": 2}[scenario]):
        write_article(root, "edition.txt", "en", f"Edition {number} of the paper is out.")
        update(root)
    if scenario == "rollback":
        return go_back
    write_article(root, "later.txt", "en", LATER)
    return update


def contents(index: Path) -> Any:
    """Return what an index answers from, or None if there is none; raises if it is damaged."""
    try:
        store = open_store(index, full=True)
    except IndexMissing:
        return None
    articles = [store.article(number) for number in range(len(store.articles))]
    passages = [store.passage(row) for row in range(len(store.passages))]
    scores = store.search_lexical(store.postings.query_row(["shear", "altman"]), 10)
    return articles, passages, scores


class Faults:
    """Counts the operations of this process on files, and at one of them does what is to be done."""

    def __init__(self, at: int, fault: str) -> None:
        self.at, self.fault, self.done = at, fault, list[str]()

    @property
    def count(self) -> int:
        return len(self.done)

    def step(self, what: str, where: Any, write: Callable[[], object] | None = None) -> None:
        path = Path(Path(f"/proc/self/fd/{where}").readlink() if isinstance(where, int) else where)
        self.done.append(f"{what} {path.name}")
        if self.fault == "full" and self.count >= self.at:  # and it stays full
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        if self.count != self.at:
            return
        if self.fault == "torn" and write is not None:
            write()
        if self.fault in ("kill", "torn"):
            os.kill(os.getpid(), signal.SIGKILL)
        if self.fault != "full":
            number = {"denied": errno.EACCES, "failing": errno.EIO, "readonly": errno.EROFS}[self.fault]
            raise OSError(number, os.strerror(number))

    def install(self) -> None:
        for name in ("mkdir", "rename", "replace", "unlink", "remove", "rmdir", "fsync"):
            setattr(os, name, self._counted(name, getattr(os, name)))
        plain_open, plain_os_open = io.open, os.open

        def counted_open(file: Any, mode: str = "r", *arguments: Any, **named: Any) -> Any:
            if not set(mode) & set("wax+"):
                return plain_open(file, mode, *arguments, **named)
            self.step("open", file)
            return Written(plain_open(file, mode, *arguments, **named), self)

        def counted_os_open(path: Any, flags: int, *arguments: Any, **named: Any) -> int:
            if flags & (os.O_WRONLY | os.O_RDWR):
                self.step("open", path)
            return plain_os_open(path, flags, *arguments, **named)

        io.open = builtins.open = counted_open
        os.open = counted_os_open

    def _counted(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*arguments: Any, **named: Any) -> Any:
            if self.fault != "full" or name not in ("unlink", "remove", "rmdir"):  # a full disk lets go of files
                self.step(name, arguments[0])
            return function(*arguments, **named)

        return counted


class Written:
    """A file open for writing, whose writes are counted."""

    def __init__(self, file: Any, faults: Faults) -> None:
        self._file, self._faults = file, faults

    def write(self, data: Any) -> Any:
        def half() -> None:
            self._file.write(data[: len(data) // 2])
            self._file.flush()

        self._faults.step("write", self._file.name, half)
        return self._file.write(data)

    def __enter__(self) -> "Written":
        return self

    def __exit__(self, *error: object) -> None:
        self._file.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


def in_child(work: Callable[[], int]) -> int:
    """Do the work in a forked process; return its exit code, negative for the signal that killed it."""
    child = os.fork()
    if child == 0:
        code = BROKEN
        try:
            code = work()
        except IndexUnwritable as error:
            code = REFUSED if "\n" not in str(error) else BROKEN
        finally:
            if code == BROKEN:
                traceback.print_exc()
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def at_each_step(root: Path, work: Callable[[Path], None], fault: str) -> Iterator[tuple[str, int]]:
    """Yield each case's name and how the child ended, until one has no such step; the caller looks at what it left."""
    for at in range(1, MOST_STEPS):

        def child(at: int = at) -> int:
            faults = Faults(at, fault)
            faults.install()
            work(root)
            return DONE if faults.count >= at else UNHURT

        ended = in_child(child)
        if ended == UNHURT:
            return
        yield f"{fault} at step {at}", ended
    raise RuntimeError(f"{MOST_STEPS} steps and no end")


def steps(root: Path, work: Callable[[Path], None]) -> list[str]:
    """Return what the work does to files, in order."""

    def child() -> int:
        faults = Faults(0, "none")
        faults.install()
        work(root)
        done = json.dumps(faults.done)
        (root / "steps").write_text(done)
        return DONE

    in_child(child)
    found: list[str] = json.loads((root / "steps").read_text())
    return found


def as_nobody(temporary: Path, root: Path, old: Any) -> list[int]:
    """Return how reading, writing and going back end for a user who may only read; root alone can become another."""
    for path in (temporary, root, *root.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)

    def read(root: Path) -> None:
        if contents(root / "index") != old:
            raise RuntimeError("what was read is not what was written")

    def child(work: Callable[[Path], None]) -> int:
        os.setgid(NOBODY)
        os.setuid(NOBODY)
        work(root)
        return DONE

    return [in_child(partial(child, work)) for work in (read, update, go_back)]


def short_writes(root: Path, work: Callable[[Path], None], sizes: list[int]) -> Iterator[tuple[str, int]]:
    """Yield each case of a real limit on the size of a file, at which the system itself writes short."""
    for size in sizes:

        def child(size: int = size) -> int:
            resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
            work(root)
            return DONE

        yield f"no file beyond {size} bytes", in_child(child)


def examine(root: Path, ended: int, old: Any, new: Any, after: Any) -> Iterator[str]:
    """Yield what is wrong with an index after a fault, and after the next run, which has to give `after`."""
    if ended not in (DONE, REFUSED, -signal.SIGKILL):
        yield f"the process ended with {ended}"
    try:
        found = contents(root / "index")
        if found != old and found != new:
            yield "the index holds neither the old nor the new"
        if ended == DONE and found != new:
            yield "the work was done and the new is not there"
        update(root)
        if contents(root / "index") != after or open_store(root / "index").faults:
            yield "the next run did not mend it"
        places = sorted(path.name for path in (root / "index" / GENERATIONS).iterdir())
        if places != generation_names(root / "index") or len(places) > KEEP:
            yield f"left lying about: {places}"
        if (root / "index" / f"{CURRENT}.part").exists():
            yield "left lying about: CURRENT.part"
    except (PolyQuoteError, OSError) as error:
        yield f"{type(error).__name__}: {error}"


def main(scenario: str, fault: str) -> dict[str, Any]:
    problems: list[str] = []
    with tempfile.TemporaryDirectory() as temporary:
        clean, root = Path(temporary) / "clean", Path(temporary) / "tried"
        clean.mkdir()
        work = prepare(clean, scenario)
        old = contents(clean / "index")

        def reset() -> None:
            shutil.rmtree(root, ignore_errors=True)
            shutil.copytree(clean, root)

        reset()
        work(root)
        new = contents(root / "index")
        update(root)
        after = contents(root / "index")
        sizes = {path.stat().st_size for path in (root / "index" / GENERATIONS).glob("*/*")}
        limits = sorted({limit for size in sizes for limit in (size // 2, size - 1) if limit > 0} | {0})
        reset()
        if fault == "none":
            return {"steps": steps(root, work)}
        if fault == "nobody":
            return {"ended": as_nobody(Path(temporary), root, old)}
        cases = 0
        tried = short_writes(root, work, limits) if fault == "short" else at_each_step(root, work, fault)
        for case, ended in tried:
            cases += 1
            problems += [f"{case}: {problem}" for problem in examine(root, ended, old, new, after)]
            reset()
    return {"cases": cases, "problems": problems}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(*sys.argv[1:])) + "\n")
