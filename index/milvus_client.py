"""A connection to Milvus: the calls that the store needs, each bounded in time, each fault an error of ours.

The only module that knows `pymilvus`, which is loaded when a connection is made and not before. A connection is tried
up to three times, 0.2 and 0.6 s apart, and no longer than `timeout` seconds. A call that finds the server gone is tried
again by `pymilvus`, 10 ms later, then three times as long each time and at most 3 s, until `timeout` seconds are over.
See <https://milvus.io/docs> for what the calls mean.
"""

import logging
import re
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from index.errors import IndexFormat, IndexMissing, StoreRefused, StoreUnreachable

OLDEST = (2, 4)  # the first version with sparse vectors
MOST = 16_384  # results that Milvus gives to one search
BATCH = 500  # rows to a call: of 4 KB each, well below gRPC's limit of 64 MB
PAUSES = (0.2, 0.6)  # seconds before a connection is tried again
# No pings while nothing is asked: some servers close a connection that pings more than they like.
CHANNEL = {"grpc.keepalive_permit_without_calls": 0}
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,200}")
DENSE_INDEXES = {"FLAT": {}, "HNSW": {"M": 32, "efConstruction": 360}}


@dataclass(frozen=True, slots=True)
class Address:
    """Where a Milvus is and how it is used; neither the token nor the URI is in its `repr`.

    `collection` is what the names of all collections begin with; `dense_index` is FLAT, which is exact, or HNSW, which
    is not; `timeout` is what a call may take, in seconds.
    """

    uri: str = field(repr=False)  # may hold a password
    token: str = field(default="", repr=False)
    collection: str = "polyquote"
    dense_index: str = "FLAT"
    timeout: float = 10.0

    def __str__(self) -> str:
        """Return where it is, without token or password."""
        return f"{re.sub(r'//[^/@]*@', '//…@', self.uri)} ({self.collection}_*)"


@dataclass(frozen=True, slots=True)
class Column:
    """A field of a collection, by Milvus' name of its type; `size` is a text's most bytes, or a vector's dimension."""

    name: str
    type: str
    size: int = 0
    primary: bool = False


