"""A Milvus Lite server for the session, on a free port of this machine, and the places that the contract is held over.

The server is started by its own command line and spoken to over gRPC. On a busy machine it takes its time.
"""

import importlib.util
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest

from index.indexing import Report
from index.milvus_client import Address
from index.milvus_generations import drop_all
from index.places import FolderPlace, MilvusPlace, Place
from index.search_store import SearchStore
from tests.conftest import HashingEncoder, write_news
from tests.index.contract.lite_server import running

STORES = ["embedded", pytest.param("milvus", marks=pytest.mark.slow)]

_prefixes = count()


def update(place: Place, *roots: Path, encoder: HashingEncoder | None = None) -> Report:
    return place.update(roots, encoder or HashingEncoder(), progress=lambda done, total: None, waiting=lambda: None)


@pytest.fixture(scope="session")
def milvus_uri(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    for package in ("pymilvus", "milvus_lite"):
        if importlib.util.find_spec(package) is None:
            pytest.skip(f"{package} is not installed: pip install 'polyquote[dev]'")
    with running(tmp_path_factory.mktemp("milvus")) as uri:
        yield uri


@pytest.fixture(scope="module")
def milvus_place(milvus_uri: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], MilvusPlace]]:
    """Make places on the server that share nothing, and drop what was written there."""
    made: list[MilvusPlace] = []

    def make() -> MilvusPlace:
        address = Address(milvus_uri, collection=f"contract_{next(_prefixes)}", timeout=60.0)
        made.append(MilvusPlace(address, tmp_path_factory.mktemp("milvus-place")))
        return made[-1]

    yield make
    for place in made:
        drop_all(place.cluster)
        place.cluster.close()


@pytest.fixture(scope="module", params=STORES)
def make_place(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Place]:
    """Make empty places of one engine."""
    if request.param == "milvus":
        made: Callable[[], Place] = request.getfixturevalue("milvus_place")
        return made
    return lambda: FolderPlace(tmp_path_factory.mktemp("embedded-place"))


@pytest.fixture
def place(make_place: Callable[[], Place]) -> Place:
    return make_place()


@pytest.fixture(scope="module")
def news_place(make_place: Callable[[], Place], tmp_path_factory: pytest.TempPathFactory) -> Place:
    """Index the five short articles, to be read only."""
    made = make_place()
    update(made, write_news(tmp_path_factory.mktemp("news")))
    return made


@pytest.fixture(scope="module")
def store(news_place: Place) -> SearchStore:
    return news_place.open()
