"""The REPL's questions: a prompt with history and line editing on a terminal, plain lines elsewhere."""

import sys
from collections.abc import Iterator
from pathlib import Path

PROMPT = "? "
LEAVE = frozenset({"exit", "quit", ":q"})


def questions(history: Path) -> Iterator[str]:
    """Yield the questions that are typed until the end of input, `exit` or `quit`; blank lines are passed over."""
    read = _terminal(history) if sys.stdin.isatty() and sys.stdout.isatty() else _plain()
    for line in read:
        question = line.strip()
        if question.casefold() in LEAVE:
            return
        if question:
            yield question


def _plain() -> Iterator[str]:
    for raw in sys.stdin.buffer:
        yield raw.decode("utf-8", "replace")


def _terminal(history: Path) -> Iterator[str]:
    from prompt_toolkit import PromptSession
    from prompt_toolkit.history import FileHistory, InMemoryHistory

    try:
        history.touch()
        kept: FileHistory | InMemoryHistory = FileHistory(str(history))
    except OSError:
        kept = InMemoryHistory()  # a read-only index can be asked all the same
    session: PromptSession[str] = PromptSession(history=kept)
    print("Ask in any language; Ctrl-D or `exit` leaves.")  # noqa: T201
    while True:
        try:
            yield session.prompt(PROMPT)
        except KeyboardInterrupt:
            continue
        except EOFError:
            return
