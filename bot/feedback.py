"""What people say of answers, a JSON line each, in the form that `polyquote eval` reads: a regression set in one click.

A line is appended in one write to a file opened with O_APPEND (POSIX: the offset is set and the bytes written in one
step), so that lines of several processes never mix. Nobody's name is in it.
"""

import json
import os
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from bot.answering import Answer

SCHEMA = "polyquote.feedback/1"
PRIVATE = 0o600

Verdict = Literal["right", "wrong"]


def feedback_json(answer: Answer, verdict: Verdict, generation: str, now: datetime) -> dict[str, Any]:
    """Return the record of one verdict; `now` is in UTC. An answer that was withheld is null, with no quotes."""
    return {
        "schema": SCHEMA,
        "time": now.isoformat(timespec="seconds"),
        "question": answer.question,
        "language": answer.language,
        "verdict": verdict,
        "answer": answer.answer,
        "quotes": [
            {"article": quote.article.path, "quote": quote.text, "start": quote.start, "end": quote.end}
            for quote in answer.quotes
        ],
        "generation": generation,
    }


def append(path: Path, record: Mapping[str, Any]) -> None:
    """Append a record as one line, on disk when this returns; raises OSError, also when the disk takes only a part."""
    path.parent.mkdir(parents=True, exist_ok=True)
    line = f"{json.dumps(record, ensure_ascii=False)}\n".encode("utf-8", "replace")
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, PRIVATE)
    try:
        if os.write(descriptor, line) != len(line):
            raise OSError(f"{path}: the line was written only in part: is the disk full?")
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
