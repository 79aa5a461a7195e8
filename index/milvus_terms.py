"""The terms of a generation on Milvus: a query reads its own by their digests, and what was read is remembered."""

from collections.abc import Hashable, Iterable, Sequence
from threading import Lock
from typing import Generic, TypeVar

from index.milvus_client import Cluster
from index.milvus_schema import in_keys, term_key

REMEMBERED = 8192  # values that are kept, the last read of them

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class Remembered(Generic[Key, Value]):
    """The values last read, up to a number of them, shared by threads."""

    def __init__(self, most: int = REMEMBERED) -> None:
        """Keep up to `most`."""
        self._most, self._values, self._lock = most, dict[Key, Value](), Lock()

    def get(self, key: Key) -> Value | None:
        """Return a value, or None if it is not kept."""
        with self._lock:
            value = self._values.pop(key, None)
            if value is not None:
                self._values[key] = value  # the last read is the last to go
            return value

    def put(self, key: Key, value: Value) -> None:
        """Keep a value, in the place of what has not been read for longest if there are too many."""
        with self._lock:
            self._values.pop(key, None)
            self._values[key] = value
            while len(self._values) > self._most:
                del self._values[next(iter(self._values))]


class MilvusTerms:
    """The terms of a generation, of which a query reads its own by their digests."""

    def __init__(self, cluster: Cluster, collection: str, count: int) -> None:
        """Take where the terms are and how many."""
        self.terms = range(count)
        self._cluster, self._collection = cluster, collection
        self._known: Remembered[str, tuple[int, float] | tuple[()]] = Remembered()

    def lookup(self, term: str) -> int | None:
        """Return the number of a term, or None if no passage has it."""
        found = self._read([term])[term]
        return found[0] if found else None

    def query_row(self, terms: Iterable[str]) -> dict[int, float]:
        """Return the query's row: the idf of each known term, once for every time it is asked for."""
        asked = list(terms)
        known, row = self._read(asked), dict[int, float]()
        for term in asked:
            if found := known[term]:
                row[found[0]] = row.get(found[0], 0.0) + found[1]
        return row

    def _read(self, terms: Sequence[str]) -> dict[str, tuple[int, float] | tuple[()]]:
        known = {term: self._known.get(term) for term in terms}
        missing = {term_key(term.encode()): term for term, found in known.items() if found is None}
        if missing:
            rows = self._cluster.query(self._collection, in_keys("key", list(missing)), ("key", "number", "idf"))
            found = {row["key"]: (int(row["number"]), float(row["idf"])) for row in rows}
            for key, term in missing.items():
                known[term] = found.get(key, ())
                self._known.put(term, known[term] or ())
        return {term: found or () for term, found in known.items()}
