"""The Discord bot's log: a JSON object a line, on standard error, with the token nowhere in it.

The token is taken out of the finished line, so that it cannot come in by a message, an argument or a traceback.
"""

import hashlib
import json
import logging
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import IO, Any

HIDDEN = "[token]"


class JsonLines(logging.Formatter):
    """A log record → a line of JSON: time, level, logger, event, the fields of the event, the traceback if any."""

    def __init__(self, hidden: Sequence[str]) -> None:
        """Take the strings that must not be written."""
        super().__init__()
        self._hidden = [text for text in hidden if text]

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        tree: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": record.getMessage(),
        }
        tree |= getattr(record, "fields", {})
        if record.exc_info:
            tree["traceback"] = self.formatException(record.exc_info)
        line = json.dumps(tree, ensure_ascii=False, default=str)
        for text in self._hidden:
            line = line.replace(text, HIDDEN)
        return line


def start_logging(stream: IO[str], hidden: Sequence[str]) -> None:
    """Send every logger's records to a stream as JSON lines: ours from INFO, others' from WARNING."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonLines(hidden))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("bot").setLevel(logging.INFO)


def log_event(logger: logging.Logger, event: str, **fields: object) -> None:
    """Log an event with its fields."""
    logger.info(event, extra={"fields": fields})


def question_hash(question: str) -> str:
    """Return what stands for a question in the log: the head of its SHA-256, so that repetitions can be told."""
    return hashlib.sha256(question.encode("utf-8", "replace")).hexdigest()[:12]
