"""The answers that buttons still refer to, on disk, so that they work after a restart: a small SQLite file, bounded.

It also keeps what else must outlive the process: who has judged an answer (as a keyed hash), which command definitions
Discord has, and which interactions are being answered, so that none is left "thinking" by a crash.
"""

import hashlib
import hmac
import json
import logging
import os
import secrets
import sqlite3
import threading
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from bot.answering import Answer, Dispute, Quote
from bot.schema import answer_json
from index.records import ArticleInfo, Kind
from index.retriever import Retrieval

FILE = "discord.sqlite3"
TOKEN_LIFE = 15 * 60  # seconds that Discord lets an interaction be answered
MEMORY = ":memory:"
PRIVATE = 0o600  # questions stand in it
BUSY = 5.0  # seconds to wait for another process that writes

NOTHING_FOUND = Retrieval((), (), (), (), ())  # what a search gave is not kept with an answer

_log = logging.getLogger(__name__)

_SCHEMA = """
CREATE TABLE IF NOT EXISTS answers (id TEXT PRIMARY KEY, record BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS verdicts (answer TEXT, person TEXT, verdict TEXT, PRIMARY KEY (answer, person));
CREATE TABLE IF NOT EXISTS pending (token TEXT PRIMARY KEY, wording TEXT NOT NULL, time REAL NOT NULL);
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT NOT NULL);
"""


class AnswerLog:
    """Answers by their identifier; the oldest go when there are more than `kept`. Safe to call from any thread."""

    def __init__(self, path: Path, kept: int, clock: Callable[[], float]) -> None:
        """Open or create the file; a damaged one is set aside, and one that cannot be written is kept in memory."""
        self._kept, self._clock, self._lock = kept, clock, threading.Lock()
        self._connection = _open(path)
        with self._writing() as connection:
            connection.execute("INSERT OR IGNORE INTO facts VALUES ('secret', ?)", (secrets.token_hex(16),))
        self._secret = (self.fact("secret") or "").encode()

    def put(self, answer: Answer, generation: str, understood: str | None) -> str:
        """Keep an answer and return its identifier, which is the same for the same answer: 16 hex digits."""
        tree = {"answer": answer_json(answer), "generation": generation, "understood": understood}
        raw = json.dumps(tree, ensure_ascii=False, sort_keys=True).encode("utf-8", "replace")
        key = hashlib.sha256(raw).hexdigest()[:16]
        with self._writing() as connection:
            connection.execute("INSERT OR REPLACE INTO answers VALUES (?, ?)", (key, zlib.compress(raw)))
            newest = connection.execute("SELECT max(rowid) FROM answers").fetchone()[0]
            gone = "SELECT id FROM answers WHERE rowid <= ?"
            connection.execute(f"DELETE FROM verdicts WHERE answer IN ({gone})", (newest - self._kept,))  # noqa: S608
            connection.execute("DELETE FROM answers WHERE rowid <= ?", (newest - self._kept,))
        return key

    def get(self, key: str) -> tuple[Answer, str, str | None] | None:
        """Return an answer, its generation and what the question was understood as; None if it is no longer kept."""
        with self._lock:
            row = self._connection.execute("SELECT record FROM answers WHERE id = ?", (key,)).fetchone()
        if row is None:
            return None
        tree = json.loads(zlib.decompress(row[0]))
        return answer_from_json(tree["answer"]), tree["generation"], tree["understood"]

    def judge(self, key: str, person: int, verdict: str) -> bool:
        """Note a person's verdict on an answer; False if it is the one they have given already."""
        who, known = self.pseudonym(person), None
        with self._writing() as connection:
            query = "SELECT verdict FROM verdicts WHERE answer = ? AND person = ?"
            known = connection.execute(query, (key, who)).fetchone()
            connection.execute("INSERT OR REPLACE INTO verdicts VALUES (?, ?, ?)", (key, who, verdict))
        return known is None or known[0] != verdict

    def pseudonym(self, person: int) -> str:
        """Return a name for a person that is stable here and says nothing elsewhere: HMAC-SHA256, 64 bits."""
        return hmac.new(self._secret, str(person).encode(), hashlib.sha256).hexdigest()[:16]

    def begin(self, token: str, wording: str) -> None:
        """Note that an interaction shows "thinking" until it is answered."""
        with self._writing() as connection:
            connection.execute("INSERT OR REPLACE INTO pending VALUES (?, ?, ?)", (token, wording, self._clock()))

    def end(self, token: str) -> None:
        """Note that an interaction has been answered."""
        with self._writing() as connection:
            connection.execute("DELETE FROM pending WHERE token = ?", (token,))

    def abandoned(self) -> list[tuple[str, str]]:
        """Return and forget what a crash has left "thinking" and can still be answered, as (token, wording)."""
        left: list[tuple[str, str]] = []
        with self._writing() as connection:
            query = "SELECT token, wording FROM pending WHERE time > ?"
            left = connection.execute(query, (self._clock() - TOKEN_LIFE,)).fetchall()
            connection.execute("DELETE FROM pending")
        return left

    def fact(self, name: str) -> str | None:
        """Return what was noted under a name."""
        with self._lock:
            row = self._connection.execute("SELECT value FROM facts WHERE name = ?", (name,)).fetchone()
        return None if row is None else str(row[0])

    def note(self, name: str, value: str) -> None:
        """Note something under a name."""
        with self._writing() as connection:
            connection.execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", (name, value))

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """Hold the connection for a transaction; a full or failing disk costs what was to be kept, not the answer."""
        try:
            with self._lock, self._connection:
                yield self._connection
        except sqlite3.OperationalError as error:
            _log.warning("the answer log cannot be written (%s): some buttons will not work", error)


def answer_from_json(tree: dict[str, Any]) -> Answer:
    """Return the answer that `schema.answer_json` wrote; what the search gave is not in it, and empty here."""
    return Answer(
        tree["question"],
        tree["language"],
        tree["answered"],
        tree["answer"],
        tree["confidence"],
        tuple(map(_quote, tree["quotes"])),
        tuple(Dispute(item["answer"], tuple(map(_quote, item["quotes"]))) for item in tree["disputes"]),
        tuple(map(_quote, tree["nearest"])),
        NOTHING_FOUND,
    )


def _quote(tree: dict[str, Any]) -> Quote:
    article = ArticleInfo(**{name: tree["article"][name] for name in ArticleInfo.__slots__})
    return Quote(**{**tree, "article": article, "kind": Kind(tree["kind"])})


def _open(path: Path) -> sqlite3.Connection:
    try:
        return _connect(str(path))
    except sqlite3.DatabaseError as error:
        if isinstance(error, sqlite3.OperationalError):  # locked, read-only, no such folder
            _log.warning("cannot write %s (%s): buttons will not outlive this process", path, error)
            return _connect(MEMORY)
        aside = path.with_suffix(".damaged")
        _log.warning("%s is damaged (%s): set aside as %s", path, error, aside.name)
        path.replace(aside)
        return _connect(str(path))


def _connect(place: str) -> sqlite3.Connection:
    if place != MEMORY:
        with suppress(OSError):  # what is wrong is said by SQLite
            os.close(os.open(place, os.O_CREAT, PRIVATE))
    connection = sqlite3.connect(place, timeout=BUSY, check_same_thread=False)
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.executescript(_SCHEMA)
    except sqlite3.DatabaseError:
        connection.close()
        raise
    return connection
