"""Who writes an index and who reads it: one writer at a time, and no generation removed that somebody reads.

The writer holds INDEX/lock. A reader holds a shared `flock` on the manifest of its generation, which needs no more than
the right to read; the collector tries for the exclusive one and leaves alone what it does not get. The kernel lets go
of both when a process dies. On Windows there is no `flock`, and a folder with open files cannot be renamed, which
serves as the lease. On a file system without locks nothing is leased: a mapped file is then still readable after its
removal.
"""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from index.disk import flush
from index.errors import IndexBusy, IndexUnwritable
from index.manifest import MANIFEST

LOCK_SECONDS = 600.0

if sys.platform != "win32":
    import fcntl


@contextmanager
def writing(
    index: Path, *, waiting: Callable[[], None] = lambda: None, seconds: float = LOCK_SECONDS
) -> Iterator[None]:
    """Be the one writer of an index, which is made if it is not there.

    `waiting` is called once if another process is the writer. Raises IndexBusy if it still is after `seconds`, and
    IndexUnwritable if the disk refuses.
    """
    try:
        if not index.is_dir():
            index.mkdir(parents=True, exist_ok=True)
            with suppress(PermissionError):  # a folder may be written to without the right to list it
                flush(index.absolute().parent)
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


class Lease:
    """A generation that is being read; let go when released, or when nothing refers to it any more."""

    def __init__(self, handle: int) -> None:
        """Take the open manifest on which the lock is."""
        self._handle = handle

    def release(self) -> None:
        """Let the generation go; again is nothing."""
        handle, self._handle = self._handle, -1
        if handle >= 0:
            os.close(handle)

    def __del__(self) -> None:
        """Let the generation go."""
        self.release()


def hold(directory: Path) -> Lease | None:
    """Return a lease on a generation; None if it is not there, or is being removed."""
    path = directory / MANIFEST
    try:
        handle = os.open(path, os.O_RDONLY)
    except (FileNotFoundError, NotADirectoryError):
        return None
    lease = Lease(handle)
    if sys.platform != "win32":
        try:
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return None
        except OSError:
            return lease  # a file system without locks
        # subtle: between opening and locking it may have been removed, and the lock is then on a file without a name.
        if not path.exists() or not os.path.samestat(os.fstat(handle), path.stat()):
            return None
    return lease


@contextmanager
def unread(directory: Path) -> Iterator[bool]:
    """Tell whether nobody reads a generation, as far as locks can tell, and keep it so inside the block."""
    if sys.platform == "win32":
        yield True
        return
    try:
        handle = os.open(directory / MANIFEST, os.O_RDWR)
    except OSError:
        yield True  # without a manifest nobody can have opened it
        return
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            free = True
        except OSError as error:
            free = not isinstance(error, BlockingIOError)  # else the file system has no locks
        yield free
    finally:
        os.close(handle)
