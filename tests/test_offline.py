"""Promise 4: with the embedded models, indexing and asking open no socket but what the process itself needs."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import SEEDS

# Runs the command line in a process where any attempt to reach another machine raises.
BLOCKED = """
import socket, sys
def refuse(*args, **kwargs):
    raise AssertionError(f"the network was used: {args}")
socket.socket.connect = refuse
socket.socket.connect_ex = refuse
socket.socket.sendto = refuse
socket.getaddrinfo = refuse
socket.create_connection = refuse
from bot.cli import main
sys.exit(main(sys.argv[1:]))
"""


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", BLOCKED, *arguments], capture_output=True, text=True, check=False)


@pytest.mark.slow
def test_indexing_and_asking_work_with_sockets_blocked(tmp_path: Path) -> None:
    news = tmp_path / "news"
    news.mkdir()
    (news / "004.txt").write_bytes((SEEDS / "004_1323ce58b07c777d.txt").read_bytes())
    (news / "page.html").write_text(
        "<html><head><title>Chip</title></head><body><article><p>Altman plans a chip company, he told investors on"
        " Sunday, and Brockman may join it.</p></article></body></html>",
        encoding="utf-8",
    )
    place = ["--index-dir", str(tmp_path / "index")]
    indexed = run("index", str(news), *place)
    assert indexed.returncode == 0, indexed.stderr
    asked = run("ask", *place, "--max-error", "1", "Siapa CEO Microsoft?")
    assert asked.returncode == 0, asked.stderr
    assert "[[" in asked.stdout


def test_the_block_would_notice(tmp_path: Path) -> None:
    code = BLOCKED.replace(
        "from bot.cli import main",
        "import urllib.request\nmain = lambda _: urllib.request.urlopen('http://127.0.0.1:9')",
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "the network was used" in done.stderr
