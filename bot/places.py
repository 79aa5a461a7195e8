"""The configuration → where the index is kept, with Milvus' token from the environment."""

import os
from collections.abc import Mapping
from pathlib import Path

from bot.config import Config
from index.milvus_client import Address
from index.places import FolderPlace, MilvusPlace, Place

TOKEN = "POLYQUOTE_MILVUS_TOKEN"  # noqa: S105  # the name of a variable


def place_of(config: Config, folder: Path, environment: Mapping[str, str] = os.environ) -> Place:
    """Return where the index is kept that `[store]` names, without connecting to anything."""
    store = config.store
    if store.engine == "embedded":
        return FolderPlace(folder)
    token = environment.get(TOKEN, "").strip() or store.token
    return MilvusPlace(Address(store.uri, token, store.collection, store.dense_index, store.timeout), folder)
