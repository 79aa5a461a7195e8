"""Vectors on disk, by what encoded them and the digest of the text: a second run encodes only what is new.

One SQLite file for each encoder; a run that is broken off loses a batch at most.
"""

import hashlib
import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from index.encoders import Encoder, Vectors

BATCH = 32  # texts encoded between two commits


class CachedEncoder:
    """An encoder that remembers; its vectors are its encoder's own, so it bears that one's name and fingerprint."""

    def __init__(self, encoder: Encoder, folder: Path) -> None:
        """Take the encoder, and the folder of the caches."""
        folder.mkdir(parents=True, exist_ok=True)
        self.name, self.fingerprint, self.dimension = encoder.name, encoder.fingerprint, encoder.dimension
        self._encoder = encoder
        self._database = sqlite3.connect(folder / f"{encoder.fingerprint[:16]}.sqlite", timeout=60)
        self._database.execute("CREATE TABLE IF NOT EXISTS vectors (key BLOB PRIMARY KEY, vector BLOB) WITHOUT ROWID")

    def encode_query(self, texts: Sequence[str]) -> Vectors:
        """Encode questions."""
        return self._recalled("query", texts, self._encoder.encode_query)

    def encode_document(self, texts: Sequence[str]) -> Vectors:
        """Encode passages."""
        return self._recalled("document", texts, self._encoder.encode_document)

    def _recalled(self, kind: str, texts: Sequence[str], encode: Callable[[Sequence[str]], Vectors]) -> Vectors:
        keys = [hashlib.blake2b(f"{kind}\0{text}".encode("utf-8", "surrogatepass")).digest()[:16] for text in texts]
        # Neighbours of a length share a batch, which costs as much as its longest.
        missing = sorted(
            {key: text for key, text in zip(keys, texts, strict=True) if self._vector(key) is None}.items(),
            key=lambda pair: len(pair[1].encode("utf-8", "surrogatepass")),
        )
        for start in range(0, len(missing), BATCH):
            batch = missing[start : start + BATCH]
            vectors = encode([text for _, text in batch]).astype(np.float32)
            rows = [(key, vector.tobytes()) for (key, _), vector in zip(batch, vectors, strict=True)]
            with self._database:
                self._database.executemany("INSERT OR REPLACE INTO vectors VALUES (?, ?)", rows)
        found = [self._vector(key) for key in keys]
        return np.array(found, dtype=np.float32).reshape(len(texts), self.dimension)

    def _vector(self, key: bytes) -> Vectors | None:
        row = self._database.execute("SELECT vector FROM vectors WHERE key = ?", (key,)).fetchone()
        return None if row is None else np.frombuffer(row[0], dtype=np.float32)
