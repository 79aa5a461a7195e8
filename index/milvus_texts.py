"""Long texts of a generation on Milvus, put together from their parts; the languages' statistics are one of them."""

import base64

import numpy as np

from index.errors import IndexDamaged
from index.fusion import LanguageStatistics
from index.milvus_client import Cluster
from index.milvus_schema import part_keys

AT_ONCE = 64  # parts read by one query
REBUILD = "build it anew with `polyquote index`"


def collections(prefix: str, generation: str) -> tuple[str, str, str, str]:
    """Return the names of a generation's collections: passages, articles, terms and texts."""
    return (
        f"{prefix}_passages_{generation}",
        f"{prefix}_articles_{generation}",
        f"{prefix}_terms_{generation}",
        f"{prefix}_texts_{generation}",
    )


def read_text(cluster: Cluster, collection: str, name: str, *, strong: bool = False) -> str:
    """Return a long text, put together from its parts; raises IndexDamaged if one is missing."""
    head = cluster.query(collection, part_keys(name, 0, 1), ("key", "parts", "data"), strong=strong)
    parts = {row["key"]: str(row["data"]) for row in head}
    wanted = int(head[0]["parts"]) if head else 0
    for first in range(1, wanted, AT_ONCE):
        expression = part_keys(name, first, min(first + AT_ONCE, wanted))
        parts |= {
            row["key"]: row["data"] for row in cluster.query(collection, expression, ("key", "data"), strong=strong)
        }
    if not head or len(parts) != wanted:
        raise IndexDamaged(f"{collection} at {cluster} has no whole {name!r}: {REBUILD}")
    return "".join(parts[f"{name}:{part}"] for part in range(wanted))


def statistics_text(statistics: LanguageStatistics) -> str:
    """Return the statistics of the languages as a text, base64 of little-endian float32."""
    arrays = (statistics.means, statistics.covariances)
    return base64.b64encode(b"".join(np.ascontiguousarray(array, "<f4").tobytes() for array in arrays)).decode()


def statistics_of(text: str, codes: tuple[str, ...], dimension: int) -> LanguageStatistics:
    """Return the statistics of the languages that `statistics_text` wrote."""
    values = np.frombuffer(base64.b64decode(text), dtype="<f4").astype(np.float32)
    means = len(codes) * dimension
    return LanguageStatistics(
        codes,
        values[:means].reshape(len(codes), -1 if codes else 0),
        values[means:].reshape(len(codes), dimension if codes else 0, dimension if codes else 0),
    )
