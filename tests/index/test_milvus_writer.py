"""What is written to Milvus of a local generation: nothing again that is there already."""

from pathlib import Path

from index.indexing import update_index
from index.milvus_writer import identity
from index.store import open_store
from tests.conftest import HashingEncoder


def test_two_generations_of_the_same_articles_have_one_identity(
    tmp_path: Path, news: Path, encoder: HashingEncoder
) -> None:
    extra = tmp_path / "extra.txt"
    extra.write_text("The board named a new chief on Monday.\n", encoding="utf-8")
    identities = []
    for roots in ([news], [news, extra], [news]):
        update_index(tmp_path / "index", roots, encoder)
        store = open_store(tmp_path / "index")
        identities.append((store.generation, identity(store)))
    (first, before), (second, between), (third, after) = identities
    assert len({first, second, third}) == 3
    assert before == after != between
