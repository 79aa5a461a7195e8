"""Where an index is kept, by the store that keeps it: opened, written, looked at for a newer generation, dropped.

`FolderPlace` is a folder with the embedded store's generations. `MilvusPlace` is a Milvus, and beside it a folder with
what this machine indexed: `index` makes a generation there and writes it to Milvus, so that a run that is cut off loses
nothing. A machine that only asks needs no folder. `pymilvus` is loaded only if Milvus is the one chosen.
"""

import hashlib
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from filelock import FileLock, Timeout

from index import history
from index.encoders import Encoder
from index.encoding import Progress
from index.errors import IndexBusy, IndexDamaged, IndexFormat, IndexMissing, StoreError
from index.generations import KEPT
from index.history import Past
from index.indexing import Report, update_index
from index.leases import LOCK_SECONDS
from index.milvus_client import Address
from index.pointer import Pointer, read_pointer
from index.search_store import SearchStore
from index.store import open_store

if TYPE_CHECKING:
    from index.milvus_client import Cluster
    from index.shards import Outcome, Shard


class Place(Protocol):
    """Where one index is kept."""

    folder: Path
    refreshes: bool  # whether a question may build or refresh the index

    def open(self, *, avoiding: Collection[str] = ()) -> SearchStore:
        """Open the generation that answers, but none of those digests; raises IndexMissing and a store's errors."""
        ...

    def marker(self) -> str:
        """Return the generation that answers and its digest, as `SearchStore` has them, or what is wrong."""
        ...

    def update(
        self,
        roots: Sequence[Path],
        encoder: Encoder,
        *,
        progress: Progress = ...,
        waiting: Callable[[], None] = ...,
        keep: int = ...,
        afresh: bool = ...,
    ) -> Report:
        """Make the index mirror folders and files, from nothing if `afresh`; raises what `update_index` raises."""
        ...

    def generations(self) -> tuple[Past, ...]:
        """Return the generations that are kept, the newest first."""
        ...

    def roll_back(self, name: str | None, *, waiting: Callable[[], None]) -> str:
        """Let another generation answer, by default the one before, and return its name."""
        ...

    def discard_damaged(self, *, keep: int) -> None:
        """Remove generations that are damaged and do not answer."""
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

    def open(self, *, avoiding: Collection[str] = ()) -> SearchStore:
        """Open the generation that answers."""
        return open_store(self.folder, avoiding=avoiding)

    def marker(self) -> str:
        """Return what CURRENT says, which is replaced whole at every switch, or what is wrong with it."""
        pointer = read_pointer(self.folder)
        return f"{pointer.name} {pointer.digest}" if isinstance(pointer, Pointer) else pointer

    def update(
        self,
        roots: Sequence[Path],
        encoder: Encoder,
        *,
        progress: Progress = lambda done, total: None,
        waiting: Callable[[], None] = lambda: None,
        keep: int = KEPT,
        afresh: bool = False,
    ) -> Report:
        """Make the index mirror folders and files."""
        return update_index(self.folder, roots, encoder, progress=progress, waiting=waiting, keep=keep, afresh=afresh)

    def generations(self) -> tuple[Past, ...]:
        """Return the generations that are kept, checked as at open."""
        return history.list_generations(self.folder)

    def roll_back(self, name: str | None, *, waiting: Callable[[], None]) -> str:
        """Let another generation answer, after reading it in full."""
        return history.roll_back(self.folder, name, waiting=waiting)

    def discard_damaged(self, *, keep: int) -> None:
        """Remove generations in which a full reading finds a fault, apart from the one that answers."""
        history.discard_damaged(self.folder, keep=keep)


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

    def open(self, *, avoiding: Collection[str] = ()) -> SearchStore:
        """Open the generation that answers."""
        from index.milvus import open_milvus

        store = open_milvus(self.cluster)
        if store.digest in avoiding:
            raise IndexDamaged(f"{store} is damaged: build it anew with `polyquote index`")
        return store

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
        self,
        roots: Sequence[Path],
        encoder: Encoder,
        *,
        progress: Progress = lambda done, total: None,
        waiting: Callable[[], None] = lambda: None,
        keep: int = KEPT,
        afresh: bool = False,
    ) -> Report:
        """Make a generation of folders and files here, and write it to Milvus unless it is there already.

        Passages whose vectors are in Milvus are not encoded again, also on a machine that has none of them. A run
        `afresh` takes none and always writes; what is there answers until the new generation is whole.
        """
        from index.milvus import open_milvus
        from index.milvus_writer import Recalled, identity, publish

        report = update_index(
            self.folder,
            roots,
            encoder,
            progress=progress,
            waiting=waiting,
            keep=keep,
            afresh=afresh,
            elsewhere=None if afresh else Recalled(encoder, self.cluster),
        )
        try:
            with FileLock(self.folder / "publish.lock", timeout=LOCK_SECONDS):
                store, there = open_store(self.folder), None
                with suppress(IndexMissing, IndexDamaged, IndexFormat):
                    there = open_milvus(self.cluster)
                if not afresh and there is not None and there.manifest.get("identity") == identity(store):
                    return replace(report, generation=there.generation, written=False)
                generation = publish(store, self.cluster, progress=progress, keep=keep)
        except Timeout:
            raise IndexBusy(f"another process has been writing {self} for {LOCK_SECONDS:.0f} s") from None
        return replace(report, generation=generation, written=True)

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

    def generations(self) -> tuple[Past, ...]:
        """Return the generations on Milvus; how large they are there is not known."""
        from index.milvus_generations import list_generations

        return list_generations(self.cluster)

    def roll_back(self, name: str | None, *, waiting: Callable[[], None]) -> str:
        """Let another generation answer, after counting its rows; `waiting` is not called, as nothing waits."""
        from index.milvus_generations import roll_back

        return roll_back(self.cluster, name)

    def discard_damaged(self, *, keep: int) -> None:
        """Remove damaged generations of this machine's folder; those on Milvus are replaced by writing anew."""
        history.discard_damaged(self.folder, keep=keep)
