"""What the tests share: an encoder that can be worked out by hand, short articles, and the seeds indexed."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, settings

from index.analysis import query_tokens, readable
from index.encoders import Vectors, load_encoder
from index.indexing import update_index
from index.records import Article, ArticleInfo, Kind, Section
from index.search_store import SearchStore

SEEDS = Path(__file__).parent.parent / "seeds"

settings.register_profile("house", deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=60)
settings.load_profile("house")


class HashingEncoder:
    """A text's vector counts its terms, each in the dimension that the term's hash names: equal words, near vectors."""

    name = "hashing"
    fingerprint = "0" * 64
    dimension = 64

    def __init__(self) -> None:
        self.encoded: list[str] = []

    def encode_query(self, texts: Sequence[str]) -> Vectors:
        rows = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for row, text in zip(rows, texts, strict=True):
            for term in query_tokens(text):
                row[hashlib.sha256(term.encode()).digest()[0] % self.dimension] += 1
            row[0] += 1e-3
            row /= np.linalg.norm(row)
        return rows

    def encode_document(self, texts: Sequence[str]) -> Vectors:
        self.encoded += texts
        return self.encode_query(texts)


def whole_passages(store: SearchStore, encoder: HashingEncoder) -> list[str]:
    """Return what the encoder has encoded that is a passage of the store, and not a sentence of one."""
    passages = {readable(store.passage(row).text) for row in range(len(store.passages))}
    return [text for text in encoder.encoded if text in passages]


NEWS = {
    "vi.txt": "Emmett Shear thay Sam Altman\n\n20/11/2023\nBan lãnh đạo OpenAI đã nêu tên Emmett Shear thay thế"
    " Sam Altman. Người phát ngôn từ chối bình luận. Hôm chủ nhật, cuộc đàm phán đã thất bại.\n",
    "fr.txt": "La lutte de pouvoir d’OpenAI\n\nSource de l’article : Titanium Media\n\nAmazon a acquis Twitch en 2014"
    " pour près d’un milliard de dollars. Le conseil d’administration a choisi Emmett Shear comme PDG par intérim.\n",
    "zh.txt": "微軟投資OpenAI\n\n微軟向OpenAI投資了130億美元,,是其主要的財(cái)務(wù)支持者。"
    "Thrive Capital是該公司第二大股東。\n",
    "id.txt": "Karyawan OpenAI mengundurkan diri\n\nBrad Lightcap, chief operating officer OpenAI, mengirim surat"
    " kepada karyawan. Lebih dari 700 karyawan menandatangani surat itu.\n",
    "en.txt": "OpenAI names a new chief\n\nThe board named Emmett Shear interim chief executive of OpenAI on Monday."
    " Mr. Shear co-founded Twitch. He left it in June.\n",
}


def write_news(folder: Path, names: Sequence[str] = tuple(NEWS)) -> Path:
    """Write some of the five short articles into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        (folder / name).write_text(NEWS[name], encoding="utf-8")
    return folder


def article_of(text: str, code: str = "en", *, path: str = "a.txt", kind: Kind = Kind.BODY) -> Article:
    """Return an article that is one section."""
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    info = ArticleInfo(digest[:16], path, text[:20], code, None, None, None, digest)
    return Article(info, text, (Section(kind, 0, len(text)),))


@pytest.fixture
def encoder() -> HashingEncoder:
    return HashingEncoder()


@pytest.fixture
def news(tmp_path: Path) -> Path:
    return write_news(tmp_path / "news")


@pytest.fixture
def news_index(tmp_path: Path, news: Path, encoder: HashingEncoder) -> Path:
    update_index(tmp_path / "index", [news], encoder)
    encoder.encoded.clear()
    return tmp_path / "index"


@pytest.fixture(scope="session")
def seeds_index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an index of the five seed articles, made with the embedded encoder once a run."""
    index = tmp_path_factory.mktemp("seeds") / "index"
    update_index(index, [SEEDS], load_encoder())
    return index
