"""What figures were made with: articles, models and questions by their digests, and when, where and from which commit.

What was evaluated is the same for two runs of the same; the rest, `provenance`, is kept apart from it.
"""

import os
import platform
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from hashlib import file_digest, sha256
from pathlib import Path
from typing import Any

from bot.config import Config
from bot.evaluate import Asks
from bot.evidence import Corpus
from bot.service import Service
from index.records import Article, ArticleInfo
from index.search_store import SearchStore


@dataclass(frozen=True, slots=True)
class Subject:
    """What is evaluated: something that answers, its articles, and what it was made with."""

    service: Asks
    corpus: Corpus
    made_with: dict[str, Any]


def subject_of(service: Service, config: Config) -> Subject:
    """Return a service with its articles and the names and digests of what it is made of."""
    store = service.store
    articles = sha256()
    for info in _infos(store):
        articles.update(f"{info.path}\0{info.sha256}\n".encode())
    made_with = {
        "encoder": service.encoder.name,
        "encoder_fingerprint": service.encoder.fingerprint,
        "reader": service.reader.name,
        "reader_fingerprint": service.reader.fingerprint,
        "articles": len(store.articles),
        "passages": len(store.passages),
        "articles_sha256": articles.hexdigest(),
        "passages_read": config.answer.passages,
    }
    return Subject(service, corpus_of(store), made_with)


def corpus_of(store: SearchStore) -> Corpus:
    """Return the articles of a generation."""

    def read(article_id: str) -> Article:
        number = store.number_of(article_id)
        if number is None:
            raise KeyError(article_id)
        return store.article(number)

    return Corpus(_infos(store), read)


def _infos(store: SearchStore) -> Iterator[ArticleInfo]:
    return (store.info(number) for number in range(len(store.articles)))


def provenance(now: datetime) -> dict[str, Any]:
    """Return when, on what and from which commit a run was made; the commit is None outside a git repository."""
    return {
        "date": now.strftime("%Y-%m-%d"),
        "commit": _commit(),
        "python": platform.python_version(),
        "machine": f"{platform.machine()}, {os.cpu_count()} CPUs",
    }


def _commit() -> str | None:
    command = ["git", "-C", str(Path(__file__).parent), "describe", "--always", "--dirty", "--abbrev=12", "--exclude=*"]
    quiet = {**os.environ, "GIT_OPTIONAL_LOCKS": "0"}  # looking must not write to the repository
    try:
        done = subprocess.run(command, env=quiet, capture_output=True, text=True, timeout=10, check=True)  # noqa: S603
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip() or None


def question_digest(path: Path | None) -> dict[str, str]:
    """Return the name and the SHA-256 of a question set's file; what can be read only once has no digest."""
    if path is None or not path.is_file():
        return {"questions": path.name if path else "standard input"}
    with path.open("rb") as file:
        return {"questions": path.name, "questions_sha256": file_digest(file, "sha256").hexdigest()}