class Cluster:
    """A Milvus that answers; safe to share between threads."""

    def __init__(self, address: Address) -> None:
        """Connect; raises StoreUnreachable, or StoreRefused for a token or a version that will not do."""
        if not NAME.fullmatch(address.collection):
            raise StoreRefused(
                f"store.collection is {address.collection!r}: a name of letters, digits and underscores is accepted"
            )
        try:
            import grpc
            import pymilvus
        except ImportError as error:
            raise StoreRefused(
                'the store is Milvus, and pymilvus is not installed: `pip install "polyquote[milvus]"`'
            ) from error
        # What it logs is raised as well, with a traceback where ours is a sentence.
        logging.getLogger("pymilvus").setLevel(logging.CRITICAL)
        self.address = address
        self._types = pymilvus.DataType
        self._faults = (pymilvus.MilvusException, grpc.RpcError)
        self._client: Any = self._connected(pymilvus.MilvusClient)
        try:
            self._check_version(str(self._asked(self._client.get_server_version, timeout=address.timeout)))
        except StoreRefused:
            self.close()
            raise

    def __str__(self) -> str:
        """Return where it is, without the token."""
        return str(self.address)

    def close(self) -> None:
        """End the connection."""
        self._client.close()

    def collections(self) -> list[str]:
        """Return the names of all collections."""
        return list(self._asked(self._client.list_collections, timeout=self.address.timeout))

    def columns(self, name: str) -> set[tuple[str, str]]:
        """Return the names and types of a collection's fields; raises IndexMissing if there is none of that name."""
        told = self._asked(self._client.describe_collection, name, timeout=self.address.timeout)
        return {(column["name"], self._types(column["type"]).name) for column in told["fields"]}

    def create(self, name: str, columns: Sequence[Column]) -> None:
        """Create a collection with the indexes of its vectors, and load it."""
        schema = self._client.create_schema(auto_id=False, enable_dynamic_field=False)
        indexes = self._client.prepare_index_params()
        for column in columns:
            sized = {"VARCHAR": {"max_length": column.size}, "FLOAT_VECTOR": {"dim": column.size}}.get(column.type, {})
            schema.add_field(column.name, self._types[column.type], is_primary=column.primary, **sized)
            if column.type == "SPARSE_FLOAT_VECTOR":
                indexes.add_index(column.name, index_type="SPARSE_INVERTED_INDEX", metric_type="IP")
            elif column.type == "FLOAT_VECTOR":
                kind = self.address.dense_index
                indexes.add_index(column.name, index_type=kind, metric_type="IP", params=DENSE_INDEXES[kind])
        self._asked(
            self._client.create_collection,
            name,
            schema=schema,
            index_params=indexes,
            consistency_level="Bounded",
            timeout=self.address.timeout,
        )

    def drop(self, name: str) -> None:
        """Drop a collection; one that is not there is dropped already."""
        self._asked(self._client.drop_collection, name, timeout=self.address.timeout)

    def upsert(self, name: str, rows: Sequence[dict[str, Any]]) -> None:
        """Write rows, in the place of those with the same primary keys."""
        for start in range(0, len(rows), BATCH):
            self._asked(self._client.upsert, name, list(rows[start : start + BATCH]), timeout=self.address.timeout)

    def flush(self, name: str) -> None:
        """Have the rows of a collection on disk."""
        self._asked(self._client.flush, name, timeout=self.address.timeout)

    def count(self, name: str) -> int:
        """Return how many rows a collection has, all that was written before counted."""
        told = self._asked(
            self._client.query,
            name,
            filter="",
            output_fields=["count(*)"],
            consistency_level="Strong",
            timeout=self.address.timeout,
        )
        return int(told[0]["count(*)"])

    def query(
        self, name: str, expression: str, columns: Sequence[str], *, strong: bool = False
    ) -> list[dict[str, Any]]:
        """Return the rows that an expression leaves, in no order; `strong` waits for all that was written before."""
        kept = {"consistency_level": "Strong"} if strong else {}
        return [
            dict(row)
            for row in self._asked(
                self._client.query,
                name,
                filter=expression,
                output_fields=list(columns),
                timeout=self.address.timeout,
                **kept,
            )
        ]

    def pages(self, name: str, expression: str, columns: Sequence[str]) -> Iterator[list[dict[str, Any]]]:
        """Yield the rows that an expression leaves, however many, some at a time."""
        rows = self._asked(
            self._client.query_iterator,
            name,
            batch_size=1000,
            filter=expression,
            output_fields=list(columns),
            timeout=self.address.timeout,
        )
        try:
            while page := self._asked(rows.next):
                yield [dict(row) for row in page]
        finally:
            rows.close()

    def search(
        self, name: str, column: str, vector: Any, limit: int, expression: str, columns: Sequence[str]
    ) -> list[tuple[float, dict[str, Any]]]:
        """Return the rows with the greatest inner product with a vector, as (product, row), in no order."""
        approximate = self.address.dense_index == "HNSW" and column == "dense"
        found = self._asked(
            self._client.search,
            name,
            data=[vector],
            anns_field=column,
            limit=limit,
            filter=expression,
            output_fields=list(columns),
            search_params={"metric_type": "IP", "params": {"ef": max(2 * limit, 64)} if approximate else {}},
            timeout=self.address.timeout,
        )
        return [(float(hit["distance"]), dict(hit["entity"])) for hit in found[0]]

    def alias(self, name: str) -> str | None:
        """Return the collection that an alias names, or None if there is no such alias."""
        try:
            told = self._asked(self._client.describe_alias, name, timeout=self.address.timeout)
        except IndexMissing:
            return None
        return str(told["collection_name"])

    def point(self, alias: str, name: str) -> None:
        """Have an alias name a collection, in one step."""
        change = self._client.create_alias if self.alias(alias) is None else self._client.alter_alias
        self._asked(change, name, alias, timeout=self.address.timeout)

    def unpoint(self, alias: str) -> None:
        """Drop an alias."""
        self._asked(self._client.drop_alias, alias, timeout=self.address.timeout)

    def _connected(self, connect: Callable[..., Any]) -> Any:
        deadline = time.monotonic() + self.address.timeout
        named = {"uri": self.address.uri, "token": self.address.token, "grpc_options": CHANNEL, "dedicated": True}
        for pause in (*PAUSES, None):
            try:
                return self._asked(connect, timeout=self.address.timeout, **named)
            except StoreUnreachable:
                if pause is None or time.monotonic() + pause >= deadline:
                    raise
                time.sleep(pause)
        raise AssertionError  # the last pause is None

    def _check_version(self, version: str) -> None:
        if version.startswith("milvus_lite"):
            return  # numbered apart from the servers
        found = re.match(r"v?(\d+)\.(\d+)", version)
        if found and (int(found[1]), int(found[2])) < OLDEST:
            wanted = ".".join(map(str, OLDEST))
            raise StoreRefused(
                f"Milvus at {self} is version {version}: {wanted} or later is needed, for sparse vectors"
            )

    def _asked(self, call: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
        try:
            return call(*arguments, **named)
        except self._faults as error:
            raise self._named(error) from error

    def _named(self, error: BaseException) -> Exception:
        said = _said(error)
        if re.search(r"unauthenticated|auth\w* (check )?fail|permission.?denied|password", said, re.IGNORECASE):
            return StoreRefused(
                f"Milvus at {self} refuses the token:"
                " set POLYQUOTE_MILVUS_TOKEN or store.token (user:password, or a key)"
            )
        if re.search(r"fail connecting|unavailable|connection refused|closed channel", said, re.IGNORECASE):
            return StoreUnreachable(
                f"cannot reach Milvus at {self} in {self.address.timeout:g} s: is it running, and is store.uri right?"
            )
        if re.search(r"deadline|timed? ?out", said, re.IGNORECASE):
            return StoreUnreachable(
                f"Milvus at {self} did not answer in {self.address.timeout:g} s (store.timeout): try again later"
            )
        if re.search(r"not exist|not found|can't find", said, re.IGNORECASE):
            return IndexMissing(f"Milvus at {self} has not what was asked for: {said}")
        if re.search(r"dimension|schema|field", said, re.IGNORECASE):
            return IndexFormat(f"a collection of Milvus at {self} has another form than this version writes: {said}")
        return StoreRefused(f"Milvus at {self} refuses: {said}")


def _said(error: BaseException | None) -> str:
    """Return in one line what an error says and what it was raised from: pymilvus hides gRPC's reason under its own."""
    told: list[str] = []
    while error is not None:
        code = getattr(error, "code", "")
        detail = getattr(error, "message", None) or getattr(error, "details", None) or error
        told += [str(part() if callable(part) else part) for part in (code, detail)]
        error = error.__cause__ if error.__cause__ is not error else None
    return " ".join(" ".join(dict.fromkeys(told)).split())
