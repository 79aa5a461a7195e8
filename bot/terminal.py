"""The streams of the command line: what they can show, and how remarks and progress reach a person."""

import json
import os
import shutil
import sys
import time
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    from collections.abc import Callable

    from tqdm import tqdm

    from bot.render import Style
    from bot.service import Listener
    from index.encoding import Progress

BAR_AFTER = 0.3  # seconds of work before a progress bar is worth showing


def style_of(stream: TextIO) -> "Style":
    """Return what a stream can show (NO_COLOR: no-color.org; TERM=dumb: terminfo)."""
    from bot.render import Style

    terminal = stream.isatty() and os.environ.get("TERM") != "dumb" and _takes_escapes()
    encoding = (stream.encoding or "ascii").casefold().replace("-", "")
    return Style(
        color=terminal and not os.environ.get("NO_COLOR"),
        width=shutil.get_terminal_size().columns if stream.isatty() else 80,
        unicode=encoding.startswith("utf"),
    )


def _takes_escapes() -> bool:
    """Tell whether escape sequences are understood: on Windows, by its new terminal and by those that say so."""
    return os.name != "nt" or any(name in os.environ for name in ("WT_SESSION", "ANSICON", "TERM"))


def listener() -> "Listener":
    """Return what tells a person on standard error what goes on."""
    from bot.service import Listener

    return Listener(lambda message: print(f"polyquote: {message}", file=sys.stderr), progress())


def progress(
    done_to: str = "encoded", things: str = "passages", *, clock: "Callable[[], float]" = time.monotonic
) -> "Progress":
    """Return a report of progress: a bar on a terminal, a line at each tenth elsewhere, both on standard error.

    Both give a rate and how long the rest will take at it.
    """
    shown: list[tqdm[Any]] = []
    started = clock()
    tenths = 0

    def bar(done: int, total: int) -> None:
        if not shown:
            from tqdm import tqdm

            shown.append(tqdm(total=total, unit=f" {things}", delay=BAR_AFTER, dynamic_ncols=True, file=sys.stderr))
        shown[0].update(done - shown[0].n)
        if done == total:
            shown.pop().close()

    def line(done: int, total: int) -> None:
        nonlocal tenths
        if (reached := 10 * done // max(total, 1)) > tenths:
            tenths = reached
            rate = done / max(clock() - started, 1e-3)
            rest = f", {(total - done) / rate:.0f} s to go" if done < total else ""
            print(f"polyquote: {done_to} {done} of {total} {things}, {rate:.0f} a second{rest}", file=sys.stderr)

    return bar if sys.stderr.isatty() else line


def print_json(tree: dict[str, Any]) -> None:
    """Print an object as one line, in ASCII where the stream takes no more."""
    ascii_only = not (sys.stdout.encoding or "ascii").casefold().startswith("utf")
    print(json.dumps(tree, ensure_ascii=ascii_only))
