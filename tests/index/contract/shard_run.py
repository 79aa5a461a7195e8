"""One shard in a process of its own: `python -m tests.index.contract.shard_run URI PREFIX FOLDER NEWS I/N [BATCHES]`.

With BATCHES it kills itself after so many batches of passages were written, as a machine that loses power would.
"""

import os
import signal
import sys
from pathlib import Path

from index import shards
from index.milvus_client import Address, Cluster
from tests.conftest import HashingEncoder


def main(uri: str, prefix: str, folder: str, news: str, shard: str, batches: str = "") -> None:
    """Run the shard."""
    cluster = Cluster(Address(uri, collection=prefix, timeout=60.0))
    left = int(batches) if batches else None

    def progress(done: int, total: int) -> None:
        nonlocal left
        if left is not None and _written(cluster, prefix):
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    outcome = shards.index_shard(
        cluster, Path(folder), [Path(news)], HashingEncoder(), shards.parse_shard(shard), progress=progress
    )
    sys.stdout.write(f"{told(outcome)}\n")


def told(outcome: shards.Outcome) -> str:
    """Return an outcome as a line."""
    state = "switched" if outcome.switched else f"uncounted {outcome.uncounted} unwritten {outcome.unwritten}"
    return f"{state} {outcome.report.encoded}"


def _written(cluster: Cluster, prefix: str) -> bool:
    return any(name.startswith(f"{prefix}_passages_") for name in cluster.collections())


if __name__ == "__main__":
    main(*sys.argv[1:])
