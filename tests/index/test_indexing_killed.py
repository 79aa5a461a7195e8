"""An index run that is killed with signal 9 while it encodes loses at most one batch of what it encoded."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from index.encoding import BATCH
from index.indexing import update_index
from index.journal import NAME
from index.passages import SENTENCES as PER_PASSAGE
from index.store import open_store
from tests.conftest import HashingEncoder, whole_passages

ROOT = Path(__file__).parent.parent.parent
ARTICLES, SENTENCES = 40, 60
# The encoder takes its time, so that the signal comes between two batches or in one.
INDEXES = """
import sys, time
from pathlib import Path
from index.indexing import update_index
from tests.conftest import HashingEncoder

class Slow(HashingEncoder):
    def encode_document(self, texts):
        time.sleep(0.05)
        return super().encode_document(texts)

update_index(Path(sys.argv[1]), [Path(sys.argv[2])], Slow())
"""


def write_corpus(folder: Path) -> Path:
    folder.mkdir()
    for article in range(ARTICLES):
        sentences = [f"Dewan {article} memilih direktur nomor {number} pada hari itu." for number in range(SENTENCES)]
        (folder / f"{article}.txt").write_text("\n\n".join(sentences), encoding="utf-8")
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("blocks", [1, 3])
def test_a_run_that_was_killed_goes_on_where_it_was(tmp_path: Path, blocks: int) -> None:
    news, index = write_corpus(tmp_path / "news"), tmp_path / "index"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", INDEXES, str(index), str(news)]
    with subprocess.Popen(command, cwd=ROOT, env=environment) as process:
        enough = (
            blocks * BATCH * (16 + (4 + PER_PASSAGE) * HashingEncoder.dimension) + 1024
        )  # the blocks, and more than their heads
        while process.poll() is None and not ((index / NAME).exists() and (index / NAME).stat().st_size > enough):
            time.sleep(0.005)
        process.send_signal(signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL
    second = HashingEncoder()
    report = update_index(index, [news], second)
    assert report.encoded == len(whole_passages(open_store(index), second)) <= report.passages - blocks * BATCH
    fresh = tmp_path / "fresh"
    update_index(fresh, [news], HashingEncoder())
    assert open_store(index).vectors.tobytes() == open_store(fresh).vectors.tobytes()
    assert not (index / NAME).exists()
