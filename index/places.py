"""Where an index is kept, by the store that keeps it: opened, written, looked at for a newer generation, dropped.

`FolderPlace` is a folder with the embedded store's generations. `MilvusPlace` is a Milvus, and beside it a folder with
what this machine indexed: `index` makes a generation there and writes it to Milvus, so that a run that is cut off loses
nothing. A machine that only asks needs no folder. `pymilvus` is loaded only if Milvus is the one chosen.
"""

import hashlib
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from filelock import FileLock, Timeout

from index.encoders import Encoder
from index.errors import IndexBusy, IndexDamaged, IndexFormat, IndexMissing, StoreError
from index.generations import CURRENT
from index.indexing import LOCK_SECONDS, Progress, Report, drop_generations, update_index
from index.milvus_client import Address
from index.search_store import SearchStore
from index.store import open_store

if TYPE_CHECKING:
    from index.milvus_client import Cluster
    from index.shards import Outcome, Shard


class Place(Protocol):
    """Where one index is kept."""

    folder: Path
    refreshes: bool  # whether a question may build or refresh the index

    def open(self) -> SearchStore:
        """Open the generation that answers; raises IndexMissing and the other errors of a store."""
        ...

    def marker(self) -> str:
        """Return the generation that answers and a digest of it; empty if it cannot be told."""
        ...

    def update(
        self, roots: Sequence[Path], encoder: Encoder, *, progress: Progress, waiting: Callable[[], None]
    ) -> Report:
        """Make the index mirror folders and files; raises what `update_index` raises, and a store's errors."""
        ...

    def drop(self) -> None:
        """Remove every generation, so that the next run builds the index from nothing; articles are untouched."""
        ...


class FolderPlace:
    """A folder with the embedded store's generations."""

    refreshes = True

    def __init__(self, folder: Path) -> None:
        """Take the folder, which need not be there yet."""
        self.folder = folder

    def __str__(self) -> str:
        """Return the folder."""
        return str(self.folder)

    def open(self) -> SearchStore:
        """Open the generation that answers."""
        return open_store(self.folder)

    def marker(self) -> str:
        """Return what CURRENT says, which is replaced whole at every switch; empty if it cannot be read."""
        try:
            return (self.folder / CURRENT).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError):
            return ""

    def update(
        self, roots: Sequence[Path], encoder: Encoder, *, progress: Progress, waiting: Callable[[], None]
    ) -> Report:
        """Make the index mirror folders and files."""
        return update_index(self.folder, roots, encoder, progress=progress, waiting=waiting)

    def drop(self) -> None:
        """Remove every generation."""
        drop_generations(self.folder)


class MilvusPlace:
    """A Milvus, and the folder where this machine makes the generations that it writes there.

    Questions never write to it: many machines ask, and each may see the articles otherwise or not at all.
    """

    refreshes = False

    def __init__(self, address: Address, folder: Path) -> None:
        """Take where the Milvus is, without connecting yet."""
        self.address, self.folder = address, folder

    def __str__(self) -> str:
        """Return where it is, without the token."""
        return str(self.address)

    @cached_property
    def cluster(self) -> "Cluster":
        """The connection, made when it is first needed; raises StoreUnreachable or StoreRefused."""
        from index.milvus_client import Cluster

        return Cluster(self.address)

    def open(self) -> SearchStore:
        """Open the generation that answers."""
        from index.milvus import open_milvus

        return open_milvus(self.cluster)

    def marker(self) -> str:
        """Return the generation that the alias names and the SHA-256 of its seal; empty if it cannot be told."""
        from index.milvus import current_generation
        from index.milvus_texts import collections, read_text

        try:
            generation = current_generation(self.cluster)
            if generation is None:
                return ""
            seal = read_text(self.cluster, collections(self.address.collection, generation)[3], "seal")
        except StoreError:
            return ""
        return f"{generation} {hashlib.sha256(seal.encode()).hexdigest()}"

    def update(
        self, roots: Sequence[Path], encoder: Encoder, *, progress: Progress, waiting: Callable[[], None]
    ) -> Report:
        """Make a generation of folders and files here, and write it to Milvus unless it is there already.

        Texts whose vectors are in Milvus are not encoded again, also on a machine that has none of them.
        """
        from index.milvus import open_milvus
        from index.milvus_writer import RememberingEncoder, identity, publish

        remembering = RememberingEncoder(encoder, self.cluster)
        report = update_index(self.folder, roots, remembering, progress=progress, waiting=waiting)
        try:
            with FileLock(self.folder / "publish.lock", timeout=LOCK_SECONDS):
                store, there = open_store(self.folder), None
                with suppress(IndexMissing, IndexDamaged, IndexFormat):
                    there = open_milvus(self.cluster)
                if there is not None and there.manifest.get("identity") == identity(store):
                    return replace(report, encoded=remembering.encoded, generation=there.generation, written=False)
                generation = publish(store, self.cluster, progress=progress)
        except Timeout:
            raise IndexBusy(f"another process has been writing {self} for {LOCK_SECONDS:.0f} s") from None
        return replace(report, encoded=remembering.encoded, generation=generation, written=True)

    def update_shard(
        self,
        roots: Sequence[Path],
        encoder: Encoder,
        shard: "Shard",
        *,
        progress: Progress,
        waiting: Callable[[], None],
        wait: float,
    ) -> "Outcome":
        """Write this machine's share of folders and files; raises what `index_shard` raises."""
        from index.shards import index_shard

        return index_shard(
            self.cluster, self.folder, roots, encoder, shard, progress=progress, waiting=waiting, wait=wait
        )

    def drop(self) -> None:
        """Remove every generation, on Milvus and here."""
        from index.milvus_generations import drop_all

        drop_all(self.cluster)
        drop_generations(self.folder)
